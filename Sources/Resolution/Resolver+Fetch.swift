// The life of a question to servers: opened or joined, and ended for everybody who waits. Which servers are asked,
// and when, is in Resolver+Selection; how a query leaves in Resolver+Sending.

internal import Addresses
internal import DNSWire

extension Resolver {
    // MARK: Opening and joining

    /// Lets a client wait for `composer.owner` from a group of servers: many that ask the same at once
    /// cost one query.
    mutating func joinFetch(
        _ pending: SlabHandle, group: Int, at now: Instant, outbox: inout Outbox
    ) {
        guard let client = pendings[pending] else { return }
        let key = fetchKey(client.question, group: group, subnet: client.subnet)
        armStale(pending)
        if let handle = fetch(of: key), let fetch = fetches[handle], now < fetch.end {
            guard !comesBack(pending, to: handle, at: now, outbox: &outbox) else {
                return release(pending, key, .loop, outbox: &outbox)
            }
            counters.joined += 1
            return addWaiter(pending, to: handle)
        }
        guard let fetch = openFetch(key, group: group, at: now) else {
            return release(pending, key, .loop, outbox: &outbox)
        }
        addWaiter(pending, to: fetch)
        begin(fetch, group: group, at: now, outbox: &outbox)
    }

    /// What a group of servers is asked for `composer.owner`.
    func fetchKey(_ question: Question, group: Int, subnet: ClientSubnet?) -> FetchKey {
        FetchKey(
            question, for: composer.owner, of: snapshot.groups[group].identity,
            subnet: snapshot.groups[group].forwardZone.passesSubnets ? subnet : nil)
    }

    private mutating func addWaiter(_ pending: SlabHandle, to fetch: SlabHandle) {
        pendings[pending]?.fetch = fetch
        pendings[pending]?.placeAmongWaiters = fetches[fetch]?.waiters.count ?? 0
        fetches[fetch]?.waiters.append(pending)
    }

    /// Takes out one of those who wait, of whom there may be thousands: the last one gets its place.
    mutating func removeWaiter(_ pending: SlabHandle, from fetch: SlabHandle) {
        guard let place = pendings[pending]?.placeAmongWaiters,
            let last = fetches[fetch]?.waiters.popLast(), last != pending
        else { return }
        fetches[fetch]?.waiters[place] = last
        pendings[last]?.placeAmongWaiters = place
    }

    /// The fetch that a question of this key may join.
    private func fetch(of key: FetchKey) -> SlabHandle? {
        fetchOfKey.find(key.hash) { fetches[$0]?.key == key }
    }

    /// Asks again for an answer that clients still get from the cache; they wait for nothing.
    mutating func refresh(
        _ response: KeptResponse, group: Int, _ question: Question, at now: Instant,
        outbox: inout Outbox
    ) {
        let octets = response.octets
        guard (try? composer.target.read(from: octets.span, at: MessageHeader.size)) != nil else {
            return
        }
        let key = FetchKey(
            question, for: composer.target, of: snapshot.groups[group].identity)
        guard fetch(of: key) == nil, refreshCount < maximumRefreshes,
            cache.failure(key.cacheKey, composer.target, at: now) == nil,
            let fetch = openFetch(key, group: group, at: now)
        else { return }
        counters.prefetches += 1
        markRefresh(fetch)
        begin(fetch, group: group, at: now, outbox: &outbox)
    }

    /// Fetches that go on without anybody waiting are a part of those that may be waited for.
    private var maximumRefreshes: Int { max(1, snapshot.policy.maximumPending / 8) }

    private mutating func markRefresh(_ fetch: SlabHandle) {
        guard fetches[fetch]?.isRefresh == false else { return }
        fetches[fetch]?.isRefresh = true
        refreshCount += 1
    }

    /// Nobody waits for a fetch any more: it ends, or renews what the cache has.
    mutating func abandon(_ fetch: SlabHandle, at now: Instant, outbox: inout Outbox) {
        guard fetches[fetch]?.waiters.isEmpty == true, fetches[fetch]?.isRefresh == false else {
            return
        }
        if refreshCount < maximumRefreshes, fetches[fetch]?.key.subnet == nil {
            markRefresh(fetch)
        } else {
            forget(fetch, at: now, outbox: &outbox)
        }
    }

    /// A question to the servers of a group that do not lead back here; nil when all do.
    private mutating func openFetch(
        _ key: FetchKey, group index: Int, at now: Instant
    ) -> SlabHandle? {
        var places = placesOfGroup[index]
        if loops.hasLoops {
            places.removeAll {
                loops.isLooping(LoopPath(group: key.group, server: servers[$0].key))
            }
        }
        guard !places.isEmpty else { return nil }
        let fetch = insertFetch(
            Fetch(
                key: key, group: snapshot.groups[index],
                servers: places.map { FetchServer(place: $0) },
                end: now + snapshot.policy.queryTimeout))
        // An older one has had its time.
        fetchOfKey.remove(key.hash) { fetches[$0]?.key == key }
        fetchOfKey.insert(key.hash, fetch)
        earlyBudget = min(earlyBudget + 1, Self.maximumEarlyBudget)
        return fetch
    }

    /// Adds a fetch, which holds its servers' records until it is forgotten.
    mutating func insertFetch(_ fetch: Fetch) -> SlabHandle {
        for server in fetch.servers { servers[server.place].references += 1 }
        return fetches.insert(fetch)
    }

    private mutating func begin(
        _ fetch: SlabHandle, group: Int, at now: Instant, outbox: inout Outbox
    ) {
        askNext(fetch, at: now, &outbox)
        arm(fetch)
        probeDeadServers(of: group, at: now, &outbox)
    }

    // MARK: The end

    /// Lets a client go on with an outcome for which no server had to be asked.
    private mutating func release(
        _ pending: SlabHandle, _ key: FetchKey, _ outcome: HopOutcome, outbox: inout Outbox
    ) {
        guard let client = pendings[pending] else { return }
        client.received.append(ReceivedHop(key: key, outcome: outcome))
        client.fetch = nil
        outbox.add(.reply(LateReply(pending: pending)))
    }

    /// Hands the outcome to everybody who waits, and forgets the question, except that a server may be
    /// listened for a while longer.
    mutating func finish(
        _ handle: SlabHandle, _ outcome: HopOutcome, watching server: Int? = nil, at now: Instant,
        outbox: inout Outbox
    ) {
        guard let fetch = fetches[handle] else { return }
        noteFailure(outcome, of: fetch, at: now)
        for waiter in fetch.waiters { release(waiter, fetch.key, outcome, outbox: &outbox) }
        if let server {
            watch(handle, server, at: now, outbox: &outbox)
        } else {
            forget(handle, at: now, outbox: &outbox)
        }
    }

    private func noteFailure(_ outcome: HopOutcome, of fetch: Fetch, at now: Instant) {
        guard fetch.key.subnet == nil else { return }
        var failure = KeptFailure(
            responseCode: nil, isSilence: false, expiry: now + snapshot.policy.failureLifetime)
        switch outcome {
        case .answer, .late, .keptFailure, .loop, .crowdedOut: return
        case .failed(let code): failure.responseCode = code
        case .endlessAliases: failure.responseCode = .serverFailure
        case .silence:
            // Silence while the machine was suspended tells nothing of the servers.
            guard now.since(fetch.end) < .seconds(1) else { return }
            failure.isSilence = true
        }
        cache.noteFailure(
            failure, fetch.key.cacheKey, fetch.key.name, nameHash: fetch.key.nameHash)
    }

    /// Goes on listening for one server, to learn how slow it is; the question may be opened anew.
    private mutating func watch(
        _ handle: SlabHandle, _ server: Int, at now: Instant, outbox: inout Outbox
    ) {
        guard let fetch = fetches[handle], let sentAt = fetch.lastSent(to: server) else {
            return forget(handle, at: now, outbox: &outbox)
        }
        for index in fetch.sendings.indices where fetch.sendings[index].server != server {
            unregister(Sending(fetch: handle, index: index), at: now, outbox: &outbox)
        }
        detach(handle)
        fetch.purpose = .watch(server)
        fetch.waiters = []
        fetch.hedgeAt = nil
        for index in fetch.servers.indices {
            fetch.servers[index].due = nil
            fetch.servers[index].isQueued = false
        }
        fetch.end = max(now, sentAt + .seconds(1))
        servers[fetch.servers[server].place].isWatched = true
        arm(handle)
    }

    /// Drops a question and what was sent for it; later answers match nothing.
    mutating func forget(_ handle: SlabHandle, at now: Instant, outbox: inout Outbox) {
        guard let fetch = fetches[handle] else { return }
        for index in fetch.sendings.indices {
            unregister(Sending(fetch: handle, index: index), at: now, outbox: &outbox)
        }
        detach(handle)
        fetchDeadlines.remove(handle)
        fetches.remove(handle)
        switch fetch.purpose {
        case .probe: servers[fetch.servers[0].place].isProbed = false
        case .watch(let server): servers[fetch.servers[server].place].isWatched = false
        case .question, .loopProbe: break
        }
        for server in fetch.servers { servers.release(server.place) }
    }

    /// Nobody can join the question any more.
    private mutating func detach(_ handle: SlabHandle) {
        guard let fetch = fetches[handle] else { return }
        fetchOfKey.remove(fetch.key.hash) { $0 == handle }
        guard fetch.isRefresh else { return }
        refreshCount -= 1
        fetch.isRefresh = false
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
