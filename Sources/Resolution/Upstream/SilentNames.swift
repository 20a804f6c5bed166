// Records where servers were recently silent: a name with several children whose queries timed out,
// and none answered since. Queries for further children wait until no other queries wait. This is
// only a hint, in a table of fixed size, and never an answer.

internal import DNSWire

/// Names below which nothing was answered lately.
struct SilentNames {
    /// A power of two.
    private static let capacity = 256
    /// As many time-outs without an answer in between.
    private static let enough = 3
    /// How long silence is recorded.
    private static let period = TimeSpan.seconds(10)

    private struct Row: BitwiseCopyable {
        var hash: UInt64 = 0
        var silences = 0
        var latest = Instant.start
    }

    /// Empty until a server is silent; each hash has one row that it can be in.
    private var rows: [Row] = []

    /// Whether nothing was silent yet.
    var isEmpty: Bool { rows.isEmpty }

    /// Whether questions about the name with this hash are likely to get no answer.
    func contains(_ hash: UInt64, at now: Instant) -> Bool {
        guard !rows.isEmpty, !isSwitchedOff("crowding: names that have no answer wait for others")
        else { return false }
        let row = rows[Self.place(hash)]
        return row.hash == hash && row.silences >= Self.enough
            && now.since(row.latest) < Self.period
    }

    /// A question had no answer in its time.
    mutating func noteSilence(_ hash: UInt64, at now: Instant) {
        if rows.isEmpty { rows = Array(repeating: Row(), count: Self.capacity) }
        let place = Self.place(hash)
        let isKnown = rows[place].hash == hash && now.since(rows[place].latest) < Self.period
        let silences = isKnown ? min(rows[place].silences + 1, Self.enough) : 1
        rows[place] = Row(hash: hash, silences: silences, latest: now)
    }

    /// A question was answered.
    mutating func noteAnswer(_ hash: UInt64) {
        guard !rows.isEmpty, rows[Self.place(hash)].hash == hash else { return }
        rows[Self.place(hash)] = Row()
    }

    private static func place(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash.folded >> 32) & (capacity - 1)
    }
}
