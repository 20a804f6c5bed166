// What comes back from servers. A message is looked at when it came from the server that was asked, to the
// port that the question left from, with its id and its question; all else is counted and dropped.

public import Addresses
internal import DNSWire

extension Resolver {
    /// Takes a message that came in at `port` from `source`.
    public mutating func receive(
        response message: Span<UInt8>, from source: Endpoint, through port: UpstreamPort,
        at now: Instant, outbox: inout Outbox
    ) {
        guard message.count >= MessageHeader.size,
            let sending = inFlight[InFlightKey(port: port, id: message.uint16(at: 0))],
            let fetch = fetches[sending.fetch]
        else {
            counters.unmatched += 1
            return
        }
        let sent = fetch.sendings[sending.index]
        let server = fetch.servers[sent.server].key
        guard server.endpoint == source else {
            counters.foreign += 1
            return
        }
        let expected = ExpectedQuestion(
            name: fetch.key.name, type: fetch.key.type, dnssecOK: fetch.key.dnssecOK,
            group: fetch.key.group, server: source)
        let reading = reader.read(message, for: expected, policy: snapshot.policy, at: now)
        if case .foreign = reading {
            counters.foreign += 1
            return
        }
        servers.answered(server, after: now.since(sent.sentAt), at: now)
        unregister(sending, outbox: &outbox)
        act(on: reading, sending.fetch, sent, at: now, outbox: &outbox)
    }

    private mutating func act(
        on reading: ResponseReading, _ handle: SlabHandle, _ sent: FetchSending, at now: Instant,
        outbox: inout Outbox
    ) {
        switch reading {
        case .answer(let response):
            noteOvertaken(by: sent, in: handle, at: now)
            keep(response, for: handle)
            finish(handle, .answer(response), at: now, outbox: &outbox)
        case .truncated where sent.transport == .udp:
            // The repetition over TCP is not one of the sendings that are counted.
            fetches[handle]?.sendingsLeft += 1
            ask(handle, server: sent.server, .tcp, at: now, &outbox)
            arm(handle)
        case .failure(let code):
            give(up: handle, server: sent.server, code, at: now, &outbox)
        case .truncated, .malformed, .foreign:
            give(up: handle, server: sent.server, .serverFailure, at: now, &outbox)
        }
    }

    /// Servers that were asked before the one that answered, and were given more time than they usually take,
    /// count as silent: the question ends here, so that nothing else would ever tell.
    private mutating func noteOvertaken(
        by sent: FetchSending, in handle: SlabHandle, at now: Instant
    ) {
        guard let fetch = fetches[handle] else { return }
        for earlier in fetch.sendings where !earlier.isOver && earlier.server != sent.server {
            let server = fetch.servers[earlier.server].key
            let patience = servers.record(server).patience
            if now.since(earlier.sentAt) >= patience { servers.failed(server, at: now) }
        }
    }

    private func keep(_ response: KeptResponse, for handle: SlabHandle) {
        guard let fetch = fetches[handle] else { return }
        cache.insert(
            response, fetch.key.cacheKey, fetch.key.name, nameHash: fetch.key.nameHash)
    }

    /// The network says that nothing comes through `port` any more: a refusal, or a closed connection.
    public mutating func portFailed(
        _ port: UpstreamPort, at now: Instant, outbox: inout Outbox
    ) {
        let affected = inFlight.filter { $0.key.port == port }.map(\.value)
        for sending in affected {
            guard let fetch = fetches[sending.fetch] else { continue }
            unregister(sending, outbox: &outbox)
            let server = fetch.sendings[sending.index].server
            refuse(sending.fetch, server: server, at: now, &outbox)
        }
    }

    /// A server could not be reached: the next one is asked at once, the same one again in its time, and
    /// after a second refusal no more.
    mutating func refuse(
        _ handle: SlabHandle, server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let fetch = fetches[handle] else { return }
        servers.failed(fetch.servers[server].key, at: now)
        fetches[handle]?.servers[server].refusals += 1
        if fetch.servers[server].refusals >= 1 {
            give(up: handle, server: server, nil, at: now, &outbox)
        } else {
            goOn(handle, at: now, &outbox)
        }
    }

    /// A server will not answer this question.
    private mutating func give(
        up handle: SlabHandle, server: Int, _ code: ResponseCode?, at now: Instant,
        _ outbox: inout Outbox
    ) {
        fetches[handle]?.servers[server].hasFailed = true
        fetches[handle]?.servers[server].nextSending = nil
        if let code { fetches[handle]?.lastFailure = code }
        goOn(handle, at: now, &outbox)
    }

    /// After a failure the next server is asked; when there is nothing left to wait for, the question
    /// has failed.
    private mutating func goOn(
        _ handle: SlabHandle, at now: Instant, _ outbox: inout Outbox
    ) {
        let asked = askNextServer(handle, isEarly: false, at: now, outbox: &outbox)
        guard let fetch = fetches[handle] else { return }
        if asked || fetch.mayStillBeAnswered {
            arm(handle)
        } else {
            finish(handle, .failed(fetch.lastFailure), at: now, outbox: &outbox)
        }
    }
}

extension Fetch {
    /// Whether an answer is on its way, or a server can be asked again.
    var mayStillBeAnswered: Bool {
        if sendings.contains(where: { !$0.isOver }) { return true }
        return sendingsLeft > 0 && servers.contains { !$0.hasFailed }
    }
}
