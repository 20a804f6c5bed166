// From the name that was asked along the aliases of a response: what the chain owns is copied, in its order, whatever
// order the server has it in.

internal import DNSWire

extension ResponseReader {
    /// Copies records from the asked name on, alias by alias; records in any order are found.
    mutating func followChain(
        _ message: Span<UInt8>, _ answers: Range<Int>, question: ExpectedQuestion,
        summary: inout ResponseSummary, into writer: inout MessageWriter
    ) throws(WireError) {
        var redirection = Redirection.none
        if question.type == .cname || question.type == .any {
            // RFC 6672, section 3.2: who asks for the alias gets the DNAME that it comes from too.
            redirection = try copyRedirection(message, answers, &summary, into: &writer)
            if redirection == .tooLong { return endTooLong(&summary) }
        }
        while true {
            var found = 0
            for index in answers where answersOwner(records[index], question.type, message) {
                if redirection.excludes(records[index], in: message, target) { continue }
                copy(records[index], message, .answer, &summary, into: &writer)
                found += 1
            }
            if found > 0 {
                copySignatures(
                    of: question.type, message, answers, .answer, &summary, into: &writer)
            } else if case .made(let ttl) = redirection {
                // RFC 6672, section 5.3.1: nobody has signed it.
                writeMadeAlias(ttl: ttl, into: &writer)
                found = 1
            }
            if found > 0 {
                // A name with records exists, whatever the RCODE says.
                if summary.responseCode == .nameError { summary.responseCode = .noError }
                return
            }
            guard try followAlias(message, answers, &summary, into: &writer) else {
                summary.isNegative = true
                return
            }
            summary.hops += 1
            guard summary.hops <= AnswerComposer.maximumHops else {
                isEndless = true
                throw .badRecordData
            }
        }
    }

    private func answersOwner(
        _ record: MessageRecord, _ type: RecordType, _ message: Span<UInt8>
    ) -> Bool {
        guard record.type == type || type == .any, record.recordClass == .in else { return false }
        if !isOwnerRead { return true }
        return MessageReader.name(in: message, at: record.ownerOffset, equals: owner.folded)
    }

    /// Copies the alias of `owner`, with the DNAME that it comes from, and goes to its target. Of the servers' aliases
    /// only the one that the DNAME makes counts then (RFC 6672, section 3.2); others are left out.
    private mutating func followAlias(
        _ message: Span<UInt8>, _ answers: Range<Int>,
        _ summary: inout ResponseSummary, into writer: inout MessageWriter
    ) throws(WireError) -> Bool {
        let redirection = try copyRedirection(message, answers, &summary, into: &writer)
        if redirection == .tooLong {
            endTooLong(&summary)
            return false
        }
        for index in answers where answersOwner(records[index], .cname, message) {
            if redirection.excludes(records[index], in: message, target) { continue }
            copy(records[index], message, .answer, &summary, into: &writer)
            copySignatures(of: .cname, message, answers, .answer, &summary, into: &writer)
            try owner.read(from: message, at: records[index].dataStart)
            return true
        }
        guard case .made(let ttl) = redirection else { return false }
        writeMadeAlias(ttl: ttl, into: &writer)
        swap(&owner, &target)
        return true
    }

    /// What a DNAME makes of a name.
    private enum Redirection: Equatable {
        /// There is no DNAME above the name.
        case none
        /// An alias to `target`, of this TTL.
        case made(ttl: UInt32)
        /// A name of more than 255 octets, which is none.
        case tooLong

        /// Whether a record is another than the alias that is made: a name below a DNAME has nothing else.
        func excludes(
            _ record: MessageRecord, in message: Span<UInt8>, _ target: borrowing NameBuffer
        ) -> Bool {
            guard self != .none else { return false }
            return record.type != .cname
                || !MessageReader.name(
                    in: message, at: record.dataStart, equals: target.folded)
        }
    }

    /// RFC 6672, section 2.2: the DNAME stands alone, and the RCODE says why.
    private func endTooLong(_ summary: inout ResponseSummary) {
        summary.responseCode = .nameExists
        summary.isNegative = true
    }

    /// The alias from `owner` to `target` that a DNAME means and the server left out.
    private func writeMadeAlias(ttl: UInt32, into writer: inout MessageWriter) {
        writer.beginRecordSet(in: .answer)
        writer.append(
            owner: owner.originalCase, type: .cname, ttl: ttl, data: target.originalCase,
            range: 0..<target.count)
    }

    /// Copies a DNAME above `owner`, and leaves the name that it makes in `target`.
    private mutating func copyRedirection(
        _ message: Span<UInt8>, _ answers: Range<Int>,
        _ summary: inout ResponseSummary, into writer: inout MessageWriter
    ) throws(WireError) -> Redirection {
        for index in answers where records[index].type == .dname {
            let record = records[index]
            try target.read(from: message, at: record.ownerOffset)
            let labels = owner.labelCount - target.labelCount
            guard labels > 0, owner.suffix(fromLabel: labels, equals: target.folded) else {
                continue
            }
            let above = Name(target)
            try target.read(from: message, at: record.dataStart)
            let destination = Name(target)
            copy(record, message, .answer, &summary, into: &writer)
            copySignatures(
                of: .dname, message, answers, .answer, &summary, into: &writer,
                owner: above)
            guard target.set(first: labels, of: owner, then: destination) else { return .tooLong }
            return .made(ttl: usableTTL(record.ttl))
        }
        return .none
    }
}
