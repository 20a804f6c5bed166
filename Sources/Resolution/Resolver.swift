// The resolver without sockets: bytes and time in; replies, upstream queries and the next deadline out. It
// belongs to one worker. What it does with a query is in Resolver+Query, what it asks upstream in
// Resolver+Fetch, what comes back in Resolver+Upstream, what time does in Resolver+Time.

internal import Addresses
public import DNSWire

/// Answers queries from a snapshot, a cache and, through its outbox, servers.
public struct Resolver: ~Copyable {
    /// What queries are answered from; replaced by `adopt(_:)`.
    public private(set) var snapshot: Snapshot
    /// Seconds since 1970 modulo 2^32, which cookies are judged by; the caller sets it before it passes a
    /// query.
    public var wallTime: UInt32 = 0
    /// What was counted since the start.
    public internal(set) var counters = ResolverCounters()

    let cache: AnswerCache
    var random: RandomSource
    var composer: AnswerComposer
    var reader: ResponseReader
    var servers = ServerBook()

    /// Clients that wait; at most `Policy.maximumPending`.
    var pendings = Slab<PendingQuestion>()
    /// The ends of the list of those clients in order of deadline.
    var firstPending: SlabHandle?
    var lastPending: SlabHandle?

    /// When clients are given what is stale, if nothing better has come by then.
    var staleDeadlines = DeadlineQueue()

    /// Questions on their way to servers; never more than clients that wait and refreshes.
    var fetches = Slab<Fetch>()
    var fetchOfKey: [FetchKey: SlabHandle] = [:]
    var fetchDeadlines = DeadlineQueue()
    /// Fetches that go on without anybody waiting; at most `maximumRefreshes`.
    var refreshCount = 0
    /// Queries that were sent and not answered, by where an answer would come in.
    var inFlight: [InFlightKey: Sending] = [:]
    /// Early sendings that may still be made, in tenths: one question adds one, a sending takes ten.
    var earlyBudget = Resolver.maximumEarlyBudget
    /// When each missing record was last told of; bounded.
    var toldMissing: [Name: Instant] = [:]

    static let maximumEarlyBudget = 200

    /// A query's port and id: both must be right for a reply to be looked at.
    struct InFlightKey: Hashable, BitwiseCopyable {
        var port: UpstreamPort
        var id: UInt16
    }

    /// A resolver that answers from `snapshot` and shares `cache` with others.
    public init(
        snapshot: Snapshot, cache: AnswerCache, hasher: NameHasher, random: consuming RandomSource
    ) {
        self.snapshot = snapshot
        self.cache = cache
        self.random = random
        composer = AnswerComposer(hasher: hasher)
        reader = ResponseReader(hasher: hasher)
    }

    /// Answers from `snapshot` from now on. Clients that wait are answered from it as well.
    public mutating func adopt(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        servers.keepOnly(snapshot.allServers)
    }

    /// The number of clients that wait.
    public var pendingCount: Int { pendings.count }
}

/// What a resolver counts.
public struct ResolverCounters: Equatable, Sendable, BitwiseCopyable {
    /// Messages from clients that were looked at.
    public var queries: UInt64 = 0
    /// Messages that get no reply: responses, and what is shorter than a header.
    public var ignored: UInt64 = 0
    /// Replies given at once.
    public var answeredAtOnce: UInt64 = 0
    /// Replies given after a wait.
    public var answeredLate: UInt64 = 0
    /// Queries by clients that may not ask.
    public var prohibited: UInt64 = 0
    /// Queries that could not be read.
    public var malformed: UInt64 = 0
    /// Replies with SERVFAIL.
    public var failures: UInt64 = 0
    /// Questions turned away because too many wait.
    public var overflows: UInt64 = 0
    /// Questions that joined another client's.
    public var joined: UInt64 = 0
    /// Queries sent to servers.
    public var sendings: UInt64 = 0
    /// Messages from servers that answer nothing that was asked.
    public var unmatched: UInt64 = 0
    /// Messages with the right port and id and another question, or from another server.
    public var foreign: UInt64 = 0
    /// Answers that were given beyond their TTL.
    public var stale: UInt64 = 0
    /// Answers that were asked for anew before their time was over.
    public var prefetches: UInt64 = 0
    /// Answers in which an owned name had no record.
    public var missingRecords: UInt64 = 0

    /// All zero.
    public init() {}

    /// Adds another worker's counts.
    public mutating func add(_ other: ResolverCounters) {
        queries += other.queries
        ignored += other.ignored
        answeredAtOnce += other.answeredAtOnce
        answeredLate += other.answeredLate
        prohibited += other.prohibited
        malformed += other.malformed
        failures += other.failures
        overflows += other.overflows
        joined += other.joined
        sendings += other.sendings
        unmatched += other.unmatched
        foreign += other.foreign
        stale += other.stale
        prefetches += other.prefetches
        missingRecords += other.missingRecords
    }
}

extension Snapshot {
    /// Every server of every group.
    var allServers: Set<ServerKey> {
        var servers: Set<ServerKey> = []
        for group in groups {
            for endpoint in group.forwardZone.servers {
                servers.insert(ServerKey(endpoint: endpoint, source: group.forwardZone.source))
            }
        }
        return servers
    }
}
