// How many names of a zone lie at or below another name: only for a check, so it looks at every name.

internal import DNSWire
internal import Zones

extension Zone {
    /// The number of names with records at or below `name`.
    func namesBelow(_ name: Name) -> Int {
        var buffer = NameBuffer(hasher: NameHasher(key: 0))
        var count = 0
        var next: ZoneNode? = tables.apex
        while let node = next {
            next = tables.node(after: node)
            guard tables.firstSet(of: node) != nil else { continue }
            tables.copyName(of: node, into: &buffer)
            if Name(buffer).isAtOrBelow(name) { count += 1 }
        }
        return count
    }
}
