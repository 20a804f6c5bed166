// A question asked both ways: at one go, as most are answered, and step by step. What the first way answers the steps
// must answer alike, octet for octet, and count alike; what it leaves is theirs anyway.

import Addresses
import DNSWire

@testable import Resolution

/// What asking both ways came to.
enum TwoWays: Equatable {
    /// The quick way left the question to the steps.
    case left
    /// Both gave the same reply, and nothing else.
    case agree
    /// They did not.
    case differ(quick: [UInt8], steps: [UInt8], String)
}

extension Resolver {
    /// Asks both ways, and counts nothing.
    mutating func askBothWays(_ query: [UInt8], from client: Client, at now: Instant) -> TwoWays {
        let untouched = [UInt8](repeating: 0xEE, count: 1_500)
        var quick = untouched
        let before = counters
        var room = quick.mutableSpan
        let quickCount = answerAtOnce(
            query.span, from: client.remote.address, over: client.transport, into: &room)
        let counted = counters
        counters = before
        defer { counters = before }
        guard quickCount > 0 else {
            let isUntouched = quick == untouched && counted == before
            return isUntouched
                ? .left : .differ(quick: [], steps: [], "it left the question and wrote something")
        }
        var outbox = Outbox()
        var steps = untouched
        var stepsCount = 0
        let disposition: Disposition
        do {
            var writer = MessageWriter(into: steps.mutableSpan)
            disposition = answerStepByStep(
                query.span, from: client, at: now, reply: &writer, outbox: &outbox)
            stepsCount = writer.count
        }
        let replies = (Array(quick[..<quickCount]), Array(steps[..<stepsCount]))
        let fault: String? =
            if disposition != .answered {
                "the steps end in \(disposition)"
            } else if replies.0 != replies.1 {
                "the octets differ"
            } else if counters != counted {
                "the steps count something else"
            } else if !outbox.isEmpty { "the steps want something done" } else { nil }
        return fault.map { .differ(quick: replies.0, steps: replies.1, $0) } ?? .agree
    }
}
