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
        armStale(pending)
        let question = pendings[pending].question
        let subnet = toldSubnet(pendings[pending].subnet, group: group)
        let sought = CacheKey(question, of: snapshot.groups[group].identity)
        let hash = FetchKey.hash(sought, composer.owner.hash, subnet)
        let open = fetchOfKey.find(hash) {
            fetches[$0].key.matches(sought, composer.owner, for: subnet)
        }
        if let open, now < fetches[open].end {
            guard !comesBack(pending, to: open, at: now, outbox: &outbox) else {
                return release(pending, sought, composer.owner.hash, .loop, outbox: &outbox)
            }
            counters.joined += 1
            return addWaiter(pending, to: open)
        }
        // An older one has had its time.
        if let open { fetchOfKey.remove(hash) { $0 == open } }
        let fetch = openFetch(sought, isOfTarget: false, subnet, group: group, at: now)
        guard let fetch else {
            return release(pending, sought, composer.owner.hash, .loop, outbox: &outbox)
        }
        addWaiter(pending, to: fetch)
        begin(fetch, group: group, at: now, outbox: &outbox)
    }

    /// The network that the servers of a group are told of.
    private mutating func toldSubnet(_ subnet: ClientSubnet?, group: Int) -> ClientSubnet? {
        snapshot.groups[group].forwardZone.passesSubnets ? subnet : nil
    }

    private mutating func addWaiter(_ pending: SlabHandle, to fetch: SlabHandle) {
        pendings[pending].fetch = fetch
        pendings[pending].placeAmongWaiters = fetches[fetch].addWaiter(pending)
    }

    /// Takes out one of those who wait, of whom there may be thousands: the last one gets its place.
    mutating func removeWaiter(_ pending: SlabHandle, from fetch: SlabHandle) {
        guard let last = fetches[fetch].waiters.popLast(), last != pending else { return }
        let place = pendings[pending].placeAmongWaiters
        fetches[fetch].waiters[place] = last
        pendings[last].placeAmongWaiters = place
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
        let key = CacheKey(question, of: snapshot.groups[group].identity)
        let hash = FetchKey.hash(key, composer.target.hash, nil)
        let open = fetchOfKey.find(hash) {
            fetches[$0].key.matches(key, composer.target, for: nil)
        }
        guard open == nil, refreshCount < maximumRefreshes,
            cache.failure(key, composer.target, at: now) == nil,
            let fetch = openFetch(key, isOfTarget: true, nil, group: group, at: now)
        else { return }
        counters.prefetches += 1
        markRefresh(fetch)
        begin(fetch, group: group, at: now, outbox: &outbox)
    }

    /// Fetches that go on without anybody waiting are a part of those that may be waited for.
    private var maximumRefreshes: Int { max(1, snapshot.policy.maximumPending / 8) }

    private mutating func markRefresh(_ fetch: SlabHandle) {
        guard !fetches[fetch].isRefresh else { return }
        fetches[fetch].isRefresh = true
        refreshCount += 1
    }

    /// Nobody waits for a fetch any more: it ends, or renews what the cache has.
    mutating func abandon(_ fetch: SlabHandle, at now: Instant, outbox: inout Outbox) {
        guard fetches[fetch].waiters.isEmpty, !fetches[fetch].isRefresh else { return }
        if refreshCount < maximumRefreshes, fetches[fetch].key.subnet == nil {
            markRefresh(fetch)
        } else {
            forget(fetch, at: now, outbox: &outbox)
        }
    }

    /// A question to the servers of a group that do not lead back here; nil when all do. Nobody has asked the
    /// same about `composer.owner`, or about `composer.target`.
    private mutating func openFetch(
        _ question: CacheKey, isOfTarget: Bool, _ subnet: ClientSubnet?, group index: Int,
        at now: Instant
    ) -> SlabHandle? {
        let handle = fetches.take()
        fetches[handle].begin(question, until: now + snapshot.policy.queryTimeout)
        if isOfTarget {
            fetches[handle].key.setName(composer.target)
        } else {
            fetches[handle].key.setName(composer.owner)
        }
        fetches[handle].key.subnet = subnet
        setManner(of: handle, group: index)
        for number in placesOfGroup[index].indices {
            let place = placesOfGroup[index][number]
            let isLooping =
                loops.hasLoops
                && loops.isLooping(LoopPath(group: question.group, server: servers[place].key))
            if !isLooping { add(serverAt: place, to: handle) }
        }
        guard !fetches[handle].servers.isEmpty else {
            fetches.giveBack(handle)
            return nil
        }
        fetchOfKey.insert(fetches[handle].key.hash, handle)
        earlyBudget = min(earlyBudget + 1, Self.maximumEarlyBudget)
        return handle
    }

    /// Sets how the servers of a group are asked.
    mutating func setManner(of handle: SlabHandle, group: Int) {
        fetches[handle].transport = snapshot.groups[group].forwardZone.transport
        fetches[handle].isStrict = snapshot.groups[group].forwardZone.order == .strict
    }

    /// Adds one of the servers that are asked; the fetch holds its record until it is forgotten.
    mutating func add(serverAt place: Int, to handle: SlabHandle) {
        servers[place].references += 1
        fetches[handle].servers.append(FetchServer(place: place))
    }

    private mutating func begin(
        _ fetch: SlabHandle, group: Int, at now: Instant, outbox: inout Outbox
    ) {
        askNext(fetch, at: now, &outbox)
        arm(fetch)
        probeDeadServers(of: group, at: now, &outbox)
    }

    // MARK: The end

    /// Lets a client that waits no longer go on with an outcome.
    mutating func release(
        _ pending: SlabHandle, _ question: CacheKey, _ nameHash: UInt64, _ outcome: HopOutcome,
        outbox: inout Outbox
    ) {
        pendings[pending].received.append(
            ReceivedHop(question: question, nameHash: nameHash, outcome: outcome))
        pendings[pending].fetch = nil
        outbox.add(.reply(LateReply(pending: pending)))
    }

    /// Hands the outcome to everybody who waits, and forgets the question, except that a server may be
    /// listened for a while longer.
    mutating func finish(
        _ handle: SlabHandle, _ outcome: HopOutcome, watching server: Int? = nil, at now: Instant,
        outbox: inout Outbox
    ) {
        guard fetches.contains(handle) else { return }
        noteFailure(outcome, of: handle, at: now)
        let question = fetches[handle].key.question
        let nameHash = fetches[handle].key.nameHash
        for index in fetches[handle].waiters.indices {
            let waiter = fetches[handle].waiters[index]
            release(waiter, question, nameHash, outcome, outbox: &outbox)
        }
        if let server {
            watch(handle, server, at: now, outbox: &outbox)
        } else {
            forget(handle, at: now, outbox: &outbox)
        }
    }

    private mutating func noteFailure(_ outcome: HopOutcome, of handle: SlabHandle, at now: Instant)
    {
        guard fetches[handle].key.subnet == nil else { return }
        var failure = KeptFailure(
            responseCode: nil, isSilence: false, expiry: now + snapshot.policy.failureLifetime)
        switch outcome {
        case .answer, .late, .keptFailure, .loop, .crowdedOut: return
        case .failed(let code): failure.responseCode = code
        case .endlessAliases: failure.responseCode = .serverFailure
        case .silence:
            // Silence while the machine was suspended tells nothing of the servers.
            guard now.since(fetches[handle].end) < .seconds(1) else { return }
            failure.isSilence = true
        }
        let key = fetches[handle].key
        cache.noteFailure(failure, key.question, key.name.span, nameHash: key.nameHash)
    }

    /// Goes on listening for one server, to learn how slow it is; the question may be opened anew.
    private mutating func watch(
        _ handle: SlabHandle, _ server: Int, at now: Instant, outbox: inout Outbox
    ) {
        guard let sentAt = fetches[handle].lastSent(to: server) else {
            return forget(handle, at: now, outbox: &outbox)
        }
        fetches[handle].askNobody()
        for index in fetches[handle].sendings.indices
        where fetches[handle].sendings[index].server != server {
            unregister(Sending(fetch: handle, index: index), at: now, outbox: &outbox)
        }
        detach(handle)
        fetches[handle].purpose = .watch(server)
        fetches[handle].waiters.empty()
        fetches[handle].hedgeAt = nil
        fetches[handle].end = max(now, sentAt + .seconds(1))
        servers[fetches[handle].servers[server].place].isWatched = true
        arm(handle)
    }

    /// Drops a question and what was sent for it; later answers match nothing.
    mutating func forget(_ handle: SlabHandle, at now: Instant, outbox: inout Outbox) {
        guard fetches.contains(handle) else { return }
        fetches[handle].askNobody()
        for index in fetches[handle].sendings.indices {
            unregister(Sending(fetch: handle, index: index), at: now, outbox: &outbox)
        }
        detach(handle)
        fetchDeadlines.remove(handle)
        switch fetches[handle].purpose {
        case .probe: servers[fetches[handle].servers[0].place].isProbed = false
        case .watch(let server): servers[fetches[handle].servers[server].place].isWatched = false
        case .question, .loopProbe: break
        }
        for index in fetches[handle].servers.indices {
            servers.release(fetches[handle].servers[index].place)
        }
        fetches[handle].waiters.empty()
        fetches.giveBack(handle)
    }

    /// Nobody can join the question any more.
    private mutating func detach(_ handle: SlabHandle) {
        fetchOfKey.remove(fetches[handle].key.hash) { $0 == handle }
        guard fetches[handle].isRefresh else { return }
        refreshCount -= 1
        fetches[handle].isRefresh = false
    }

    /// Sets the fetch's next instant.
    mutating func arm(_ handle: SlabHandle) {
        if fetches.contains(handle) {
            fetchDeadlines.set(handle, at: fetches[handle].nextInstant)
        } else {
            fetchDeadlines.remove(handle)
        }
    }
}
