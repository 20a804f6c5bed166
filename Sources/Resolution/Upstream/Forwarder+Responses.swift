// Handles messages from servers. A message is processed only if it comes from the queried server to
// the query's port with the query's id and question; all others are counted and dropped. A datagram
// that lacks something a forger could not know is not accepted, and the query is repeated over TCP.

internal import Addresses
internal import BasicContainers
internal import DNSWire

extension Forwarder {
    /// Takes a message that came in at `port` from `source`.
    mutating func receive(
        response message: Span<UInt8>, from source: Endpoint, through port: UpstreamPort,
        at now: Instant, outbox: inout Outbox
    ) {
        guard message.count >= MessageHeader.size,
            let query = self.query(at: port, message.uint16(at: 0)),
            requests.contains(query.request)
        else {
            counters.unmatched += 1
            return
        }
        let handle = query.request
        let sent = requests[handle].queries[query.index]
        let place = requests[handle].servers[sent.server].place
        guard servers[place].key.endpoint == source else {
            counters.mismatched += 1
            return
        }
        let expected = ExpectedQuestion(
            spelling: sent.spelling,
            type: requests[handle].key.question.type,
            dnssecOK: requests[handle].key.question.dnssecOK,
            subnet: sent.hasOptions ? requests[handle].key.subnet : nil,
            group: requests[handle].key.question.group, server: source,
            zoneLabelCount: requests[handle].zoneLabelCount)
        let reading = reader.read(
            message, for: requests[handle].key.name, expected,
            keptFor: snapshot.policy.lifetimes, at: now)
        if case .mismatched = reading {
            counters.mismatched += 1
            return
        }
        guard sent.transport == .tcp || isBeyondForgery(place, sent, reading, at: now) else {
            counters.suspect += 1
            noteWrongCase(of: place, sent, at: now, &outbox)
            return askSafely(handle, sent.server, at: now, &outbox)
        }
        learn(place, sent, reading, at: now, &outbox)
        let isUsual = sent.transport == requests[handle].transport
        let wasDead = servers[place].isDead
        servers[place].answered(after: isUsual ? now.since(sent.sentAt) : nil, at: now)
        noteState(of: place, wasDead: wasDead, &outbox)
        unregister(query, at: now, outbox: &outbox)
        if requests[handle].purpose == .question {
            act(on: reading, handle, sent, at: now, outbox: &outbox)
        } else {
            forget(handle, at: now, outbox: &outbox)
        }
    }

    // MARK: Doubt

    /// Whether a datagram has what a forger could not know: the case of the question, and the
    /// cookie of a server that sends cookies (RFC 7873, section 5.3).
    private mutating func isBeyondForgery(
        _ place: Int, _ sent: UpstreamQuery, _ reading: ResponseReading, at now: Instant
    ) -> Bool {
        guard reader.spelling == .exact else { return false }
        guard sent.hasCookie, !isSwitchedOff("RFC 7873: a server's cookie must come back") else {
            return true
        }
        // A truncated message has no content, and the query is repeated over TCP anyway.
        if case .truncated = reading { return true }
        if !reader.cookie.isEmpty { return servers[place].traits.isOurs(reader.cookie) }
        return !servers[place].traits.givesCookies(at: now)
    }

    /// Repeats the query over TCP, where blind forgery is impossible; the true datagram may still
    /// arrive.
    private mutating func askSafely(
        _ handle: SlabHandle, _ server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        guard !requests[handle].servers[server].wasAskedSafely else { return }
        requests[handle].servers[server].wasAskedSafely = true
        send(handle, server: server, .tcp, at: now, &outbox)
        arm(handle)
    }

    /// Records the server's quirks.
    private mutating func learn(
        _ place: Int, _ sent: UpstreamQuery, _ reading: ResponseReading, at now: Instant,
        _ outbox: inout Outbox
    ) {
        if sent.transport == .tcp, reader.spelling == .changed {
            servers[place].traits.noteCaseChange(at: now)
            noteCase(of: place, at: now, &outbox)
        } else if sent.transport == .udp, sent.spelling != nil {
            servers[place].traits.noteRightCase()
        }
        guard sent.hasCookie else { return }
        if servers[place].traits.isOurs(reader.cookie) {
            servers[place].traits.noteCookie(reader.cookie, at: now)
        } else if sent.transport == .tcp {
            servers[place].traits.noteCookie([], at: now)
        }
    }

    // MARK: What it says

    private mutating func act(
        on reading: ResponseReading, _ handle: SlabHandle, _ sent: UpstreamQuery, at now: Instant,
        outbox: inout Outbox
    ) {
        switch reading {
        case .answer(let response):
            noteOptions(handle, sent, at: now)
            keep(response, for: handle)
            if !silentNames.isEmpty { silentNames.noteAnswer(parentHash(of: handle)) }
            let slower = judgeSlower(handle, than: sent, at: now, &outbox)
            finish(handle, .answer(response), watching: slower, at: now, outbox: &outbox)
        case .truncated
        where sent.transport.isDatagram
            && !isSwitchedOff("RFC 7766: a truncated answer is asked for over TCP"):
            noteOptions(handle, sent, at: now)
            send(handle, server: sent.server, .tcp, at: now, &outbox)
            arm(handle)
        case .failure(.badCookie) where sent.hasCookie && sent.transport.isDatagram:
            renewCookie(handle, sent.server, at: now, &outbox)
        case .failure(let code)
        where code.refusesOptions && sent.hasOptions
            && !isSwitchedOff("RFC 6891: a server that refuses EDNS is asked without"):
            requests[handle].servers[sent.server].knowsOptions = reader.hasOptions
            askWithoutOptions(
                handle, sent.server, over: sent.transport, code, at: now, &outbox)
        case .failure(let code):
            give(up: handle, server: sent.server, code, at: now, &outbox)
        case .endlessAliases:
            finish(handle, .endlessAliases, at: now, outbox: &outbox)
        case .malformed(let endsEarly):
            askForWhole(handle, sent, endsEarly: endsEarly, at: now, &outbox)
        case .truncated, .mismatched, .unusable:
            give(up: handle, server: sent.server, nil, isUnusable: true, at: now, &outbox)
        }
    }

    /// RFC 7873, section 5.3: the server's new cookie is sent with the question once more, and then the question
    /// goes over TCP, which needs none.
    private mutating func renewCookie(
        _ handle: SlabHandle, _ server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        let isSecond = requests[handle].servers[server].renewedCookie
        requests[handle].servers[server].renewedCookie = true
        send(handle, server: server, isSecond ? .tcp : .udp, at: now, &outbox)
        arm(handle)
    }

    private mutating func keep(_ response: CachedResponse, for handle: SlabHandle) {
        // An answer for one network is not for clients from another (RFC 7871, section 7.3.1).
        guard
            requests[handle].key.subnet == nil
                || isSwitchedOff("RFC 7871: answers for one network are not kept")
        else { return }
        cache.insert(response, for: requests[handle].key)
    }

    /// A malformed reply may be complete over TCP or without EDNS: some servers and middleboxes
    /// truncate long replies without TC, or misplace the OPT record. Each way is tried once, TCP
    /// first if the reply ends early, and the next server is asked at the same time.
    private mutating func askForWhole(
        _ handle: SlabHandle, _ sent: UpstreamQuery, endsEarly: Bool, at now: Instant,
        _ outbox: inout Outbox
    ) {
        let server = requests[handle].servers[sent.server]
        requests[handle].servers[sent.server].wasMalformed = true
        let mayUseTCP = !server.wasAskedSafely && sent.transport == .udp
        let mayOmitOptions = !server.refusedOptions && sent.hasOptions
        if mayUseTCP, endsEarly || !mayOmitOptions {
            askSafely(handle, sent.server, at: now, &outbox)
        } else if mayOmitOptions {
            askWithoutOptions(
                handle, sent.server, over: requests[handle].transport, nil, at: now, &outbox)
        } else {
            return give(
                up: handle, server: sent.server, nil, isUnusable: true, at: now, &outbox)
        }
        askNext(handle, at: now, &outbox)
        arm(handle)
    }

    /// RFC 6891, section 7: a server that does not support EDNS is queried without it.
    private mutating func askWithoutOptions(
        _ handle: SlabHandle, _ server: Int, over transport: TransportProtocol,
        _ code: ResponseCode?, at now: Instant, _ outbox: inout Outbox
    ) {
        guard !requests[handle].servers[server].refusedOptions else {
            return give(up: handle, server: server, code, at: now, &outbox)
        }
        requests[handle].servers[server].refusedOptions = true
        send(handle, server: server, transport, at: now, &outbox)
        arm(handle)
    }

    /// Records that a server answered a query without EDNS that it had refused with EDNS, or that
    /// it supports EDNS.
    private mutating func noteOptions(
        _ handle: SlabHandle, _ sent: UpstreamQuery, at now: Instant
    ) {
        let server = requests[handle].servers[sent.server]
        if sent.hasOptions, reader.hasOptions {
            servers[server.place].traits.noteOptions()
        } else if !sent.hasOptions, server.refusedOptions {
            servers[server.place].traits.noteOptionsRefusal(
                for: requests[handle].key.nameHash, isOfAll: !server.knowsOptions, at: now)
        }
    }

    // MARK: Failure

    /// A connection could not be made: the next server is asked immediately, and the same one again
    /// later. After a second refusal, or if it has been unreachable for long, it is not asked
    /// again.
    mutating func refuse(
        _ handle: SlabHandle, _ sent: UpstreamQuery, at now: Instant, _ outbox: inout Outbox
    ) {
        guard requests.contains(handle) else { return }
        let place = requests[handle].servers[sent.server].place
        guard requests[handle].purpose == .question else {
            if requests[handle].purpose != .loopProbe { servers[place].failed(at: now) }
            return forget(handle, at: now, outbox: &outbox)
        }
        guard sent.transport == requests[handle].transport else {
            // Only what a datagram could not say is lost.
            let server = requests[handle].servers[sent.server]
            if server.wasMalformed, !server.refusedOptions {
                return askWithoutOptions(
                    handle, sent.server, over: requests[handle].transport, nil, at: now, &outbox)
            }
            return give(up: handle, server: sent.server, nil, at: now, &outbox)
        }
        requests[handle].servers[sent.server].refusals += 1
        let isSecond = requests[handle].servers[sent.server].refusals > 1
        noteFailure(of: place, at: now, &outbox)
        if isSecond || servers[place].hasLongBeenDead(at: now) {
            give(up: handle, server: sent.server, nil, at: now, &outbox)
        } else {
            goOn(handle, at: now, &outbox)
        }
    }

    /// A server cannot be reached, and is not waited for any longer.
    mutating func giveUp(
        _ handle: SlabHandle, unreachable server: Int, at now: Instant, _ outbox: inout Outbox
    ) {
        give(up: handle, server: server, nil, at: now, &outbox)
    }

    /// A server will not answer this question: it gave an RCODE, or a response that cannot be used, or is unreachable.
    private mutating func give(
        up handle: SlabHandle, server: Int, _ code: ResponseCode?, isUnusable: Bool = false,
        at now: Instant, _ outbox: inout Outbox
    ) {
        guard requests.contains(handle) else { return }
        requests[handle].servers[server].hasFailed = true
        requests[handle].servers[server].due = nil
        if code != nil || isUnusable {
            let place = requests[handle].servers[server].place
            requests[handle].lastFailure = ServerFailure(
                code: code, server: servers[place].key.endpoint)
            // What it has said once it need not say again.
            dropQueries(of: handle, to: server, at: now, &outbox)
        }
        goOn(handle, at: now, &outbox)
    }

    /// After a failure the next server is asked; if there is nothing left to wait for, the question
    /// has failed.
    mutating func goOn(_ handle: SlabHandle, at now: Instant, _ outbox: inout Outbox) {
        askNext(handle, at: now, &outbox)
        guard requests.contains(handle) else { return }
        if requests[handle].mayStillBeAnswered {
            arm(handle)
        } else {
            let outcome: HopResult =
                requests[handle].hasLoop ? .loop : .failed(requests[handle].lastFailure)
            if !requests[handle].hasLoop { noteFailedQuestion(handle, &outbox) }
            finish(handle, outcome, at: now, outbox: &outbox)
        }
    }
}

extension Forwarder {
    // MARK: For the log

    /// Every server has failed: the log names the last one that said so, once for each cause.
    func noteFailedQuestion(_ handle: SlabHandle, _ outbox: inout Outbox) {
        guard let failure = requests[handle].lastFailure,
            let group = snapshot.groups.first(where: {
                $0.identity == requests[handle].key.question.group
            })
        else { return }
        outbox.add(
            .notice(
                .serversFailed(
                    FailureNotice(
                        zone: group.forwardZone.zone, server: failure.server, code: failure.code))))
    }

    /// A datagram that was not believed repeats the question in another case.
    mutating func noteWrongCase(
        of place: Int, _ sent: UpstreamQuery, at now: Instant, _ outbox: inout Outbox
    ) {
        guard reader.spelling == .changed else { return }
        let isProven = sent.hasCookie && servers[place].traits.isOurs(reader.cookie)
        guard servers[place].traits.noteWrongCase(isProven: isProven, at: now) else { return }
        noteCase(of: place, at: now, &outbox)
    }

    /// Reports that a server's responses have another case, and whether it is asked in lower case for that.
    mutating func noteCase(of place: Int, at now: Instant, _ outbox: inout Outbox) {
        let isExempt = servers[place].traits.changesCase(at: now)
        let notice = CaseNotice(server: servers[place].key.endpoint, isExempt: isExempt)
        outbox.add(.notice(.serverChangesCase(notice)))
    }

    /// A server has begun to be silent, or answers again.
    func noteState(of place: Int, wasDead: Bool, _ outbox: inout Outbox) {
        guard servers[place].isDead != wasDead, servers[place].isNamed else { return }
        let key = servers[place].key
        let server = ServerNotice(server: key.endpoint, source: key.source)
        outbox.add(.notice(wasDead ? .serverAnswers(server) : .serverSilent(server)))
    }
}

extension ResponseCode {
    /// Whether servers that do not know EDNS respond with it.
    fileprivate var refusesOptions: Bool {
        self == .formatError || self == .notImplemented || self == .badVersion
    }
}
