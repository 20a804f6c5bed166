// From the name that was asked along the aliases of a response: what the chain owns is copied, in its order, whatever
// order the server has it in.

internal import BasicContainers
internal import DNSWire

extension ResponseReader {
    /// Copies records from the asked name on, alias by alias; records in any order are found.
    mutating func followChain(
        _ message: Span<UInt8>, _ answers: Range<Int>, question: ExpectedQuestion,
        summary: inout ResponseSummary, into writer: inout MessageWriter
    ) throws(WireError) {
        var redirection = Redirection.none
        if question.type == .cname || question.type == .any {
            // RFC 6672, section 3.2: a query for the alias also gets the DNAME it comes from.
            redirection = try copyRedirection(message, answers, &summary, into: &writer)
            if redirection == .tooLong { return endTooLong(&summary) }
        }
        while true {
            var found = 0
            let setTTL = setTTL(of: question.type, answers)
            let setTTLs = question.type == .any ? setTTLs(answers) : [:]
            for index in answers where answersOwner(records[index], question.type) {
                if try excludes(records[index].record, message, redirection) { continue }
                let ttl = setTTL ?? setTTLs[records[index].type]
                copy(records[index].record, message, .answer, &summary, ttl: ttl, into: &writer)
                found += 1
            }
            if found > 0 {
                copySignatures(
                    of: question.type, by: owner, message, answers, .answer, &summary,
                    into: &writer)
            } else if case .made(let ttl, _) = redirection {
                // RFC 6672, section 5.3.1: it has no signature.
                writeMadeAlias(ttl: ttl, into: &writer)
                found = 1
            }
            if found > 0 {
                // A name with records exists, whatever the RCODE says.
                if summary.responseCode == .nameError,
                    !isSwitchedOff("RFC 2308: a name with records exists")
                {
                    summary.responseCode = .noError
                }
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

    /// Continues with the target of an alias; `offset` is its offset in the message, if it is
    /// there.
    mutating func go(to name: MessageNames.Number, at offset: Int?) {
        owner = name
        ownerOffset = offset
        names.choose(name)
    }

    /// The one TTL of the records of `type`, the smallest that the server gave one of them (RFC 2181, section 5.2); nil
    /// where records have each their own, as signatures do (RFC 4034, section 3).
    private func setTTL(of type: RecordType, _ answers: Range<Int>) -> UInt32? {
        guard answers.count > 1, type != .any, type != .rrsig,
            !isSwitchedOff("RFC 2181: a set has one TTL")
        else { return nil }
        var smallest: UInt32 = .max
        for index in answers where answersOwner(records[index], type) {
            smallest = min(smallest, usableTTL(records[index].record.ttl))
        }
        return smallest
    }

    /// The same for each type that the owner has.
    private func setTTLs(_ answers: Range<Int>) -> [RecordType: UInt32] {
        var smallest: [RecordType: UInt32] = [:]
        for index in answers where answersOwner(records[index], .any) {
            let (type, ttl) = (records[index].type, usableTTL(records[index].record.ttl))
            if type != .rrsig { smallest[type] = min(smallest[type] ?? .max, ttl) }
        }
        return smallest
    }

    private func answersOwner(_ found: ResponseRecord, _ type: RecordType) -> Bool {
        found.owner == owner && (found.type == type || type == .any)
            && found.record.recordClass == .in
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
        for index in answers where answersOwner(records[index], .cname) {
            let record = records[index].record
            if try excludes(record, message, redirection) { continue }
            copy(record, message, .answer, &summary, into: &writer)
            copySignatures(
                of: .cname, by: owner, message, answers, .answer, &summary, into: &writer)
            go(to: try names.read(message, at: record.dataStart).name, at: record.dataStart)
            return true
        }
        guard case .made(let ttl, let name) = redirection else { return false }
        writeMadeAlias(ttl: ttl, into: &writer)
        swap(&ownerName, &target)
        go(to: name, at: nil)
        return true
    }

    /// What a DNAME makes of a name.
    private enum Redirection: Equatable {
        /// There is no DNAME above the name.
        case none
        /// An alias to this name, which is in `target`, of this TTL.
        case made(ttl: UInt32, MessageNames.Number)
        /// A name of more than 255 bytes, which is not valid.
        case tooLong
    }

    /// Whether a record is another than the alias that a DNAME makes: a name below a DNAME has nothing else.
    private mutating func excludes(
        _ record: MessageRecord, _ message: Span<UInt8>, _ redirection: Redirection
    ) throws(WireError) -> Bool {
        guard case .made(_, let name) = redirection else { return false }
        guard record.type == .cname else { return true }
        return try names.read(message, at: record.dataStart).name != name
    }

    /// RFC 6672, section 2.2: the answer is the DNAME alone, and the RCODE says why.
    private func endTooLong(_ summary: inout ResponseSummary) {
        summary.responseCode = .nameExists
        summary.isNegative = true
    }

    /// The alias from `owner` to `target` that a DNAME means and the server left out.
    private func writeMadeAlias(ttl: UInt32, into writer: inout MessageWriter) {
        writer.beginRecordSet(in: .answer)
        writer.append(
            owner: ownerName.originalCase, type: .cname, ttl: ttl, data: target.originalCase,
            range: 0..<target.count)
    }

    /// Copies a DNAME above `owner`, and stores the name it makes in `target`. The servers are not
    /// trusted for names above their forward zone.
    private mutating func copyRedirection(
        _ message: Span<UInt8>, _ answers: Range<Int>,
        _ summary: inout ResponseSummary, into writer: inout MessageWriter
    ) throws(WireError) -> Redirection {
        let above = answers.first { index in
            records[index].type == .dname && records[index].record.recordClass == .in
                && records[index].owner != owner
                && names.labelCount(records[index].owner) >= zoneLabelCount
                && names.isAtOrAboveChosen(records[index].owner)
        }
        guard let above else { return .none }
        let (record, labels) = (
            records[above].record,
            names.labelCount(owner) - names.labelCount(records[above].owner)
        )
        copy(record, message, .answer, &summary, into: &writer)
        copySignatures(
            of: .dname, by: records[above].owner, message, answers, .answer, &summary,
            into: &writer)
        if let ownerOffset { try ownerName.read(from: message, at: ownerOffset) }
        ownerOffset = nil
        try target.read(from: message, at: record.dataStart)
        let destination = Name(target)
        guard target.set(first: labels, of: ownerName, then: destination) else { return .tooLong }
        let made = names.number(of: target, message)
        return .made(ttl: usableTTL(record.ttl), made)
    }
}
