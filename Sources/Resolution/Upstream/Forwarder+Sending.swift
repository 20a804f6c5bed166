// Sends queries: when their server has a free slot, from a random port chosen by the caller, with
// an unpredictable id and case. Also handles failures to send.

internal import Addresses
internal import BasicContainers
internal import DNSWire
internal import DequeModule

extension Forwarder {
    // MARK: When

    /// Asks a server, or asks it again, as soon as it has room.
    mutating func ask(
        _ handle: SlabHandle, server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard !requests[handle].servers[server].isQueued else { return }
        let place = requests[handle].servers[server].place
        requests[handle].servers[server].wasAsked = true
        if servers[place].inFlight < snapshot.policy.maximumInFlight {
            sendCounted(handle, server, at: now, &outbox)
        } else {
            requests[handle].servers[server].isQueued = true
            enqueue(handle, at: place, for: requests[handle].client, now)
        }
        armHedge(handle, at: now)
    }

    /// Has a request wait for its server, for one of the clients that wait for it. One that has been sent before, or is
    /// about a name of which servers have nothing to say, comes after all others.
    private mutating func enqueue(
        _ handle: SlabHandle, at place: Int, for client: IPAddress, _ now: Instant
    ) {
        let isLast =
            requests[handle].queriesLeft < UpstreamRequest.maximumQueries
            || !silentNames.isEmpty && silentNames.contains(parentHash(of: handle), at: now)
        queues.append(handle, of: client, to: place, isLast: isLast, at: now)
        if queues.isCrowded { queues.drop { requests.contains($0) } }
    }

    /// Has a request that waits for servers have its turn among those of one more client.
    mutating func enqueueAgain(_ handle: SlabHandle, for client: IPAddress, at now: Instant) {
        for server in requests[handle].servers.indices
        where requests[handle].servers[server].isQueued {
            let place = requests[handle].servers[server].place
            enqueue(handle, at: place, for: client, now)
        }
    }

    /// The hash of the name that a request's name is right below, for a group of servers.
    func parentHash(of handle: SlabHandle) -> UInt64 {
        requests[handle].key.parentHash(by: hasher)
    }

    /// Queries that have had their slots for long enough leave them to others; their answers are still waited for.
    mutating func releaseOverdueSlots(
        of handle: SlabHandle, at now: Instant, _ outbox: inout Outbox
    ) {
        for index in requests[handle].queries.indices
        where requests[handle].queries[index].hasSlot
            && requests[handle].queries[index].slotEnd <= now
        {
            releaseSlot(QueryHandle(request: handle, index: index), at: now, &outbox)
        }
    }

    /// Sends one of the queries that a request may send.
    private mutating func sendCounted(
        _ handle: SlabHandle, _ server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        requests[handle].queriesLeft -= 1
        send(handle, server: server, requests[handle].transport, at: now, &outbox)
    }

    /// Sends a query; by itself, one that the server's own reply made necessary.
    mutating func send(
        _ handle: SlabHandle, server: Int, _ transport: TransportProtocol, at now: Instant,
        _ outbox: inout Outbox
    ) {
        let slotTime = servers[requests[handle].servers[server].place].slotTime
        let query = requests[handle].addQuery(
            to: server, over: transport, slotEnd: now + slotTime, at: now)
        servers[query.place].inFlight += 1
        outbox.add(.send(QueryHandle(request: handle, index: query.index)))
    }

    /// A query no longer counts among those in flight to its server; the next one that waits is sent.
    mutating func releaseSlot(
        _ query: QueryHandle, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let place = requests[query.request].endSlot(of: query.index) else { return }
        servers[place].inFlight -= 1
        while servers[place].inFlight < snapshot.policy.maximumInFlight,
            let next = queues.popFirst(place, at: now)
        {
            sendQueued(next, place, at: now, &outbox)
        }
    }

    private mutating func sendQueued(
        _ handle: SlabHandle, _ place: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard requests.contains(handle), requests[handle].purpose == .question,
            let server = requests[handle].servers.firstIndex(
                where: { $0.place == place && $0.isQueued })
        else { return }
        requests[handle].servers[server].isQueued = false
        guard requests[handle].queriesLeft > 0 else { return }
        sendCounted(handle, server, at: now, &outbox)
        arm(handle)
    }

    // MARK: Where and what

    /// The destination of a query announced in the outbox; nil if it is no longer needed.
    mutating func destination(of query: QueryHandle) -> Destination? {
        guard isWanted(query) else { return nil }
        let sent = requests[query.request].queries[query.index]
        let place = requests[query.request].servers[sent.server].place
        return Destination(
            server: servers[place].key.endpoint, source: servers[place].key.source,
            transport: sent.transport, draw: random.nextUInt32())
    }

    /// Whether a query is still to be sent, or its answer waited for.
    private mutating func isWanted(_ query: QueryHandle) -> Bool {
        requests.contains(query.request) && !requests[query.request].queries[query.index].isOver
    }

    /// Writes a query with an unpredictable id, to be sent from `port`.
    ///
    /// - Returns: false if it is no longer needed, or if the port has no free id.
    mutating func write(
        _ query: QueryHandle, through port: UpstreamPort, at now: Instant,
        into writer: inout MessageWriter
    ) -> Bool {
        guard isWanted(query), let id = drawID(port) else { return false }
        let handle = query.request
        var sent = requests[handle].queries[query.index]
        let place = requests[handle].servers[sent.server].place
        let omitsOptions =
            requests[handle].servers[sent.server].refusedOptions
            || servers[place].traits.refusesOptions(for: requests[handle].key.nameHash, at: now)
        inFlight.insert(
            InFlight.hash(port, id), InFlight(port: port, id: id, query: query))
        sent.port = port
        sent.id = id
        sent.sentAt = now
        if snapshot.policy.mixesCase, requests[handle].mixesCase,
            !isSwitchedOff("RFC 5452: names are sent in random case"),
            !servers[place].traits.changesCase(at: now)
        {
            sent.spelling = CaseMask(random: &random)
        }
        sent.hasOptions = !omitsOptions
        sent.hasCookie =
            sent.hasOptions && snapshot.policy.sendsCookies
            && !isSwitchedOff("RFC 7873: queries carry cookies")
        cookie = sent.hasCookie ? servers[place].traits.cookie(at: now) : []
        requests[handle].queries[query.index] = sent
        if requests[handle].purpose == .question {
            counters.upstreamQueries += 1
        } else {
            counters.probes += 1
        }
        let flags = requests[handle].key.question.flagsOfQuery
        // RFC 9715, section 3.2: what is longer may not arrive.
        var options = ReplyOptions(
            payloadSize: min(
                snapshot.policy.payloadSize,
                isSwitchedOff("RFC 9715: at most 1400 bytes from servers")
                    ? .max : Policy.largestPayload),
            dnssecOK: requests[handle].key.question.dnssecOK)
        if sent.hasCookie { options.sentCookieSize = cookie.count }
        let subnet = requests[handle].key.subnet?.option ?? []
        options.furtherSize = UInt8(subnet.count)
        let size = requests[handle].key.writeQuestion(sent.spelling, into: &question)
        writer.begin(
            id: id, flags: flags, question: question.span.extracting(first: size), limit: 512,
            reserve: sent.hasOptions ? options.size : 0)
        writer.finish(
            responseCode: .noError, options: sent.hasOptions ? options : nil,
            identifier: cookie.span, further: subnet.span, named: noName)
        return true
    }

    /// An id that no other query of the port has; a port so full that none is found is not used.
    private mutating func drawID(_ port: UpstreamPort) -> UInt16? {
        for _ in 0..<16 {
            let id = random.nextUInt16()
            if query(at: port, id) == nil { return id }
        }
        return nil
    }

    /// The query that a message with this id answers if it came in at `port`.
    mutating func query(at port: UpstreamPort, _ id: UInt16) -> QueryHandle? {
        inFlight.find(InFlight.hash(port, id)) { $0.port == port && $0.id == id }?.query
    }

    // MARK: Failure

    /// A query could not be sent for a reason of this machine's: it counts as lost in flight.
    mutating func queryFailed(
        _ query: QueryHandle, at now: Instant, outbox: inout Outbox
    ) {
        unregister(query, at: now, outbox: &outbox)
    }

    /// Nothing comes through `port` any longer: the network refuses it, or it was a connection that ended.
    mutating func portFailed(
        _ port: UpstreamPort, _ failure: PortFailure = .unreachable, at now: Instant,
        outbox: inout Outbox
    ) {
        if port.transport.isDatagram { return hint(port, at: now, &outbox) }
        let affected = inFlight.values.filter { $0.port == port }.map(\.query)
        // Another query may have been why a connection closed.
        let failure = affected.count > 1 ? failure.ofOthers : failure
        for query in affected.sorted(by: { $0.request.slot < $1.request.slot }) {
            let handle = query.request
            guard requests.contains(handle) else { continue }
            let sent = requests[handle].queries[query.index]
            unregister(query, at: now, outbox: &outbox)
            if requests[handle].servers[sent.server].mayBeAskedAgain(after: failure),
                !isSwitchedOff("RFC 7766: a query whose connection closes is sent again")
            {
                // RFC 7766, section 6.2.1.1: the query is retried over another connection; this
                // does not extend its timeout.
                let backoff = requests[handle].servers[sent.server].backoff
                send(handle, server: sent.server, sent.transport, at: now, &outbox)
                if failure == .closed(hasAnswered: true) {
                    requests[handle].servers[sent.server].backoff = backoff
                }
                arm(handle)
            } else {
                refuse(handle, sent, at: now, &outbox)
            }
        }
    }

    /// An ICMP message reports that nothing listens at the destination of a port's queries. It may
    /// be forged, even blindly, so it only makes the next server be asked earlier, and replies to
    /// the queries are still awaited. It is trusted only for a server that has long been silent.
    private mutating func hint(
        _ port: UpstreamPort, at now: Instant, _ outbox: inout Outbox
    ) {
        let affected = inFlight.values.filter { $0.port == port }.map(\.query)
        for query in affected.sorted(by: { $0.request.slot < $1.request.slot }) {
            let handle = query.request
            guard requests.contains(handle) else { continue }
            let sent = requests[handle].queries[query.index]
            let place = requests[handle].servers[sent.server].place
            if requests[handle].purpose != .question {
                // A probe's server is dead already, and a watched one has its time.
                guard requests[handle].purpose == .probe else { continue }
                servers[place].failed(at: now)
                forget(handle, at: now, outbox: &outbox)
            } else if servers[place].hasLongBeenDead(at: now) {
                unregister(query, at: now, outbox: &outbox)
                giveUp(handle, unreachable: sent.server, at: now, &outbox)
            } else if !requests[handle].servers[sent.server].wasHinted {
                requests[handle].servers[sent.server].wasHinted = true
                askNext(handle, at: now, &outbox)
                arm(handle)
            }
        }
    }

    /// Stops waiting for the answers of one server.
    mutating func dropQueries(
        of handle: SlabHandle, to server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        for index in requests[handle].queries.indices
        where requests[handle].queries[index].server == server {
            unregister(QueryHandle(request: handle, index: index), at: now, outbox: &outbox)
        }
    }

    /// Stops waiting for the answer to one query.
    mutating func unregister(_ query: QueryHandle, at now: Instant, outbox: inout Outbox) {
        guard isWanted(query) else { return }
        let left = requests[query.request].endQuery(query.index)
        releaseSlot(query, at: now, &outbox)
        guard let (port, id) = left else { return }
        inFlight.remove(InFlight.hash(port, id)) { $0.port == port && $0.id == id }
        outbox.add(.release(port))
    }
}
