// The clients of a scenario: each asks from an address of its own, and every reply is held against its question
// and against what the scenario says.

import Addresses
import DNSWire
import Resolution
import Zones

/// A client and what it waits for.
struct ScenarioClient {
    /// A question that has no reply yet.
    struct Asked {
        var question: [UInt8]
        /// The OPCODE's four bits of the header.
        var opcodeBits: UInt16 = 0
        /// Whether it had an OPT record; nil when that cannot be told.
        var hasOptions: Bool?
        var dnssecOK = false
        /// The most octets of the reply.
        var limit = 65_535
    }

    var number: Int
    var asked: [UInt16: Asked] = [:]
    var questionCount = 0
    /// Replies that the scenario has not looked at.
    var replies: [[UInt8]] = []
    /// Messages that got no reply and that the scenario has not looked at.
    var drops = 0
    /// Questions that may wait at the end.
    var leftWaiting = 0

    init(number: Int) { self.number = number }
}

extension ScenarioStage {
    func carryOutClient(_ words: inout ScenarioWords, _ block: [BlockLine]) throws {
        let number = try words.number("the client's number")
        if clients[number] == nil { clients[number] = ScenarioClient(number: number) }
        let verb = try words.next("asks, sends, gets, waits")
        switch verb {
        case "asks": try ask(number, &words)
        case "sends": try sendOctets(number, &words, block)
        case "relays": try relay(number, &words)
        case "gets": try expectReply(number, &words, block)
        case "waits", "is":
            if verb == "is" {
                try words.expect("left")
                try words.expect("waiting")
                clients[number]?.leftWaiting += 1
            }
            guard let client = clients[number], client.replies.isEmpty, client.drops == 0,
                !client.asked.isEmpty
            else { throw words.mistake("client \(number) does not wait") }
        default: throw words.mistake("a client cannot \(verb)")
        }
    }

    // MARK: Questions

    private func ask(_ number: Int, _ words: inout ScenarioWords) throws {
        var message = MessageOctets()
        message.bits = 0x0100
        let name = try words.name()
        let type = try words.type()
        var classNumber: UInt16 = 1
        var from: IPAddress?
        var transport = TransportProtocol.udp
        var idleTimeout: UInt16 = 100
        var options = MessageOctets.OptionRecord(payloadSize: 1_232)
        var hasOptions = false
        while let word = words.peek {
            if words.take("no-rd") { message.bits &= ~0x0100; continue }
            if words.take("ad") { message.bits |= 0x0020; continue }
            if words.take("cd") { message.bits |= 0x0010; continue }
            if words.take("tcp") { transport = .tcp; continue }
            if words.take("idle") { idleTimeout = UInt16(try words.number()); continue }
            if words.take("from") { from = try words.address(); continue }
            if words.take("class") { classNumber = UInt16(try words.number()); continue }
            if words.take("opcode") { message.bits |= UInt16(try words.number()) << 11; continue }
            hasOptions = true
            if words.take("edns") {
                if words.peek.flatMap({ Int($0) }) != nil {
                    options.payloadSize = try words.number()
                }
            } else if words.take("do") {
                options.dnssecOK = true
            } else if words.take("version") {
                options.version = UInt8(try words.number())
            } else if words.take("option") {
                let code = try words.number("an option's code")
                options.options.append(
                    EDNSOptionText(code: code, octets: try words.hexadecimal()))
            } else {
                throw words.mistake("\(word) is not understood here")
            }
        }
        message.question = MessageOctets.question(name, type, class: classNumber)
        if hasOptions { message.options = options }
        message.id = nextID(number)
        try receive(message.octets, number, from, transport, idleTimeout: idleTimeout)
    }

    /// `sends` octets as they are; the block goes on with them.
    private func sendOctets(
        _ number: Int, _ words: inout ScenarioWords, _ block: [BlockLine]
    ) throws {
        var from: IPAddress?
        var transport = TransportProtocol.udp
        while true {
            if words.take("tcp") { transport = .tcp; continue }
            guard words.take("from") else { break }
            from = try words.address()
        }
        var text = words.remainder()
        for line in block { text += ScenarioWords.split(line.text[...]).joined() }
        guard let octets = ScenarioWords.octets(hexadecimal: text) else {
            throw words.mistake("these are not octets")
        }
        try receive(octets, number, from, transport)
    }

    /// `relays` the query that was seen last, or one that has a name, as a server does that forwards it: with another id, unless it
    /// `is` still `itself`.
    private func relay(_ number: Int, _ words: inout ScenarioWords) throws {
        let query = words.peek.flatMap { named[$0] }
        if query != nil { _ = try words.next("the query's name") }
        guard var octets = (query ?? current)?.octets else {
            throw words.mistake("no query was seen")
        }
        if !words.take("itself") {
            octets.replaceSubrange(0..<2, with: MessageOctets.octets(nextID(number)))
        }
        let from = words.take("from") ? try words.address() : nil
        try receive(octets, number, from, .udp)
    }

    private func nextID(_ number: Int) -> UInt16 {
        clients[number]?.questionCount += 1
        let count = clients[number]?.questionCount ?? 0
        return UInt16(truncatingIfNeeded: number << 8 | count)
    }

    /// Gives a client's message to the resolver.
    private func receive(
        _ octets: [UInt8], _ number: Int, _ from: IPAddress?, _ transport: TransportProtocol,
        idleTimeout: UInt16 = 100
    ) throws {
        let address = from ?? IPAddress(ipv4: 0x0A00_0000 | UInt32(number))
        let client = Client(
            handle: UInt64(number), remote: Endpoint(address, port: 40_000), local: .loopbackIPv4,
            interface: 0, transport: transport, idleTimeout: idleTimeout)
        let box = try box
        box.resolver.wallTime = wallTime
        if case .differ(_, _, let fault) = box.resolver.askBothWays(octets, from: client, at: now) {
            throw mistake("the quick way and the steps differ: \(fault)")
        }
        var room = [UInt8](repeating: 0xEE, count: 65_535)
        var count = 0
        let disposition: Disposition
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            disposition = box.resolver.receive(
                query: octets.span, from: client, at: now, reply: &writer, outbox: &outbox)
            count = writer.count
        }
        if disposition == .dropped {
            clients[number]?.drops += 1
        } else {
            remember(octets, number, transport)
        }
        if disposition == .answered { clients[number]?.replies.append(Array(room[..<count])) }
        try settle()
    }

    /// Notes what the reply to a message must repeat.
    private func remember(_ octets: [UInt8], _ number: Int, _ transport: TransportProtocol) {
        guard let header = try? MessageHeader(octets.span) else { return }
        var asked = ScenarioClient.Asked(question: [])
        asked.opcodeBits = header.flags.bits & 0x7800
        if transport == .udp { asked.limit = 512 }
        if let message = try? MessageOctets(reading: octets, allowsTrailing: true) {
            asked.question = message.question
            asked.hasOptions = message.options != nil
            asked.dnssecOK = message.options?.dnssecOK ?? false
            if transport == .udp, let options = message.options {
                let ours = Int(settings.policy.payloadSize)
                asked.limit = min(max(options.payloadSize, 512), ours)
            }
        } else if header.questionCount == 1,
            let end = try? MessageReader.endOfName(in: octets.span, at: MessageHeader.size),
            end + 4 <= octets.count
        {
            asked.question = Array(octets[MessageHeader.size..<(end + 4)])
        }
        clients[number]?.asked[header.id] = asked
    }

    /// Writes a reply that comes after a wait, if there is one after all.
    func writeLate(_ reply: DeferredReply) throws {
        let box = try box
        var room = [UInt8](repeating: 0xEE, count: 65_535)
        var count = 0
        let client: Client?
        let steps = box.resolver.isWhole(reply) ? box.resolver.composeDeferred(reply, at: now) : nil
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            client = box.resolver.write(reply, at: now, into: &writer, outbox: &outbox)
            count = writer.count
        }
        guard let client else { return }
        if let steps, steps != Array(room[..<count]) {
            throw mistake("a late reply is not what the steps make of it")
        }
        clients[Int(client.handle)]?.replies.append(Array(room[..<count]))
    }

    // MARK: Replies

    private func expectReply(
        _ number: Int, _ words: inout ScenarioWords, _ block: [BlockLine]
    ) throws {
        guard var client = clients[number] else { return }
        if words.take("nothing") {
            guard client.drops > 0 else { throw words.mistake("nothing was left unanswered") }
            clients[number]?.drops -= 1
            return
        }
        var size: Int?
        let expected = try MessageText(&words, block) { words in
            guard words.take("size") else { return false }
            size = try words.number()
            return true
        }
        guard !client.replies.isEmpty else { throw words.mistake("there is no reply") }
        let octets = client.replies.removeFirst()
        let reply = try parse(octets)
        guard let asked = client.asked.removeValue(forKey: reply.id) else {
            throw words.mistake("a reply with id \(reply.id), which was not asked")
        }
        clients[number] = client
        try compare(reply, with: expected, what: "the reply")
        let question = expected.hasQuestion ? asked.question : []
        guard reply.question == question else {
            throw words.mistake("the reply repeats another question: \(reply.questionText)")
        }
        guard octets.count <= asked.limit else {
            throw words.mistake("the reply has \(octets.count) octets of \(asked.limit)")
        }
        if let size, size != octets.count {
            throw words.mistake("the reply has \(octets.count) octets")
        }
        // RFC 1035, section 4.1.1: the OPCODE is copied, and Z is zero.
        guard reply.bits & 0x7840 == asked.opcodeBits else {
            throw words.mistake("the reply has another opcode, or Z set")
        }
        try checkOptions(of: reply, asked, expected)
    }

    /// OPT is in a reply exactly when it was in the question, with the same DO.
    private func checkOptions(
        of reply: MessageOctets, _ asked: ScenarioClient.Asked, _ expected: MessageText
    ) throws {
        if let hasOptions = asked.hasOptions, expected.hasQuestion,
            hasOptions != (reply.options != nil)
        {
            throw mistake(hasOptions ? "the reply has no OPT record" : "the reply has OPT")
        }
        if let options = reply.options, options.version > 0 || options.otherFlags > 0 {
            throw mistake("the OPT record has version \(options.version), or flags beside DO")
        }
        if let options = reply.options, asked.hasOptions != nil,
            options.dnssecOK != asked.dnssecOK
        {
            throw mistake("DO is not what the question had")
        }
    }

    /// The replies to a client that were not looked at, taken away.
    func takeReplies(of number: Int) -> [[UInt8]] {
        defer { clients[number]?.replies = [] }
        return clients[number]?.replies ?? []
    }

    func parse(_ octets: [UInt8]) throws -> MessageOctets {
        do {
            return try MessageOctets(reading: octets)
        } catch {
            throw mistake("a message that cannot be read (\(error)): \(octets)")
        }
    }

    /// Holds a message against the scenario's words: RCODE, flags and all records exactly.
    func compare(_ message: MessageOctets, with expected: MessageText, what: String) throws {
        let expectedLines = Self.lines(
            code: expected.code ?? .noError, flags: expected.flags, sections: expected.sections,
            error: expected.extendedError, options: expected.options)
        let lines = Self.lines(
            code: message.code, flags: Set(message.flags), sections: message.sections,
            error: message.extendedError?.code,
            options: message.options?.options.filter { $0.code != 15 } ?? [])
        guard lines == expectedLines else {
            let difference = lines.map { "\n    " + $0 }.joined()
            throw mistake("\(what) is\(difference)")
        }
        if let text = expected.extendedErrorText, text != message.extendedError?.text {
            throw mistake("the extended error says \"\(message.extendedError?.text ?? "")\"")
        }
        if let size = expected.payloadSize, size != message.options?.payloadSize {
            throw mistake("the payload size is \(message.options?.payloadSize ?? 0)")
        }
    }

    /// A message as lines of text.
    private static func lines(
        code: ResponseCode, flags: Set<String>, sections: [[ZoneRecord]], error: Int?,
        options: [EDNSOptionText]
    ) -> [String] {
        let ordered = MessageText.flagBits.map(\.name).filter { flags.contains($0) }
        var lines = ["\(code) ".lowercased() + ordered.joined(separator: " ")]
        if let error { lines.append("ede \(error)") }
        lines += options.map(\.description)
        for (section, name) in zip(sections, ["answer", "authority", "additional"]) {
            lines += section.map { "\(name) \($0)" }
        }
        return lines
    }
}
