// A question in flight to a group of servers, with its waiters. Forwarder+Requests, +Selection,
// +Sending and +Responses process it.

internal import Addresses
internal import BasicContainers
internal import DNSWire

/// What makes two questions the same one.
struct RequestKey: ~Copyable {
    /// The cache key of the answer, except for the name.
    var question: CacheKey
    /// The folded name.
    var name = ReusableBuffer(capacity: 255)
    /// The keyed hash of the name.
    var nameHash: UInt64
    /// The client's network, if the servers get it.
    var subnet: ClientSubnet?

    /// The hash by which it is found among those in flight.
    var hash: UInt64 { Self.hash(question, nameHash, subnet) }

    static func hash(_ question: CacheKey, _ nameHash: UInt64, _ subnet: ClientSubnet?) -> UInt64 {
        let hash = question.hash(of: nameHash)
        guard let subnet else { return hash }
        // All of it is chosen by the client, so it is mixed before it becomes a position in a
        // table.
        let kind = UInt64(subnet.family) << 8 | UInt64(subnet.sourceLength)
        return (((hash ^ subnet.high).folded ^ subnet.low).folded ^ kind).folded
    }

    /// The hash of the name that its name is right below, for a group of servers.
    func parentHash(by hasher: NameHasher) -> UInt64 {
        let octets = name.span
        let parent = octets.extracting(min(Int(octets[0]) + 1, octets.count)...)
        return hasher.hash(parent) ^ question.group.folded
    }

    /// Sets the name.
    mutating func setName(_ name: borrowing NameBuffer) {
        self.name.set(name.folded)
        nameHash = name.hash
    }

    /// Writes the question section; returns its size.
    func writeQuestion(_ spelling: CaseMask?, into room: inout [UInt8]) -> Int {
        let size = name.span.count
        var octets = room.mutableSpan
        (spelling ?? CaseMask(bits: 0)).spell(name.span, into: &octets)
        octets.store(bigEndian: question.type.rawValue, at: size)
        octets.store(bigEndian: RecordClass.in.rawValue, at: size + 2)
        return size + 4
    }

    /// Whether this is the question `key` for `name`, and for `subnet`.
    func matches(
        _ key: CacheKey, _ name: borrowing NameBuffer, for subnet: ClientSubnet?
    ) -> Bool {
        nameHash == name.hash && question == key && self.subnet == subnet
            && name.suffix(fromLabel: 0, equals: self.name.span)
    }
}

extension AnswerCache {
    /// Keeps an answer to a request's question.
    func insert(_ response: CachedResponse, for key: borrowing RequestKey) {
        insert(response, key.question, key.name.span, nameHash: key.nameHash)
    }

    /// Remembers that the servers gave no answer to a request's question.
    func noteFailure(_ failure: CachedFailure, for key: borrowing RequestKey) {
        noteFailure(failure, key.question, key.name.span, nameHash: key.nameHash)
    }
}

/// One query that was or will be sent.
struct UpstreamQuery {
    /// Which of the request's servers.
    let server: Int
    let transport: TransportProtocol
    /// Where it left from; nil before it was sent and after it was given up.
    var port: UpstreamPort?
    var id: UInt16 = 0
    /// Whether it is finished: answered, or refused by the network.
    var isOver = false
    /// Whether it counts among the server's queries in flight.
    var hasSlot = true
    /// When it no longer does, answered or not.
    let slotEnd: Instant
    var sentAt: Instant
    /// The random case of the query's name, which the reply must repeat; nil for lower case.
    var spelling: CaseMask?
    var hasOptions = false
    var hasCookie = false
}

/// What one server has to say so far.
struct ServerAttempt {
    /// The server's index in the UpstreamTable.
    let place: Int
    /// Its timeout, after which it may be asked again; nil if it is not asked again.
    var due: Instant?
    /// How long after the next query that is.
    var backoff = TimeSpan.seconds(1)
    var wasAsked = false
    /// Whether the query waits until the server has room for one.
    var isQueued = false
    /// Whether it said that it cannot answer, or cannot be reached.
    var hasFailed = false
    /// How often the network said that it cannot be reached.
    var refusals = 0
    /// Whether an ICMP message, which may be forged, reported this for a datagram.
    var wasHinted = false
    /// How often a connection to it closed under the query, which was alone on it, nothing having come through it.
    var closures = 0
    /// How often one did for which another query may be the reason.
    var answeredClosures = 0
    /// Whether it was asked over TCP because its datagram was suspect.
    var wasAskedSafely = false
    /// Whether it refused the query's OPT record or sent a malformed reply, so it is queried
    /// without one.
    var refusedOptions = false
    /// Whether it knows EDNS nevertheless: there was an OPT record in what it refused with.
    var knowsOptions = false
    /// Whether its reply was broken.
    var wasMalformed = false
    /// Whether it refused the query's cookie and gave another.
    var renewedCookie = false
}

extension ServerAttempt {
    /// Records that a query to it is sent, and its timeout; returns the query's index.
    mutating func wasSent(over transport: TransportProtocol, at now: Instant) -> Int {
        wasAsked = true
        // A connection sees to its own retransmissions.
        due = now + (transport == .tcp ? max(backoff, .seconds(2)) : backoff)
        backoff = min(TimeSpan(nanoseconds: backoff.nanoseconds * 2), .seconds(600))
        return place
    }

    /// Whether to retry after its port failed; counts the retries.
    mutating func mayBeAskedAgain(after failure: PortFailure) -> Bool {
        switch failure {
        case .unreachable: return false
        case .closed(hasAnswered: false):
            closures += 1
            return closures <= Self.maximumClosures
        case .closed(hasAnswered: true):
            answeredClosures += 1
            return answeredClosures <= Self.maximumAnsweredClosures
        }
    }

    /// As many as queries share a connection: a server that answers one of them before it closes has then
    /// answered all.
    private static var maximumAnsweredClosures: Int { 64 }

    /// Connections of one server that may close over one question without any answer before it counts as unreachable.
    private static var maximumClosures: Int { 2 }
}

/// What a request is for.
enum RequestPurpose: Equatable {
    /// Clients ask, or the cache does.
    case question
    /// Whether a dead server answers again.
    case probe
    /// Whether a server leads back here.
    case loopProbe
    /// There are no waiters left; the request only listens for one server that was slower than
    /// another.
    case watch(Int)
}

/// A question to a group of servers, in the row of a Slab.
struct UpstreamRequest: ~Copyable {
    /// The most queries that are sent for one question.
    static let maximumQueries = 4

    var key = RequestKey(
        question: CacheKey(group: 0, type: .a, dnssecOK: false, checkingDisabled: false),
        nameHash: 0)
    /// The transport of its queries.
    var transport = TransportProtocol.udp
    /// Whether the servers are asked in mixed case, if the policy allows it.
    var mixesCase = true
    /// Whether the servers are asked in the order of the settings.
    var isStrict = false
    /// The number of labels of the servers' forward zone.
    var zoneLabelCount = 0
    var purpose = RequestPurpose.question
    /// The group's servers in the order of the settings; of a probe the one server.
    var servers = UniqueArray<ServerAttempt>()
    var queries = UniqueArray<UpstreamQuery>()
    /// Those who wait for the answer.
    var waiters = UniqueArray<SlabHandle>()
    /// The client that asked first.
    var client = RequestQueues.nobody
    /// When another server may be asked before the earlier ones have had their time.
    var hedgeAt: Instant?
    /// What a server said last that is no answer, if that is all there is in the end.
    var lastFailure: ServerFailure?
    /// When it counts as silence for all who wait.
    var end = Instant.start
    /// Whether one of its servers was found to lead back here.
    var hasLoop = false
    /// Whether it continues without waiters, to refresh the cache.
    var isRefresh = false
    /// UDP and TCP queries count alike, except those that a server's reply made necessary.
    var queriesLeft = UpstreamRequest.maximumQueries

    /// Begins a question without servers, in a row that may have had another one, whose name is still there.
    mutating func begin(
        _ question: CacheKey, for purpose: RequestPurpose = .question, until end: Instant
    ) {
        key.question = question
        key.subnet = nil
        self.purpose = purpose
        servers.empty()
        queries.empty()
        hedgeAt = nil
        lastFailure = nil
        self.end = end
        hasLoop = false
        isRefresh = false
        client = RequestQueues.nobody
        queriesLeft = Self.maximumQueries
    }
}

extension UpstreamRequest {
    /// Adds a query to a server, and notes when the server's time is over.
    mutating func addQuery(
        to server: Int, over transport: TransportProtocol, slotEnd: Instant, at now: Instant
    ) -> (index: Int, place: Int) {
        queries.append(
            UpstreamQuery(server: server, transport: transport, slotEnd: slotEnd, sentAt: now))
        return (queries.count - 1, servers[server].wasSent(over: transport, at: now))
    }

    /// Releases the query's slot at its server; returns the server's index if it had one.
    mutating func endSlot(of query: Int) -> Int? {
        guard queries[query].hasSlot else { return nil }
        queries[query].hasSlot = false
        return servers[queries[query].server].place
    }

    /// A query is finished; returns the port of its answer.
    mutating func endQuery(_ query: Int) -> (port: UpstreamPort, id: UInt16)? {
        queries[query].isOver = true
        guard let port = queries[query].port else { return nil }
        queries[query].port = nil
        return (port, queries[query].id)
    }

    /// No more servers are asked, even if there is room for a query.
    mutating func askNobody() {
        for index in servers.indices {
            servers[index].due = nil
            servers[index].isQueued = false
        }
    }

    /// Adds one who waits for this request, whose handle is `request`.
    mutating func addWaiter(_ waiter: SlabHandle, of request: SlabHandle) -> WaiterPosition {
        waiters.append(waiter)
        return WaiterPosition(request: request, index: waiters.count - 1)
    }
}

extension UpstreamRequest {
    /// Whether a query is in flight, or a server can be asked again.
    var mayStillBeAnswered: Bool {
        if queries.contains(where: { !$0.isOver }) { return true }
        return servers.contains { $0.isQueued || ($0.due != nil && queriesLeft > 0) }
    }

    /// What it comes to when its time is over: silence, unless each server that was asked failed, or is said to be
    /// unreachable.
    var outcomeOfSilence: HopResult {
        let isExplained = !servers.contains { $0.wasAsked && !$0.hasFailed && !$0.wasHinted }
        return isExplained ? .failed(lastFailure) : .silence
    }

    /// The next deadline, if no server answers.
    var nextInstant: Instant {
        var earliest = nextStep
        for index in queries.indices where queries[index].hasSlot {
            earliest = min(earliest, queries[index].slotEnd)
        }
        return earliest
    }

    /// Whether more is to be done than to leave slots to others.
    func isDue(at now: Instant) -> Bool { nextStep <= now }

    private var nextStep: Instant {
        var earliest = min(hedgeAt ?? end, end)
        for index in servers.indices {
            if let due = servers[index].due { earliest = min(earliest, due) }
        }
        return earliest
    }

    /// When the last query to a server was sent that is still out and is not one that its own reply made necessary.
    func lastSent(to server: Int) -> Instant? {
        for index in queries.indices.reversed()
        where queries[index].server == server && !queries[index].isOver
            && queries[index].transport == transport
        {
            return queries[index].sentAt
        }
        return nil
    }
}
