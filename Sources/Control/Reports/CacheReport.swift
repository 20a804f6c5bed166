// What the cache holds, and what a flush took from it.

/// The answer to `cache`.
public struct CacheReport: Report, Equatable {
    /// How many answers are kept.
    public var entries = 0
    /// How many bytes they take.
    public var octets = 0
    /// How many bytes they may take.
    public var limit = 0
    /// How many lookups found an answer.
    public var hits = 0
    /// How many did not.
    public var misses = 0
    /// How many answers were given after they expired.
    public var stale = 0
    /// How many answers were refreshed before they expired.
    public var prefetches = 0

    /// A report with nothing in it.
    public init() {}

    /// One field to a line.
    public var fields: [ReportField] {
        [
            ReportField("entries", "entries", .integer(entries)),
            ReportField("size", "octets", .octets(octets)),
            ReportField("limit", "limit", .octets(limit)),
            ReportField("hits", "hits", .integer(hits)),
            ReportField("misses", "misses", .integer(misses)),
            ReportField("hit ratio", "hit-ratio", hitRatio),
            ReportField("stale answers", "stale", .integer(stale)),
            ReportField("prefetches", "prefetches", .integer(prefetches)),
        ]
    }

    /// The share of lookups that found an answer, with one decimal; absent before the first.
    private var hitRatio: ReportValue {
        let sum = hits + misses
        guard sum > 0 else { return .absent }
        return .perMille(hits * 1_000 / sum)
    }
}

/// The answer to `flush`.
public struct FlushReport: Report, Equatable {
    /// The name whose answers, and those of the names below it, were forgotten.
    public var name = ""
    /// How many answers those were.
    public var flushed = 0

    /// A report of `flushed` answers at and below `name`.
    public init(name: String, flushed: Int) {
        self.name = name
        self.flushed = flushed
    }

    /// One field to a line.
    public var fields: [ReportField] {
        [
            ReportField("flushed at and below", "name", .text(name)),
            ReportField("answers", "flushed", .integer(flushed)),
        ]
    }
}
