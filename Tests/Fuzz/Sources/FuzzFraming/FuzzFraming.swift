// A stream of messages: however it is cut into pieces, the same messages come out, each once and in order, and no
// more is held than a message needs.

import FuzzSupport

@testable import Transport

/// One run of libFuzzer.
@c(fuzz_framing)
public func fuzzFraming(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let limit = [65_535, 512, 17, 0][Int(input.octet() & 3)]
    let pieces = input.part(Int(input.octet() & 15))
    let stream = input.rest()
    let whole = messages(stream, limit: limit)
    check(cut(stream, into: pieces, limit: limit) == whole, "other messages when cut")
    checkWriting(whole)
    return 0
}

/// What a stream turned out to hold.
private struct Delivery: Equatable {
    var messages: [[UInt8]] = []
    var isTooLong = false
}

/// The messages of octets that came at once.
private func messages(_ octets: [UInt8], limit: Int) -> Delivery {
    var delivery = Delivery()
    _ = deliver(octets, limit: limit, into: &delivery)
    return delivery
}

/// Takes what is whole from the front, as a server does; returns how many octets that were.
private func deliver(_ octets: [UInt8], limit: Int, into delivery: inout Delivery) -> Int {
    var taken = 0
    while true {
        switch Frame(in: octets.span, at: taken, limit: limit) {
        case .message(let range):
            check(range.lowerBound == taken + 2 && range.upperBound <= octets.count, "a frame")
            check(range.count <= limit, "a message beyond the limit")
            delivery.messages.append(Array(octets[range]))
            taken = range.upperBound
        case .incomplete:
            return taken
        case .tooLong:
            delivery.isTooLong = true
            return taken
        }
    }
}

/// The same, when the octets come in pieces of these sizes, over and over.
private func cut(_ stream: [UInt8], into pieces: [UInt8], limit: Int) -> Delivery {
    var delivery = Delivery()
    var held: [UInt8] = []
    var position = 0
    var turn = 0
    while position < stream.count, !delivery.isTooLong {
        let size = pieces.isEmpty ? 1 : Int(pieces[turn % pieces.count]) + 1
        turn += 1
        let end = min(position + size, stream.count)
        held += stream[position..<end]
        position = end
        held.removeFirst(deliver(held, limit: limit, into: &delivery))
        if !delivery.isTooLong { check(held.count < limit + 2, "too much is held") }
    }
    return delivery
}

/// Messages that are written with their lengths are the messages that are read.
private func checkWriting(_ delivery: Delivery) {
    var stream: [UInt8] = []
    for message in delivery.messages {
        stream += [UInt8(message.count >> 8), UInt8(message.count & 255)] + message
    }
    check(messages(stream, limit: 65_535).messages == delivery.messages, "other messages")
    var output = OutputBuffer()
    for message in delivery.messages { output.appendFrame(message.span) }
    check(output.count == stream.count, "\(output.count) octets of \(stream.count)")
}
