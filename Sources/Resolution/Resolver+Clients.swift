// Clients that wait: who may, in which order their time is over, and whose question is given up when too many wait.

internal import Addresses
internal import DNSWire

extension Resolver {
    // MARK: Admission

    /// Makes room for one more question of a client, if it may have it.
    ///
    /// One client may have as many as the total allows, since it may be the forwarder of a whole network. But
    /// beyond three quarters of the total the one that has most gets no more while others wait too, and when the
    /// total is reached, its oldest question makes room for those of clients that have fewer.
    mutating func admit(
        _ client: Client, at now: Instant, outbox: inout Outbox
    ) -> Bool {
        let total = snapshot.policy.maximumPending
        let own = clients.count(of: client.remote.address.unmapped)
        if let most = snapshot.policy.maximumPendingPerClient, own >= most { return false }
        let waiting = clients.questionCount
        if waiting >= total {
            guard clients.greatestCount > own + 1, let oldest = clients.oldestOfGreatest else {
                return false
            }
            crowdOut(oldest, at: now, outbox: &outbox)
            return true
        }
        let isAlone = clients.clientCount == (own > 0 ? 1 : 0)
        return isAlone || own < clients.greatestCount || waiting < total - total / 4
    }

    private mutating func crowdOut(
        _ handle: SlabHandle, at now: Instant, outbox: inout Outbox
    ) {
        counters.overflows += 1
        unlink(handle)
        uncount(handle)
        stopWaiting(handle, .crowdedOut, at: now, outbox: &outbox)
    }

    // MARK: The table

    /// Adds a client at the end of the list; a shorter timeout after a reload does not overtake.
    mutating func insertPending(_ pending: PendingQuestion) -> SlabHandle {
        let handle = pendings.insert(pending)
        pending.earlier = lastPending
        if let lastPending { pendings[lastPending]?.later = handle } else { firstPending = handle }
        lastPending = handle
        let previous = clients.add(handle, of: pending.client.remote.address.unmapped)
        pending.isCounted = true
        pending.previousOfClient = previous
        if let previous { pendings[previous]?.nextOfClient = handle }
        return handle
    }

    /// Takes a client out of the table.
    mutating func removePending(_ handle: SlabHandle) {
        unlink(handle)
        uncount(handle)
        staleDeadlines.remove(handle)
        pendings.remove(handle)
    }

    /// Takes a question out of its client's, if it is still among them.
    private mutating func uncount(_ handle: SlabHandle) {
        guard let pending = pendings[handle], pending.isCounted else { return }
        let (previous, next) = (pending.previousOfClient, pending.nextOfClient)
        if let previous { pendings[previous]?.nextOfClient = next }
        if let next { pendings[next]?.previousOfClient = previous }
        clients.remove(of: pending.client.remote.address.unmapped, between: previous, and: next)
        pending.isCounted = false
    }

    /// Takes a client out of the list, if it is still in it.
    private mutating func unlink(_ handle: SlabHandle) {
        guard let pending = pendings[handle] else { return }
        let isLinked = pending.earlier != nil || pending.later != nil || firstPending == handle
        guard isLinked else { return }
        if let earlier = pending.earlier {
            pendings[earlier]?.later = pending.later
        } else {
            firstPending = pending.later
        }
        if let later = pending.later {
            pendings[later]?.earlier = pending.earlier
        } else {
            lastPending = pending.earlier
        }
        pending.earlier = nil
        pending.later = nil
    }

    // MARK: Time

    /// Answers the clients whose time is over.
    mutating func giveUpClients(at now: Instant, outbox: inout Outbox) {
        while let due = staleDeadlines.first, due.instant <= now {
            staleDeadlines.remove(due.handle)
            stopWaiting(due.handle, .late, at: now, outbox: &outbox)
        }
        while let handle = firstPending, let pending = pendings[handle], pending.deadline <= now {
            unlink(handle)
            stopWaiting(handle, .silence, at: now, outbox: &outbox)
        }
    }

    /// Sees to it that a client gets what is stale, if there is anything, before its time is over.
    mutating func armStale(_ handle: SlabHandle) {
        guard let pending = pendings[handle], composer.progress.hasStale else {
            return staleDeadlines.remove(handle)
        }
        staleDeadlines.set(handle, at: pending.asked + snapshot.policy.staleDelay)
    }

    /// The client's time is over, or that after which it takes what is stale: it is answered with what there
    /// is. The servers are still asked, for the cache.
    private mutating func stopWaiting(
        _ handle: SlabHandle, _ outcome: HopOutcome, at now: Instant, outbox: inout Outbox
    ) {
        guard let fetch = pendings[handle]?.fetch, let key = fetches[fetch]?.key else { return }
        removeWaiter(handle, from: fetch)
        pendings[handle]?.received.append(ReceivedHop(key: key, outcome: outcome))
        pendings[handle]?.fetch = nil
        outbox.add(.reply(LateReply(pending: handle)))
        abandon(fetch, at: now, outbox: &outbox)
    }
}
