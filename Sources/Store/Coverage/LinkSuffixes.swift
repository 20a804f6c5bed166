// From the name that clients ask for to the zone and name that its record belongs in, by the links.

public import DNSWire

/// A public suffix and the private one below which its names are looked up; labels in braces match
/// any label.
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
    private let links: [LinkSuffixes]
    private var ofPublic = SuffixTable()
    private var ofPrivate = SuffixTable()

    /// Links by one of their suffixes; a suffix with variable labels is keyed by the labels after
    /// the last of them.
    private struct SuffixTable {
        var links: [Name: [Int]] = [:]

        mutating func add(_ index: Int, _ suffix: Name) {
            links[NamePattern(suffix).plainTail, default: []].append(index)
        }
    }

    /// A map of these links; those that come first win among equals.
    public init(_ links: [LinkSuffixes]) {
        self.links = links
        for (index, link) in links.enumerated() {
            ofPublic.add(index, link.publicSuffix)
            ofPrivate.add(index, link.privateSuffix)
        }
    }

    /// Where the record of `name` belongs, be it the public or the private one; nil if no link has it.
    ///
    /// Among links of equal public suffixes one whose zone is among `zones` is taken.
    public func place(of name: Name, zones: Set<Name>) -> RecordPlace? {
        if let place = privatePlace(of: name) { return place }
        let found = candidates(for: name, in: ofPublic, by: \.publicSuffix).filter {
            $0.publicSuffix != name
        }
        guard let longest = found.map(\.publicSuffix.labelCount).max() else { return nil }
        let best = found.filter { $0.publicSuffix.labelCount == longest }
        let link = best.first { zones.contains($0.privateSuffix) } ?? best[0]
        guard let owner = Self.replace(link.publicSuffix, link.privateSuffix, in: name) else {
            return nil
        }
        return RecordPlace(
            suffix: link.privateSuffix, owner: owner, publicName: name, isRegistry: link.isRegistry)
    }

    /// The public suffix of registries without a known cloud: that of the first link whose zone is
    /// among `zones`, else of the first link.
    func registrySuffix(zones: Set<Name>) -> Name? {
        let registries = links.filter(\.isRegistry)
        let link = registries.first { zones.contains($0.privateSuffix) } ?? registries.first
        return link?.publicSuffix
    }

    /// Where a private name belongs; nil if it is below no link's private suffix.
    private func privatePlace(of name: Name) -> RecordPlace? {
        let found = candidates(for: name, in: ofPrivate, by: \.privateSuffix)
        guard let longest = found.map(\.privateSuffix.labelCount).max(),
            let link = found.first(where: { $0.privateSuffix.labelCount == longest }),
            let publicName = Self.replace(link.privateSuffix, link.publicSuffix, in: name)
        else { return nil }
        return RecordPlace(
            suffix: link.privateSuffix, owner: name, publicName: publicName,
            isRegistry: link.isRegistry)
    }

    /// The links, their variables bound, that have `name` at or below the one of their suffixes.
    private func candidates(
        for name: Name, in table: SuffixTable, by side: KeyPath<LinkSuffixes, Name>
    ) -> [LinkSuffixes] {
        var indices: [Int] = []
        var suffix: Name? = name
        while let current = suffix {
            indices += table.links[current] ?? []
            suffix = current.parent
        }
        return indices.compactMap { index in
            let link = links[index]
            guard !NamePattern(link.privateSuffix).isPlain else { return link }
            guard
                let bindings = NamePattern(link[keyPath: side]).bindings(ofSuffixOf: name),
                let publicSuffix = NamePattern(link.publicSuffix).filled(with: bindings),
                let privateSuffix = NamePattern(link.privateSuffix).filled(with: bindings)
            else { return nil }
            return LinkSuffixes(
                publicSuffix: publicSuffix, privateSuffix: privateSuffix,
                isRegistry: link.isRegistry)
        }
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
