// Converts an upstream message to a CachedResponse. Everything is checked before anything is used,
// and only records owned by the question's alias chain are kept; other records are dropped.

internal import Addresses
internal import BasicContainers
internal import DNSWire

/// What an upstream's message turned out to be.
enum ResponseReading {
    /// An answer: positive, or a denial.
    case answer(CachedResponse)
    /// Truncated: retry over TCP.
    case truncated
    /// The server says that it cannot answer.
    case failure(ResponseCode)
    /// A response without an answer: a referral, or one that does not repeat the question.
    case unusable
    /// Not a reply to this question; it is not accepted.
    case mismatched
    /// The reply to this question, but broken; `endsEarly` when bytes are missing at the end.
    case malformed(endsEarly: Bool)
    /// A chain of aliases that is endless or too long.
    case endlessAliases
}

/// How a response repeats the question.
enum QuestionSpelling {
    /// As it was asked.
    case exact
    /// In another mixture of upper and lower case.
    case changed
    /// Not at all.
    case absent
}

/// The question that a response must repeat, beside its name.
struct ExpectedQuestion {
    /// Nil when any mixture of upper and lower case will do.
    var spelling: CaseMask?
    var type: RecordType
    var dnssecOK: Bool
    /// The client's network in the query to the server.
    var subnet: ClientSubnet?
    var group: UInt64
    /// Where the message came from.
    var server: Endpoint
    /// The number of labels of the server's forward zone; the server is not trusted for names above
    /// it.
    var zoneLabelCount = 0
}

/// A record of a response, and the number of its owner's name.
struct ResponseRecord: BitwiseCopyable {
    let record: MessageRecord
    let owner: MessageNames.Number

    var type: RecordType { record.type }
}

/// Reads responses; its buffers are used again for each.
struct ResponseReader: ~Copyable {
    /// Those of the answer section, then those of the authority section.
    var records = UniqueArray<ResponseRecord>()
    var names: MessageNames
    /// The name that the chain of aliases has come to.
    var owner = MessageNames.Number.root
    /// Its offset in the message; nil if a DNAME made it, in which case it is in `ownerName`.
    var ownerOffset: Int?
    /// The owner, where it is needed label by label.
    var ownerName: NameBuffer
    /// What a DNAME makes of the owner.
    var target: NameBuffer
    /// How the response that was read last repeats its question.
    private(set) var spelling = QuestionSpelling.exact
    /// The cookie of the message read last, ours and then the server's part (RFC 7873, section 4); empty for
    /// none.
    private(set) var cookie: [UInt8] = []
    var isEndless = false
    /// Whether the message read last has an OPT record where one belongs.
    private(set) var hasOptions = false
    /// The number of labels of the server's forward zone.
    private(set) var zoneLabelCount = 0
    /// How long records of the message read last may be kept.
    private(set) var lifetimes = Policy.Lifetimes()
    /// The network in the query, with the scope of the answer: zero if the answer gives none.
    private var subnet: ClientSubnet?
    /// Whether the message read last is about another network than that.
    private var isOfOtherSubnet = false
    /// A placeholder for the name in an extended error, which responses do not have.
    private let noName: NameBuffer
    /// Whether the question has DO set; without it, signatures are not included with other records
    /// (RFC 4035, section 3.2.1).
    private var wantsSignatures = false
    /// The buffer for rewritten messages; the result is copied, so it has no spare capacity.
    private var room = [UInt8](repeating: 0, count: 65_535)

    /// A reader with empty buffers.
    init(hasher: NameHasher) {
        names = MessageNames(hasher: hasher)
        ownerName = NameBuffer(hasher: hasher)
        target = NameBuffer(hasher: hasher)
        noName = NameBuffer(hasher: hasher)
    }

    /// Checks `message` against what was asked and keeps what the question owns of it.
    mutating func read(
        _ message: Span<UInt8>, for name: borrowing ReusableBuffer, _ question: ExpectedQuestion,
        keptFor lifetimes: Policy.Lifetimes, at now: Instant
    ) -> ResponseReading {
        self.lifetimes = lifetimes
        zoneLabelCount = question.zoneLabelCount
        guard let header = try? MessageHeader(message),
            let start = readQuestion(message, header, name.span, question)
        else { return .mismatched }
        cookie.removeAll(keepingCapacity: true)
        subnet = question.subnet
        isOfOtherSubnet = false
        hasOptions = false
        if spelling == .absent { return readWithoutQuestion(message, header) }
        if header.flags.isTruncated { return .truncated }
        isEndless = false
        do throws(WireError) {
            let code = try readRecords(message, header: header, from: start)
            // RFC 7871, section 7.3: as if it had not come.
            if isOfOtherSubnet,
                !isSwitchedOff("RFC 7871: an answer for another network is rejected")
            {
                return .mismatched
            }
            guard code == .noError || code == .nameError || code == .nameExists else {
                return .failure(code)
            }
            go(to: names.question ?? .root, at: MessageHeader.size)
            let kept = try keep(
                message, from: start, header: header, code: code, question: question, at: now)
            return kept.map { .answer($0) } ?? .unusable
        } catch {
            return isEndless ? .endlessAliases : .malformed(endsEarly: error == .endsEarly)
        }
    }

    /// Holds the question against the one that was asked; returns where the records start, or nil if this is
    /// no response to it.
    private mutating func readQuestion(
        _ message: Span<UInt8>, _ header: MessageHeader, _ name: Span<UInt8>,
        _ question: ExpectedQuestion
    ) -> Int? {
        guard header.flags.isResponse, header.flags.opcode == .query else { return nil }
        if header.questionCount == 0 {
            spelling = .absent
            return MessageHeader.size
        }
        if header.questionCount == 1, isSpelled(message, name, question) {
            let end = MessageHeader.size + name.count + 4
            guard end <= message.count,
                message.uint16(at: end - 4) == question.type.rawValue,
                message.uint16(at: end - 2) == RecordClass.in.rawValue
            else { return nil }
            spelling = .exact
            return end
        }
        guard header.questionCount == 1,
            let query = try? Query(question: message, header: header, name: &ownerName),
            query.type == question.type, query.recordClass == .in,
            ownerName.suffix(fromLabel: 0, equals: name)
        else { return nil }
        spelling =
            question.spelling == nil || isSwitchedOff("RFC 5452: the case of a response is checked")
            ? .exact : .changed
        return query.questionEnd
    }

    /// Whether the question's name is byte by byte what was sent.
    private func isSpelled(
        _ message: Span<UInt8>, _ name: Span<UInt8>, _ question: ExpectedQuestion
    ) -> Bool {
        (question.spelling ?? CaseMask(bits: 0)).matches(message, at: MessageHeader.size, name)
    }

    /// Some servers do not repeat the question of what they refuse. An answer has to.
    private mutating func readWithoutQuestion(
        _ message: Span<UInt8>, _ header: MessageHeader
    ) -> ResponseReading {
        do throws(WireError) {
            let code = try readRecords(message, header: header, from: MessageHeader.size)
            return code == .noError ? .unusable : .failure(code)
        } catch {
            return .malformed(endsEarly: error == .endsEarly)
        }
    }

    /// Walks every record, checks those whose data the resolver passes on, and returns the whole RCODE.
    private mutating func readRecords(
        _ message: Span<UInt8>, header: MessageHeader, from start: Int
    ) throws(WireError) -> ResponseCode {
        records.removeAll(keepingCapacity: true)
        names.begin(message, hasQuestion: header.questionCount == 1)
        var position = start
        var code = header.flags.lowResponseCode
        let answers = Int(header.answerCount)
        let authorities = answers + Int(header.authorityCount)
        for index in 0..<(authorities + Int(header.additionalCount)) {
            let (record, owner) = try names.record(in: message, at: position)
            position = record.end
            if index < authorities {
                guard !record.type.isMeta else { throw .badRecordData }
                try names.checkData(of: record, in: message)
                records.append(ResponseRecord(record: record, owner: owner))
            } else if record.type == .opt {
                // RFC 6891, section 6.1.1.
                guard !hasOptions || isSwitchedOff("RFC 6891: two OPT records in a response"),
                    message[record.ownerOffset] == 0
                else { throw .badOptions }
                hasOptions = true
                code = ResponseCode(rawValue: code.rawValue | UInt16(record.ttl >> 24) << 4)
                readOptions(message, record)
            }
        }
        return code
    }

    /// Reads the cookie among the options of an OPT record, ignoring one of a wrong length, and the
    /// network, which must equal the one in the query.
    private mutating func readOptions(_ message: Span<UInt8>, _ record: MessageRecord) {
        var position = record.dataStart
        while position + 4 <= record.end {
            let code = EDNSOption.Code(rawValue: message.uint16(at: position))
            let length = Int(message.uint16(at: position + 2))
            let start = position + 4
            guard start + length <= record.end else { return }
            if code == .cookie, length == 8 || (16...40).contains(length), cookie.isEmpty {
                for index in start..<(start + length) { cookie.append(message[index]) }
            }
            if code == .clientSubnet, let asked = subnet,
                let option = EDNSOption(in: message, at: position, within: record.end)
            {
                let answered = try? ClientSubnet(option, in: message)
                isOfOtherSubnet = answered?.isSameNetwork(as: asked) != true
                subnet = answered ?? asked
            }
            position = start + length
        }
    }

    /// Writes the chain's records and what proves a denial into a message of its own; nil for a referral.
    private mutating func keep(
        _ message: Span<UInt8>, from questionEnd: Int, header: MessageHeader, code: ResponseCode,
        question: ExpectedQuestion, at now: Instant
    ) throws(WireError) -> CachedResponse? {
        var summary = ResponseSummary(flags: header.flags, responseCode: code)
        wantsSignatures = question.dnssecOK
        var room: [UInt8] = []
        swap(&room, &self.room)
        defer { swap(&room, &self.room) }
        var length = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            writer.begin(
                id: 0, flags: MessageFlags(bits: 0),
                question: message.extracting(MessageHeader.size..<questionEnd), limit: 65_535,
                reserve: 0)
            writer.foldQuestion()
            let answers = 0..<Int(header.answerCount)
            try followChain(
                message, answers, question: question, summary: &summary,
                into: &writer)
            let authorities = answers.upperBound..<records.count
            if isReferral(header, authorities, summary),
                !isSwitchedOff("RFC 2308: a referral is no answer")
            {
                return nil
            }
            keepAuthority(
                message, authorities, question: question, summary: &summary,
                into: &writer)
            summary.answerCount = writer.recordCount(in: .answer)
            summary.authorityCount = writer.recordCount(in: .authority)
            summary.subnetScope = subnet?.scopeLength
            guard !writer.isTruncated else { throw WireError.noRoom }
            writer.finish(responseCode: code, options: nil, named: noName)
            length = writer.count
        } catch {
            throw .noRoom
        }
        return CachedResponse(
            octets: Array(copying: room.span.extracting(first: length)),
            recordsStart: questionEnd,
            summary: summary, group: question.group, server: question.server, received: now)
    }

    // MARK: One record

    mutating func copySignatures(
        of type: RecordType, by owner: MessageNames.Number, _ message: Span<UInt8>,
        _ range: Range<Int>, _ section: MessageSection, _ summary: inout ResponseSummary,
        into writer: inout MessageWriter
    ) {
        guard wantsSignatures || isSwitchedOff("RFC 4035: signatures only with DO"), type != .any
        else { return }
        for index in range where records[index].type == .rrsig && records[index].owner == owner {
            let record = records[index].record
            guard record.recordClass == .in,
                message.uint16(at: record.dataStart) == type.rawValue
            else { continue }
            copy(record, message, section, &summary, into: &writer)
        }
    }

    mutating func copy(
        _ record: MessageRecord, _ message: Span<UInt8>,
        _ section: MessageSection, _ summary: inout ResponseSummary, ttl: UInt32? = nil,
        into writer: inout MessageWriter
    ) {
        let ttl = ttl ?? usableTTL(record.ttl)
        summary.lifetime = min(summary.lifetime, ttl)
        writer.beginRecordSet(in: section)
        // Both messages have the same question.
        let isOfQuestion =
            message.uint16(at: record.ownerOffset) == MessageWriter.pointerToQuestion
        writer.append(
            record, of: message, ttl: ttl,
            ownerAt: isOfQuestion ? MessageWriter.questionName : nil, names: &names)
    }

    /// A TTL with the top bit set is zero (RFC 2181, section 8); a long one is capped.
    func usableTTL(_ ttl: UInt32) -> UInt32 {
        ttl > 0x7FFF_FFFF && !isSwitchedOff("RFC 2181: a TTL with the top bit set is 0")
            ? 0 : min(ttl, lifetimes.maximum)
    }
}
