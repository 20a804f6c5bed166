// Writes the start and the end of replies: header, echoed question, OPT record. The composer writes
// the rest; replies that need no composer, such as refusals and the server's own name, are
// completely written here.

internal import Addresses
internal import DNSWire

extension Resolver {
    /// An answer that is an RCODE, and perhaps a reason.
    struct Refusal {
        let code: ResponseCode
        let error: ExtendedError?
        let offersRecursion: Bool

        init(_ code: ResponseCode, _ error: ExtendedError? = nil, offersRecursion: Bool = true) {
            self.code = code
            self.error = error
            self.offersRecursion = offersRecursion
        }

        /// For clients that may not ask.
        static var prohibited: Refusal {
            Refusal(
                .refused, ExtendedError(.prohibited, .addressMayNotAsk),
                offersRecursion: false)
        }
    }

    // MARK: Ends

    /// Ends a reply that is a refusal.
    mutating func finish(
        _ refusal: Refusal, _ question: Question, into writer: inout MessageWriter
    ) -> Disposition {
        writer.messageFlags.recursionAvailable = refusal.offersRecursion
        end(question, refusal.code, refusal.error, into: &writer)
        clientCounters.responses.countResponse(
            .policy, ResponseCounts.Result(head: writer.octets.uint64(at: 2), followsAlias: false))
        return .answered
    }

    /// Ends the reply that the composer has put together.
    mutating func finish(
        _ question: Question, _ subnet: ClientSubnet?, at now: Instant,
        into writer: inout MessageWriter, outbox: inout Outbox
    ) {
        var flags = writer.messageFlags
        flags.isAuthoritative =
            composer.progress.isAuthoritative && !isSwitchedOff("RFC 1035: AA for local names")
        flags.authenticData =
            composer.progress.isAuthentic && composer.progress.response != nil
            && !isSwitchedOff("RFC 6840: AD of the servers is passed on")
            && (question.flags.authenticData || question.dnssecOK
                || isSwitchedOff("RFC 6840: AD only on request"))
        writer.messageFlags = flags
        if composer.progress.responseCode == .serverFailure { clientCounters.failures += 1 }
        if composer.progress.staleness != nil { clientCounters.stale += 1 }
        end(
            question, composer.progress.responseCode, composer.progress.extendedError,
            staleness: composer.progress.staleness, subnet: subnet, into: &writer)
        if let link = composer.progress.linkOfMissing {
            reportMissing(link, reply: writer.octets, at: now, outbox: &outbox)
        }
    }

    /// Counts the reply that was just finished; `duration` for a client that has waited.
    mutating func countResponse(
        _ question: Question, in writer: borrowing MessageWriter, after duration: TimeSpan? = nil
    ) {
        let head = writer.octets.uint64(at: 2)
        let result = ResponseCounts.Result(
            head: head,
            followsAlias: composer.progress.hops > 0 || composer.progress.followsLink)
        // TC is the second bit of the flags' first octet.
        if head >> 56 & 2 != 0 { clientCounters.truncated += 1 }
        var source = composer.progress.source
        if source == .forward {
            if composer.progress.staleness != nil {
                source = .stale
            } else if duration == nil {
                source = .cache
            }
        }
        guard let duration else { return clientCounters.responses.countResponse(source, result) }
        clientCounters.responses.countResponse(source, result, after: duration)
    }

    private mutating func end(
        _ question: Question, _ code: ResponseCode, _ error: ExtendedError?,
        staleness: ExtendedError? = nil, subnet: ClientSubnet? = nil,
        into writer: inout MessageWriter
    ) {
        var options = question.options
        options?.extendedError = isSwitchedOff("RFC 8914: extended errors") ? nil : error
        options?.staleness =
            isSwitchedOff("RFC 8914: the extended error of a stale answer") ? nil : staleness
        guard let asked = options, asked.identifierSize != nil || asked.furtherSize > 0 else {
            writer.finish(responseCode: code, options: options, named: composer.missing)
            return
        }
        let identifier = sources.snapshot.identifier ?? []
        let subnet = scoped(subnet)?.option ?? []
        options?.furtherSize = UInt8(subnet.count)
        writer.finish(
            responseCode: code, options: options, identifier: identifier.span,
            further: subnet.span, named: composer.missing)
    }

    /// The client's network with the scope of the answer; nil if no server got it (RFC 7871,
    /// section 7.2.1).
    private func scoped(_ subnet: ClientSubnet?) -> ClientSubnet? {
        guard var subnet, let scope = composer.progress.subnetScope else { return nil }
        subnet.scopeLength = scope
        return subnet
    }

    // MARK: Replies without a composer

    /// The reply to what is not read, or cannot be to its end: the question and an OPT record, if they are where a
    /// query has them. It costs next to nothing, whatever the message holds.
    mutating func reject(
        _ message: Span<UInt8>, _ header: MessageHeader, _ client: Client, _ refusal: Refusal,
        into writer: inout MessageWriter
    ) -> Disposition {
        clientCounters.responses.countQuery(.other, over: client.transport)
        if refusal.code == .formatError { clientCounters.malformed += 1 }
        let questionStart = MessageHeader.size
        var questionEnd: Int? = header.questionCount == 0 ? questionStart : nil
        if header.questionCount == 1 { questionEnd = Query.endOfQuestion(in: message) }
        let options = questionEnd.flatMap {
            QueryOptions.search(message, header: header, from: $0)
        }
        let question = Question(
            id: header.id, flags: header.flags, type: .any, recordClass: .any,
            options: options.map {
                ReplyOptions(payloadSize: sources.payloadSize, dnssecOK: $0.dnssecOK)
            }, replyLimit: 512)
        writer.begin(
            question, message.extracting(questionStart..<(questionEnd ?? questionStart)))
        return finish(refusal, question, into: &writer)
    }

    /// A query without a question is there to get a cookie, or to ask whether one is good (RFC 7873,
    /// section 5.4).
    mutating func answerCookie(
        _ message: Span<UInt8>, _ header: MessageHeader, _ client: Client,
        into writer: inout MessageWriter
    ) -> Disposition {
        let cookies = snapshot.policy.cookies
        let read = try? QueryOptions.read(message, header: header, from: MessageHeader.size)
        guard !cookies.isEmpty, let options = read, options.version == 0,
            let option = options.cookie
        else {
            let isNewer = (read?.version ?? 0) > 0
            return reject(
                message, header, client, Refusal(isNewer ? .badVersion : .formatError),
                into: &writer)
        }
        clientCounters.responses.countQuery(.other, over: client.transport)
        let verdict = cookies.judge(
            Cookie(option, in: message), from: client.remote.address, at: wallTime)
        var replyOptions = ReplyOptions(
            payloadSize: sources.payloadSize, dnssecOK: options.dnssecOK)
        replyOptions.cookie = verdict.reply
        if options.wantsIdentifier {
            replyOptions.identifierSize = sources.snapshot.identifier?.count
        }
        let question = Question(
            id: header.id, flags: header.flags, type: .any, recordClass: .any,
            options: replyOptions, replyLimit: 512)
        writer.begin(question, Span())
        let isWrong = !verdict.isValid && option.end - option.start > 8
        return finish(Refusal(isWrong ? .badCookie : .noError), question, into: &writer)
    }

    /// `version.bind` and the like, where the settings have an answer.
    mutating func answerChaos(
        _ question: Question, into writer: inout MessageWriter
    ) -> Disposition {
        var text: String?
        if ServerNames.askVersion(composer.owner) { text = snapshot.policy.version }
        if ServerNames.askIdentity(composer.owner) { text = snapshot.policy.identity }
        guard let text, question.type == .txt || question.type == .any else {
            let error = ExtendedError(.prohibited, .notTold)
            return finish(Refusal(.refused, error), question, into: &writer)
        }
        let data = [UInt8(truncatingIfNeeded: min(text.utf8.count, 255))] + text.utf8.prefix(255)
        writer.append(
            owner: composer.owner.originalCase, type: .txt, class: .ch, ttl: 0, data: data.span,
            range: 0..<data.count)
        return finish(Refusal(.noError), question, into: &writer)
    }

    // MARK: Probes and reports

    /// Records this daemon's own probe, received as the question in `composer.owner`; false if it
    /// is not one.
    mutating func receivesProbe(at now: Instant, outbox: inout Outbox) -> Bool {
        guard let nonce = loops.nonce(in: composer.owner) else { return false }
        probeCameBack(nonce, at: now, outbox: &outbox)
        // It may be another worker's.
        if loops.isFirstSight(of: nonce) { outbox.add(.probeSeen(nonce)) }
        return true
    }
}

extension MessageWriter {
    /// Starts a reply: the header's flags, the question as it came, room for the OPT record.
    @inline(__always)
    mutating func begin(_ question: Question, _ octets: Span<UInt8>) {
        begin(
            id: question.id, flags: question.flags.ofReply, question: octets,
            limit: question.replyLimit, reserve: question.options?.size ?? 0)
    }
}
