// A worker and its clients: datagrams in batches, messages from connections, and replies that come late.

internal import Addresses
internal import DNSWire
internal import Events
internal import Logging
internal import Resolution
internal import Transport

extension Worker {
    /// Reads what a UDP socket has, answers what can be answered, and sends that back at once.
    func receiveDatagrams(listener index: Int) {
        adoptNewest()
        let listener = listeners[index]
        let now = now
        guard listener.receive(into: &batch) > 0 else { return }
        resolver.wallTime = UInt32(truncatingIfNeeded: SystemClock.wallSeconds())
        batch.answerEach { query, path, room in
            recentQuestions.note(query)
            let client = Client(
                handle: UInt64(index), remote: path.peer, local: path.local,
                interface: path.interface, transport: .udp)
            var writer = MessageWriter(into: room)
            let disposition = resolver.receive(
                query: query, from: client, at: now, reply: &writer, outbox: &outbox)
            guard disposition == .answered else { return 0 }
            if snapshot.policy.logsQueries { log(reply: writer.octets, to: client) }
            return writer.count
        }
        listener.send(&batch)
    }

    /// Answers one message of a connection.
    func receive(
        _ message: Span<UInt8>, from peer: Endpoint, at local: Endpoint,
        _ connection: ConnectionHandle
    ) {
        adoptNewest()
        let client = Client(
            handle: connection.rawValue, remote: peer, local: local.address, interface: 0,
            transport: .tcp, idleTimeout: streams?.idleTimeout ?? 0)
        resolver.wallTime = UInt32(truncatingIfNeeded: SystemClock.wallSeconds())
        recentQuestions.note(message)
        switch answer(message, from: client, recorder: nil) {
        case .answered:
            logScratch(for: client)
            sendScratch(to: connection)
        case .dropped: streams?.finished(connection)
        case .pending: break
        }
    }

    /// Has the resolver write into the scratch buffer.
    private func answer(
        _ message: Span<UInt8>, from client: Client, recorder: StepRecorder?
    ) -> Disposition {
        scratch.write { writer in
            resolver.receive(
                query: message, from: client, at: now, reply: &writer, outbox: &outbox,
                recorder: recorder)
        }
    }

    private func sendScratch(to connection: ConnectionHandle) {
        scratch.read { message in _ = streams?.send(message, to: connection) }
    }

    /// Writes and sends a reply that the outbox announced, if there is one after all.
    func sendLate(_ reply: LateReply, at now: Instant) {
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

    private func queueScratch(for client: Client) {
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
    func sendQueue() {
        guard lateReplies.count > 0 else { return }
        listeners[lateListener].send(&lateReplies)
    }

    // MARK: The log of queries

    private func logScratch(for client: Client) {
        guard snapshot.policy.logsQueries else { return }
        scratch.read { log(reply: $0, to: client) }
    }

    /// Logs who asked what, and what came of it, as the reply tells.
    private func log(reply: Span<UInt8>, to client: Client) {
        guard let line = QueryLogLine(reply: reply, client: client) else { return }
        plan.logger.info("\(line)")
    }

    // MARK: Explanations

    /// Answers a query as if it came over TCP from this machine, and notes the steps.
    func explain(_ query: [UInt8], job: Int) {
        let explanation = Explanation(job: job, recorder: StepRecorder())
        // Counted down from the top, where no connection's handle is.
        let handle = UInt64.max - explanationCount % 65_536
        explanationCount += 1
        let client = Client(
            handle: handle, remote: Endpoint(.loopbackIPv4, port: 0), local: .loopbackIPv4,
            interface: 0, transport: .tcp)
        switch answer(query.span, from: client, recorder: explanation.recorder) {
        case .answered, .dropped: report(explanation)
        case .pending: explanations[handle] = explanation
        }
    }

    private func report(_ explanation: Explanation) {
        let reply = scratch.read { Array(copying: $0) }
        plan.supervisor.post(
            .explained(
                job: explanation.job, reply: reply, steps: explanation.recorder.steps))
    }
}
