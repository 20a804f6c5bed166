// Zones by number, as a tree of objects whose links never change. A zone can be borrowed from it without counting
// a reference: the compiler knows that what constants of an object lead to lives as long as the object, which
// it does not know of an array's elements. Every worker reads the same zones for every query, so a count would
// be a cache line that they take from each other.

internal import DNSWire
internal import Zones

/// A zone, and the zones whose numbers it leads to: the binary digits of a number plus one, from the second on,
/// are the way to it from the root. So the first zones are the nearest.
final class ZoneTree: Sendable {
    /// The first zone.
    let zone: Zone
    private let even: ZoneTree?
    private let odd: ZoneTree?

    /// A tree of `zones`, identified by their index in the array; nil if there are none.
    convenience init?(_ zones: [Zone]) { self.init(zones, 1) }

    private init?(_ zones: [Zone], _ way: Int) {
        guard way <= zones.count else { return nil }
        zone = zones[way - 1]
        even = ZoneTree(zones, way * 2)
        odd = ZoneTree(zones, way * 2 + 1)
    }

    /// Calls `body` with the tables of the zone with `number`, which is in the tree.
    @inline(__always)
    func use<Result>(_ number: Int, _ body: (borrowing ZoneTables) -> Result) -> Result {
        let way = number &+ 1
        if way == 1 { return body(zone.tables) }
        let digits = Int.bitWidth - way.leadingZeroBitCount - 1
        guard let result = follow(way, digits, body) else {
            preconditionFailure("every number below the count is in the tree")
        }
        return result
    }

    /// Follows the last `digits` digits of `way`.
    private func follow<Result>(
        _ way: Int, _ digits: Int, _ body: (borrowing ZoneTables) -> Result
    ) -> Result? {
        if digits == 0 { return body(zone.tables) }
        if way >> (digits - 1) & 1 == 0 { return even?.follow(way, digits - 1, body) ?? nil }
        return odd?.follow(way, digits - 1, body) ?? nil
    }
}
