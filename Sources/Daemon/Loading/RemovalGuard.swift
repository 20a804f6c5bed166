// Decides, from names alone, what to do with zones that their source no longer lists. A deleted
// zone is dropped, and so is any zone whose removal cannot make a private name public. All others
// are kept as loaded until their removal is confirmed: an empty directory is often a lost mount or
// a failed sync.

internal import DNSWire

/// Decides which zones that are no longer listed go.
struct RemovalGuard: Sendable {
    /// Why a zone goes.
    enum Reason: Equatable, Sendable {
        /// It was deleted.
        case deleted
        /// A reload was forced.
        case forced
        /// It is no private zone of a link, and most other zones are still there.
        case unlisted
    }

    /// The decision on the zones.
    struct Verdict: Equatable {
        var dropped: [Name: Reason] = [:]
        /// The zones that are kept as loaded.
        var kept: Set<Name> = []
        /// The recently dropped zones to restore, because others have followed them.
        var restored: Set<Name> = []
    }

    /// What is known of zones that are not listed.
    struct Unlisted {
        /// All of them.
        var zones: Set<Name>
        /// The deleted zones.
        var deleted: Set<Name>
        /// The zones whose removal is forced.
        var forced: ShrinkagePermission
        /// Those without which private names could turn public.
        var linked: Set<Name>
    }

    /// How long zones that go one after the other count as going at once, in nanoseconds: files that are deleted one by
    /// one may take several readings.
    static let window: UInt64 = 60_000_000_000

    /// The zones that were listed last.
    private var listed: Set<Name>
    /// The zones that are not listed and are kept.
    private var kept: Set<Name>
    /// When zones were dropped without having been deleted.
    private var lately: [Name: UInt64] = [:]

    /// A guard that begins with what an earlier process served.
    init(served: ServedZones?) {
        listed = Set((served?.zones ?? [:]).filter { !$0.value }.keys)
        kept = Set((served?.zones ?? [:]).filter(\.value).keys)
    }

    /// All zones that are expected to be listed or kept.
    var expected: Set<Name> { listed.union(kept) }

    /// Decides about zones that are not listed, while `listed` are.
    mutating func judge(_ unlisted: Unlisted, listed now: Set<Name>, at time: UInt64) -> Verdict {
        var verdict = Verdict()
        lately = lately.filter { !now.contains($0.key) && time - $0.value < Self.window }
        var fresh: Set<Name> = []
        for zone in unlisted.zones {
            if unlisted.deleted.contains(zone) {
                verdict.dropped[zone] = .deleted
            } else if unlisted.forced.includes(zone) {
                verdict.dropped[zone] = .forced
            } else if kept.contains(zone) {
                verdict.kept.insert(zone)
            } else {
                fresh.insert(zone)
            }
        }
        let gone = fresh.union(lately.keys)
        if gone.count * 2 > listed.union(lately.keys).count {
            verdict.kept.formUnion(fresh)
            verdict.restored = Set(lately.keys)
            lately = [:]
        } else {
            verdict.kept.formUnion(fresh.intersection(unlisted.linked))
            for zone in fresh.subtracting(unlisted.linked) {
                verdict.dropped[zone] = .unlisted
                lately[zone] = time
            }
        }
        listed = now
        kept = verdict.kept.union(verdict.restored)
        return verdict
    }
}
