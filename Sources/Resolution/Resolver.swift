// The resolver without sockets: bytes and time in; replies, queries to servers and the next deadline out. It belongs to
// one worker, and orders its parts: the composer puts answers together, the forwarder asks servers, the table has the
// clients that wait, the detector watches for servers that lead back here. What happens to a client's query is in
// Resolver+Query and Resolver+Replies, what wakes those who wait in Resolver+Waiting.

public import Addresses
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

    var composer: AnswerComposer
    var forwarder: Forwarder
    var pending: PendingTable
    var loops: LoopDetector
    /// How often which zone lacked a record.
    public internal(set) var missingRecords = MissingRecordCounts()
    /// Missing records that were reported.
    var reportedMissing = RecentNames()
    /// What was counted of clients' queries.
    var clientCounters = ResolverCounters()

    /// A resolver that answers from `snapshot` and shares `cache` with others.
    public init(
        snapshot: Snapshot, cache: AnswerCache, hasher: NameHasher, random: consuming RandomSource
    ) {
        sources = AnswerSources(snapshot: snapshot, cache: cache)
        composer = AnswerComposer(hasher: hasher)
        pending = PendingTable(hasher: hasher)
        loops = LoopDetector(mark: UInt64(random.nextUInt32()))
        loops.watch(snapshot)
        forwarder = Forwarder(snapshot: snapshot, cache: cache, hasher: hasher, random: random)
    }

    /// Answers from `snapshot` from now on. Clients that wait are answered from it as well.
    public mutating func adopt(_ snapshot: Snapshot) {
        sources.snapshot = snapshot
        forwarder.adopt(snapshot)
        loops.watch(snapshot)
    }

    /// The messages from now on came in at this listener.
    @inline(__always)
    public mutating func enter(listener: Int) {
        guard !sources.snapshot.listenerAccess.isEmpty else { return }
        sources.access = sources.snapshot.listenerAccess[listener]
    }

    /// What the probes for loops of all resolvers of a daemon have in common; set before the first query.
    public var probeMark: UInt64 {
        get { loops.mark }
        set { loops.mark = newValue }
    }

    /// What queries are answered from.
    public var snapshot: Snapshot { sources.snapshot }

    /// What was counted since the start.
    public var counters: ResolverCounters {
        var counters = clientCounters
        counters.add(forwarder.counters)
        return counters
    }

    /// The responses that were given at once since the last call took this long.
    public mutating func measureResponses(_ duration: TimeSpan) {
        clientCounters.responses.measure(duration)
    }

    /// The number of clients that wait.
    public var pendingCount: Int { pending.count }
}

// MARK: Servers

extension Resolver {
    /// The destination of a query announced in the outbox; nil if it is no longer needed.
    public mutating func destination(of query: QueryHandle) -> Destination? {
        forwarder.destination(of: query)
    }

    /// Writes a query to a server with an unpredictable id, to be sent from `port`.
    ///
    /// - Returns: false if it is no longer needed, or if the port has no free id.
    public mutating func write(
        _ query: QueryHandle, through port: UpstreamPort, at now: Instant,
        into writer: inout MessageWriter
    ) -> Bool {
        forwarder.write(query, through: port, at: now, into: &writer)
    }

    /// A query could not be sent for a reason of this machine's: it counts as lost in flight.
    public mutating func queryFailed(
        _ query: QueryHandle, at now: Instant, outbox: inout Outbox
    ) {
        forwarder.queryFailed(query, at: now, outbox: &outbox)
        deliver(outbox: &outbox)
    }

    /// Nothing comes through `port` any longer: the network refuses it, or it was a connection that ended.
    public mutating func portFailed(
        _ port: UpstreamPort, _ failure: PortFailure = .unreachable, at now: Instant,
        outbox: inout Outbox
    ) {
        forwarder.portFailed(port, failure, at: now, outbox: &outbox)
        deliver(outbox: &outbox)
    }

    /// Takes a message that came in at `port` from `source`.
    public mutating func receive(
        response message: Span<UInt8>, from source: Endpoint, through port: UpstreamPort,
        at now: Instant, outbox: inout Outbox
    ) {
        forwarder.receive(
            response: message, from: source, through: port, at: now, outbox: &outbox)
        deliver(outbox: &outbox)
    }

    /// A probe of this daemon's came in as a question, here or at another worker.
    public mutating func probeCameBack(_ nonce: UInt64, at now: Instant, outbox: inout Outbox) {
        guard let (path, isNew) = loops.cameBack(nonce, at: now), isNew else { return }
        forwarder.giveUp(path, at: now, outbox: &outbox)
        deliver(outbox: &outbox)
    }
}
