// The life of a query, in stages: its header is admitted, it is read, its sender permitted, its answer composed, and the
// reply finished, or the client made to wait. The fast path passes the same stages: `PlainQuestion` admits and reads,
// `AnswerSources.permits` decides for both who may ask.

public import Addresses
public import DNSWire
internal import BasicContainers

extension Resolver {
    /// Takes a client's message; a reply, if there is one now, is in the writer.
    ///
    /// With a trace the steps that lead to the answer are noted in it.
    public mutating func receive(
        query message: Span<UInt8>, from client: Client, at now: Instant,
        reply writer: inout MessageWriter, outbox: inout Outbox, trace: ResolutionTrace? = nil
    ) -> Disposition {
        if trace == nil {
            let count = answerFast(message, from: client, reply: &writer)
            if count > 0 { return .answered }
        }
        return answer(
            message, from: client, at: now, reply: &writer, outbox: &outbox, trace: trace)
    }

    /// Answers most questions, for which no more of the client has to be known: writes the reply and returns
    /// its size, or 0 for a message that is for `answer`.
    ///
    /// The two are what `receive` does, for callers that find out who the client is only where they have to. The
    /// message is the first `size` bytes of `message`, of which `PlainQuestion.room` can be read whatever it is.
    @inline(__always)
    public mutating func answerFast(
        _ message: Span<UInt8>, size: Int, from address: IPAddress,
        over transport: TransportProtocol, into room: inout MutableSpan<UInt8>
    ) -> Int {
        let count = sources.answerThroughLink(
            message, size: size, from: address, over: transport, into: &room)
        if count > 0 {
            // Of these replies the denials alone have records in the authority section.
            clientCounters.responses.countFastAnswer(
                ResponseCounts.QueryType(sources.typeOfFastPath), over: transport,
                isDenial: room[9] != 0)
        }
        return count
    }

    /// The same for a message without further readable bytes.
    private mutating func answerFast(
        _ message: Span<UInt8>, from client: Client, reply writer: inout MessageWriter
    ) -> Int {
        // A longer message is not a plain question, or has extra bytes.
        guard message.count <= PlainQuestion.room else { return 0 }
        var place = InlineArray<128, UInt8>(repeating: 0)
        var octets = place.mutableSpan
        octets.copy(message, at: 0)
        return writer.writeWhole { room in
            answerFast(
                place.span, size: message.count, from: client.remote.address,
                over: client.transport, into: &room)
        }
    }

    /// The stages for whatever message: from its header to the reply, or to the wait for one.
    public mutating func answer(
        _ message: Span<UInt8>, from client: Client, at now: Instant,
        reply writer: inout MessageWriter, outbox: inout Outbox, trace: ResolutionTrace? = nil
    ) -> Disposition {
        guard let header = try? MessageHeader(message), !header.flags.isResponse else {
            return ignore()
        }
        // A request for an explanation came through the control socket, not from a client.
        guard
            trace != nil || sources.permits(client.remote.address)
                || isSwitchedOff("access: clients outside of the permitted networks are refused")
        else {
            clientCounters.prohibited += 1
            if sources.access.drops { return .dropped }
            return reject(message, header, client, .prohibited, into: &writer)
        }
        switch header.admission {
        case .ignore: return ignore()
        case .reject(let code): return reject(message, header, client, Refusal(code), into: &writer)
        case .readOptions: return answerCookie(message, header, client, into: &writer)
        case .read: break
        }
        let (query, subnet): (Query, ClientSubnet?)
        do throws(WireError) {
            query = try read(message, header, from: client)
            subnet = try self.subnet(of: query, message)
        } catch {
            return reject(message, header, client, Refusal(.formatError), into: &writer)
        }
        if trace == nil {
            clientCounters.responses.countQuery(
                ResponseCounts.QueryType(query.type), over: client.transport)
        }
        var question = question(of: query, from: client)
        question.options?.furtherSize = UInt8(subnet?.option.count ?? 0)
        let hasGoodCookie = judgeCookie(query, message, client, for: &question)
        let octets = message.extracting(MessageHeader.size..<query.questionEnd)
        writer.begin(question, octets)
        if let refusal = refusal(of: question, query.options, hasGoodCookie) {
            return finish(refusal, question, into: &writer)
        }
        if query.recordClass == .ch { return answerChaos(question, into: &writer) }
        if !isSwitchedOff("loops: a probe that comes back is known"),
            receivesProbe(at: now, outbox: &outbox)
        {
            let error = ExtendedError(.other, .cameBack)
            return finish(Refusal(.serverFailure, error), question, into: &writer)
        }
        guard let trace else {
            let composition = Composition(question, at: now, subnet: subnet, traces: Span())
            return respond(to: client, composition, octets, into: &writer, outbox: &outbox)
        }
        let traces = [trace]
        let composition = Composition(question, at: now, subnet: subnet, traces: traces.span)
        return respond(to: client, composition, octets, into: &writer, outbox: &outbox)
    }

    /// The last stages: the answer is composed and the reply finished, or the client made to wait.
    @inline(__always)
    private mutating func respond(
        to client: Client, _ composition: Composition, _ octets: Span<UInt8>,
        into writer: inout MessageWriter, outbox: inout Outbox
    ) -> Disposition {
        let (question, now) = (composition.question, composition.now)
        switch composer.compose(composition, from: sources, into: &writer) {
        case .complete:
            finish(question, composition.subnet, at: now, into: &writer, outbox: &outbox)
            if !composition.isTraced { countResponse(question, in: writer) }
            if let old = composer.progress.refresh {
                refresh(old.response, group: old.group, question, at: now, outbox: &outbox)
            }
            return .answered
        case .needs(let group):
            return wait(
                composition, octets, client, group: group, into: &writer, outbox: &outbox)
        }
    }

    /// Writes a reply that the outbox announced.
    ///
    /// - Returns: the client of the reply; nil if there is nothing to send, because the query
    ///   continues with another hop or was dropped.
    public mutating func write(
        _ reply: DeferredReply, at now: Instant, into writer: inout MessageWriter,
        outbox: inout Outbox
    ) -> Client? {
        let handle = reply.pending
        guard pending.contains(handle), pending[handle].position == nil else { return nil }
        let question = pending[handle].question
        writer.begin(question, pending[handle].octets.span)
        if copyCachedResponse(for: handle, at: now, into: &writer) {
            return finishDeferred(handle, question, nil, at: now, into: &writer, outbox: &outbox)
        }
        let wasRead = try? composer.owner.read(from: pending[handle].octets.span, at: 0)
        guard wasRead != nil else { return nil }
        var hopResults = UniqueArray<ResolvedHop>()
        swap(&hopResults, &pending[handle].hopResults)
        let traces = pending[handle].traces
        let subnet = pending[handle].subnet
        let composition = Composition(
            question, at: now, subnet: subnet, hopResults: hopResults.span, traces: traces.span)
        if case .needs(let group) = composer.compose(composition, from: sources, into: &writer) {
            guard let end = end(of: handle, composition) else {
                for index in composition.hopResults.indices {
                    pending[handle].hopResults.append(composition.hopResults[index])
                }
                ask(handle, group: group, at: now, outbox: &outbox)
                return nil
            }
            let octets = Array(copying: pending[handle].octets.span)
            composeWithout(servers: group, end, composition, octets.span, into: &writer)
        }
        return finishDeferred(handle, question, subnet, at: now, into: &writer, outbox: &outbox)
    }

    /// Writes what one answer says, where that is all that was missing; false if the steps are to be taken.
    private mutating func copyCachedResponse(
        for handle: SlabHandle, at now: Instant, into writer: inout MessageWriter
    ) -> Bool {
        guard pending[handle].wholeReply == snapshot.generation,
            pending[handle].hopResults.count == 1,
            case .answer(let response) = pending[handle].hopResults[0].outcome
        else { return false }
        return composer.copyCachedResponse(response, at: now, into: &writer)
    }

    /// Ends a reply to a client that has waited.
    private mutating func finishDeferred(
        _ handle: SlabHandle, _ question: Question, _ subnet: ClientSubnet?, at now: Instant,
        into writer: inout MessageWriter, outbox: inout Outbox
    ) -> Client {
        finish(question, subnet, at: now, into: &writer, outbox: &outbox)
        if pending[handle].traces.isEmpty {
            countResponse(question, in: writer, after: now.since(pending[handle].asked))
        }
        let client = pending[handle].client
        pending.remove(handle)
        return client
    }

    /// Why no more servers are asked for a client; nil if they are.
    private mutating func end(
        of handle: SlabHandle, _ composition: Composition
    ) -> HopResult? {
        if !pending[handle].isCounted { return .evicted }
        if pending[handle].deadline <= composition.now { return .silence }
        return composition.hopResults.count < Self.maximumHopResults ? nil : .endlessAliases
    }

    /// Composes the answer to a query for which servers are no longer asked: `outcome` replaces
    /// their answer, so the client gets a stale answer if there is one.
    mutating func composeWithout(
        servers group: Int, _ outcome: HopResult, _ original: Composition,
        _ octets: Span<UInt8>, into writer: inout MessageWriter
    ) {
        var group = group
        var hopResults: [ResolvedHop] = []
        for index in original.hopResults.indices { hopResults.append(original.hopResults[index]) }
        repeat {
            let key = CacheKey(original.question, of: snapshot.groups[group].identity)
            hopResults.append(
                ResolvedHop(question: key, nameHash: composer.owner.hash, outcome: outcome))
            writer.begin(original.question, octets)
            guard (try? composer.owner.read(from: octets, at: 0)) != nil else { return }
            let composition = original.with(hopResults: hopResults.span)
            guard
                case .needs(let next) = composer.compose(
                    composition, from: sources, into: &writer)
            else { return }
            group = next
        } while true
    }

    /// Each hop is asked once, and once more from fallback servers.
    private static var maximumHopResults: Int { 2 * AnswerComposer.maximumHops }

    // MARK: Stages

    private mutating func ignore() -> Disposition {
        clientCounters.ignored += 1
        return .dropped
    }

    private mutating func read(
        _ message: Span<UInt8>, _ header: MessageHeader, from client: Client
    ) throws(WireError) -> Query {
        var query = try Query(question: message, header: header, name: &composer.owner)
        try query.readOptions(message)
        // RFC 7828, section 3.2.1; over UDP the option is ignored.
        if client.transport == .tcp, query.options?.keepalive?.isEmpty == false,
            !isSwitchedOff("RFC 7828: FORMERR to keepalive with a value")
        {
            throw .badOptions
        }
        return query
    }

    private mutating func question(of query: Query, from client: Client) -> Question {
        let ownLimit = sources.payloadSize
        let isDatagram = client.transport.isDatagram
        var question = Question(
            id: query.header.id, flags: query.header.flags, type: query.type,
            recordClass: query.recordClass, options: nil, isDatagram: isDatagram,
            replyLimit: isDatagram && !isSwitchedOff("RFC 1035: 512 bytes without EDNS")
                ? 512 : 65_535)
        guard let asked = query.options else { return question }
        var options = ReplyOptions(payloadSize: ownLimit, dnssecOK: asked.dnssecOK)
        if isDatagram {
            question.replyLimit = min(
                max(
                    asked.payloadSize,
                    isSwitchedOff("RFC 6891: a payload size below 512 is 512") ? 0 : 512),
                Int(ownLimit))
        } else if asked.keepalive != nil, !isSwitchedOff("RFC 7828: keepalive over TCP") {
            options.idleTimeout = client.idleTimeout
        }
        if asked.wantsIdentifier, !isSwitchedOff("RFC 5001: NSID") {
            options.identifierSize = sources.snapshot.identifier?.count
        }
        question.options = options
        return question
    }

    /// The client's network according to its query, if any servers get it; a malformed one is an
    /// error (RFC 7871, section 7.1.2).
    private func subnet(
        of query: Query, _ message: Span<UInt8>
    ) throws(WireError) -> ClientSubnet? {
        guard let option = query.options?.subnet, sources.snapshot.passesSubnets else { return nil }
        let subnet = try ClientSubnet(option, in: message)
        guard subnet.scopeLength == 0 || isSwitchedOff("RFC 7871: FORMERR to a scope in a query")
        else { throw .badOptions }
        return subnet
    }

    /// Gives the reply its cookie; whether the client's own was good, nil if it had none.
    private mutating func judgeCookie(
        _ query: Query, _ message: Span<UInt8>, _ client: Client, for question: inout Question
    ) -> Bool? {
        guard let option = query.options?.cookie, !sources.snapshot.policy.cookies.isEmpty else {
            return nil
        }
        let verdict = sources.snapshot.policy.cookies.judge(
            Cookie(option, in: message), from: client.remote.address, at: wallTime)
        question.options?.cookie =
            isSwitchedOff("RFC 7873: a cookie is returned") ? nil : verdict.reply
        return verdict.isValid
    }

    /// What keeps a query that could be read from being answered.
    private func refusal(
        of question: Question, _ options: QueryOptions?, _ hasGoodCookie: Bool?
    ) -> Refusal? {
        if let options, options.version > 0, !isSwitchedOff("RFC 6891: BADVERS") {
            return Refusal(.badVersion)
        }
        if hasGoodCookie == false, sources.snapshot.policy.requiresCookies, question.isDatagram,
            !isSwitchedOff("RFC 7873: BADCOOKIE")
        {
            return Refusal(.badCookie)
        }
        switch question.type {
        case .axfr, .ixfr:
            return Refusal(
                isSwitchedOff("RFC 5936: REFUSED to AXFR") ? .noError : .refused,
                ExtendedError(.prohibited, .noTransfers))
        case .opt, RecordType(rawValue: 0):
            return Refusal(.formatError)
        case .nxname:
            return Refusal(
                .formatError, ExtendedError(.invalidQueryType, .noSuchType))
        case .any:
            break
        default:
            if question.type.isMeta, !isSwitchedOff("RFC 6895: NOTIMP to types of questions only") {
                return Refusal(.notImplemented)
            }
        }
        guard
            question.recordClass == .in || question.recordClass == .ch
                || isSwitchedOff("RFC 6895: REFUSED to other classes")
        else {
            return Refusal(.refused, ExtendedError(.notSupported, .classNotSupported))
        }
        return nil
    }
}
