// From the name that clients ask for to the zone and name that its record belongs in, by the links.

public import DNSWire

/// A public suffix and the private one that its names are looked up in; labels in braces stand for any.
public struct LinkSuffixes: Hashable, Sendable {
    /// The suffix that clients ask for.
    public let publicSuffix: Name
    /// The private zone.
    public let privateSuffix: Name
    /// Whether the names are those of container registries, whose data endpoints lie in the same zone.
    public let isRegistry: Bool

    /// A pair.
    public init(publicSuffix: Name, privateSuffix: Name, isRegistry: Bool) {
        self.publicSuffix = publicSuffix
        self.privateSuffix = privateSuffix
        self.isRegistry = isRegistry
    }
}

/// Where the record of a name belongs.
public struct RecordPlace: Hashable, Sendable {
    /// The private zone of the link; the zone of the store itself for a name of it that no link leads to.
    public let suffix: Name
    /// The private name.
    public let owner: Name
    /// The name that clients ask for; the private one itself where no link leads to it.
    public let publicName: Name
    /// Whether the name is a registry's or one of its endpoints'.
    public let isRegistry: Bool
}

/// The links by which names are placed.
public struct LinkMap: Sendable {
    /// The links; those that come first win among equals.
    public let links: [LinkSuffixes]

    /// A map of these links.
    public init(_ links: [LinkSuffixes]) { self.links = links }

    /// Where the record of `name` belongs, be it the public or the private one; nil when no link has it.
    ///
    /// Among links of equal public suffixes one whose zone is among `zones` is taken.
    public func place(of name: Name, zones: Set<Name>) -> RecordPlace? {
        if let place = privatePlace(of: name) { return place }
        var best: (labels: Int, isThere: Bool, place: RecordPlace)? = nil
        for link in links {
            guard let (publicSuffix, privateSuffix) = bound(link, by: link.publicSuffix, name),
                name != publicSuffix,
                let owner = Self.replace(publicSuffix, privateSuffix, in: name)
            else { continue }
            let labels = publicSuffix.labelCount
            let isThere = zones.contains(privateSuffix)
            if let best, (best.labels, best.isThere ? 1 : 0) >= (labels, isThere ? 1 : 0) {
                continue
            }
            let place = RecordPlace(
                suffix: privateSuffix, owner: owner, publicName: name, isRegistry: link.isRegistry)
            best = (labels, isThere, place)
        }
        return best?.place
    }

    /// Where a private name belongs; nil when it is below no link's private suffix.
    private func privatePlace(of name: Name) -> RecordPlace? {
        var best: (labels: Int, place: RecordPlace)? = nil
        for link in links {
            guard let (publicSuffix, privateSuffix) = bound(link, by: link.privateSuffix, name),
                let publicName = Self.replace(privateSuffix, publicSuffix, in: name)
            else { continue }
            let labels = privateSuffix.labelCount
            if let best, best.labels >= labels { continue }
            best = (
                labels,
                RecordPlace(
                    suffix: privateSuffix, owner: name, publicName: publicName,
                    isRegistry: link.isRegistry)
            )
        }
        return best?.place
    }

    /// The suffixes of a link for a name that is at or below the one of them that is `pattern`.
    private func bound(
        _ link: LinkSuffixes, by pattern: Name, _ name: Name
    ) -> (publicSuffix: Name, privateSuffix: Name)? {
        guard let bindings = NamePattern(pattern).bindings(ofSuffixOf: name),
            let publicSuffix = NamePattern(link.publicSuffix).filled(with: bindings),
            let privateSuffix = NamePattern(link.privateSuffix).filled(with: bindings)
        else { return nil }
        return (publicSuffix, privateSuffix)
    }

    private static func replace(_ suffix: Name, _ other: Name, in name: Name) -> Name? {
        try? Name(labels: name.labels.dropLast(suffix.labelCount) + other.labels)
    }
}

extension Name {
    /// The labels in front of `suffix`, which the name is at or below, as text in lower case.
    func words(below suffix: Name) -> [String] {
        folded.labels.dropLast(suffix.labelCount).map { String(decoding: $0, as: UTF8.self) }
    }
}
