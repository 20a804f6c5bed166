// Clients that wait: who may, in which order their time is over, and whose query is evicted when too many wait. What
// they wait for is the forwarder's; what they get is the resolver's.

internal import Addresses
internal import DNSWire

/// The queries that wait for servers; at most `Policy.maximumPending`, and those that are about to be answered.
struct PendingTable: ~Copyable {
    private var queries = Slab(blank: PendingQuery())
    /// How many of them each client has.
    private(set) var clients: ClientLedger
    /// The ends of the list in order of deadline.
    private var first: SlabHandle?
    private var last: SlabHandle?
    /// When clients are given what is stale, if nothing better has come by then.
    private var staleDeadlines = DeadlineQueue()
    /// When all waits end, at the latest.
    private var end: Instant?

    /// An empty table.
    init(hasher: NameHasher) { clients = ClientLedger(hasher: hasher) }

    /// The number of queries that wait.
    var count: Int { queries.count }

    /// Whether the handle's query still waits.
    @inline(__always)
    func contains(_ handle: SlabHandle) -> Bool { queries.contains(handle) }

    /// The query of a handle that the table contains.
    subscript(handle: SlabHandle) -> PendingQuery {
        @inline(__always) _read { yield queries[handle] }
        @inline(__always) _modify { yield &queries[handle] }
    }

    // MARK: Admission

    /// Whether one more query of a client may wait.
    enum Admission {
        case admitted
        /// It may, once this one has made room for it.
        case admittedFor(SlabHandle)
        case refused
    }

    /// Judges one more query of a client.
    ///
    /// One client may have as many as the total allows, since it may be the forwarder of a whole network. But
    /// beyond three quarters of the total the one that has most gets no more while others wait too, and when the
    /// total is reached, its oldest query makes room for those of clients that have fewer.
    func admission(of client: IPAddress, _ policy: Policy) -> Admission {
        let total = policy.maximumPending
        let own = clients.count(of: client)
        if let most = policy.maximumPendingPerClient, own >= most { return .refused }
        let waiting = clients.questionCount
        if waiting >= total {
            guard clients.greatestCount > own + 1, let oldest = clients.oldestOfGreatest else {
                return .refused
            }
            return .admittedFor(oldest)
        }
        let isAlone = clients.clientCount == (own > 0 ? 1 : 0)
        let mayWait = isAlone || own < clients.greatestCount || waiting < total - total / 4
        return mayWait ? .admitted : .refused
    }

    // MARK: The table

    /// Adds a query at the end of the list; a shorter time-out after a reload does not overtake.
    mutating func insert(
        _ composition: Composition, _ octets: Span<UInt8>, of client: Client,
        until deadline: Instant
    ) -> SlabHandle {
        let handle = queries.take()
        let deadline = end.map { min($0, deadline) } ?? deadline
        queries[handle].begin(composition, octets, of: client, until: deadline)
        queries[handle].earlier = last
        if let last { queries[last].later = handle } else { first = handle }
        last = handle
        let previous = clients.add(handle, of: client.remote.address.clientNetwork)
        queries[handle].isCounted = true
        queries[handle].previousOfClient = previous
        if let previous { queries[previous].nextOfClient = handle }
        return handle
    }

    /// Takes a query out of the table.
    mutating func remove(_ handle: SlabHandle) {
        unlink(handle)
        uncount(handle)
        staleDeadlines.remove(handle)
        queries[handle].end()
        queries.giveBack(handle)
    }

    /// Makes room for another query: this one is about to be answered.
    mutating func evict(_ handle: SlabHandle) {
        unlink(handle)
        uncount(handle)
    }

    /// Takes a query out of its client's, if it is still among them.
    private mutating func uncount(_ handle: SlabHandle) {
        guard queries[handle].isCounted else { return }
        queries[handle].isCounted = false
        let previous = queries[handle].previousOfClient
        let next = queries[handle].nextOfClient
        if let previous { queries[previous].nextOfClient = next }
        if let next { queries[next].previousOfClient = previous }
        let address = queries[handle].client.remote.address.clientNetwork
        clients.remove(of: address, between: previous, and: next)
    }

    /// Takes a query out of the list, if it is still in it.
    private mutating func unlink(_ handle: SlabHandle) {
        let earlier = queries[handle].earlier
        let later = queries[handle].later
        guard earlier != nil || later != nil || first == handle else { return }
        if let earlier { queries[earlier].later = later } else { first = later }
        if let later { queries[later].earlier = earlier } else { last = earlier }
        queries[handle].earlier = nil
        queries[handle].later = nil
    }

    // MARK: Time

    /// When the query that has waited for longest came in; nil if none waits.
    var oldest: Instant? { first.map { queries[$0].asked } }

    /// Ends every wait at `instant` or before.
    mutating func endWaits(by instant: Instant) {
        end = instant
        var next = first
        while let handle = next {
            queries[handle].shorten(to: instant)
            next = queries[handle].later
        }
    }

    /// When a query's time is over, or it is given what is stale; nil if none waits.
    var nextDeadline: Instant? {
        var deadline: Instant?
        if let first { deadline = queries[first].deadline }
        guard let stale = staleDeadlines.first?.instant else { return deadline }
        return min(deadline ?? stale, stale)
    }

    /// Takes a query whose time is over, or that is to be given what is stale, and why it waits no longer.
    mutating func nextOverdue(at now: Instant) -> (handle: SlabHandle, outcome: HopResult)? {
        if let due = staleDeadlines.first, due.instant <= now {
            staleDeadlines.remove(due.handle)
            return (due.handle, .late)
        }
        guard let handle = first, queries[handle].deadline <= now else { return nil }
        unlink(handle)
        return (handle, .silence)
    }

    /// Has a query given what is stale at `instant`, before its time is over; or nothing of that kind.
    mutating func setStale(_ handle: SlabHandle, at instant: Instant?) {
        guard let instant else { return staleDeadlines.remove(handle) }
        staleDeadlines.set(handle, at: instant)
    }
}
