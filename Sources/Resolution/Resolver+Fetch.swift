// Questions to servers: joined when they are the same, sent, and sent again or to the next server when the
// first has had its time.

internal import Addresses
public import DNSWire

extension Resolver {
    // MARK: Opening and joining

    /// Lets a client wait for `composer.owner` from a group of servers: many that ask the same at once
    /// cost one query.
    mutating func joinFetch(
        _ pending: SlabHandle, group: Int, at now: Instant, outbox: inout Outbox
    ) {
        guard let question = pendings[pending]?.question else { return }
        let group = snapshot.groups[group]
        let key = FetchKey(
            group: group.identity, name: Array(copying: composer.owner.folded),
            nameHash: composer.owner.hash, type: question.type, dnssecOK: question.dnssecOK,
            checkingDisabled: question.flags.checkingDisabled)
        armStale(pending)
        if let fetch = fetchOfKey[key], let end = fetches[fetch]?.end, now < end {
            counters.joined += 1
            pendings[pending]?.fetch = fetch
            fetches[fetch]?.waiters.append(pending)
            return
        }
        let fetch = openFetch(key, group: group, at: now)
        pendings[pending]?.fetch = fetch
        fetches[fetch]?.waiters.append(pending)
        askNextServer(fetch, isEarly: false, at: now, outbox: &outbox)
        arm(fetch)
    }

    /// Asks again for an answer that clients still get from the cache; they wait for nothing.
    mutating func refresh(
        _ response: KeptResponse, group: Int, _ question: Question, at now: Instant,
        outbox: inout Outbox
    ) {
        let group = snapshot.groups[group]
        let octets = response.octets
        guard (try? composer.target.read(from: octets.span, at: MessageHeader.size)) != nil else {
            return
        }
        let key = FetchKey(
            group: group.identity, name: Array(copying: composer.target.folded),
            nameHash: composer.target.hash, type: question.type, dnssecOK: question.dnssecOK,
            checkingDisabled: question.flags.checkingDisabled)
        guard fetchOfKey[key] == nil, refreshCount < maximumRefreshes,
            cache.failure(key.cacheKey, composer.target, at: now) == nil
        else { return }
        counters.prefetches += 1
        let fetch = openFetch(key, group: group, at: now)
        markRefresh(fetch)
        askNextServer(fetch, isEarly: false, at: now, outbox: &outbox)
        arm(fetch)
    }

    /// Fetches that go on without anybody waiting are a part of those that may be waited for.
    private var maximumRefreshes: Int { max(1, snapshot.policy.maximumPending / 8) }

    private mutating func markRefresh(_ fetch: SlabHandle) {
        guard fetches[fetch]?.isRefresh == false else { return }
        fetches[fetch]?.isRefresh = true
        refreshCount += 1
    }

    /// Nobody waits for a fetch any more: it ends, or renews what the cache has.
    mutating func abandon(_ fetch: SlabHandle, outbox: inout Outbox) {
        guard fetches[fetch]?.waiters.isEmpty == true, fetches[fetch]?.isRefresh == false else {
            return
        }
        if refreshCount < maximumRefreshes {
            markRefresh(fetch)
        } else {
            forget(fetch, outbox: &outbox)
        }
    }

    private mutating func openFetch(
        _ key: FetchKey, group: Snapshot.ServerGroup, at now: Instant
    ) -> SlabHandle {
        let keys = group.forwardZone.servers.map {
            ServerKey(endpoint: $0, source: group.forwardZone.source)
        }
        let ordered = servers.order(keys, at: now).map { FetchServer(key: keys[$0]) }
        let fetch = fetches.insert(
            Fetch(
                key: key, group: group, servers: ordered, started: now,
                end: now + snapshot.policy.queryTimeout))
        fetchOfKey[key] = fetch
        earlyBudget = min(earlyBudget + 1, Self.maximumEarlyBudget)
        return fetch
    }

    // MARK: Sending

    /// Asks the first server that was not asked yet; false when there is none, or no sending left.
    @discardableResult
    mutating func askNextServer(
        _ handle: SlabHandle, isEarly: Bool, at now: Instant, outbox: inout Outbox
    ) -> Bool {
        guard let fetch = fetches[handle], fetch.sendingsLeft > 0,
            let next = fetch.servers.firstIndex(where: { !$0.wasAsked })
        else { return false }
        ask(handle, server: next, fetch.group.forwardZone.transport, isEarly, at: now, &outbox)
        return true
    }

    /// Asks a server, or asks it again.
    mutating func ask(
        _ handle: SlabHandle, server: Int, _ transport: TransportProtocol,
        _ isEarly: Bool = false, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let fetch = fetches[handle] else { return }
        let index = fetch.sendings.count
        let patience = servers.record(fetch.servers[server].key).patience
        fetches[handle]?.begin(server: server, transport, isEarly, patience: patience, at: now)
        outbox.add(.send(Sending(fetch: handle, index: index)))
    }

    /// Where a sending that the outbox announced goes; nil when it is not wanted any more.
    public mutating func destination(of sending: Sending) -> Destination? {
        guard let fetch = fetches[sending.fetch] else { return nil }
        let planned = fetch.sendings[sending.index]
        let server = fetch.servers[planned.server].key
        return Destination(
            server: server.endpoint, source: server.source, transport: planned.transport,
            draw: random.nextUInt32())
    }

    /// Writes the query of a sending with an id that nobody can guess, to leave from `port`.
    ///
    /// - Returns: false when it is not wanted any more, or the port has no id left.
    public mutating func write(
        _ sending: Sending, through port: UpstreamPort, at now: Instant,
        into writer: inout MessageWriter
    ) -> Bool {
        guard let fetch = fetches[sending.fetch], let id = drawID(port) else { return false }
        let key = fetch.key
        inFlight[InFlightKey(port: port, id: id)] = sending
        fetches[sending.fetch]?.sendings[sending.index].port = port
        fetches[sending.fetch]?.sendings[sending.index].id = id
        fetches[sending.fetch]?.sendings[sending.index].sentAt = now
        counters.sendings += 1

        var flags = MessageFlags(bits: 0)
        flags.recursionDesired = true
        flags.authenticData = true
        flags.checkingDisabled = key.checkingDisabled
        let type = key.type.rawValue
        let question = key.name + [UInt8(type >> 8), UInt8(type & 0xFF), 0, 1]
        writer.begin(
            id: id, flags: flags, question: question.span, limit: 512,
            reserve: ReplyOptions.emptySize)
        let options = ReplyOptions(
            payloadSize: snapshot.policy.payloadSize, dnssecOK: key.dnssecOK)
        writer.finish(responseCode: .noError, options: options, named: composer.missing)
        return true
    }

    /// An id that no other query of the port has; a port so full that none is found is not used.
    private mutating func drawID(_ port: UpstreamPort) -> UInt16? {
        for _ in 0..<16 {
            let id = random.nextUInt16()
            if inFlight[InFlightKey(port: port, id: id)] == nil { return id }
        }
        return nil
    }

    /// No port could be had, or the network refused the query at once.
    public mutating func sendingFailed(
        _ sending: Sending, at now: Instant, outbox: inout Outbox
    ) {
        guard let fetch = fetches[sending.fetch] else { return }
        unregister(sending, outbox: &outbox)
        refuse(sending.fetch, server: fetch.sendings[sending.index].server, at: now, &outbox)
    }

    // MARK: The end

    /// Hands the outcome to everybody who waits, and forgets the question.
    mutating func finish(
        _ handle: SlabHandle, _ outcome: HopOutcome, at now: Instant, outbox: inout Outbox
    ) {
        guard let fetch = fetches[handle] else { return }
        noteFailure(outcome, of: fetch, at: now)
        for waiter in fetch.waiters {
            pendings[waiter]?.received.append(ReceivedHop(key: fetch.key, outcome: outcome))
            pendings[waiter]?.fetch = nil
            outbox.add(.reply(LateReply(pending: waiter)))
        }
        forget(handle, outbox: &outbox)
    }

    private func noteFailure(_ outcome: HopOutcome, of fetch: Fetch, at now: Instant) {
        var failure = KeptFailure(
            responseCode: nil, isSilence: false, expiry: now + snapshot.policy.failureLifetime)
        switch outcome {
        case .answer, .late, .keptFailure: return
        case .failed(let code): failure.responseCode = code
        case .silence:
            // Silence while the machine was suspended tells nothing of the servers.
            guard now.since(fetch.end) < .seconds(1) else { return }
            failure.isSilence = true
        }
        cache.noteFailure(
            failure, fetch.key.cacheKey, fetch.key.name, nameHash: fetch.key.nameHash)
    }

    /// Drops a question and what was sent for it; later answers match nothing.
    mutating func forget(_ handle: SlabHandle, outbox: inout Outbox) {
        guard let fetch = fetches[handle] else { return }
        for index in fetch.sendings.indices {
            unregister(Sending(fetch: handle, index: index), outbox: &outbox)
        }
        if fetch.isRefresh { refreshCount -= 1 }
        // After a jump of the clock another one may have taken the place of one that is overdue.
        if fetchOfKey[fetch.key] == handle { fetchOfKey[fetch.key] = nil }
        fetchDeadlines.remove(handle)
        fetches.remove(handle)
    }

    /// Stops waiting for the answer to one sending.
    mutating func unregister(_ sending: Sending, outbox: inout Outbox) {
        fetches[sending.fetch]?.sendings[sending.index].isOver = true
        guard let sent = fetches[sending.fetch]?.sendings[sending.index], let port = sent.port
        else { return }
        inFlight[InFlightKey(port: port, id: sent.id)] = nil
        fetches[sending.fetch]?.sendings[sending.index].port = nil
        outbox.add(.release(port))
    }

    /// Sets the fetch's next instant.
    mutating func arm(_ handle: SlabHandle) {
        if let instant = fetches[handle]?.nextInstant {
            fetchDeadlines.set(handle, at: instant)
        } else {
            fetchDeadlines.remove(handle)
        }
    }
}

extension Fetch {
    /// Notes a sending to a server: when the server may be asked again, and when the next one may.
    mutating func begin(
        server: Int, _ transport: TransportProtocol, _ isEarly: Bool, patience: TimeSpan,
        at now: Instant
    ) {
        sendings.append(
            FetchSending(server: server, transport: transport, isEarly: isEarly, sentAt: now))
        sendingsLeft -= 1
        servers[server].wasAsked = true
        servers[server].nextSending = now + servers[server].backoff
        let doubled = servers[server].backoff.nanoseconds * 2
        servers[server].backoff = TimeSpan(nanoseconds: doubled)
        hedgeAt = servers.contains { !$0.wasAsked } ? now + patience : nil
    }

    /// When something is to be done next, if nobody answers.
    var nextInstant: Instant {
        var earliest = min(hedgeAt ?? end, end)
        for server in servers {
            if let next = server.nextSending { earliest = min(earliest, next) }
        }
        return earliest
    }
}
