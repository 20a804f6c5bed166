// The servers of a scenario: queries reach them at once; they answer by rules, or when the scenario says so,
// rightly or wrongly, or not at all.

import Addresses
import DNSWire

@testable import Resolution

/// A query as it reached a server.
struct UpstreamQuery {
    var octets: [UInt8]
    var message: MessageOctets
    var server: Endpoint
    var source: IPAddress?
    var port: UpstreamPort
    /// Whether it opened a connection.
    var isFirst = false

    var text: String {
        "\(message.questionText) \(port.transport) at \(server), "
            + message.flags.joined(separator: " ")
            + (message.options?.dnssecOK == true ? " do" : "")
    }
}

/// A message on its way back.
struct Delivery {
    var instant: Instant
    var octets: [UInt8]
    var source: Endpoint
    var port: UpstreamPort
}

/// What a server sends, and what is wrong with it.
struct ReplyPlan {
    var text = MessageText()
    var hasWrongID = false
    var hasWrongPort = false
    var isNoResponse = false
    var hasWrongCase = false
    /// The server's part of a cookie, sent behind the client's own; nil for no cookie.
    var serverCookie: [UInt8]?
    var hasWrongCookie = false
    var comesTwice = false
    var source: Endpoint?
    var delay = TimeSpan(nanoseconds: 0)
    var question: [UInt8]?
    var opcode: UInt16 = 0
    /// How many octets arrive.
    var cut: Int?
    /// What arrives behind the id, in place of everything else.
    var octets: [UInt8]?
}

/// What servers do about a question.
struct AnswerRule {
    enum Action {
        case reply(ReplyPlan)
        case silence
        /// The network refuses the query at once.
        case unreachable
    }

    /// Nil for any.
    var server: Endpoint?
    var transport: TransportProtocol?
    var question: [UInt8]?
    var action: Action

    func applies(to query: UpstreamQuery) -> Bool {
        (server == nil || server == query.server)
            && (transport == nil || transport == query.port.transport)
            && (question == nil || question == query.message.question.map(\.lowercasedASCII))
    }
}

extension ScenarioStage {
    func carryOutUpstream(_ words: inout ScenarioWords, _ block: [BlockLine]) throws {
        var server: Endpoint?
        if let word = words.peek, Endpoint(word, defaultPort: 53) != nil {
            server = try words.endpoint()
        }
        var transport: TransportProtocol?
        if words.take("udp") { transport = .udp }
        if words.take("tcp") { transport = .tcp }
        let verb = try words.next("answers, sees, replies")
        switch verb {
        case "answers": try addRule(server, transport, &words, block)
        case "falls":
            try words.expect("silent")
            rules.append(AnswerRule(server: server, transport: transport, action: .silence))
        case "is":
            try words.expect("unreachable")
            rules.append(AnswerRule(server: server, transport: transport, action: .unreachable))
        case "sees": try expectQuery(server, transport, &words)
        case "replies": try reply(&words, block)
        case "fails": try failPort(.unreachable, &words)
        case "closes":
            let hasAnswered = words.take("after-answers")
            try failPort(.closed(hasAnswered: hasAnswered), &words)
        default: throw words.mistake("an upstream cannot \(verb)")
        }
    }

    private func addRule(
        _ server: Endpoint?, _ transport: TransportProtocol?, _ words: inout ScenarioWords,
        _ block: [BlockLine]
    ) throws {
        var question: [UInt8]?
        if !words.take("anything") {
            question = MessageOctets.question(try words.name().folded, try words.type())
        }
        let plan = try readPlan(&words, block)
        rules.append(
            AnswerRule(
                server: server, transport: transport, question: question, action: .reply(plan)))
    }

    private func readPlan(
        _ words: inout ScenarioWords, _ block: [BlockLine]
    ) throws -> ReplyPlan {
        var plan = ReplyPlan()
        plan.text = try MessageText(&words, block) { words in
            if words.take("wrong-id") {
                plan.hasWrongID = true
            } else if words.take("wrong-port") {
                plan.hasWrongPort = true
            } else if words.take("no-qr") {
                plan.isNoResponse = true
            } else if words.take("wrong-case") {
                plan.hasWrongCase = true
            } else if words.take("wrong-cookie") {
                plan.serverCookie = Array(repeating: 0xFF, count: 8)
                plan.hasWrongCookie = true
            } else if words.take("cookie") {
                plan.serverCookie = try words.hexadecimal()
            } else if words.take("twice") {
                plan.comesTwice = true
            } else if words.take("from") {
                plan.source = try words.endpoint()
            } else if words.take("after") {
                plan.delay = try words.span()
            } else if words.take("question") {
                plan.question = MessageOctets.question(try words.name(), try words.type())
            } else if words.take("opcode") {
                plan.opcode = UInt16(try words.number())
            } else if words.take("cut") {
                plan.cut = try words.number()
            } else if words.take("octets") {
                plan.octets = try words.hexadecimal()
            } else {
                return false
            }
            return true
        }
        return plan
    }

    // MARK: Queries

    /// Does what the resolver wants sent.
    func send(_ query: QueryHandle) throws {
        let box = try box
        guard let destination = box.resolver.destination(of: query) else { return }
        let port = drawPort(destination)
        openPorts[port, default: 0] += 1
        let isFirst = port.transport == .tcp && connectionsUsed.insert(port).inserted
        var room = [UInt8](repeating: 0xEE, count: 65_535)
        var count = 0
        let isWanted: Bool
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            isWanted = box.resolver.write(query, through: port, at: now, into: &writer)
            count = writer.count
        }
        guard isWanted else {
            try release(port)
            return box.resolver.queryFailed(query, at: now, outbox: &outbox)
        }
        let octets = Array(room[..<count])
        let query = UpstreamQuery(
            octets: octets, message: try parse(octets), server: destination.server,
            source: destination.source, port: port, isFirst: isFirst)
        unseen.append(query)
        switch rules.last(where: { $0.applies(to: query) })?.action {
        case .reply(let plan): send(plan, to: query)
        case .unreachable: box.resolver.portFailed(port, at: now, outbox: &outbox)
        case .silence, nil: break
        }
    }

    /// A port of its own for each datagram, a connection for each server.
    private func drawPort(_ destination: Destination) -> UpstreamPort {
        let open = connections.filter { $0.value == destination.server }.keys
        if destination.transport == .tcp,
            let oldest = open.min(by: { $0.rawValue < $1.rawValue })
        {
            return oldest
        }
        lastPort += 1
        let port = UpstreamPort(rawValue: lastPort, transport: destination.transport)
        if destination.transport == .tcp { connections[port] = destination.server }
        return port
    }

    func release(_ port: UpstreamPort) throws {
        guard let uses = openPorts[port] else {
            throw mistake("a port was released that nothing waits at")
        }
        openPorts[port] = uses > 1 ? uses - 1 : nil
    }

    private func expectQuery(
        _ server: Endpoint?, _ transport: TransportProtocol?, _ words: inout ScenarioWords
    ) throws {
        let index = unseen.firstIndex { server == nil || $0.server == server }
        if words.take("nothing") {
            guard let index else { return }
            throw words.mistake("there is a query: \(unseen[index].text)")
        }
        if words.take("anything") {
            guard let index else { throw words.mistake("there is no query") }
            current = unseen.remove(at: index)
            return
        }
        let isProbe = words.take("loop-probe")
        let name = try words.name().folded
        let question = MessageOctets.question(name, isProbe ? .a : try words.type())
        var expected = ExpectedQuery(transport: transport ?? .udp)
        let label = try expected.read(&words)
        guard let index else { throw words.mistake("there is no query") }
        let query = unseen.remove(at: index)
        let message = query.message
        var asked = message.question.map(\.lowercasedASCII)
        if isProbe, asked.dropFirst().starts(with: "loop-probe-".utf8) {
            asked.removeFirst(Int(asked[0]) + 1)
        }
        let isAsExpected =
            asked == question && (message.options != nil) == expected.hasOptions
            && query.port.transport == expected.transport
            && (expected.isFirst == nil || expected.isFirst == query.isFirst)
            && query.source == expected.source
            && Set(message.flags) == expected.flags
            && message.options?.dnssecOK ?? false == expected.dnssecOK
            && message.options?.options.filter { $0.code != 10 } ?? [] == expected.options
            && message.options?.serverCookie == expected.serverCookie
            && (expected.payloadSize == nil
                || message.options?.payloadSize == expected.payloadSize)
        guard isAsExpected else { throw words.mistake("the query is \(query.text)") }
        current = query
        if let label { named[label] = query }
    }

    /// What is said of a query beside its question; unsaid are RD and AD, and UDP.
    private struct ExpectedQuery {
        var transport: TransportProtocol
        var source: IPAddress?
        var flags: Set<String> = ["rd", "ad"]
        var dnssecOK = false
        var hasOptions = true
        var payloadSize: Int?
        /// Whether it opens a connection; nil for either.
        var isFirst: Bool?
        var options: [EDNSOptionText] = []
        /// The server's part of the cookie, empty for none; nil for no cookie.
        var serverCookie: [UInt8]?

        /// Returns the name that the query is given.
        mutating func read(_ words: inout ScenarioWords) throws -> String? {
            var label: String?
            while !words.isEmpty {
                if words.take("cd") {
                    flags.insert("cd")
                } else if words.take("rd") || words.take("ad") {
                    continue
                } else if words.take("do") {
                    dnssecOK = true
                } else if words.take("tcp") {
                    transport = .tcp
                } else if words.take("new-connection") {
                    isFirst = true
                } else if words.take("same-connection") {
                    isFirst = false
                } else if words.take("no-edns") {
                    hasOptions = false
                } else if words.take("edns") {
                    payloadSize = try words.number()
                } else if words.take("source") {
                    source = try words.address()
                } else if words.take("new-cookie") {
                    serverCookie = []
                } else if words.take("cookie") {
                    serverCookie = try words.hexadecimal()
                } else if words.take("option") {
                    let code = try words.number("an option's code")
                    options.append(EDNSOptionText(code: code, octets: try words.hexadecimal()))
                } else {
                    try words.expect("as")
                    label = try words.next("a name for the query")
                }
            }
            return label
        }
    }

    // MARK: Replies

    /// `replies`, to the query that was seen last or `to` one that has a name.
    private func reply(_ words: inout ScenarioWords, _ block: [BlockLine]) throws {
        let query = try takeQuery(&words)
        send(try readPlan(&words, block), to: query)
        try settle()
    }

    /// `fails`: the network says that nothing comes through the query's port. `closes`: the connection ends.
    private func failPort(_ failure: PortFailure, _ words: inout ScenarioWords) throws {
        let query = try takeQuery(&words)
        connections[query.port] = nil
        try box.resolver.portFailed(query.port, failure, at: now, outbox: &outbox)
        try settle()
    }

    private func takeQuery(_ words: inout ScenarioWords) throws -> UpstreamQuery {
        var query = current
        if words.take("to") {
            let label = try words.next("a query's name")
            query = named[label]
            guard query != nil else { throw words.mistake("no query is named \(label)") }
        }
        guard let query else { throw words.mistake("no query was seen") }
        return query
    }

    /// Sends a reply off.
    private func send(_ plan: ReplyPlan, to query: UpstreamQuery) {
        var octets = plan.octets.map { MessageOctets.octets(query.message.id) + $0 }
        if octets == nil { octets = message(plan, query.message).octets }
        guard var octets else { return }
        if plan.hasWrongID { octets[1] ^= 1 }
        if let cut = plan.cut { octets.removeSubrange(min(cut, octets.count)...) }
        var port = query.port
        if plan.hasWrongPort { port.rawValue += 1_000_000 }
        let delivery = Delivery(
            instant: now + plan.delay, octets: octets, source: plan.source ?? query.server,
            port: port)
        deliveries.append(delivery)
        if plan.comesTwice { deliveries.append(delivery) }
    }

    /// The reply as a server makes it: the question repeated, OPT when the query had one.
    private func message(_ plan: ReplyPlan, _ query: MessageOctets) -> MessageOctets {
        var message = MessageOctets()
        let code = (plan.text.code ?? .noError).rawValue
        message.id = query.id
        message.bits = (plan.isNoResponse ? 0 : 0x8000) | 0x0080 | query.bits & 0x0110
        message.bits |= code & 0xF | plan.opcode << 11
        for (name, bit) in MessageText.flagBits where plan.text.flags.contains(name) {
            message.bits |= bit
        }
        message.question = plan.question ?? (plan.text.hasQuestion ? query.question : [])
        if plan.hasWrongCase, let letter = message.question.firstIndex(where: { $0 >= 0x41 }) {
            message.question[letter] ^= 0x20
        }
        message.sections = plan.text.sections
        guard let asked = query.options, !plan.text.hasNoOptions else { return message }
        var options = MessageOctets.OptionRecord(payloadSize: plan.text.payloadSize ?? 1_232)
        options.extendedCode = UInt8(truncatingIfNeeded: code >> 4)
        options.dnssecOK = asked.dnssecOK
        options.options = plan.text.options
        if var cookie = asked.clientCookie, let server = plan.serverCookie {
            if plan.hasWrongCookie { cookie[0] ^= 1 }
            options.options.append(EDNSOptionText(code: 10, octets: cookie + server))
        }
        message.options = options
        return message
    }

    func deliver(_ delivery: Delivery, to box: ResolverBox) {
        box.resolver.receive(
            response: delivery.octets.span, from: delivery.source, through: delivery.port, at: now,
            outbox: &outbox)
    }
}

extension MessageOctets.OptionRecord {
    /// The client's part of the query's cookie.
    fileprivate var clientCookie: [UInt8]? {
        options.first { $0.code == 10 }.map { Array($0.octets.prefix(8)) }
    }

    /// The server's part, empty for none; nil for no cookie.
    fileprivate var serverCookie: [UInt8]? {
        options.first { $0.code == 10 }.map { Array($0.octets.dropFirst(8)) }
    }
}
