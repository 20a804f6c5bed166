// The counters of a resolver since its start; statistics and metrics show the sum over all workers.

/// What a resolver counts.
public struct ResolverCounters: Equatable, Sendable, BitwiseCopyable {
    /// Queries, and the responses to them.
    public var responses = ResponseCounts()
    /// Messages that get no reply: responses, and what is shorter than a header.
    public var ignored: UInt64 = 0
    /// Queries by clients without access.
    public var prohibited: UInt64 = 0
    /// Queries that could not be read.
    public var malformed: UInt64 = 0
    /// Replies with TC set.
    public var truncated: UInt64 = 0
    /// Replies with SERVFAIL.
    public var failures: UInt64 = 0
    /// Questions refused because too many wait.
    public var overflows: UInt64 = 0
    /// Questions that coalesced another client's.
    public var coalesced: UInt64 = 0
    /// Queries sent to servers.
    public var upstreamQueries: UInt64 = 0
    /// Queries of our own sent to servers, to see whether they answer again or lead back here.
    public var probes: UInt64 = 0
    /// Messages from servers that match no query.
    public var unmatched: UInt64 = 0
    /// Messages with the right port and id and another question, or from another server.
    public var mismatched: UInt64 = 0
    /// Datagrams that lacked what a forger cannot know, so that the question went over TCP.
    public var suspect: UInt64 = 0
    /// Answers that were given beyond their TTL.
    public var stale: UInt64 = 0
    /// Answers that were refreshed before they expired.
    public var prefetches: UInt64 = 0
    /// Answers in which an owned name had no record.
    public var missingRecords: UInt64 = 0

    /// All zero.
    public init() {}

    /// Adds another worker's counts.
    public mutating func add(_ other: ResolverCounters) {
        responses.add(other.responses)
        ignored += other.ignored
        prohibited += other.prohibited
        malformed += other.malformed
        truncated += other.truncated
        failures += other.failures
        overflows += other.overflows
        coalesced += other.coalesced
        upstreamQueries += other.upstreamQueries
        probes += other.probes
        unmatched += other.unmatched
        mismatched += other.mismatched
        suspect += other.suspect
        stale += other.stale
        prefetches += other.prefetches
        missingRecords += other.missingRecords
    }
}
