// The life of a query: accepted by its header, read, permitted, answered, or made to wait.

internal import Addresses
public import DNSWire

extension Resolver {
    /// Takes a client's message; a reply, if there is one now, is in the writer.
    ///
    /// With a recorder the steps that lead to the answer are noted in it.
    public mutating func receive(
        query message: Span<UInt8>, from client: Client, at now: Instant,
        reply writer: inout MessageWriter, outbox: inout Outbox, recorder: StepRecorder? = nil
    ) -> Disposition {
        counters.queries += 1
        guard let header = try? MessageHeader(message) else { return ignore() }
        let isPermitted = snapshot.access.contains(client.remote.address.unmapped)
        switch header.admission {
        case .ignore: return ignore()
        case .reject(let code):
            if code == .formatError { counters.malformed += 1 }
            return reject(header, isPermitted ? code : .refused, into: &writer)
        case .read: break
        }
        let query: Query
        do throws(WireError) {
            query = try readQuery(message, header)
        } catch {
            counters.malformed += 1
            return reject(header, isPermitted ? .formatError : .refused, into: &writer)
        }
        let question = question(of: query, from: client)
        let octets = message.extracting(MessageHeader.size..<query.questionEnd)
        begin(question, octets, into: &writer)
        if let refusal = permit(query, isPermitted: isPermitted) {
            return finish(refusal, question, into: &writer)
        }
        if query.recordClass == .ch { return answerChaos(question, into: &writer) }
        let sources = AnswerSources(
            snapshot: snapshot, cache: cache, received: [], now: now, recorder: recorder)
        switch composer.compose(question, from: sources, into: &writer) {
        case .complete:
            finish(question, at: now, into: &writer, outbox: &outbox)
            counters.answeredAtOnce += 1
            if let old = composer.progress.refresh {
                refresh(old.response, group: old.group, question, at: now, outbox: &outbox)
            }
            return .answered
        case .needs(let group):
            return wait(
                question, octets, client, group: group, at: now, recorder, into: &writer,
                outbox: &outbox)
        }
    }

    /// Writes a reply that the outbox announced.
    ///
    /// - Returns: the client that it is for; nil when nothing is to be sent, because the question goes
    ///   on to another hop or was given up.
    public mutating func write(
        _ reply: LateReply, at now: Instant, into writer: inout MessageWriter,
        outbox: inout Outbox
    ) -> Client? {
        guard let pending = pendings[reply.pending], pending.fetch == nil else { return nil }
        begin(pending.question, pending.octets.span, into: &writer)
        let sources = AnswerSources(
            snapshot: snapshot, cache: cache, received: pending.received, now: now,
            recorder: pending.recorder)
        guard (try? composer.owner.read(from: pending.octets.span, at: 0)) != nil else {
            return nil
        }
        if case .needs(let group) = composer.compose(
            pending.question, from: sources, into: &writer)
        {
            let isTooLate = pending.deadline <= now
            if !isTooLate, pending.received.count < Self.maximumReceivedHops {
                joinFetch(reply.pending, group: group, at: now, outbox: &outbox)
                return nil
            }
            composer.fail(
                isTooLate
                    ? ExtendedError(.noReachableAuthority, "no server answered in time")
                    : ExtendedError(.other, "the alias chain is too long"))
            begin(pending.question, pending.octets.span, into: &writer)
        }
        removePending(reply.pending)
        finish(pending.question, at: now, into: &writer, outbox: &outbox)
        counters.answeredLate += 1
        return pending.client
    }

    /// Each hop is asked once, and once more of fallback servers.
    private static var maximumReceivedHops: Int { 2 * AnswerComposer.maximumHops }

    // MARK: Steps

    private mutating func ignore() -> Disposition {
        counters.ignored += 1
        return .dropped
    }

    private mutating func readQuery(
        _ message: Span<UInt8>, _ header: MessageHeader
    ) throws(WireError) -> Query {
        var query = try Query(question: message, header: header, name: &composer.owner)
        try query.readOptions(message)
        return query
    }

    private func question(of query: Query, from client: Client) -> Question {
        let offered = query.options.map { max($0.payloadSize, 512) } ?? 512
        return Question(
            id: query.header.id, flags: query.header.flags, type: query.type,
            recordClass: query.recordClass, hasOptions: query.options != nil,
            dnssecOK: query.options?.dnssecOK ?? false,
            replyLimit: client.transport == .tcp
                ? 65_535 : min(offered, Int(snapshot.policy.payloadSize)))
    }

    /// What keeps a query that could be read from being answered.
    private mutating func permit(_ query: Query, isPermitted: Bool) -> Refusal? {
        if !isPermitted {
            counters.prohibited += 1
            return Refusal(.refused, ExtendedError(.prohibited, "the client may not ask"), false)
        }
        if let options = query.options, options.version > 0 { return Refusal(.badVersion) }
        switch query.type {
        case .axfr, .ixfr:
            return Refusal(.refused, ExtendedError(.prohibited, "zones are not transferred"))
        case .opt, RecordType(rawValue: 0):
            return Refusal(.formatError)
        case .any:
            break
        default:
            if query.type.isMeta { return Refusal(.notImplemented) }
        }
        guard query.recordClass == .in || query.recordClass == .ch else {
            return Refusal(.refused, ExtendedError(.notSupported, "the class is not supported"))
        }
        return nil
    }

    private struct Refusal {
        let code: ResponseCode
        let error: ExtendedError?
        let offersRecursion: Bool

        init(_ code: ResponseCode, _ error: ExtendedError? = nil, _ offersRecursion: Bool = true) {
            self.code = code
            self.error = error
            self.offersRecursion = offersRecursion
        }
    }

    // MARK: Replies

    /// A reply of a header alone, for what could not be read further.
    private func reject(
        _ header: MessageHeader, _ code: ResponseCode, into writer: inout MessageWriter
    ) -> Disposition {
        var flags = MessageFlags(bits: 0)
        flags.isResponse = true
        flags.opcode = header.flags.opcode
        flags.recursionDesired = header.flags.recursionDesired
        flags.checkingDisabled = header.flags.checkingDisabled
        flags.recursionAvailable = code != .refused
        writer.begin(id: header.id, flags: flags, question: Span(), limit: 512, reserve: 0)
        writer.finish(responseCode: code, options: nil, named: composer.missing)
        return .answered
    }

    private func begin(
        _ question: Question, _ octets: Span<UInt8>, into writer: inout MessageWriter
    ) {
        var flags = MessageFlags(bits: 0)
        flags.isResponse = true
        flags.recursionDesired = question.flags.recursionDesired
        flags.checkingDisabled = question.flags.checkingDisabled
        flags.recursionAvailable = true
        writer.begin(
            id: question.id, flags: flags, question: octets, limit: question.replyLimit,
            reserve: question.hasOptions ? ReplyOptions.emptySize : 0)
    }

    private mutating func finish(
        _ refusal: Refusal, _ question: Question, into writer: inout MessageWriter
    ) -> Disposition {
        writer.messageFlags.recursionAvailable = refusal.offersRecursion
        end(question, refusal.code, refusal.error, into: &writer)
        counters.answeredAtOnce += 1
        return .answered
    }

    /// Ends the reply that the composer has put together.
    private mutating func finish(
        _ question: Question, at now: Instant, into writer: inout MessageWriter,
        outbox: inout Outbox
    ) {
        let progress = composer.progress
        writer.messageFlags.isAuthoritative = progress.isAuthoritative
        writer.messageFlags.authenticData =
            progress.isAuthentic && progress.response != nil
            && (question.flags.authenticData || question.dnssecOK)
        if progress.responseCode == .serverFailure { counters.failures += 1 }
        if progress.missesOwned { tellMissing(at: now, outbox: &outbox) }
        if progress.staleness != nil { counters.stale += 1 }
        end(
            question, progress.responseCode, progress.extendedError,
            staleness: progress.staleness, into: &writer)
    }

    private func end(
        _ question: Question, _ code: ResponseCode, _ error: ExtendedError?,
        staleness: ExtendedError? = nil, into writer: inout MessageWriter
    ) {
        let options = ReplyOptions(
            payloadSize: snapshot.policy.payloadSize, dnssecOK: question.dnssecOK,
            extendedError: error, staleness: staleness)
        writer.finish(
            responseCode: code, options: question.hasOptions ? options : nil,
            named: composer.missing)
    }

    /// `version.bind` and the like, where the settings have an answer.
    private mutating func answerChaos(
        _ question: Question, into writer: inout MessageWriter
    ) -> Disposition {
        let name = "\(Name(composer.owner).folded)"
        let text: String? =
            switch name {
            case "version.bind.", "version.server.": snapshot.policy.version
            case "id.server.", "hostname.bind.": snapshot.policy.identity
            default: nil
            }
        guard let text, question.type == .txt || question.type == .any else {
            let error = ExtendedError(.prohibited, "not told")
            return finish(Refusal(.refused, error), question, into: &writer)
        }
        let data = [UInt8(truncatingIfNeeded: min(text.utf8.count, 255))] + text.utf8.prefix(255)
        writer.append(
            owner: composer.owner.spelled, type: .txt, class: .ch, ttl: 0, data: data.span,
            range: 0..<data.count)
        end(question, .noError, nil, into: &writer)
        counters.answeredAtOnce += 1
        return .answered
    }

    // MARK: Waiting

    private mutating func wait(
        _ question: Question, _ octets: Span<UInt8>, _ client: Client, group: Int,
        at now: Instant, _ recorder: StepRecorder?, into writer: inout MessageWriter,
        outbox: inout Outbox
    ) -> Disposition {
        guard pendings.count < snapshot.policy.maximumPending else {
            counters.overflows += 1
            begin(question, octets, into: &writer)
            composer.fail(ExtendedError(.other, "too many questions wait"))
            finish(question, at: now, into: &writer, outbox: &outbox)
            counters.answeredAtOnce += 1
            return .answered
        }
        let pending = insertPending(
            PendingQuestion(
                client: client, question: question, octets: Array(copying: octets), asked: now,
                deadline: now + snapshot.policy.queryTimeout, recorder: recorder))
        joinFetch(pending, group: group, at: now, outbox: &outbox)
        return .pending
    }

    /// Tells of a missing record once per name and hour, and counts it every time.
    private mutating func tellMissing(at now: Instant, outbox: inout Outbox) {
        counters.missingRecords += 1
        let name = Name(composer.missing)
        if let told = toldMissing[name], now.since(told) < .seconds(3_600) { return }
        if toldMissing.count >= Self.maximumToldMissing {
            toldMissing = toldMissing.filter { now.since($0.value) < .seconds(3_600) }
        }
        guard toldMissing.count < Self.maximumToldMissing else { return }
        toldMissing[name] = now
        outbox.add(.notice(.missingRecord(name)))
    }

    private static var maximumToldMissing: Int { 1_000 }
}
