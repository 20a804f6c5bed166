// The servers of a run. They answer truly, late, twice, cut short or not at all, and forgers answer beside
// them; what is true and answers its query is kept for the judge.

import Addresses
import DNSWire
import Resolution

extension Simulation {
    /// What forgers say; nobody may believe it.
    static let poison = "6.6.6.6"

    /// The servers of each group.
    static let servers: [[Endpoint]] = [
        [0xC000_0201, 0xC000_0202, 0xC000_0203].map { Endpoint(IPAddress(ipv4: $0), port: 53) },
        [0xC000_0211, 0xC000_0212].map { Endpoint(IPAddress(ipv4: $0), port: 53) },
    ]

    /// Does what a resolver wants done.
    func drain(_ index: Int) throws {
        let side = sides[index]
        while let effect = side.outbox.next() {
            switch effect {
            case .reply(let reply): try write(reply, index)
            case .send(let query): try send(query, index)
            case .release(let port):
                guard let uses = side.uses[port] else { throw fault("a port is released twice") }
                side.uses[port] = uses > 1 ? uses - 1 : nil
            case .notice, .probeSeen, .silent: break
            }
        }
        guard side.resolver.pendingCount <= policy.maximumPending else {
            throw fault("more clients wait than may")
        }
    }

    private func write(_ reply: DeferredReply, _ index: Int) throws {
        var room = [UInt8](repeating: 0, count: 65_535)
        var client: Client?
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            client = sides[index].resolver.write(
                reply, at: instant, into: &writer, outbox: &sides[index].outbox)
            count = writer.count
        }
        if let client { try take(Array(room[..<count]), client.handle) }
    }

    private func send(_ query: QueryHandle, _ index: Int) throws {
        let side = sides[index]
        guard let destination = side.resolver.destination(of: query) else { return }
        let base = destination.server.address.low << 16 | UInt64(index) << 56
        let port = UpstreamPort(
            rawValue: base | UInt64(destination.draw % 64), transport: destination.transport)
        var room = [UInt8](repeating: 0, count: 65_535)
        var isWanted = false
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            isWanted = side.resolver.write(
                query, through: port, at: instant, into: &writer)
            count = writer.count
        }
        guard isWanted else {
            return side.resolver.queryFailed(query, at: instant, outbox: &side.outbox)
        }
        side.uses[port, default: 0] += 1
        guard let query = ReferenceMessage(Array(room[..<count])) else {
            throw fault("a query to a server cannot be read")
        }
        try answer(query, at: destination.server, port, index)
    }

    // MARK: What servers do

    private func answer(
        _ query: ReferenceMessage, at server: Endpoint, _ port: UpstreamPort, _ index: Int
    ) throws {
        let group = Self.servers[0].contains(server) ? 0 : 1
        if dice.happens(20) { forge(query, server, port, index) }
        if (dead[server] ?? 0) > now { return }
        if isIll {
            switch dice.below(20) {
            case 0, 1: return
            case 2: return fail(query, server, port, index)
            case 3: return deliver(nil, server, port, index)
            case 4: return deliver([0xFF], server, port, index)
            default: break
            }
        }
        let answer = world.answer(group, query.name, query.type, at: now / 1_000_000_000)
        if port.transport == .udp, dice.happens(5) {
            let cut = query.reply(code: 0, truncated: true, answers: [], authorities: [])
            return deliver(cut, server, port, index)
        }
        // Volunteered for names that nobody asked for: to be dropped.
        let stray = PlainRecord(
            owner: dice.pick(from: world.names), type: PlainType.a, ttl: 300, content: Self.poison)
        let owners = Set(answer.records.map(\.owner) + [query.name])
        let extra =
            dice.happens(10) && !owners.contains(stray.owner)
                && answer.records.last?.content != stray.owner ? [stray] : []
        var answers = answer.records + extra
        if dice.happens(20) { answers.shuffle(using: &dice) }
        let octets = query.reply(
            code: answer.code, answers: answers, authorities: answer.start.map { [$0] } ?? [])
        let key = StatementKey(group: group, name: query.name, type: query.type)
        deliver(octets, server, port, index, (key, answer))
        if dice.happens(5) { deliver(octets, server, port, index, (key, answer)) }
    }

    private func fail(
        _ query: ReferenceMessage, _ server: Endpoint, _ port: UpstreamPort, _ index: Int
    ) {
        let code = dice.pick(from: [1, 2, 4, 5] as [UInt16])
        deliver(query.reply(code: code, answers: [], authorities: []), server, port, index)
    }

    /// Replies that are wrong in one thing that is looked at.
    private func forge(
        _ query: ReferenceMessage, _ server: Endpoint, _ port: UpstreamPort, _ index: Int
    ) {
        let lie = PlainRecord(owner: query.name, type: query.type, ttl: 300, content: Self.poison)
        guard query.type == PlainType.a else { return }
        switch dice.below(port.transport == .udp ? 4 : 3) {
        case 3:
            var question = query.question
            guard let letter = question.firstIndex(where: { $0 >= 0x41 }) else { return }
            question[letter] ^= 0x20
            let octets = query.reply(
                code: 0, question: question, answers: [lie], authorities: [])
            deliver(octets, server, port, index)
        case 0:
            let octets = query.reply(
                id: query.id &+ 1 &+ UInt16(dice.below(1_000)), code: 0, answers: [lie],
                authorities: [])
            deliver(octets, server, port, index)
        case 1:
            let octets = query.reply(code: 0, answers: [lie], authorities: [])
            deliver(octets, Endpoint(server.address, port: 5_353), port, index)
        default:
            var question = query.question
            question[1] = question[1] == 0x7A ? 0x79 : 0x7A
            let octets = query.reply(
                code: 0, question: question, answers: [lie], authorities: [])
            deliver(octets, server, port, index)
        }
    }

    private func deliver(
        _ octets: [UInt8]?, _ source: Endpoint, _ port: UpstreamPort, _ index: Int,
        _ statement: (key: StatementKey, answer: PlainAnswer)? = nil
    ) {
        let milliseconds = isIll && dice.happens(10) ? dice.below(8_000) : dice.below(300)
        order += 1
        arrivals.append(
            Arrival(
                instant: now + UInt64(milliseconds) * 1_000_000 + 1, order: order, side: index,
                port: port, source: source, octets: octets, statement: statement))
    }

    /// A message reaches a resolver.
    func arrive(_ arrival: Arrival) throws {
        let side = sides[arrival.side]
        if let statement = arrival.statement {
            judge.statements[statement.key, default: []].append(
                Statement(answer: statement.answer, arrived: now))
        }
        if let octets = arrival.octets {
            side.resolver.receive(
                response: octets.span, from: arrival.source, through: arrival.port, at: instant,
                outbox: &side.outbox)
        } else {
            let isStream = arrival.port.transport == .tcp && dice.happens(50)
            side.resolver.portFailed(
                arrival.port, isStream ? .closed(hasAnswered: dice.happens(30)) : .unreachable,
                at: instant, outbox: &side.outbox)
        }
        try drain(arrival.side)
    }
}
