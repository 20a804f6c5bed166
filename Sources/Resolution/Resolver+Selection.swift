// Whom a question is asked, and when: the fastest server that answers, another one when that takes longer than usual,
// a dead one only when there is no other, and each one again in its time. Nothing is sent here.

internal import Addresses
internal import DNSWire

extension Resolver {
    // MARK: The next server

    /// Asks the best server that was not asked yet and is not worse than `worst`; false when there is
    /// none, or no sending left.
    @discardableResult
    mutating func askNext(
        _ handle: SlabHandle, upTo worst: ServerRank? = nil, at now: Instant,
        _ outbox: inout Outbox
    ) -> Bool {
        guard let fetch = fetches[handle], fetch.sendingsLeft > 0,
            let next = nextServer(handle, upTo: worst ?? worstUsable(handle), at: now)
        else { return false }
        ask(handle, server: next, at: now, &outbox)
        return true
    }

    private func nextServer(
        _ handle: SlabHandle, upTo worst: ServerRank, at now: Instant
    ) -> Int? {
        guard let fetch = fetches[handle] else { return nil }
        let isStrict = fetch.group.forwardZone.order == .strict
        var best: (index: Int, rank: ServerRank, trip: TimeSpan)?
        for index in fetch.servers.indices {
            let server = fetch.servers[index]
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
    private func worstUsable(_ handle: SlabHandle) -> ServerRank {
        guard let fetch = fetches[handle] else { return .dead }
        return fetch.servers.allSatisfy { servers[$0.place].isDead } ? .dead : .useless
    }

    /// Whether an answer is to be expected from a server that was asked, other than `excluded`.
    private func hasHope(_ handle: SlabHandle, except excluded: Int? = nil) -> Bool {
        guard let fetch = fetches[handle] else { return false }
        for index in fetch.servers.indices where index != excluded {
            let server = fetch.servers[index]
            if server.wasAsked, !server.hasFailed, !servers[server.place].isDead { return true }
        }
        return false
    }

    /// When another server is to be asked beside those that were: as soon as they take longer than usual.
    mutating func armHedge(_ handle: SlabHandle, at now: Instant) {
        guard let fetch = fetches[handle], fetch.purpose == .question else { return }
        let isLeft = fetch.servers.contains { !$0.wasAsked && !$0.hasFailed }
        let patience = servers.patience(among: fetch.servers)
        fetch.hedgeAt = isLeft ? now + patience : nil
    }

    // MARK: Time

    /// Does what is due for a fetch.
    mutating func advance(_ handle: SlabHandle, to now: Instant, outbox: inout Outbox) {
        guard let fetch = fetches[handle] else { return fetchDeadlines.remove(handle) }
        guard fetch.purpose == .question else {
            if fetch.purpose == .probe { servers[fetch.servers[0].place].failed(at: now) }
            return forget(handle, at: now, outbox: &outbox)
        }
        if fetch.end <= now { return finish(handle, .silence, at: now, outbox: &outbox) }
        if let hedge = fetch.hedgeAt, hedge <= now {
            fetches[handle]?.hedgeAt = nil
            askEarly(handle, at: now, &outbox)
        }
        for index in fetch.servers.indices {
            guard let due = fetches[handle]?.servers[index].due, due <= now else { continue }
            timeOut(handle, index, at: now, &outbox)
        }
    }

    /// Another server is asked before an earlier one has had its time, within the budget for that.
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

    /// A server has had its time for this question: the next one is asked, or it again.
    private mutating func timeOut(
        _ handle: SlabHandle, _ index: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let fetch = fetches[handle], let due = fetch.servers[index].due else { return }
        fetches[handle]?.servers[index].due = nil
        for sending in fetch.sendings.indices where fetch.sendings[sending].server == index {
            releaseSlot(Sending(fetch: handle, index: sending), at: now, &outbox)
        }
        let place = fetch.servers[index].place
        // Silence while the machine was suspended tells nothing of the server.
        if let sentAt = fetch.lastSent(to: index), now.since(due) < .seconds(1) {
            noteSilence(of: place, since: sentAt, at: now, &outbox)
        }
        askNext(handle, at: now, &outbox)
        // Another one that can be hoped for goes first; this one has its turn in a while.
        if hasHope(handle, except: index) {
            fetches[handle]?.servers[index].due = now + .seconds(1)
        } else if let left = fetches[handle]?.sendingsLeft, left > 0 {
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

    /// A server does not answer: whoever waits for it alone goes on to the next one at once.
    mutating func noteFailure(of place: Int, at now: Instant, _ outbox: inout Outbox) {
        let wasDead = servers[place].isDead
        servers[place].failed(at: now)
        guard !wasDead else { return }
        let waiting = fetchOfKey.values.filter { handle in
            fetches[handle]?.servers.contains { $0.place == place && $0.wasAsked && !$0.hasFailed }
                == true
        }
        for handle in waiting.sorted(by: { $0.slot < $1.slot }) where !hasHope(handle) {
            askNext(handle, at: now, &outbox)
            arm(handle)
        }
    }

    /// A server answered later than another that was asked after it: it is dead if it was silent all the time.
    ///
    /// - Returns: the server to go on listening for, to learn how slow it is.
    mutating func judgeSlower(
        _ handle: SlabHandle, than winner: FetchSending, at now: Instant, _ outbox: inout Outbox
    ) -> Int? {
        guard let fetch = fetches[handle] else { return nil }
        servers[fetch.servers[winner.server].place].wasUseful()
        var slower: Int?
        for index in fetch.servers.indices where index != winner.server {
            let server = fetch.servers[index]
            if server.hasFailed, server.refusals == 0 {
                servers[server.place].wasUseless(at: now)
            }
            guard let sentAt = fetch.lastSent(to: index), sentAt < winner.sentAt,
                !servers[server.place].wasHeard(since: sentAt)
            else { continue }
            noteFailure(of: server.place, at: now, &outbox)
            if !servers[server.place].isWatched { slower = slower ?? index }
        }
        return slower
    }

    // MARK: Probes

    /// Asks the dead servers of a group whether they are alive again, now and then and with a question of our own.
    mutating func probeDeadServers(
        of group: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        let places = placesOfGroup[group]
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
        _ purpose: FetchPurpose, _ name: [UInt8], _ type: RecordType, group: Int, _ place: Int,
        at now: Instant, _ outbox: inout Outbox
    ) {
        let group = snapshot.groups[group]
        let key = FetchKey(
            group: group.identity, name: name, nameHash: 0, type: type, dnssecOK: false,
            checkingDisabled: false)
        let fetch = insertFetch(
            Fetch(
                key: key, group: group, purpose: purpose, servers: [FetchServer(place: place)],
                end: now + .seconds(3)))
        send(fetch, server: 0, group.forwardZone.transport, at: now, &outbox)
        arm(fetch)
    }
}
