// The life of a request: it is opened or joined, and ends for all its waiters. Forwarder+Selection
// decides which servers are asked and when; Forwarder+Sending sends queries.

internal import Addresses
internal import BasicContainers
internal import DNSWire

extension Forwarder {
    // MARK: Opening and joining

    /// Adds a waiter for the answer of a group of servers to a question; identical concurrent
    /// questions cost one query.
    ///
    /// - Returns: the waiter's position; nil if every server forwards back here, or if the asker is
    ///   the server being asked.
    mutating func ask(
        _ question: UpstreamQuestion, _ name: borrowing NameBuffer, for asker: Asker,
        watching loops: inout LoopDetector, at now: Instant, outbox: inout Outbox
    ) -> WaiterPosition? {
        let open = openRequest(for: question, name)
        if let open, now < requests[open].end {
            let isLoop = isForwardingLoop(
                asker, to: open, watching: &loops, at: now, outbox: &outbox)
            if isLoop { return nil }
            counters.coalesced += 1
            let client = asker.address.clientNetwork
            if queues.count > 0, client != requests[open].client {
                enqueueAgain(open, for: client, at: now)
            }
            return requests[open].addWaiter(asker.waiter, of: open)
        }
        // An older one has had its time.
        if let open { requestOfKey.remove(requests[open].key.hash) { $0 == open } }
        guard let request = makeRequest(question, name, avoiding: loops, at: now) else {
            return nil
        }
        requests[request].client = asker.address.clientNetwork
        let position = requests[request].addWaiter(asker.waiter, of: request)
        begin(request, group: question.group, at: now, outbox: &outbox)
        return position
    }

    /// A request for the same question that can be joined.
    private func openRequest(
        for question: UpstreamQuestion, _ name: borrowing NameBuffer
    ) -> SlabHandle? {
        let hash = RequestKey.hash(question.key, name.hash, question.subnet)
        return requestOfKey.find(hash) {
            requests[$0].key.matches(question.key, name, for: question.subnet)
        }
    }

    /// Removes a waiter; the last of possibly thousands of waiters gets its index.
    ///
    /// - Returns: the waiter that moved, and what was asked, for the result of its hop.
    mutating func leave(
        _ position: WaiterPosition, at now: Instant, outbox: inout Outbox
    ) -> (moved: SlabHandle?, question: CacheKey, nameHash: UInt64) {
        let request = position.request
        let (question, nameHash) = (requests[request].key.question, requests[request].key.nameHash)
        var moved = requests[request].waiters.popLast()
        if position.index < requests[request].waiters.count, let last = moved {
            requests[request].waiters[position.index] = last
        } else {
            moved = nil
        }
        abandon(request, at: now, outbox: &outbox)
        return (moved, question, nameHash)
    }

    /// Asks again for an answer that clients still get from the cache; they wait for nothing.
    mutating func refresh(
        _ question: UpstreamQuestion, _ name: borrowing NameBuffer,
        avoiding loops: borrowing LoopDetector, at now: Instant, outbox: inout Outbox
    ) {
        guard openRequest(for: question, name) == nil, refreshCount < maximumRefreshes,
            cache.failure(question.key, name, at: now) == nil,
            let request = makeRequest(question, name, avoiding: loops, at: now)
        else { return }
        counters.prefetches += 1
        markRefresh(request)
        begin(request, group: question.group, at: now, outbox: &outbox)
    }

    /// The limit of requests without waiters is a fraction of the limit of all requests.
    private var maximumRefreshes: Int { max(1, snapshot.policy.maximumPending / 8) }

    private mutating func markRefresh(_ request: SlabHandle) {
        guard !requests[request].isRefresh else { return }
        requests[request].isRefresh = true
        refreshCount += 1
    }

    /// A request has no waiters left: it ends, or refreshes the cache.
    mutating func abandon(_ request: SlabHandle, at now: Instant, outbox: inout Outbox) {
        guard requests[request].waiters.isEmpty, !requests[request].isRefresh else { return }
        if refreshCount < maximumRefreshes, requests[request].key.subnet == nil {
            markRefresh(request)
        } else {
            forget(request, at: now, outbox: &outbox)
        }
    }

    /// A request to the servers of a group that do not forward back here; nil if all do. Another
    /// request for the same question can no longer be joined.
    private mutating func makeRequest(
        _ question: UpstreamQuestion, _ name: borrowing NameBuffer,
        avoiding loops: borrowing LoopDetector, at now: Instant
    ) -> SlabHandle? {
        let handle = requests.take()
        requests[handle].begin(question.key, until: now + snapshot.policy.queryTimeout)
        requests[handle].key.setName(name)
        requests[handle].key.subnet = question.subnet
        setManner(of: handle, group: question.group)
        for number in indexesOfGroup[question.group].indices {
            let index = indexesOfGroup[question.group][number]
            let isLooping =
                loops.hasLoops
                && loops.isLooping(
                    LoopPath(group: question.key.group, server: servers[index].key))
            if !isLooping { add(serverAt: index, to: handle) }
        }
        guard !requests[handle].servers.isEmpty else {
            requests.giveBack(handle)
            return nil
        }
        requestOfKey.insert(requests[handle].key.hash, handle)
        earlyBudget = min(earlyBudget + 1, Self.maximumEarlyBudget)
        return handle
    }

    /// Sets how the servers of a group are queried.
    mutating func setManner(of handle: SlabHandle, group: Int) {
        requests[handle].transport = snapshot.groups[group].forwardZone.transport
        requests[handle].isStrict = snapshot.groups[group].forwardZone.order == .strict
        requests[handle].mixesCase = snapshot.groups[group].forwardZone.mixesCase
        requests[handle].zoneLabelCount = snapshot.groups[group].zoneLabelCount
    }

    /// Adds one of the servers; the request keeps its record alive.
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
        // The last is taken first.
        for index in requests[handle].waiters.indices.reversed() {
            let hop = ResolvedHop(question: question, nameHash: nameHash, outcome: outcome)
            results.append(Result(waiter: requests[handle].waiters[index], hop: hop))
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
        case .failed(let said): failure.responseCode = said.map { $0.code ?? .serverFailure }
        case .endlessAliases: failure.responseCode = .serverFailure
        case .silence:
            // Silence while the machine was suspended says nothing about the servers.
            guard now.since(requests[handle].end) < .seconds(1) else { return }
            failure.isSilence = true
        }
        cache.noteFailure(failure, for: requests[handle].key)
    }

    /// Continues to listen for one server, to learn how slow it is; the question may be opened
    /// again.
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
        deadlines.remove(handle)
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

    /// The question can no longer be joined.
    private mutating func detach(_ handle: SlabHandle) {
        requestOfKey.remove(requests[handle].key.hash) { $0 == handle }
        guard requests[handle].isRefresh else { return }
        refreshCount -= 1
        requests[handle].isRefresh = false
    }

    /// Sets the request's next instant.
    mutating func arm(_ handle: SlabHandle) {
        if requests.contains(handle) {
            deadlines.set(handle, at: requests[handle].nextInstant)
        } else {
            deadlines.remove(handle)
        }
    }
}
