// What becomes of zones that their source no longer lists, decided from names alone. A zone that somebody deleted goes,
// and so does any zone whose end cannot make a private name public. All others go on as they were, until somebody
// says that their end is meant: a directory that turns out to be empty is a lost mount or a failed sync.

internal import DNSWire

/// Decides which zones that are no longer listed go.
struct RemovalGuard: Sendable {
    /// Why a zone goes.
    enum Reason: Equatable, Sendable {
        /// Somebody deleted it.
        case deleted
        /// A reload was forced.
        case forced
        /// It is no private zone of a link, and most other zones are still there.
        case unlisted
    }

    /// What becomes of the zones.
    struct Verdict: Equatable {
        var dropped: [Name: Reason] = [:]
        /// The zones that go on as they were.
        var kept: Set<Name> = []
        /// The zones that went a moment ago and are to come back: others have followed them.
        var restored: Set<Name> = []
    }

    /// What is known of zones that are not listed.
    struct Unlisted {
        /// All of them.
        var zones: Set<Name>
        /// Those that somebody deleted.
        var deleted: Set<Name>
        /// Those that may go because somebody wants it so.
        var forced: ShrinkagePermission
        /// Those without which private names could turn public.
        var linked: Set<Name>
    }

    /// How long zones that go one after the other count as going at once, in nanoseconds: files that are deleted one by
    /// one may take several readings.
    static let window: UInt64 = 60_000_000_000

    /// The zones that were listed last.
    private var listed: Set<Name>
    /// The zones that are not listed and go on.
    private var kept: Set<Name>
    /// When zones went that nobody had deleted.
    private var lately: [Name: UInt64] = [:]

    /// A guard that begins with what an earlier process served.
    init(served: ServedZones?) {
        listed = Set((served?.zones ?? [:]).filter { !$0.value }.keys)
        kept = Set((served?.zones ?? [:]).filter(\.value).keys)
    }

    /// All zones that are expected to be listed, or to go on.
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
