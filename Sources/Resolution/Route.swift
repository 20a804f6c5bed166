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

    var zone: SuffixMatch? { match(suffixes.zone) }
    var special: SuffixMatch? { match(suffixes.special) }
    var forward: SuffixMatch? { match(suffixes.forward) }
    /// The innermost public suffix that the name is below.
    var link: SuffixMatch? { match(isSuffix ? suffixes.ownLink : suffixes.link) }
    /// How many links have that suffix; they follow each other.
    var linkCount: Int { Int(isSuffix ? suffixes.ownLinkCount : suffixes.linkCount) }
    /// The innermost private suffix of a link that the name is at or below.
    var privateOf: SuffixMatch? { match(suffixes.privateOf) }
    /// Whether the name is at or below a local zone that is the private zone of a link.
    var isInLocalPrivateZone: Bool { suffixes.isInPrivateZone }

    @inline(__always)
    private func match(_ suffix: InnermostSuffix) -> SuffixMatch? {
        if suffix.index < 0 { return nil }
        return SuffixMatch(index: Int(suffix.index), label: labelCount - Int(suffix.labelCount))
    }
}

extension Snapshot {
    /// Where `name` falls.
    @inline(__always)
    func route(_ name: borrowing NameBuffer) -> Route {
        guard let found = suffixes.route(name) else {
            return Route(SuffixRoute(), label: name.labelCount, labelCount: name.labelCount)
        }
        return Route(found.route, label: found.label, labelCount: name.labelCount)
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

    /// The next shorter public suffix that `name` is below, beyond the one at label `label`.
    func links(
        enclosing name: borrowing NameBuffer, above label: Int
    ) -> (first: SuffixMatch, count: Int)? {
        var label = label + 1
        while label <= name.labelCount {
            if let entry = suffixes.entry(name, fromLabel: label), entry.link >= 0 {
                let match = SuffixMatch(index: Int(entry.link), label: label)
                return (match, Int(entry.linkCount))
            }
            label += 1
        }
        return nil
    }
}
