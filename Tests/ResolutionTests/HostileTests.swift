// Octets from people who mean harm: no message makes the resolver trap, wait for ever, hold a port for ever
// or believe what it may not. Every failure comes back with its seed.

import Addresses
import DNSWire
import Testing
import Zones

@testable import Resolution

/// Messages that are nearly right.
private struct Mutator {
    var generator: SeededGenerator

    /// A few octets changed, cut off, put in or copied elsewhere.
    mutating func mutate(_ octets: [UInt8]) -> [UInt8] {
        var octets = octets
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
            guard !octets.isEmpty else { return octets }
            let place = Int.random(in: 0..<octets.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: octets[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: octets[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: octets.removeSubrange(place...)
            case 3: octets.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            case 4: octets[place] = [0, 0xC0, 0xFF, 0x3F].randomElement(using: &generator) ?? 0
            default: octets += octets[place...].prefix(40)
            }
        }
        return octets
    }
}

/// Responses of many kinds to `www.example. A`.
private func sampleResponses() throws -> [[UInt8]] {
    let texts = [
        "noerror www.example. 60 A 198.51.100.1",
        "nxdomain authority example. 60 SOA ns.example. h.example. 1 2 3 4 5",
        "noerror authority example. 60 SOA ns.example. h.example. 1 2 3 4 5",
        "noerror repeat 1-9 www.example. 60 A 198.51.100.$",
        "servfail", "noerror tc www.example. 60 A 198.51.100.1",
    ]
    let blocks: [[String]] = [
        [
            "www.example. 60 CNAME b.example.", "b.example. 60 CNAME c.example.",
            "c.example. 5 A 10.0.0.1",
        ],
        [
            "example. 60 DNAME example.net.", "www.example. 60 CNAME www.example.net.",
            "www.example.net. 60 A 10.0.0.1", "additional www.example.net. 60 A 10.0.0.2",
        ],
        [
            "www.example. 60 RRSIG A 13 2 60 20300101000000 20200101000000 1 example. AAAA",
            "www.example. 60 A 10.0.0.1", "authority a.example. 60 NSEC z.example. A RRSIG NSEC",
            "authority a.example. 60 RRSIG NSEC 13 2 60 20300101000000 20200101000000 1 example. AAAA",
        ],
        ["www.example. 60 CNAME www.example."],
    ]
    var messages: [MessageOctets] = []
    for text in texts { messages.append(try message(text, [])) }
    for block in blocks { messages.append(try message("noerror", block)) }
    return messages.map(\.octets)
}

private func message(_ text: String, _ block: [String]) throws -> MessageOctets {
    var words = ScenarioWords(text, line: 0)
    let parts = try MessageText(&words, block.map { BlockLine(line: 0, text: $0) })
    var message = MessageOctets()
    message.id = 0x1234
    message.bits = 0x8180 | (parts.code ?? .noError).rawValue
    if parts.flags.contains("tc") { message.bits |= 0x0200 }
    message.question = MessageOctets.question(try Name(text: "www.example."), .a)
    message.sections = parts.sections
    message.options = MessageOctets.OptionRecord(payloadSize: 1_232)
    return message
}

@Test(
    "whatever a server sends, what is kept is well formed and owned by the question's chain",
    arguments: 0..<8)
func hostileResponses(_ seed: Int) throws {
    var mutator = Mutator(generator: SeededGenerator(seed: UInt64(seed)))
    var reader = ResponseReader(hasher: fixedHasher)
    let samples = try sampleResponses()
    let octets = try Name(text: "www.example.").octets
    var name = ReusableBuffer(capacity: 255)
    name.set(octets.span)
    let question = ExpectedQuestion(
        type: .a, dnssecOK: seed.isMultiple(of: 2),
        group: 1, server: Endpoint(.loopbackIPv4, port: 53))
    var kept = 0
    for _ in 0..<4_000 {
        let octets = mutator.mutate(samples.randomElement(using: &mutator.generator) ?? [])
        let reading = reader.read(
            octets.span, for: name, question, keptFor: Policy().lifetimes, at: second(1))
        guard case .answer(let response) = reading else { continue }
        kept += 1
        try checkKept(response, octets)
    }
    #expect(kept > 100)
}

/// What is kept reads as a message, and every answer follows from the question by aliases.
private func checkKept(_ response: CachedResponse, _ octets: [UInt8]) throws {
    let message = try MessageOctets(reading: response.octets)
    #expect(message.questionText == "www.example. A")
    #expect(message.sections[0].count == response.answerCount)
    #expect(message.sections[1].count == response.authorityCount)
    #expect(message.sections[2].isEmpty)
    #expect(response.lifetime <= 604_800)
    var owner = try Name(text: "www.example.")
    for record in message.sections[0] {
        switch record.type {
        case .cname:
            #expect(record.owner == owner, "\(octets)")
            owner = try Name(wire: record.data.span)
        case .dname: #expect(owner.isAtOrBelow(record.owner) && owner != record.owner, "\(octets)")
        case .rrsig: break
        default: #expect(record.owner == owner && record.type == .a, "\(octets)")
        }
        #expect(record.recordClass == .in && record.ttl <= 604_800, "\(octets)")
    }
    let proofs: Set<RecordType> = [.soa, .nsec, .nsec3, .rrsig]
    for record in message.sections[1] { #expect(proofs.contains(record.type), "\(octets)") }
}

@Test(
    "whatever a client sends gets one reply with its id or none, and no reply is a query",
    arguments: 0..<4)
func hostileQueries(_ seed: Int) throws {
    var mutator = Mutator(generator: SeededGenerator(seed: UInt64(seed)))
    let stage = ScenarioStage()
    try stage.carryOut("zone example.", ["@ 60 SOA ns h 1 2 3 4 5", "www 60 A 10.0.0.1"])
    var query = MessageOctets()
    query.id = 0x0101
    query.bits = 0x0100
    query.question = MessageOctets.question(try Name(text: "www.example."), .a)
    query.options = MessageOctets.OptionRecord(payloadSize: 1_232)
    let samples = [query.octets, Array(query.octets.prefix(12)), []]
    for _ in 0..<4_000 {
        var octets = mutator.mutate(samples.randomElement(using: &mutator.generator) ?? [])
        if Int.random(in: 0..<50, using: &mutator.generator) == 0 { octets += octets + octets }
        try stage.carryOut("client 1 sends \(EDNSOptionText(code: 0, octets: octets).digits)")
        let replies = stage.takeReplies(of: 1)
        #expect(replies.count <= 1, "\(octets)")
        guard let reply = replies.first else { continue }
        let message = try MessageOctets(reading: reply)
        #expect(Array(reply.prefix(2)) == Array(octets.prefix(2)), "\(octets)")
        #expect(message.bits & 0x8000 != 0, "\(octets)")
    }
}
