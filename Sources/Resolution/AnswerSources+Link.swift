// The main job at one go. Most questions are plain ones for a registry that the private zone has; what such a
// question is answered with is known as soon as the registry is found. All else is left to Resolver+Query, whose
// steps would answer these questions the same: the tests ask them both ways.

internal import Addresses
internal import DNSWire
internal import Zones

extension AnswerSources {
    /// Answers a message if it is a plain question for a counterpart that exists; returns the reply's size, or 0
    /// when the message is for the steps.
    @inline(__always)
    borrowing func answerThroughLink(
        _ message: Span<UInt8>, from address: IPAddress, over transport: TransportProtocol,
        into room: inout MutableSpan<UInt8>
    ) -> Int {
        guard let question = PlainQuestion(message), question.type.isOrdinary,
            let link = snapshot.quickLinks.find(question, in: message),
            permits(address)
        else { return 0 }
        var limit = transport == .udp ? 512 : 65_535
        if transport == .udp, question.hasOptions {
            limit = Int(min(max(question.payloadSize, 512), payloadSize))
        }
        return snapshot.tree.use(Int(link.row.zone)) { zone in
            let owner = FoldedOctets(message, from: MessageHeader.size, size: link.start)
            let found = zone.records(owner, in: message, type: question.type)
            guard let found else { return 0 }
            let isCopied =
                found.isDenial
                ? link.row.copiesStart && question.labelCount <= PlainQuestion.fewLabels
                : snapshot.quickLinks.copiesRecords(of: question.type)
            guard isCopied else { return 0 }
            let reply = LinkReply(
                aliasTTL: link.row.ttl, headSize: link.start,
                tail: link.row.ownCount < 0 ? -1 : link.start &+ Int(link.row.ownCount),
                isDenial: found.isDenial, recordCount: found.count, ttl: found.ttl,
                payloadSize: payloadSize, limit: limit)
            return snapshot.quickLinks.write(
                reply, to: question, in: message, link.row, records: zone.octets(of: found),
                into: &room)
        }
    }
}
