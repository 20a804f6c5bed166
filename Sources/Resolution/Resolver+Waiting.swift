// Clients that wait: a query that needs servers enters the table, the forwarder's results and time let it out again.

internal import Addresses
internal import BasicContainers
internal import DNSWire

extension Resolver {
    // MARK: Entering

    /// Lets a client wait for `composer.owner` from the servers of a group; or, where too many wait, answers at once.
    mutating func wait(
        _ composition: Composition, _ octets: Span<UInt8>, _ client: Client, group: Int,
        into writer: inout MessageWriter, outbox: inout Outbox
    ) -> Disposition {
        guard admit(client, at: composition.now, outbox: &outbox) else {
            clientCounters.overflows += 1
            composeWithout(
                servers: group, .evicted, composition, octets, into: &writer)
            finish(
                composition.question, composition.subnet, at: composition.now, into: &writer,
                outbox: &outbox)
            if !composition.isTraced { countResponse(composition.question, in: writer) }
            return .answered
        }
        let handle = pending.insert(
            composition, octets, of: client, until: composition.now + snapshot.policy.queryTimeout)
        if composer.progress.awaitsOneAnswer, !composition.isTraced {
            pending[handle].wholeReply = snapshot.generation
        }
        ask(handle, group: group, at: composition.now, outbox: &outbox)
        return .pending
    }

    private mutating func admit(
        _ client: Client, at now: Instant, outbox: inout Outbox
    ) -> Bool {
        switch pending.admission(of: client.remote.address.clientNetwork, snapshot.policy) {
        case .admitted: return true
        case .refused: return false
        case .admittedFor(let oldest):
            clientCounters.overflows += 1
            pending.evict(oldest)
            stopWaiting(oldest, .evicted, at: now, outbox: &outbox)
            return true
        }
    }

    /// Asks a group of servers for `composer.owner`, on behalf of a client that waits.
    mutating func ask(
        _ handle: SlabHandle, group: Int, at now: Instant, outbox: inout Outbox
    ) {
        pending.setStale(
            handle,
            at: composer.progress.hasStale
                ? pending[handle].asked + snapshot.policy.staleDelay : nil)
        let client = pending[handle].client
        let passesSubnets = snapshot.groups[group].forwardZone.passesSubnets
        let question = UpstreamQuestion(
            key: CacheKey(pending[handle].question, of: snapshot.groups[group].identity),
            group: group, subnet: passesSubnets ? pending[handle].subnet : nil)
        let asker = Asker(
            waiter: handle, address: client.remote.address.unmapped, local: client.local.unmapped,
            id: pending[handle].question.id)
        let position = forwarder.ask(
            question, composer.owner, for: asker, watching: &loops, at: now, outbox: &outbox)
        if let position {
            pending[handle].position = position
            deliver(outbox: &outbox)
        } else {
            let hop = ResolvedHop(
                question: question.key, nameHash: composer.owner.hash, outcome: .loop)
            release(handle, hop, outbox: &outbox)
        }
    }

    /// Asks again for an answer that clients still get from the cache.
    mutating func refresh(
        _ response: CachedResponse, group: Int, _ question: Question, at now: Instant,
        outbox: inout Outbox
    ) {
        let octets = response.octets
        guard (try? composer.target.read(from: octets.span, at: MessageHeader.size)) != nil else {
            return
        }
        let key = CacheKey(question, of: snapshot.groups[group].identity)
        forwarder.refresh(
            UpstreamQuestion(key: key, group: group, subnet: nil), composer.target,
            avoiding: loops, at: now, outbox: &outbox)
        deliver(outbox: &outbox)
    }

    // MARK: Leaving

    /// Hands on what came of requests.
    mutating func deliver(outbox: inout Outbox) {
        while let result = forwarder.results.popLast() {
            release(result.waiter, result.hop, outbox: &outbox)
        }
    }

    /// Lets a client continue with the result of a hop.
    private mutating func release(
        _ handle: SlabHandle, _ hop: consuming ResolvedHop, outbox: inout Outbox
    ) {
        pending[handle].hopResults.append(hop)
        pending[handle].position = nil
        outbox.add(.reply(DeferredReply(pending: handle)))
    }

    /// A client's time is over, or that after which it takes what is stale: it is answered with what there
    /// is. The servers are still asked, for the cache.
    private mutating func stopWaiting(
        _ handle: SlabHandle, _ outcome: HopResult, at now: Instant, outbox: inout Outbox
    ) {
        guard let position = pending[handle].position else { return }
        let left = forwarder.leave(position, at: now, outbox: &outbox)
        if let moved = left.moved { pending[moved].position?.index = position.index }
        let hop = ResolvedHop(question: left.question, nameHash: left.nameHash, outcome: outcome)
        release(handle, hop, outbox: &outbox)
    }

    // MARK: Time

    /// Answers every client at `instant` at the latest, those that come later too: the daemon is about to end.
    public mutating func endWaits(by instant: Instant) { pending.endWaits(by: instant) }

    /// When the client that has waited for longest asked; nil if none waits.
    public var oldestWait: Instant? {
        mutating get { pending.oldest }
    }

    /// When `advance(to:outbox:)` is to be called next; nil if nothing waits.
    public var nextDeadline: Instant? {
        mutating get {
            var earliest = pending.nextDeadline
            if let instant = forwarder.nextDeadline { earliest = min(earliest ?? instant, instant) }
            if let instant = loops.nextDeadline { earliest = min(earliest ?? instant, instant) }
            return earliest
        }
    }

    /// Does what is due at `now`: retries or skips silent servers, answers clients that waited long
    /// enough, and probes servers for loops.
    public mutating func advance(to now: Instant, outbox: inout Outbox) {
        forwarder.probe(&loops, at: now, outbox: &outbox)
        forwarder.advance(to: now, outbox: &outbox)
        deliver(outbox: &outbox)
        while let overdue = pending.nextOverdue(at: now) {
            stopWaiting(overdue.handle, overdue.outcome, at: now, outbox: &outbox)
        }
    }
}
