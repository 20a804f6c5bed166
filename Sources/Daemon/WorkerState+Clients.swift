// A worker and its clients: datagrams in batches, messages from connections, and replies that come late.

internal import Addresses
internal import DNSWire
internal import Events
internal import Logging
internal import Resolution
internal import Transport

extension WorkerState {
    /// Reads what a UDP socket has, answers what can be answered, and sends that back at once.
    mutating func receiveDatagrams(_ listener: UDPListener, _ index: Int) {
        let now = begin()
        lastDatagrams = now
        guard listener.receive(into: &batch) > 0 else { return }
        var isFirst = true
        batch.answerEach { query, address, path, room in
            // Of each batch one is remembered: more would cost under load what nobody asks for.
            if isFirst { recentQuestions.note(query) }
            isFirst = false
            var room = room
            let size = resolver.answerAtOnce(query, from: address, over: .udp, into: &room)
            if size > 0 {
                if logsQueries {
                    let reply = room.span.extracting(first: size)
                    Self.log(reply: reply, to: Self.client(path(), index), plan.logger)
                }
                return size
            }
            let client = Self.client(path(), index)
            var writer = MessageWriter(into: room)
            let disposition = resolver.answerStepByStep(
                query, from: client, at: now, reply: &writer, outbox: &outbox)
            guard disposition == .answered else { return 0 }
            if logsQueries { Self.log(reply: writer.octets, to: client, plan.logger) }
            return writer.count
        }
        listener.send(&batch)
        end()
    }

    /// The client at the other end of a datagram's path, by the listener that it came in at.
    private static func client(_ path: DatagramPath, _ listener: Int) -> Client {
        Client(
            handle: UInt64(listener), remote: path.peer, local: path.local,
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
        recentQuestions.note(message)
        switch answer(message, from: client, at: now, recorder: nil) {
        case .answered:
            logScratch(for: client)
            sendScratch(to: connection)
        case .dropped: streams?.finished(connection)
        case .pending: break
        }
        receiveDatagramsBetween(at: now)
        end()
    }

    /// Looks for datagrams while many messages of connections are being answered: else whoever fills connections
    /// would have all who ask over UDP wait.
    private mutating func receiveDatagramsBetween(at now: Instant) {
        guard now.since(lastDatagrams) >= Self.longestStreamTime else { return }
        for (index, listener) in listeners.enumerated() { receiveDatagrams(listener, index) }
    }

    /// How long connections are served before datagrams are looked for.
    private static var longestStreamTime: TimeSpan { .milliseconds(1) }

    /// Has the resolver write into the scratch buffer.
    private mutating func answer(
        _ message: Span<UInt8>, from client: Client, at now: Instant, recorder: StepRecorder?
    ) -> Disposition {
        scratch.write { writer in
            resolver.receive(
                query: message, from: client, at: now, reply: &writer, outbox: &outbox,
                recorder: recorder)
        }
    }

    private mutating func sendScratch(to connection: ConnectionHandle) {
        scratch.read { message in _ = streams?.send(message, to: connection) }
    }

    /// Writes and sends a reply that the outbox announced, if there is one after all.
    mutating func sendLate(_ reply: LateReply, at now: Instant) {
        let client = scratch.write { writer in
            resolver.write(reply, at: now, into: &writer, outbox: &outbox)
        }
        guard let client else { return }
        logScratch(for: client)
        switch client.transport {
        case .udp:
            queueScratch(for: client)
        case .tcp:
            if let explanation = explanations.removeValue(forKey: client.handle) {
                return report(explanation)
            }
            sendScratch(to: ConnectionHandle(rawValue: client.handle))
        }
    }

    private mutating func queueScratch(for client: Client) {
        let listener = Int(client.handle)
        if lateReplies.isFull || lateListener != listener { sendQueue() }
        lateListener = listener
        let path = DatagramPath(
            peer: client.remote, local: client.local, interface: client.interface)
        scratch.read { message in
            lateReplies.append(to: path) { room in
                var writer = MessageWriter(into: room)
                return writer.copy(message: message) ? message.count : 0
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

    /// Logs who asked what, and what came of it, as the reply tells.
    private static func log(reply: Span<UInt8>, to client: Client, _ logger: Logger) {
        guard let line = QueryLogLine(reply: reply, client: client) else { return }
        logger.info("\(line)")
    }

    // MARK: Explanations

    /// Answers a query as if it came over TCP from this machine, and notes the steps.
    mutating func explain(_ query: [UInt8], job: Int, at now: Instant) {
        let explanation = Explanation(job: job, recorder: StepRecorder())
        // Counted down from the top, where no connection's handle is.
        let handle = UInt64.max - explanationCount % 65_536
        explanationCount += 1
        let client = Client(
            handle: handle, remote: Endpoint(.loopbackIPv4, port: 0), local: .loopbackIPv4,
            interface: 0, transport: .tcp)
        switch answer(query.span, from: client, at: now, recorder: explanation.recorder) {
        case .answered, .dropped: report(explanation)
        case .pending: explanations[handle] = explanation
        }
    }

    private mutating func report(_ explanation: Explanation) {
        let reply = scratch.read { Array(copying: $0) }
        plan.supervisor.post(
            .explained(
                job: explanation.job, reply: reply, steps: explanation.recorder.steps))
    }
}
