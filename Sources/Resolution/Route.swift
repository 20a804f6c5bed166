// Where a name falls, before anything is looked up in a zone: the innermost of each kind of suffix.

internal import DNSWire

/// An index into one of the snapshot's arrays, with the label of the name where that suffix starts.
struct SuffixMatch: BitwiseCopyable, Sendable {
    var index: Int
    var label: Int
}

/// The innermost suffixes of a name.
struct Route: BitwiseCopyable, Sendable {
    var zone: SuffixMatch?
    var special: SuffixMatch?
    var forward: SuffixMatch?
    /// The innermost public suffix that the name is below.
    var link: SuffixMatch?
    var linkCount = 0
    /// The innermost private suffix of a link that the name is at or below.
    var privateOf: SuffixMatch?
    /// Whether the name is at or below a local zone that is the private zone of a link.
    var isInLocalPrivateZone = false
}

extension Snapshot {
    /// Where `name` falls.
    func route(_ name: borrowing NameBuffer) -> Route {
        var route = Route()
        for label in 0...name.labelCount {
            guard let entry = suffixes.entry(name, fromLabel: label) else { continue }
            if route.zone == nil, entry.zone >= 0 {
                route.zone = SuffixMatch(index: Int(entry.zone), label: label)
            }
            if route.special == nil, entry.special >= 0 {
                route.special = SuffixMatch(index: Int(entry.special), label: label)
            }
            if route.forward == nil, entry.forward >= 0 {
                route.forward = SuffixMatch(index: Int(entry.forward), label: label)
            }
            if route.link == nil, entry.link >= 0, label > 0 {
                route.link = SuffixMatch(index: Int(entry.link), label: label)
                route.linkCount = Int(entry.linkCount)
            }
            if route.privateOf == nil, entry.privateOf >= 0 {
                route.privateOf = SuffixMatch(index: Int(entry.privateOf), label: label)
            }
            if entry.zone >= 0, zones[Int(entry.zone)].isLinkPrivate {
                route.isInLocalPrivateZone = true
            }
        }
        return route
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
