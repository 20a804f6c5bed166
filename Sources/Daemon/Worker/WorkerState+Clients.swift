// A worker and its clients: datagrams in batches, messages from connections, and replies that come late.

internal import Addresses
internal import DNSWire
internal import Events
internal import Logging
internal import Resolution
internal import Transport

extension WorkerState {
    /// Reads what a UDP socket has, answers what can be answered, and sends that back at once.
    ///
    /// Most is answered without a look at the clock but for one before and one after every eighth batch.
    ///
    /// Returns how many datagrams there were.
    @discardableResult
    mutating func receiveDatagrams(_ listener: UDPListener, _ index: Int) -> Int {
        serveNewest()
        let started = isBatchMeasured ? SystemClock.elapsed() : 0
        let count = listener.receive(into: &batch)
        guard count > 0 else { return 0 }
        resolver.enter(listener: listenerNumbers[index])
        // Only one query of each batch is recorded, because more would be too expensive under load.
        batch.readFirst { place, size in recentQuestions.note(place, size: size) }
        batch.answerEach { place, size, address, path, room in
            var room = room
            let answered = resolver.answerFast(
                place, size: size, from: address, over: .udp, into: &room)
            if answered > 0, !logsQueries { return answered }
            let client = Self.client(path(), listener, index)
            let logger = logsQueries ? plan.logger : nil
            if answered > 0 {
                Self.log(reply: room.span.extracting(first: answered), to: client, logger)
                return answered
            }
            return Self.answer(
                place.extracting(first: size), from: client, at: clock.time(telling: &resolver),
                into: room, &resolver, &outbox, logger)
        }
        listener.send(&batch)
        batchCount &+= 1
        if started > 0 { measureResponses(since: started) }
        end()
        return count
    }

    /// Answers a datagram that the fast path did not answer; returns the reply's size, or 0 if
    /// there is none yet.
    @inline(never)
    private static func answer(
        _ query: Span<UInt8>, from client: Client, at now: Instant,
        into room: consuming MutableSpan<UInt8>, _ resolver: inout Resolver,
        _ outbox: inout Outbox, _ logger: Logger?
    ) -> Int {
        var writer = MessageWriter(into: room)
        let disposition = resolver.answer(
            query, from: client, at: now, reply: &writer, outbox: &outbox)
        guard disposition == .answered else { return 0 }
        log(reply: writer.octets, to: client, logger)
        return writer.count
    }

    /// The client at the other end of a datagram's path, by the listener that it came in at.
    private static func client(
        _ path: DatagramAddresses, _ listener: UDPListener, _ index: Int
    ) -> Client {
        Client(
            handle: UInt64(index), remote: path.peer,
            local: listener.hasOneAddress ? listener.boundEndpoint.address : path.local,
            interface: path.interface, transport: .udp)
    }

    /// Answers one message of a connection.
    mutating func receive(
        _ message: Span<UInt8>, from peer: Endpoint, at local: Endpoint,
        _ connection: ConnectionHandle
    ) {
        let now = begin()
        let client = Client(
            handle: connection.rawValue, remote: peer, local: local.address, interface: 0,
            transport: .tcp, idleTimeout: streams?.idleTimeout ?? 0)
        recentQuestions.note(message, size: message.count)
        if !snapshot.listenerAccess.isEmpty { resolver.enter(listener: streamListener(at: local)) }
        switch answer(message, from: client, at: now, trace: nil) {
        case .answered:
            logScratch(for: client)
            sendScratch(to: connection)
            measureResponses(since: now.nanoseconds)
        case .dropped: streams?.finished(connection)
        case .pending: break
        }
        receiveDatagramsBetween(at: now)
        end()
    }

    /// The place in the settings of the listener that a connection to `local` came in at.
    private func streamListener(at local: Endpoint) -> Int {
        let address = local.address.unmapped
        let listeners = plan.listeners.filter {
            $0.protocol == .dnsOverTCP && $0.endpoint.port == local.port
        }
        let listener =
            listeners.first { $0.endpoint.address.unmapped == address }
            ?? listeners.first {
                $0.endpoint.address.isUnspecified && $0.endpoint.address.isIPv6 == address.isIPv6
            }
        return listener?.number ?? 0
    }

    /// Receives datagrams while many messages of connections are being answered. Otherwise a client
    /// that fills connections would delay all clients over UDP.
    private mutating func receiveDatagramsBetween(at now: Instant) {
        guard now.since(lastDatagrams) >= Self.longestStreamTime else { return }
        lastDatagrams = now
        for (index, listener) in listeners.enumerated() { receiveDatagrams(listener, index) }
    }

    /// How long connections are served before datagrams are looked for.
    private static var longestStreamTime: TimeSpan { .milliseconds(1) }

    /// Has the resolver write into the scratch buffer.
    private mutating func answer(
        _ message: Span<UInt8>, from client: Client, at now: Instant, trace: ResolutionTrace?
    ) -> Disposition {
        scratch.write { writer in
            resolver.receive(
                query: message, from: client, at: now, reply: &writer, outbox: &outbox,
                trace: trace)
        }
    }

    private mutating func sendScratch(to connection: ConnectionHandle) {
        scratch.read { message in _ = streams?.send(message, to: connection) }
    }

    /// Writes and sends a reply that the outbox announced, if there is one after all.
    mutating func sendLate(_ reply: DeferredReply, at now: Instant) {
        let client = scratch.write { writer in
            resolver.write(reply, at: now, into: &writer, outbox: &outbox)
        }
        guard let client else { return }
        logScratch(for: client)
        if client.transport.isDatagram { return queueScratch(for: client) }
        if let explanation = explanations.removeValue(forKey: client.handle) {
            return report(explanation)
        }
        sendScratch(to: ConnectionHandle(rawValue: client.handle))
    }

    private mutating func queueScratch(for client: Client) {
        let listener = Int(client.handle)
        if lateReplies.isFull || lateListener != listener { sendQueue() }
        lateListener = listener
        let path = listeners[listener].path(
            to: client.remote, from: client.local, interface: client.interface)
        scratch.read { message in
            lateReplies.append(to: path) { room in
                var room = room
                guard message.count <= room.count else { return 0 }
                room.copy(message, at: 0)
                return message.count
            }
        }
    }

    /// Sends the late replies that are queued.
    mutating func sendQueue() {
        guard lateReplies.count > 0 else { return }
        listeners[lateListener].send(&lateReplies)
    }

    // MARK: The log of queries

    private mutating func logScratch(for client: Client) {
        guard logsQueries else { return }
        scratch.read { Self.log(reply: $0, to: client, plan.logger) }
    }

    /// Logs the client, the query and its result according to the reply; does nothing without a
    /// logger.
    @inline(never)
    private static func log(reply: Span<UInt8>, to client: Client, _ logger: Logger?) {
        guard let logger, let line = QueryLogLine(reply: reply, client: client) else { return }
        logger.info("\(line)")
    }

    // MARK: Explanations

    /// Answers a query as if it came over TCP from this machine, and notes the steps.
    mutating func explain(_ query: [UInt8], job: Int, at now: Instant) {
        let explanation = Explanation(job: job, trace: ResolutionTrace())
        // Counted down from the top, where no connection's handle is.
        let handle = UInt64.max - explanationCount % 65_536
        explanationCount += 1
        let client = Client(
            handle: handle, remote: Endpoint(.loopbackIPv4, port: 0), local: .loopbackIPv4,
            interface: 0, transport: .tcp)
        switch answer(query.span, from: client, at: now, trace: explanation.trace) {
        case .answered, .dropped: report(explanation)
        case .pending: explanations[handle] = explanation
        }
    }

    private mutating func report(_ explanation: Explanation) {
        let reply = scratch.read { Array(copying: $0) }
        plan.supervisor.post(
            .explained(
                job: explanation.job, reply: reply, steps: explanation.trace.steps))
    }
}
