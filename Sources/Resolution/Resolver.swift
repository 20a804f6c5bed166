// The resolver without sockets: bytes and time in; replies, upstream queries and the next deadline out. It
// belongs to one worker. What it does with a query is in Resolver+Query, what it asks upstream in
// Resolver+Requests, what comes back in Resolver+Upstream, what time does in Resolver+Time.

internal import Addresses
public import DNSWire

/// Answers queries from a snapshot, a cache and, through its outbox, servers.
///
/// Its functions are mutating where they change nothing, too: one that only borrows a value as large as this is given
/// a copy of it.
public struct Resolver: ~Copyable {
    /// What queries are answered from; its snapshot is replaced by `adopt(_:)`.
    var sources: AnswerSources
    /// Seconds since 1970 modulo 2^32, which cookies are judged by; the caller sets it before it passes a
    /// query.
    public var wallTime: UInt32 = 0
    /// What was counted since the start.
    public internal(set) var counters = ResolverCounters()

    var random: RandomSource
    var composer: AnswerComposer
    var reader: ResponseReader
    var servers = UpstreamTable()
    /// For each group of the snapshot the places of its servers in `servers`.
    var indexesOfGroup: [[Int]] = []
    var loops: LoopDetector
    /// When each server was last told of that asked what it was asked itself.
    var reportedLoops: [LoopPath: Instant] = [:]
    /// The probe that came in last, which every resolver of this daemon was told of.
    var lastProbeSeen: UInt64?

    /// Clients that wait; at most `Policy.maximumPending`, and those that are about to be told of a failure.
    var pendings = Slab(blank: PendingQuery())
    /// How many of them each client has.
    var clients: ClientLedger
    /// The ends of the list of those clients in order of deadline.
    var firstPending: SlabHandle?
    var lastPending: SlabHandle?

    /// When clients are given what is stale, if nothing better has come by then.
    var staleDeadlines = DeadlineQueue()

    /// Questions on their way to servers; never more than clients that wait and refreshes.
    var requests = Slab(blank: UpstreamRequest())
    /// Those that can be coalesced, by the hash of their key.
    var requestOfKey = HashIndex<SlabHandle>()
    var requestDeadlines = DeadlineQueue()
    /// Fetches that go on without anybody waiting; at most `maximumRefreshes`.
    var refreshCount = 0
    /// Where the question of a query is put together.
    var question = [UInt8](repeating: 0, count: 272)
    /// The cookie of the query that is being written.
    var cookie: [UInt8] = []
    /// Queries that were sent and not answered, by where an answer would come in.
    var inFlight = HashIndex<InFlight>()
    /// Early queries that may still be made, in tenths: one question adds one, a query takes ten.
    var earlyBudget = Resolver.maximumEarlyBudget
    /// Missing records that were told of.
    var reportedMissing = RecentNames()

    static let maximumEarlyBudget = 200

    /// A resolver that answers from `snapshot` and shares `cache` with others.
    public init(
        snapshot: Snapshot, cache: AnswerCache, hasher: NameHasher, random: consuming RandomSource
    ) {
        sources = AnswerSources(snapshot: snapshot, cache: cache)
        self.random = random
        composer = AnswerComposer(hasher: hasher)
        reader = ResponseReader(hasher: hasher)
        clients = ClientLedger(hasher: hasher)
        loops = LoopDetector(mark: UInt64(self.random.nextUInt32()))
        nameServers()
    }

    /// Answers from `snapshot` from now on. Clients that wait are answered from it as well.
    public mutating func adopt(_ snapshot: Snapshot) {
        sources.snapshot = snapshot
        nameServers()
        servers.keepOnly(snapshot.allServers)
    }

    private mutating func nameServers() {
        indexesOfGroup = []
        for group in snapshot.groups {
            var places: [Int] = []
            for key in group.serverKeys { places.append(servers.place(of: key, random: &random)) }
            indexesOfGroup.append(places)
        }
        reportedLoops = [:]
        loops.watch(snapshot)
    }

    /// What the probes for loops of all resolvers of a daemon have in common; set before the first query.
    public var probeMark: UInt64 {
        get { loops.mark }
        set { loops.mark = newValue }
    }

    /// What queries are answered from.
    public var snapshot: Snapshot { sources.snapshot }

    var cache: AnswerCache { sources.cache }

    /// The number of clients that wait.
    public var pendingCount: Int { pendings.count }
}

/// A query on its way: both port and id must be right for a reply to be looked at.
struct InFlight: BitwiseCopyable {
    let port: UpstreamPort
    let id: UInt16
    let query: QueryHandle

    /// The hash of a port and an id. It needs no key: ports are counted and ids drawn here.
    static func hash(_ port: UpstreamPort, _ id: UInt16) -> UInt64 {
        ((port.rawValue << 1 | UInt64(port.transport.rawValue)) << 16 | UInt64(id)).folded
    }
}

extension Snapshot {
    /// Every server of every group.
    var allServers: Set<ServerKey> {
        var servers: Set<ServerKey> = []
        for group in groups { servers.formUnion(group.serverKeys) }
        return servers
    }
}
