// Lint queries on a whole zone. They may visit every name, which no DNS query does.

internal import DNSWire
internal import Zones

extension Zone {
    /// Whether the zone has `name`, as an owner or as an empty non-terminal, and neither a wildcard
    /// makes it nor a delegation passes it to another zone.
    func hasNode(_ name: Name) -> Bool {
        var buffer = NameBuffer(hasher: tables.hasher)
        buffer.set(name)
        let answer = tables.lookup(buffer, type: .any)
        switch answer.outcome {
        case .nameError, .delegation, .dname: return false
        default: return !answer.isFromWildcard
        }
    }

    /// Whether the zone delegates `name`, or a name above it, to another zone.
    func delegates(_ name: Name) -> Bool {
        var buffer = NameBuffer(hasher: tables.hasher)
        buffer.set(name)
        if case .delegation = tables.lookup(buffer, type: .a).outcome { return true }
        return false
    }

    /// Whether any name has an address, or is an alias of one that may.
    var hasAddresses: Bool {
        var next: ZoneNode? = tables.apex
        while let node = next {
            next = tables.node(after: node)
            var set = tables.firstSet(of: node)
            while let found = set {
                if [.a, .aaaa, .cname, .dname].contains(found.type) { return true }
                set = tables.set(after: found)
            }
        }
        return false
    }

    /// Calls `body` with each name that owns records, in the order that the tables have.
    func forEachOwner(_ body: (Name) -> Void) {
        var buffer = NameBuffer(hasher: tables.hasher)
        var next: ZoneNode? = tables.apex
        while let node = next {
            next = tables.node(after: node)
            guard tables.firstSet(of: node) != nil else { continue }
            tables.copyName(of: node, into: &buffer)
            body(Name(buffer))
        }
    }
}
