// Asks servers. Questions come in by `ask` and `refresh`, messages by `receive`, time by `advance`; what comes out is
// queries for the outbox, answers for the cache, and `results` for those who wait. It knows waiters by handles that mean
// nothing to it, and neither clients' messages nor the answers that are put together for them.

internal import Addresses
internal import DNSWire

/// The requests to servers of one worker, and what it knows of the servers.
///
/// Its parts: opening, joining and ending requests (+Requests), choosing servers and times
/// (+Selection), sending queries (+Sending), handling responses (+Responses), and servers that
/// forward back here (+Loops).
struct Forwarder: ~Copyable {
    /// What a waiter gets: the result of its hop.
    struct Result {
        let waiter: SlabHandle
        let hop: ResolvedHop
    }

    /// The snapshot with the groups of servers.
    private(set) var snapshot: Snapshot
    /// Where answers and failures are kept.
    let cache: AnswerCache
    var random: RandomSource
    var reader: ResponseReader
    /// The counters of queries, probes, rejected replies and coalesced questions.
    var counters = ResolverCounters()
    /// What came of requests, for the resolver to take from the end after each call.
    var results: [Result] = []

    var servers = UpstreamTable()
    /// For each group of the snapshot the indexes of its servers in `servers`.
    private(set) var indexesOfGroup: [[Int]] = []

    /// Requests that wait until a server has room.
    var queues: RequestQueues
    /// Names of which servers have nothing to say.
    var silentNames = SilentNames()
    let hasher: NameHasher

    /// Questions in flight to servers; never more than waiters and refreshes.
    var requests = Slab(blank: UpstreamRequest())
    /// Those that can be joined, by the hash of their key.
    var requestOfKey = HashIndex<SlabHandle>()
    var deadlines = DeadlineQueue()
    /// Requests without a waiter; at most `maximumRefreshes`.
    var refreshCount = 0
    /// Where the question of a query is put together.
    var question = [UInt8](repeating: 0, count: 272)
    /// The cookie of the query that is being written.
    var cookie: [UInt8] = []
    /// What a query's extended error would name: nothing.
    let noName: NameBuffer
    /// Queries that were sent and not answered, by where an answer would come in.
    var inFlight = HashIndex<InFlight>()
    /// Early queries that may still be sent, in tenths: a request adds one, an early query takes ten.
    var earlyBudget = Forwarder.maximumEarlyBudget

    static let maximumEarlyBudget = 200

    init(
        snapshot: Snapshot, cache: AnswerCache, hasher: NameHasher, random: consuming RandomSource
    ) {
        self.snapshot = snapshot
        self.cache = cache
        self.random = random
        self.hasher = hasher
        queues = RequestQueues(hasher: hasher)
        reader = ResponseReader(hasher: hasher)
        noName = NameBuffer(hasher: hasher)
        nameServers()
    }

    /// Uses the servers of `snapshot` from now on; requests in flight continue.
    mutating func adopt(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        nameServers()
        servers.keepOnly(snapshot.allServers)
    }

    private mutating func nameServers() {
        indexesOfGroup = []
        for group in snapshot.groups {
            var indexes: [Int] = []
            for key in group.serverKeys {
                indexes.append(servers.index(of: key, random: &random))
            }
            indexesOfGroup.append(indexes)
        }
    }

    /// When `advance(to:outbox:)` is to be called next; nil if no request is in flight.
    var nextDeadline: Instant? { deadlines.first?.instant }

    /// Does what is due at `now`.
    mutating func advance(to now: Instant, outbox: inout Outbox) {
        while let due = deadlines.first, due.instant <= now {
            advance(due.handle, to: now, outbox: &outbox)
            arm(due.handle)
        }
    }
}

/// A query in flight: both port and id must be right for a reply to be looked at.
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
