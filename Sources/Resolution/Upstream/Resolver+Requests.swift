// The life of a question to servers: opened or coalesced, and ended for everybody who waits. Which servers are asked,
// and when, is in Resolver+Selection; how a query leaves in Resolver+Sending.

internal import Addresses
internal import DNSWire

extension Resolver {
    // MARK: Opening and joining

    /// Lets a client wait for `composer.owner` from a group of servers: many that ask the same at once
    /// cost one query.
    mutating func joinRequest(
        _ pending: SlabHandle, group: Int, at now: Instant, outbox: inout Outbox
    ) {
        armStale(pending)
        let question = pendings[pending].question
        let subnet = toldSubnet(pendings[pending].subnet, group: group)
        let sought = CacheKey(question, of: snapshot.groups[group].identity)
        let hash = RequestKey.hash(sought, composer.owner.hash, subnet)
        let open = requestOfKey.find(hash) {
            requests[$0].key.matches(sought, composer.owner, for: subnet)
        }
        if let open, now < requests[open].end {
            guard !isForwardingLoop(pending, to: open, at: now, outbox: &outbox) else {
                return release(pending, sought, composer.owner.hash, .loop, outbox: &outbox)
            }
            counters.coalesced += 1
            return addWaiter(pending, to: open)
        }
        // An older one has had its time.
        if let open { requestOfKey.remove(hash) { $0 == open } }
        let request = openRequest(sought, isOfTarget: false, subnet, group: group, at: now)
        guard let request else {
            return release(pending, sought, composer.owner.hash, .loop, outbox: &outbox)
        }
        addWaiter(pending, to: request)
        begin(request, group: group, at: now, outbox: &outbox)
    }

    /// The network that the servers of a group are told of.
    private mutating func toldSubnet(_ subnet: ClientSubnet?, group: Int) -> ClientSubnet? {
        snapshot.groups[group].forwardZone.passesSubnets ? subnet : nil
    }

    private mutating func addWaiter(_ pending: SlabHandle, to request: SlabHandle) {
        pendings[pending].request = request
        pendings[pending].placeAmongWaiters = requests[request].addWaiter(pending)
    }

    /// Takes out one of those who wait, of whom there may be thousands: the last one gets its place.
    mutating func removeWaiter(_ pending: SlabHandle, from request: SlabHandle) {
        guard let last = requests[request].waiters.popLast(), last != pending else { return }
        let place = pendings[pending].placeAmongWaiters
        requests[request].waiters[place] = last
        pendings[last].placeAmongWaiters = place
    }

    /// Asks again for an answer that clients still get from the cache; they wait for nothing.
    mutating func refresh(
        _ response: CachedResponse, group: Int, _ question: Question, at now: Instant,
        outbox: inout Outbox
    ) {
        let octets = response.octets
        guard (try? composer.target.read(from: octets.span, at: MessageHeader.size)) != nil else {
            return
        }
        let key = CacheKey(question, of: snapshot.groups[group].identity)
        let hash = RequestKey.hash(key, composer.target.hash, nil)
        let open = requestOfKey.find(hash) {
            requests[$0].key.matches(key, composer.target, for: nil)
        }
        guard open == nil, refreshCount < maximumRefreshes,
            cache.failure(key, composer.target, at: now) == nil,
            let request = openRequest(key, isOfTarget: true, nil, group: group, at: now)
        else { return }
        counters.prefetches += 1
        markRefresh(request)
        begin(request, group: group, at: now, outbox: &outbox)
    }

    /// Fetches that go on without anybody waiting are a part of those that may be waited for.
    private var maximumRefreshes: Int { max(1, snapshot.policy.maximumPending / 8) }

    private mutating func markRefresh(_ request: SlabHandle) {
        guard !requests[request].isRefresh else { return }
        requests[request].isRefresh = true
        refreshCount += 1
    }

    /// Nobody waits for a request any more: it ends, or renews what the cache has.
    mutating func abandon(_ request: SlabHandle, at now: Instant, outbox: inout Outbox) {
        guard requests[request].waiters.isEmpty, !requests[request].isRefresh else { return }
        if refreshCount < maximumRefreshes, requests[request].key.subnet == nil {
            markRefresh(request)
        } else {
            forget(request, at: now, outbox: &outbox)
        }
    }

    /// A question to the servers of a group that do not lead back here; nil when all do. Nobody has asked the
    /// same about `composer.owner`, or about `composer.target`.
    private mutating func openRequest(
        _ question: CacheKey, isOfTarget: Bool, _ subnet: ClientSubnet?, group index: Int,
        at now: Instant
    ) -> SlabHandle? {
        let handle = requests.take()
        requests[handle].begin(question, until: now + snapshot.policy.queryTimeout)
        if isOfTarget {
            requests[handle].key.setName(composer.target)
        } else {
            requests[handle].key.setName(composer.owner)
        }
        requests[handle].key.subnet = subnet
        setManner(of: handle, group: index)
        for number in indexesOfGroup[index].indices {
            let place = indexesOfGroup[index][number]
            let isLooping =
                loops.hasLoops
                && loops.isLooping(LoopPath(group: question.group, server: servers[place].key))
            if !isLooping { add(serverAt: place, to: handle) }
        }
        guard !requests[handle].servers.isEmpty else {
            requests.giveBack(handle)
            return nil
        }
        requestOfKey.insert(requests[handle].key.hash, handle)
        earlyBudget = min(earlyBudget + 1, Self.maximumEarlyBudget)
        return handle
    }

    /// Sets how the servers of a group are asked.
    mutating func setManner(of handle: SlabHandle, group: Int) {
        requests[handle].transport = snapshot.groups[group].forwardZone.transport
        requests[handle].isStrict = snapshot.groups[group].forwardZone.order == .strict
    }

    /// Adds one of the servers that are asked; the request holds its record until it is forgotten.
    mutating func add(serverAt place: Int, to handle: SlabHandle) {
        servers[place].references += 1
        requests[handle].servers.append(ServerAttempt(place: place))
    }

    private mutating func begin(
        _ request: SlabHandle, group: Int, at now: Instant, outbox: inout Outbox
    ) {
        askNext(request, at: now, &outbox)
        arm(request)
        probeDeadServers(of: group, at: now, &outbox)
    }

    // MARK: The end

    /// Lets a client that waits no longer go on with an outcome.
    mutating func release(
        _ pending: SlabHandle, _ question: CacheKey, _ nameHash: UInt64, _ outcome: HopResult,
        outbox: inout Outbox
    ) {
        pendings[pending].hopResults.append(
            ResolvedHop(question: question, nameHash: nameHash, outcome: outcome))
        pendings[pending].request = nil
        outbox.add(.reply(DeferredReply(pending: pending)))
    }

    /// Hands the outcome to everybody who waits, and forgets the question, except that a server may be
    /// listened for a while longer.
    mutating func finish(
        _ handle: SlabHandle, _ outcome: HopResult, watching server: Int? = nil, at now: Instant,
        outbox: inout Outbox
    ) {
        guard requests.contains(handle) else { return }
        noteFailure(outcome, of: handle, at: now)
        let question = requests[handle].key.question
        let nameHash = requests[handle].key.nameHash
        for index in requests[handle].waiters.indices {
            let waiter = requests[handle].waiters[index]
            release(waiter, question, nameHash, outcome, outbox: &outbox)
        }
        if let server {
            watch(handle, server, at: now, outbox: &outbox)
        } else {
            forget(handle, at: now, outbox: &outbox)
        }
    }

    private mutating func noteFailure(_ outcome: HopResult, of handle: SlabHandle, at now: Instant)
    {
        guard requests[handle].key.subnet == nil else { return }
        var failure = CachedFailure(
            responseCode: nil, isSilence: false, expiry: now + snapshot.policy.failureLifetime)
        switch outcome {
        case .answer, .late, .cachedFailure, .loop, .evicted: return
        case .failed(let code): failure.responseCode = code
        case .endlessAliases: failure.responseCode = .serverFailure
        case .silence:
            // Silence while the machine was suspended tells nothing of the servers.
            guard now.since(requests[handle].end) < .seconds(1) else { return }
            failure.isSilence = true
        }
        let key = requests[handle].key
        cache.noteFailure(failure, key.question, key.name.span, nameHash: key.nameHash)
    }

    /// Goes on listening for one server, to learn how slow it is; the question may be opened anew.
    private mutating func watch(
        _ handle: SlabHandle, _ server: Int, at now: Instant, outbox: inout Outbox
    ) {
        guard let sentAt = requests[handle].lastSent(to: server) else {
            return forget(handle, at: now, outbox: &outbox)
        }
        requests[handle].askNobody()
        for index in requests[handle].queries.indices
        where requests[handle].queries[index].server != server {
            unregister(QueryHandle(request: handle, index: index), at: now, outbox: &outbox)
        }
        detach(handle)
        requests[handle].purpose = .watch(server)
        requests[handle].waiters.empty()
        requests[handle].hedgeAt = nil
        requests[handle].end = max(now, sentAt + .seconds(1))
        servers[requests[handle].servers[server].place].isWatched = true
        arm(handle)
    }

    /// Drops a question and what was sent for it; later answers match nothing.
    mutating func forget(_ handle: SlabHandle, at now: Instant, outbox: inout Outbox) {
        guard requests.contains(handle) else { return }
        requests[handle].askNobody()
        for index in requests[handle].queries.indices {
            unregister(QueryHandle(request: handle, index: index), at: now, outbox: &outbox)
        }
        detach(handle)
        requestDeadlines.remove(handle)
        switch requests[handle].purpose {
        case .probe: servers[requests[handle].servers[0].place].isProbed = false
        case .watch(let server): servers[requests[handle].servers[server].place].isWatched = false
        case .question, .loopProbe: break
        }
        for index in requests[handle].servers.indices {
            servers.release(requests[handle].servers[index].place)
        }
        requests[handle].waiters.empty()
        requests.giveBack(handle)
    }

    /// Nobody can join the question any more.
    private mutating func detach(_ handle: SlabHandle) {
        requestOfKey.remove(requests[handle].key.hash) { $0 == handle }
        guard requests[handle].isRefresh else { return }
        refreshCount -= 1
        requests[handle].isRefresh = false
    }

    /// Sets the request's next instant.
    mutating func arm(_ handle: SlabHandle) {
        if requests.contains(handle) {
            requestDeadlines.set(handle, at: requests[handle].nextInstant)
        } else {
            requestDeadlines.remove(handle)
        }
    }
}
