// A question asked both ways: at one go, as most are answered, and step by step. What the first way answers the steps
// must answer alike, octet for octet, and count alike; what it leaves is theirs anyway. The same holds for replies to
// clients that waited.

import Addresses
import BasicContainers
import DNSWire

@testable import Resolution

/// What asking both ways came to.
enum FastPathEquivalence: Equatable {
    /// The quick way left the question to the steps.
    case left
    /// Both gave the same reply, and nothing else.
    case agree
    /// They did not.
    case differ(quick: [UInt8], steps: [UInt8], String)
}

extension Resolver {
    /// Asks both ways, and counts nothing. What is behind the query must make no difference.
    mutating func askBothWays(_ query: [UInt8], from client: Client, at now: Instant)
        -> FastPathEquivalence
    {
        let untouched = [UInt8](repeating: 0xEE, count: 1_500)
        let before = clientCounters
        defer { clientCounters = before }
        var quick = untouched
        var quickCount = 0
        // Zeros, which end a name; what is no label; a label; the first octet of the address of a record.
        for (round, filling) in ([0, 0xFF, 0x07, 0x29] as [UInt8]).enumerated() {
            let place = query + [UInt8](repeating: filling, count: PlainQuestion.room)
            var reply = untouched
            clientCounters = before
            var room = reply.mutableSpan
            let count = answerFast(
                place.span, size: query.count, from: client.remote.address,
                over: client.transport, into: &room)
            if count == 0, reply != untouched || clientCounters != before {
                return .differ(
                    quick: [], steps: [], "it left the question and wrote something")
            }
            if round > 0, count != quickCount || reply[..<count] != quick[..<count] {
                return .differ(
                    quick: Array(quick[..<quickCount]), steps: Array(reply[..<count]),
                    "it looked at what is behind the query")
            }
            (quick, quickCount) = (reply, count)
        }
        guard quickCount > 0 else { return .left }
        let counted = clientCounters
        clientCounters = before
        var outbox = Outbox()
        var steps = untouched
        var stepsCount = 0
        let disposition: Disposition
        do {
            var writer = MessageWriter(into: steps.mutableSpan)
            disposition = answer(
                query.span, from: client, at: now, reply: &writer, outbox: &outbox)
            stepsCount = writer.count
        }
        let replies = (Array(quick[..<quickCount]), Array(steps[..<stepsCount]))
        let fault: String? =
            if disposition != .answered {
                "the steps end in \(disposition)"
            } else if replies.0 != replies.1 {
                "the octets differ"
            } else if clientCounters != counted {
                "the steps count something else"
            } else if !outbox.isEmpty { "the steps want something done" } else { nil }
        return fault.map { .differ(quick: replies.0, steps: replies.1, $0) } ?? .agree
    }
}

extension Resolver {
    /// What the steps write for a client that has waited, if they need no server any more; counts nothing.
    mutating func composeDeferred(_ reply: DeferredReply, at now: Instant) -> [UInt8]? {
        let handle = reply.pending
        guard pending.contains(handle), pending[handle].position == nil else { return nil }
        let before = clientCounters
        let reported = reportedMissing
        var room = [UInt8](repeating: 0xEE, count: 65_535)
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            let octets = Array(copying: pending[handle].octets.span)
            writer.begin(pending[handle].question, octets.span)
            guard (try? composer.owner.read(from: octets.span, at: 0)) != nil else { return nil }
            let question = pending[handle].question
            let subnet = pending[handle].subnet
            let hopResults = pending[handle].hopResults.clone()
            let traces = pending[handle].traces
            let composition = Composition(
                question, at: now, subnet: subnet, hopResults: hopResults.span,
                traces: traces.span)
            if case .complete = composer.compose(composition, from: sources, into: &writer) {
                var outbox = Outbox()
                finish(question, subnet, at: now, into: &writer, outbox: &outbox)
                count = writer.count
            }
        }
        clientCounters = before
        reportedMissing = reported
        return count == 0 ? nil : Array(room[..<count])
    }

    /// Whether a client has waited for one answer that is all of its reply.
    func isWhole(_ reply: DeferredReply) -> Bool {
        pending.contains(reply.pending)
            && pending[reply.pending].wholeReply == sources.snapshot.generation
    }
}
