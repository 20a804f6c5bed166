// How queries leave: when their server has room, from a port that the caller draws, with an id and a spelling that
// nobody can guess; and how they fail to leave.

internal import Addresses
public import DNSWire

/// Why nothing comes through a port any more.
public enum PortFailure: Sendable {
    /// The server, or the way to it, refuses what is sent.
    case unreachable
    /// A connection that was made has ended.
    case closed
}

extension Resolver {
    // MARK: When

    /// Asks a server, or asks it again, as soon as it has room.
    mutating func ask(
        _ handle: SlabHandle, server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let place = fetches[handle]?.servers[server].place,
            fetches[handle]?.servers[server].isQueued == false
        else { return }
        fetches[handle]?.servers[server].wasAsked = true
        if servers[place].inFlight < snapshot.policy.maximumInFlight {
            sendCounted(handle, server, at: now, &outbox)
        } else {
            fetches[handle]?.servers[server].isQueued = true
            servers[place].queue.append(handle)
        }
        armHedge(handle, at: now)
    }

    /// Sends one of the queries that a fetch may send.
    private mutating func sendCounted(
        _ handle: SlabHandle, _ server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let transport = fetches[handle]?.group.forwardZone.transport else { return }
        fetches[handle]?.sendingsLeft -= 1
        send(handle, server: server, transport, at: now, &outbox)
    }

    /// Sends a query; by itself, one that the server's own reply made necessary.
    mutating func send(
        _ handle: SlabHandle, server: Int, _ transport: TransportProtocol, at now: Instant,
        _ outbox: inout Outbox
    ) {
        guard let place = fetches[handle]?.servers[server].place,
            let backoff = fetches[handle]?.servers[server].backoff,
            let index = fetches[handle]?.sendings.count
        else { return }
        servers[place].inFlight += 1
        fetches[handle]?.sendings.append(
            FetchSending(server: server, transport: transport, sentAt: now))
        // A connection sees to its own retransmissions.
        let time = transport == .tcp ? max(backoff, .seconds(2)) : backoff
        fetches[handle]?.servers[server].wasAsked = true
        fetches[handle]?.servers[server].due = now + time
        fetches[handle]?.servers[server].backoff = TimeSpan(nanoseconds: backoff.nanoseconds * 2)
        outbox.add(.send(Sending(fetch: handle, index: index)))
    }

    /// A query no longer counts among those on their way to its server; the next one that waits is sent.
    mutating func releaseSlot(
        _ sending: Sending, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let sent = fetches[sending.fetch]?.sendings[sending.index], sent.hasSlot,
            let place = fetches[sending.fetch]?.servers[sent.server].place
        else { return }
        fetches[sending.fetch]?.sendings[sending.index].hasSlot = false
        servers[place].inFlight -= 1
        while servers[place].inFlight < snapshot.policy.maximumInFlight,
            let handle = servers[place].queue.popFirst()
        {
            sendQueued(handle, place, at: now, &outbox)
        }
    }

    private mutating func sendQueued(
        _ handle: SlabHandle, _ place: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let fetch = fetches[handle], fetch.purpose == .question,
            let server = fetch.servers.firstIndex(where: { $0.place == place && $0.isQueued })
        else { return }
        fetches[handle]?.servers[server].isQueued = false
        guard fetch.sendingsLeft > 0 else { return }
        sendCounted(handle, server, at: now, &outbox)
        arm(handle)
    }

    // MARK: Where and what

    /// Where a sending that the outbox announced goes; nil when it is not wanted any more.
    public mutating func destination(of sending: Sending) -> Destination? {
        guard let planned = fetches[sending.fetch]?.sendings[sending.index], !planned.isOver,
            let place = fetches[sending.fetch]?.servers[planned.server].place
        else { return nil }
        let server = servers[place].key
        return Destination(
            server: server.endpoint, source: server.source, transport: planned.transport,
            draw: random.nextUInt32())
    }

    /// Writes the query of a sending with an id that nobody can guess, to leave from `port`.
    ///
    /// - Returns: false when it is not wanted any more, or the port has no id left.
    public mutating func write(
        _ sending: Sending, through port: UpstreamPort, at now: Instant,
        into writer: inout MessageWriter
    ) -> Bool {
        guard let fetch = fetches[sending.fetch], let id = drawID(port) else { return false }
        var sent = fetch.sendings[sending.index]
        guard !sent.isOver else { return false }
        let server = fetch.servers[sent.server]
        let traits = servers[server.place].traits
        inFlight[InFlightKey(port: port, id: id)] = sending
        sent.port = port
        sent.id = id
        sent.sentAt = now
        if snapshot.policy.mixesCase, !traits.changesCase(at: now) {
            sent.spelling = SpellingMask(random: &random)
        }
        sent.hasOptions = !server.refusedOptions && !traits.refusesOptions(at: now)
        sent.hasCookie = sent.hasOptions && snapshot.policy.sendsCookies
        cookie.removeAll(keepingCapacity: true)
        if sent.hasCookie { traits.appendCookie(to: &cookie, at: now) }
        fetches[sending.fetch]?.sendings[sending.index] = sent
        if fetch.purpose == .question { counters.sendings += 1 } else { counters.probes += 1 }
        write(fetch.key, sent, into: &writer)
        return true
    }

    private mutating func write(
        _ key: FetchKey, _ sent: FetchSending, into writer: inout MessageWriter
    ) {
        var flags = MessageFlags(bits: 0)
        flags.recursionDesired = true
        flags.authenticData = true
        flags.checkingDisabled = key.checkingDisabled
        question.removeAll(keepingCapacity: true)
        (sent.spelling ?? SpellingMask(bits: 0)).append(key.name.span, to: &question)
        let type = key.type.rawValue
        for octet in [UInt8(type >> 8), UInt8(type & 0xFF), 0, 1] { question.append(octet) }
        // RFC 9715, section 3.2: what is longer may not arrive.
        var options = ReplyOptions(
            payloadSize: min(snapshot.policy.payloadSize, Policy.largestPayload),
            dnssecOK: key.dnssecOK)
        if sent.hasCookie { options.sentCookieSize = cookie.count }
        let subnet = key.subnet?.option ?? []
        options.furtherSize = UInt8(subnet.count)
        writer.begin(
            id: sent.id, flags: flags, question: question.span, limit: 512,
            reserve: sent.hasOptions ? options.size : 0)
        writer.finish(
            responseCode: .noError, options: sent.hasOptions ? options : nil,
            identifier: cookie.span, further: subnet.span, named: composer.missing)
    }

    /// An id that no other query of the port has; a port so full that none is found is not used.
    private mutating func drawID(_ port: UpstreamPort) -> UInt16? {
        for _ in 0..<16 {
            let id = random.nextUInt16()
            if inFlight[InFlightKey(port: port, id: id)] == nil { return id }
        }
        return nil
    }

    // MARK: Failure

    /// A query could not be sent for a reason of this machine's: it counts as lost on its way.
    public mutating func sendingFailed(
        _ sending: Sending, at now: Instant, outbox: inout Outbox
    ) {
        unregister(sending, at: now, outbox: &outbox)
    }

    /// Nothing comes through `port` any more: the network refuses it, or it was a connection that ended.
    public mutating func portFailed(
        _ port: UpstreamPort, _ failure: PortFailure = .unreachable, at now: Instant,
        outbox: inout Outbox
    ) {
        let affected = inFlight.filter { $0.key.port == port }.map(\.value)
        for sending in affected.sorted(by: { $0.fetch.slot < $1.fetch.slot }) {
            guard let sent = fetches[sending.fetch]?.sendings[sending.index],
                let closures = fetches[sending.fetch]?.servers[sent.server].closures
            else { continue }
            unregister(sending, at: now, outbox: &outbox)
            if failure == .closed, closures < Self.maximumClosures {
                // RFC 7766, section 6.2.1.1: asked again over another connection.
                fetches[sending.fetch]?.servers[sent.server].closures += 1
                send(sending.fetch, server: sent.server, sent.transport, at: now, &outbox)
                arm(sending.fetch)
            } else {
                refuse(sending.fetch, sent, at: now, &outbox)
            }
        }
    }

    /// Connections of one server that may close over one question before it counts as unreachable.
    private static var maximumClosures: Int { 2 }

    /// Stops waiting for the answers of one server.
    mutating func dropSendings(
        of handle: SlabHandle, to server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard let count = fetches[handle]?.sendings.count else { return }
        for index in 0..<count where fetches[handle]?.sendings[index].server == server {
            unregister(Sending(fetch: handle, index: index), at: now, outbox: &outbox)
        }
    }

    /// Stops waiting for the answer to one sending.
    mutating func unregister(_ sending: Sending, at now: Instant, outbox: inout Outbox) {
        guard fetches[sending.fetch]?.sendings[sending.index].isOver == false else { return }
        fetches[sending.fetch]?.sendings[sending.index].isOver = true
        releaseSlot(sending, at: now, &outbox)
        guard let sent = fetches[sending.fetch]?.sendings[sending.index], let port = sent.port
        else { return }
        inFlight[InFlightKey(port: port, id: sent.id)] = nil
        fetches[sending.fetch]?.sendings[sending.index].port = nil
        outbox.add(.release(port))
    }
}
