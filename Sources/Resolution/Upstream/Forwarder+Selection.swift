// Chooses servers and times: first the fastest responding server, another one if that takes longer
// than usual, a dead one only if there is no other, and each one again after its timeout. Nothing
// is sent here.

internal import Addresses
internal import BasicContainers
internal import DNSWire

extension Forwarder {
    // MARK: The next server

    /// Asks the best server that was not asked yet and is not worse than `worst`; false if there is
    /// none, or if no query is left in the budget.
    @discardableResult
    mutating func askNext(
        _ handle: SlabHandle, upTo worst: ServerRank? = nil, at now: Instant,
        _ outbox: inout Outbox
    ) -> Bool {
        guard requests.contains(handle), requests[handle].queriesLeft > 0,
            let next = nextServer(handle, upTo: worst ?? worstUsable(handle), at: now)
        else { return false }
        ask(handle, server: next, at: now, &outbox)
        return true
    }

    private mutating func nextServer(
        _ handle: SlabHandle, upTo worst: ServerRank, at now: Instant
    ) -> Int? {
        let isStrict = requests[handle].isStrict
        var best: (index: Int, rank: ServerRank, trip: TimeSpan)?
        for index in requests[handle].servers.indices {
            let server = requests[handle].servers[index]
            if server.wasAsked || server.hasFailed { continue }
            let rank = servers[server.place].rank(room: snapshot.policy.maximumInFlight, at: now)
            if rank > worst { continue }
            let trip =
                isStrict
                ? TimeSpan(nanoseconds: 0) : servers[server.place].comparedTrip(at: now)
            guard let old = best, (rank, trip) >= (old.rank, old.trip) else {
                best = (index, rank, trip)
                continue
            }
        }
        return best?.index
    }

    /// A dead server gets no client's question as long as another one of its group is not dead.
    private mutating func worstUsable(_ handle: SlabHandle) -> ServerRank {
        for index in requests[handle].servers.indices
        where !servers[requests[handle].servers[index].place].isDead { return .useless }
        return .dead
    }

    /// Whether an answer is to be expected from a server that was asked, other than `excluded`.
    private mutating func hasHope(_ handle: SlabHandle, except excluded: Int? = nil) -> Bool {
        guard requests.contains(handle) else { return false }
        for index in requests[handle].servers.indices where index != excluded {
            let server = requests[handle].servers[index]
            if server.wasAsked, !server.hasFailed, !server.wasHinted, !servers[server.place].isDead
            {
                return true
            }
        }
        return false
    }

    /// When to ask an additional server: as soon as the others take longer than usual.
    mutating func armHedge(_ handle: SlabHandle, at now: Instant) {
        guard requests[handle].purpose == .question else { return }
        let isLeft = requests[handle].servers.contains { !$0.wasAsked && !$0.hasFailed }
        requests[handle].hedgeAt =
            isLeft ? now + servers.hedgeDelay(among: requests[handle].servers) : nil
    }

    // MARK: Time

    /// Does what is due for a request.
    mutating func advance(_ handle: SlabHandle, to now: Instant, outbox: inout Outbox) {
        guard requests.contains(handle) else { return deadlines.remove(handle) }
        releaseOverdueSlots(of: handle, at: now, &outbox)
        guard requests[handle].isDue(at: now) else { return }
        guard requests[handle].purpose == .question else {
            noteSilentConnections(handle, at: now, &outbox)
            if requests[handle].purpose == .probe {
                servers[requests[handle].servers[0].place].failed(at: now)
            }
            if case .watch(let server) = requests[handle].purpose,
                requests[handle].servers[server].wasHinted,
                let sentAt = requests[handle].lastSent(to: server)
            {
                noteSilence(
                    of: requests[handle].servers[server].place, since: sentAt, at: now, &outbox)
            }
            return forget(handle, at: now, outbox: &outbox)
        }
        if requests[handle].end <= now {
            noteSilentConnections(handle, at: now, &outbox)
            if case .failed = requests[handle].outcomeOfSilence {
                noteFailedQuestion(handle, &outbox)
            }
            return finish(handle, requests[handle].outcomeOfSilence, at: now, outbox: &outbox)
        }
        if let hedge = requests[handle].hedgeAt, hedge <= now,
            !isSwitchedOff("RFC 6298: a second server for a slow answer")
        {
            requests[handle].hedgeAt = nil
            askEarly(handle, at: now, &outbox)
        }
        for index in requests[handle].servers.indices {
            guard let due = requests[handle].servers[index].due, due <= now else { continue }
            timeOut(handle, index, due, at: now, &outbox)
        }
    }

    /// Asks another server before an earlier one has timed out, within the budget for that.
    private mutating func askEarly(
        _ handle: SlabHandle, at now: Instant, _ outbox: inout Outbox
    ) {
        guard hasHope(handle) else {
            askNext(handle, at: now, &outbox)
            return
        }
        guard earlyBudget >= 10, askNext(handle, upTo: .ready, at: now, &outbox) else { return }
        earlyBudget -= 10
    }

    /// A server has timed out for this question: the next one is asked, or the same one again.
    private mutating func timeOut(
        _ handle: SlabHandle, _ index: Int, _ due: Instant, at now: Instant, _ outbox: inout Outbox
    ) {
        requests[handle].servers[index].due = nil
        for query in requests[handle].queries.indices
        where requests[handle].queries[query].server == index {
            releaseSlot(QueryHandle(request: handle, index: query), at: now, &outbox)
        }
        let place = requests[handle].servers[index].place
        // Silence while the machine was suspended says nothing about the server.
        if let sentAt = requests[handle].lastSent(to: index), now.since(due) < .seconds(1) {
            noteSilence(of: place, since: sentAt, at: now, &outbox)
            silentNames.noteSilence(parentHash(of: handle), at: now)
        }
        noteSilentConnections(handle, to: index, at: now, &outbox)
        askNext(handle, at: now, &outbox)
        // Another one that can be hoped for goes first; this one has its turn in a while.
        if hasHope(handle, except: index) {
            requests[handle].servers[index].due = now + .seconds(1)
        } else if requests[handle].queriesLeft > 0 {
            ask(handle, server: index, at: now, &outbox)
        }
    }

    // MARK: Death

    /// A server did not answer a query of `sentAt`. It is dead if it has answered nothing since.
    mutating func noteSilence(
        of place: Int, since sentAt: Instant, at now: Instant, _ outbox: inout Outbox
    ) {
        guard !servers[place].wasHeard(since: sentAt) else { return }
        noteFailure(of: place, at: now, &outbox)
    }

    /// A connection with an unanswered query may have died unnoticed; this is reported.
    private func noteSilentConnections(
        _ handle: SlabHandle, to server: Int? = nil, at now: Instant, _ outbox: inout Outbox
    ) {
        for query in requests[handle].queries.indices {
            let sent = requests[handle].queries[query]
            guard let port = sent.port, port.transport == .tcp,
                server == nil || sent.server == server
            else { continue }
            outbox.add(.silent(port, now.since(sent.sentAt)))
        }
    }

    /// A server does not answer: requests that wait only for it continue immediately with the next
    /// one.
    mutating func noteFailure(of place: Int, at now: Instant, _ outbox: inout Outbox) {
        let wasDead = servers[place].isDead
        servers[place].failed(at: now)
        noteState(of: place, wasDead: wasDead, &outbox)
        guard !wasDead else { return }
        let waiting = requestOfKey.values.filter { handle in
            requests[handle].servers.contains { $0.place == place && $0.wasAsked && !$0.hasFailed }
        }
        for handle in waiting.sorted(by: { $0.slot < $1.slot }) where !hasHope(handle) {
            askNext(handle, at: now, &outbox)
            arm(handle)
        }
    }

    /// A server answered later than another that was asked after it: it is dead if it was silent all the time.
    ///
    /// - Returns: the server to keep listening for, to learn how slow it is.
    mutating func judgeSlower(
        _ handle: SlabHandle, than winner: UpstreamQuery, at now: Instant, _ outbox: inout Outbox
    ) -> Int? {
        servers[requests[handle].servers[winner.server].place].wasUseful()
        var slower: Int?
        for index in requests[handle].servers.indices where index != winner.server {
            let server = requests[handle].servers[index]
            if server.hasFailed, server.refusals == 0 {
                servers[server.place].wasUseless(at: now)
            }
            guard let sentAt = requests[handle].lastSent(to: index),
                sentAt < winner.sentAt || server.wasHinted,
                !servers[server.place].wasHeard(since: sentAt)
            else { continue }
            // Where the next one was asked for an ICMP message alone, it gets its time first.
            if !server.wasHinted { noteFailure(of: server.place, at: now, &outbox) }
            if !servers[server.place].isWatched { slower = slower ?? index }
        }
        return slower
    }

    // MARK: Probes

    /// Asks the dead servers of a group whether they are alive again, now and then and with a question of our own.
    mutating func probeDeadServers(
        of group: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        let places = indexesOfGroup[group]
        guard places.count > 1, places.contains(where: { !servers[$0].isDead }) else { return }
        for place in places {
            guard servers[place].isDead, !servers[place].isProbed, servers[place].nextProbe <= now
            else { continue }
            servers[place].isProbed = true
            let zone = snapshot.groups[group].forwardZone.zone
            sendProbe(.probe, zone.folded.octets, .soa, group: group, place, at: now, &outbox)
        }
    }

    /// Sends one query of our own to one server.
    mutating func sendProbe(
        _ purpose: RequestPurpose, _ name: [UInt8], _ type: RecordType, group: Int, _ place: Int,
        at now: Instant, _ outbox: inout Outbox
    ) {
        let question = CacheKey(
            group: snapshot.groups[group].identity, type: type, dnssecOK: false,
            checkingDisabled: false)
        let request = requests.take()
        requests[request].begin(question, for: purpose, until: now + .seconds(3))
        requests[request].key.name.set(name.span)
        requests[request].key.nameHash = 0
        setManner(of: request, group: group)
        add(serverAt: place, to: request)
        send(request, server: 0, requests[request].transport, at: now, &outbox)
        arm(request)
    }
}
