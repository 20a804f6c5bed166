// The fast path. Most queries are plain queries for a registry in the private zone, and finding the
// registry determines the answer. Everything else is left to Resolver+Query, whose steps would give
// the same answers; the tests compare both.

internal import Addresses
internal import DNSWire
internal import Zones

extension AnswerSources {
    /// Answers the message in the first `size` bytes of `message` if it is a plain question for a counterpart that
    /// exists; returns the reply's size, or 0 when the message is for the steps.
    ///
    /// It changes nothing here, and is mutating because a function that only borrows a value of this size is given
    /// a copy of it.
    @inline(__always)
    mutating func answerThroughLink(
        _ message: Span<UInt8>, size: Int, from address: IPAddress,
        over transport: TransportProtocol, into room: inout MutableSpan<UInt8>
    ) -> Int {
        guard let question = PlainQuestion(message, size: size), question.type.isOrdinary else {
            return 0
        }
        let (place, start) = snapshot.quickLinks.find(question, in: message)
        guard place >= 0, permits(address) else { return 0 }
        typeOfFastPath = question.type
        var limit = transport.isDatagram ? 512 : 65_535
        if transport.isDatagram, question.hasOptions {
            limit = Int(min(max(question.payloadSize(message), 512), payloadSize))
        }
        let zone = Int(snapshot.quickLinks.row(at: place).zone)
        // Usually there is one private zone, or one with most of the queries.
        if zone == 0 {
            return snapshot.quickLinks.answer(
                question, message, at: place, start, from: snapshot.tree.zone.tables,
                (payloadSize, limit), into: &room)
        }
        return answer(question, message, at: place, start, fromZone: zone, limit, into: &room)
    }

    /// The same from a zone that is not the first.
    @inline(never)
    private mutating func answer(
        _ question: PlainQuestion, _ message: Span<UInt8>, at place: Int, _ start: UInt8,
        fromZone zone: Int, _ limit: Int, into room: inout MutableSpan<UInt8>
    ) -> Int {
        snapshot.tree.use(zone) {
            snapshot.quickLinks.answer(
                question, message, at: place, start, from: $0, (payloadSize, limit), into: &room)
        }
    }
}

extension FastPathTable {
    /// Writes the answer of a private zone that has the name; returns its size, or 0 where that is for the steps.
    ///
    /// The link is the one at `place`; its public suffix starts at `start` in the question's name.
    /// The limits are our and the client's maximum UDP payload size.
    @inline(always)
    fileprivate func answer(
        _ question: PlainQuestion, _ message: Span<UInt8>, at place: Int, _ start: UInt8,
        from zone: borrowing ZoneTables, _ limits: (own: UInt16, asker: Int),
        into room: inout MutableSpan<UInt8>
    ) -> Int {
        let owner = FoldedKey(message, from: MessageHeader.size, size: Int(start))
        let found = zone.records(owner, in: message, type: question.type)
        guard let found else { return 0 }
        let link = row(at: place)
        let isCopied =
            found.isDenial
            ? link.copiesStart && question.labelCount <= PlainQuestion.fewLabels
            : copiesRecords(of: question.type)
        guard isCopied else { return 0 }
        let reply = FastPathReply(
            alias: link.alias, headSize: start, isDenial: found.isDenial,
            records: (Int(found.start), Int(found.size)), recordCount: found.count,
            negativeTTL: zone.negativeTTL, payloadSize: limits.own, limit: limits.asker)
        return reply.write(to: question, in: message, octets.span, zone.allOctets, into: &room)
    }
}
