// The decision on zones that are no longer listed, from names alone.

import DNSWire
import Testing

@testable import Daemon

@Suite struct RemovalGuardTests {
    private static let second: UInt64 = 1_000_000_000

    /// A guard with these last listed zones, and with zones that have already disappeared.
    private func removalGuard(_ listed: String, removed: String = "") throws -> RemovalGuard {
        var served = ServedZones(copies: try names(listed))
        for origin in try names(removed) { served.zones[origin] = true }
        return RemovalGuard(served: served)
    }

    private func names(_ text: String) throws -> Set<Name> {
        Set(try text.split(separator: " ").map { try Name(text: $0) })
    }

    private func text(_ names: some Sequence<Name>) -> String {
        names.sorted().map { String("\($0)".dropLast()) }.joined(separator: " ")
    }

    /// The decision on the zones in `unlisted` as text: `a kept`, `b unlisted`.
    private func judge(
        _ removals: inout RemovalGuard, listed: String, unlisted: String, deleted: String = "",
        forced: ShrinkagePermission = .none, linked: String = "", at time: UInt64 = 0
    ) throws -> (kept: String, dropped: [String: RemovalGuard.Reason], restored: String) {
        let verdict = removals.judge(
            RemovalGuard.Unlisted(
                zones: try names(unlisted), deleted: try names(deleted), forced: forced,
                linked: try names(linked)),
            listed: try names(listed), at: time)
        let dropped = verdict.dropped.map { (text([$0.key]), $0.value) }
        return (
            text(verdict.kept), Dictionary(uniqueKeysWithValues: dropped), text(verdict.restored)
        )
    }

    @Test func theZoneOfALinkStaysAndAnotherGoes() throws {
        var removals = try removalGuard("a b c d")
        let found = try judge(&removals, listed: "c d", unlisted: "a b", linked: "a c")
        #expect(found.kept == "a")
        #expect(found.dropped == ["b": .unlisted])
        // It is kept however often the others are read, and whatever happens to its link.
        let later = try judge(&removals, listed: "c d e f g h", unlisted: "a")
        #expect(later.kept == "a")
        #expect(later.dropped == [:])
    }

    @Test func moreThanHalfAtOnceStay() throws {
        var half = try removalGuard("a b c d")
        #expect(try judge(&half, listed: "c d", unlisted: "a b").kept == "")
        var more = try removalGuard("a b c d")
        #expect(try judge(&more, listed: "d", unlisted: "a b c").kept == "a b c")
        var all = try removalGuard("a")
        #expect(try judge(&all, listed: "", unlisted: "a").kept == "a")
        // What stays is not among those that there were.
        #expect(try judge(&more, listed: "", unlisted: "a b c d").kept == "a b c d")
        // A link's zone counts among those that have disappeared.
        var mixed = try removalGuard("a b c")
        #expect(try judge(&mixed, listed: "c", unlisted: "a b", linked: "a").kept == "a b")
    }

    @Test func zonesThatGoOneByOneGoAtOnce() throws {
        var removals = try removalGuard("a b c d e")
        #expect(try judge(&removals, listed: "b c d e", unlisted: "a").dropped == ["a": .unlisted])
        let second = try judge(
            &removals, listed: "c d e", unlisted: "b", at: 2 * Self.second)
        #expect(second.dropped == ["b": .unlisted])
        let third = try judge(&removals, listed: "d e", unlisted: "c", at: 4 * Self.second)
        #expect(third.kept == "c")
        #expect(third.restored == "a b")
        let fourth = try judge(&removals, listed: "d e", unlisted: "a b c", at: 200 * Self.second)
        #expect(fourth.kept == "a b c")

        var slow = try removalGuard("a b c d e")
        _ = try judge(&slow, listed: "b c d e", unlisted: "a")
        _ = try judge(&slow, listed: "c d e", unlisted: "b", at: 61 * Self.second)
        let last = try judge(&slow, listed: "d e", unlisted: "c", at: 122 * Self.second)
        #expect(last.dropped == ["c": .unlisted])
    }

    @Test func whatIsMeantGoes() throws {
        var removals = try removalGuard("a b", removed: "c d")
        let found = try judge(
            &removals, listed: "", unlisted: "a b c d", deleted: "a c",
            forced: .zones(try names("b")), linked: "a b c d")
        #expect(found.kept == "d")
        #expect(found.dropped == ["a": .deleted, "b": .forced, "c": .deleted])
        #expect(
            try judge(&removals, listed: "", unlisted: "d", forced: .all).dropped == ["d": .forced])
    }

    @Test func whatComesBackIsLikeAnyOther() throws {
        var removals = try removalGuard("b c d", removed: "a")
        _ = try judge(&removals, listed: "a b c d", unlisted: "")
        #expect(
            try judge(&removals, listed: "b c d", unlisted: "a").dropped == ["a": .unlisted])
    }
}
