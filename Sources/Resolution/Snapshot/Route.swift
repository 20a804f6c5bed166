// Where a name falls, before anything is looked up in a zone: the innermost of each kind of suffix.

internal import DNSWire

/// An index into one of the snapshot's arrays, with the label of the name where that suffix starts.
struct SuffixMatch: BitwiseCopyable, Sendable {
    var index: Int
    var label: Int
}

/// The innermost suffixes of a name.
struct Route: BitwiseCopyable, Sendable {
    private let suffixes: SuffixRoute
    private let labelCount: Int
    /// Whether the innermost suffix is the name itself.
    private let isSuffix: Bool

    /// Where a name of `labelCount` labels falls whose innermost suffix starts with label `label`.
    @inline(__always)
    init(_ suffixes: SuffixRoute, label: Int, labelCount: Int) {
        self.suffixes = suffixes
        self.labelCount = labelCount
        isSuffix = label == 0
    }

    var zone: SuffixMatch? { match(suffixes.zone, suffixes.zoneLabels) }
    /// Whether the name is a local zone's apex, for which only DS queries go to servers (RFC 4035,
    /// section 3.1.4.1).
    var isLocalApex: Bool { zone?.label == 0 }
    var special: SuffixMatch? { match(suffixes.special, suffixes.specialLabels) }
    var forward: SuffixMatch? { match(suffixes.forward, suffixes.forwardLabels) }
    /// The first link with the innermost public suffix that the name is below.
    var link: SuffixMatch? {
        isSuffix
            ? match(suffixes.ownLink, suffixes.ownLinkLabels)
            : match(suffixes.link, suffixes.linkLabels)
    }
    /// The innermost private suffix of a link that the name is at or below.
    var privateOf: SuffixMatch? { match(suffixes.privateOf, suffixes.privateOfLabels) }
    /// Whether the name is at or below a local zone that is the private zone of a link.
    var isInLocalPrivateZone: Bool { suffixes.isInPrivateZone }

    @inline(__always)
    private func match(_ index: Int32, _ labels: UInt8) -> SuffixMatch? {
        index < 0 ? nil : SuffixMatch(index: Int(index), label: labelCount - Int(labels))
    }
}

extension Snapshot {
    /// Where `name` falls.
    @inline(__always)
    func route(_ name: borrowing NameBuffer) -> Route { suffixes.route(name) }

    /// How many links have the public suffix that `name` has from label `label` on.
    func linkCount(_ name: borrowing NameBuffer, fromLabel label: Int) -> Int {
        Int(suffixes.entry(name, fromLabel: label)?.linkCount ?? 0)
    }

    /// The local zone that encloses `name` above label `label`.
    func zone(enclosing name: borrowing NameBuffer, above label: Int) -> SuffixMatch? {
        var label = label + 1
        while label <= name.labelCount {
            if let entry = suffixes.entry(name, fromLabel: label), entry.zone >= 0 {
                return SuffixMatch(index: Int(entry.zone), label: label)
            }
            label += 1
        }
        return nil
    }

    /// The forward zone for `name`, according to `route`: for a DS at its apex, the enclosing one
    /// (RFC 4035, section 3.1.4.1), if that has servers.
    func forwardZone(
        of name: borrowing NameBuffer, _ type: RecordType, _ route: Route
    ) -> SuffixMatch? {
        guard type == .ds, let own = route.forward, own.label == 0, name.labelCount > 0 else {
            return route.forward
        }
        for label in 1...name.labelCount {
            guard let entry = suffixes.entry(name, fromLabel: label), entry.forward >= 0 else {
                continue
            }
            let index = Int(entry.forward)
            if groups[index].forwardZone.servers.isEmpty { return own }
            return SuffixMatch(index: index, label: label)
        }
        return own
    }

    /// The first link with the next shorter public suffix that `name` is below, beyond the one at label `label`.
    func links(
        enclosing name: borrowing NameBuffer, above label: Int
    ) -> SuffixMatch? {
        var label = label + 1
        while label <= name.labelCount {
            if let entry = suffixes.entry(name, fromLabel: label), entry.link >= 0 {
                return SuffixMatch(index: Int(entry.link), label: label)
            }
            label += 1
        }
        return nil
    }
}
