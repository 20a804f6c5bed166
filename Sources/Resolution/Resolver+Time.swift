// What time does: servers that were silent are asked again or passed over, clients that waited long enough
// are told so.

internal import DNSWire

extension Resolver {
    /// When `advance(to:outbox:)` is to be called next; nil when nothing waits.
    public var nextDeadline: Instant? {
        let instants = [
            firstPending.flatMap { pendings[$0]?.deadline }, fetchDeadlines.first?.instant,
            staleDeadlines.first?.instant,
        ]
        return instants.compactMap(\.self).min()
    }

    /// Does what is due at `now`.
    public mutating func advance(to now: Instant, outbox: inout Outbox) {
        while let due = fetchDeadlines.first, due.instant <= now {
            advance(due.handle, to: now, outbox: &outbox)
            arm(due.handle)
        }
        while let due = staleDeadlines.first, due.instant <= now {
            staleDeadlines.remove(due.handle)
            stopWaiting(due.handle, .late, outbox: &outbox)
        }
        while let handle = firstPending, let pending = pendings[handle], pending.deadline <= now {
            unlink(handle)
            stopWaiting(handle, .silence, outbox: &outbox)
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
        _ handle: SlabHandle, _ outcome: HopOutcome, outbox: inout Outbox
    ) {
        guard let fetch = pendings[handle]?.fetch, let key = fetches[fetch]?.key else { return }
        fetches[fetch]?.waiters.removeAll { $0 == handle }
        pendings[handle]?.received.append(ReceivedHop(key: key, outcome: outcome))
        pendings[handle]?.fetch = nil
        outbox.add(.reply(LateReply(pending: handle)))
        abandon(fetch, outbox: &outbox)
    }

    /// Servers that were silent for their time are asked again; another one is asked beside a slow one.
    private mutating func advance(
        _ handle: SlabHandle, to now: Instant, outbox: inout Outbox
    ) {
        guard let fetch = fetches[handle] else { return fetchDeadlines.remove(handle) }
        if fetch.end <= now { return finish(handle, .silence, at: now, outbox: &outbox) }
        if let hedge = fetch.hedgeAt, hedge <= now {
            fetches[handle]?.hedgeAt = nil
            if earlyBudget >= 10, fetch.sendingsLeft > 0 {
                earlyBudget -= 10
                askNextServer(handle, isEarly: true, at: now, outbox: &outbox)
            }
        }
        for index in fetch.servers.indices {
            guard let next = fetch.servers[index].nextSending, next <= now else { continue }
            servers.failed(fetch.servers[index].key, at: now)
            fetches[handle]?.servers[index].nextSending = nil
            if askNextServer(handle, isEarly: false, at: now, outbox: &outbox) { continue }
            guard let left = fetches[handle]?.sendingsLeft, left > 0 else { continue }
            ask(handle, server: index, fetch.group.forwardZone.transport, at: now, &outbox)
        }
    }

    // MARK: Clients in order of deadline

    /// Adds a client at the end of the list; a shorter timeout after a reload does not overtake.
    mutating func insertPending(_ pending: PendingQuestion) -> SlabHandle {
        let handle = pendings.insert(pending)
        pendings[handle]?.earlier = lastPending
        if let lastPending { pendings[lastPending]?.later = handle } else { firstPending = handle }
        lastPending = handle
        return handle
    }

    /// Takes a client out of the table.
    mutating func removePending(_ handle: SlabHandle) {
        unlink(handle)
        staleDeadlines.remove(handle)
        pendings.remove(handle)
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
        pendings[handle]?.earlier = nil
        pendings[handle]?.later = nil
    }
}
