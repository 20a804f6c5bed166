// What proves a denial: the SOA that it is kept by, and for those who asked for DNSSEC the records that show that there
// is nothing else. All other records of the authority section are left out.

internal import BasicContainers
internal import DNSWire

extension ResponseReader {
    /// Whether a server that should have an answer points to others: no data would be a wrong answer.
    ///
    /// RFC 2308, section 2.2: NS records without a SOA record distinguish it from no data.
    func isReferral(
        _ header: MessageHeader, _ authorities: Range<Int>, _ summary: ResponseSummary
    ) -> Bool {
        summary.isNegative && summary.hops == 0 && summary.responseCode == .noError
            && !header.flags.isAuthoritative && authorities.contains { records[$0].type == .ns }
            && !authorities.contains { records[$0].type == .soa }
    }

    /// Copies the SOA of a denial and, for those who asked for DNSSEC, the records that prove it.
    mutating func keepAuthority(
        _ message: Span<UInt8>, _ authorities: Range<Int>, question: ExpectedQuestion,
        summary: inout ResponseSummary, into writer: inout MessageWriter
    ) {
        let start = summary.isNegative ? startOfAuthority(authorities) : nil
        var denialTTL: UInt32 = .max
        if let start { denialTTL = negativeTTL(of: start, message) }
        for index in authorities where records[index].record.recordClass == .in {
            let record = records[index].record
            switch record.type {
            case .soa where record.ownerOffset == start?.ownerOffset:
                copy(record, message, .authority, &summary, ttl: denialTTL, into: &writer)
            case .nsec where question.dnssecOK, .nsec3 where question.dnssecOK:
                // RFC 9077, section 3: never longer than the denial itself.
                let ttl = min(
                    usableTTL(record.ttl),
                    isSwitchedOff("RFC 9077: a proof is kept no longer than the denial")
                        ? .max : denialTTL)
                copy(record, message, .authority, &summary, ttl: ttl, into: &writer)
            case .rrsig where question.dnssecOK:
                let covered = RecordType(rawValue: message.uint16(at: record.dataStart))
                guard [.soa, .nsec, .nsec3].contains(covered) else { continue }
                let ttl = min(usableTTL(record.ttl), denialTTL)
                copy(record, message, .authority, &summary, ttl: ttl, into: &writer)
            default: continue
            }
        }
        guard summary.isNegative, start == nil else { return }
        if summary.hops > 0, summary.responseCode == .noError {
            // Nothing is denied: the aliases are the answer.
            summary.endsAtAlias = true
        } else {
            // RFC 2308, section 5: without a SOA a denial may not be kept.
            if !isSwitchedOff("RFC 2308: a denial without SOA is not kept") { summary.lifetime = 0 }
        }
    }

    /// The first SOA that is the start of a zone with the denied name in it.
    private mutating func startOfAuthority(_ authorities: Range<Int>) -> MessageRecord? {
        for index in authorities
        where records[index].type == .soa && records[index].record.recordClass == .in
            && names.isAtOrAboveChosen(records[index].owner)
        {
            return records[index].record
        }
        return nil
    }

    /// RFC 2308, section 5: the smaller of the SOA's TTL and its MINIMUM.
    private func negativeTTL(
        of record: MessageRecord, _ message: Span<UInt8>
    ) -> UInt32 {
        let minimum = message.uint32(at: record.end - 4)
        return min(
            usableTTL(record.ttl),
            isSwitchedOff("RFC 2308: MINIMUM limits the TTL of a denial")
                ? .max : usableTTL(minimum), lifetimes.maximumNegative)
    }
}
