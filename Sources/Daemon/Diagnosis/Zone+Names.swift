// Which names of a zone lie at or below another name: only for a check, so it looks at every name.

internal import DNSWire
internal import Zones

extension Zone {
    /// The names with records at or below `name`: their number, and the first that the tables have.
    func namesBelow(_ name: Name) -> (count: Int, first: Name?) {
        var buffer = NameBuffer(hasher: NameHasher(key: 0))
        var found: (count: Int, first: Name?) = (0, nil)
        var next: ZoneNode? = tables.apex
        while let node = next {
            next = tables.node(after: node)
            guard tables.firstSet(of: node) != nil else { continue }
            tables.copyName(of: node, into: &buffer)
            let owner = Name(buffer)
            guard owner.isAtOrBelow(name) else { continue }
            found.count += 1
            found.first = found.first ?? owner
        }
        return found
    }

    /// Whether the zone delegates `name`, or a name above it, to another zone.
    func delegates(_ name: Name) -> Bool {
        var buffer = NameBuffer(hasher: tables.hasher)
        buffer.set(name)
        if case .delegation = tables.lookup(buffer, type: .a).outcome { return true }
        return false
    }
}
