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
        stopWaiting(handle, .evicted, at: now, outbox: &outbox)
    }

    // MARK: The table

    /// Adds a client at the end of the list; a shorter timeout after a reload does not overtake.
    mutating func insertPending(
        _ question: Question, _ octets: Span<UInt8>, of client: Client, at now: Instant,
        _ trace: ResolutionTrace?
    ) -> SlabHandle {
        let handle = pendings.take()
        pendings[handle].begin(
            question, octets, of: client, at: now, until: now + snapshot.policy.queryTimeout,
            subnet: sources.subnet, trace: trace)
        pendings[handle].earlier = lastPending
        if let lastPending { pendings[lastPending].later = handle } else { firstPending = handle }
        lastPending = handle
        let previous = clients.add(handle, of: client.remote.address.unmapped)
        pendings[handle].isCounted = true
        pendings[handle].previousOfClient = previous
        if let previous { pendings[previous].nextOfClient = handle }
        return handle
    }

    /// Takes a client out of the table.
    mutating func removePending(_ handle: SlabHandle) {
        unlink(handle)
        uncount(handle)
        staleDeadlines.remove(handle)
        pendings[handle].end()
        pendings.giveBack(handle)
    }

    /// Takes a question out of its client's, if it is still among them.
    private mutating func uncount(_ handle: SlabHandle) {
        guard pendings[handle].isCounted else { return }
        pendings[handle].isCounted = false
        let previous = pendings[handle].previousOfClient
        let next = pendings[handle].nextOfClient
        if let previous { pendings[previous].nextOfClient = next }
        if let next { pendings[next].previousOfClient = previous }
        let address = pendings[handle].client.remote.address.unmapped
        clients.remove(of: address, between: previous, and: next)
    }

    /// Takes a client out of the list, if it is still in it.
    private mutating func unlink(_ handle: SlabHandle) {
        let earlier = pendings[handle].earlier
        let later = pendings[handle].later
        guard earlier != nil || later != nil || firstPending == handle else { return }
        if let earlier { pendings[earlier].later = later } else { firstPending = later }
        if let later { pendings[later].earlier = earlier } else { lastPending = earlier }
        pendings[handle].earlier = nil
        pendings[handle].later = nil
    }

    // MARK: Time

    /// Answers the clients whose time is over.
    mutating func giveUpClients(at now: Instant, outbox: inout Outbox) {
        while let due = staleDeadlines.first, due.instant <= now {
            staleDeadlines.remove(due.handle)
            stopWaiting(due.handle, .late, at: now, outbox: &outbox)
        }
        while let handle = firstPending, pendings[handle].deadline <= now {
            unlink(handle)
            stopWaiting(handle, .silence, at: now, outbox: &outbox)
        }
    }

    /// Sees to it that a client gets what is stale, if there is anything, before its time is over.
    mutating func armStale(_ handle: SlabHandle) {
        guard composer.progress.hasStale else { return staleDeadlines.remove(handle) }
        staleDeadlines.set(handle, at: pendings[handle].asked + snapshot.policy.staleDelay)
    }

    /// The client's time is over, or that after which it takes what is stale: it is answered with what there
    /// is. The servers are still asked, for the cache.
    private mutating func stopWaiting(
        _ handle: SlabHandle, _ outcome: HopResult, at now: Instant, outbox: inout Outbox
    ) {
        guard let request = pendings[handle].request else { return }
        removeWaiter(handle, from: request)
        release(
            handle, requests[request].key.question, requests[request].key.nameHash, outcome,
            outbox: &outbox)
        abandon(request, at: now, outbox: &outbox)
    }
}
