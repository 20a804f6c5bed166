// A forger who cannot see the queries, against the one true reply: he sends a hundred thousand replies while a
// question is on its way, and never wins, unless he is told what he would have to guess.

import Addresses
import DNSWire
import Resolution
import Testing

/// One question on its way, and what a forger may know of it.
private final class Race {
    static let servers = Endpoint(IPAddress(ipv4: 0xC000_0235), port: 53)
    static let name = "registry-with-a-long-name.example.com."
    /// The ports that Linux gives out unless set otherwise.
    static let ports: Range<UInt64> = 32_768..<61_000

    private var resolver: Resolver
    private var outbox = Outbox()
    private var dice: Dice
    /// Ports that are open towards the server.
    private let open: [UInt64]
    private(set) var query: ReferenceMessage?
    private(set) var port: UInt64 = 0
    /// What the client got.
    private(set) var answer: String?

    init(seed: UInt64, mixesCase: Bool) {
        var dice = Dice(seed: seed)
        open = (0..<64).map { _ in Self.ports.lowerBound + UInt64(dice.below(Self.ports.count)) }
        self.dice = dice
        var policy = Policy()
        policy.mixesCase = mixesCase
        policy.sendsCookies = false
        let everybody = [IPAddress.anyIPv4, .anyIPv6].compactMap { Prefix($0, length: 0) }
        let snapshot = Snapshot(
            generation: 1, zones: [], links: [],
            forwardZones: [ForwardZone(zone: .root, servers: [Self.servers])],
            access: PrefixSet(everybody), policy: policy, hasher: Simulation.hasher)
        var source = dice
        let random = RandomSource { octets in
            for index in octets.indices { octets[index] = UInt8(truncatingIfNeeded: source.next()) }
        }
        resolver = Resolver(
            snapshot: snapshot, cache: AnswerCache(octets: 1 << 20), hasher: Simulation.hasher,
            random: random)
        ask()
    }

    private func ask() {
        let query = ReferenceMessage.query(
            id: 1, Self.name, PlainType.a, recursion: true, options: false)
        let client = Client(
            handle: 1, remote: Endpoint(IPAddress(ipv4: 0x0A00_0001), port: 4_000),
            local: IPAddress(ipv4: 0x0A00_0002), interface: 0, transport: .udp)
        var room = [UInt8](repeating: 0, count: 4_096)
        var writer = MessageWriter(into: room.mutableSpan)
        _ = resolver.receive(
            query: query.span, from: client, at: Instant(nanoseconds: 1), reply: &writer,
            outbox: &outbox)
        drain()
    }

    private func drain() {
        while let effect = outbox.next() {
            var room = [UInt8](repeating: 0, count: 4_096)
            var count = 0
            switch effect {
            case .send(let handle):
                guard let destination = resolver.destination(of: handle) else { continue }
                guard destination.transport == .udp else { continue }
                port = open[Int(destination.draw >> 26)]
                do {
                    var writer = MessageWriter(into: room.mutableSpan)
                    _ = resolver.write(
                        handle, through: UpstreamPort(rawValue: port, transport: .udp),
                        at: Instant(nanoseconds: 2), into: &writer)
                    count = writer.count
                }
                query = ReferenceMessage(Array(room[..<count]))
            case .reply(let reply):
                do {
                    var writer = MessageWriter(into: room.mutableSpan)
                    _ = resolver.write(
                        reply, at: Instant(nanoseconds: 4), into: &writer, outbox: &outbox)
                    count = writer.count
                }
                answer = ReferenceMessage(Array(room[..<count]))?.answers.first?.content
            case .release, .notice, .probeSeen, .silent: continue
            }
        }
    }

    /// A reply reaches a port, if it is an open one.
    func arrive(_ octets: [UInt8], at port: UInt64) {
        guard open.contains(port) else { return }
        resolver.receive(
            response: octets.span, from: Self.servers,
            through: UpstreamPort(rawValue: port, transport: .udp),
            at: Instant(nanoseconds: 3), outbox: &outbox)
        drain()
    }

    /// Replies that say `address`, each with what the forger knows and guesses of the rest.
    func forge(
        _ count: Int, _ address: String, knowsPort: Bool, knowsID: Bool, knowsCase: Bool
    ) {
        guard let query else { return }
        let lie = PlainRecord(owner: Self.name, type: PlainType.a, ttl: 300, content: address)
        for number in 0..<count where answer == nil {
            let port =
                knowsPort ? port : Self.ports.lowerBound + UInt64(dice.below(Self.ports.count))
            guard open.contains(port) else { continue }
            let id =
                knowsID
                ? query.id
                : knowsPort
                    ? UInt16(truncatingIfNeeded: number) : UInt16(truncatingIfNeeded: dice.next())
            var question = query.question
            if !knowsCase {
                for index in question.indices.dropLast(4) where question[index] | 0x20 >= 0x61 {
                    question[index] = question[index] & 0xDF | (dice.happens(50) ? 0x20 : 0)
                }
            }
            let octets = query.reply(
                id: id, code: 0, question: question, answers: [lie], authorities: [])
            arrive(octets, at: port)
        }
    }

    func answerTruly() {
        guard let query else { return }
        let truth = PlainRecord(
            owner: Self.name, type: PlainType.a, ttl: 300, content: "198.51.100.7")
        arrive(query.reply(code: 0, answers: [truth], authorities: []), at: port)
    }
}

@Suite struct SpoofingTests {
    private static let lie = "6.6.6.6"

    private func winner(
        mixesCase: Bool, knowsPort: Bool = false, knowsID: Bool = false, knowsCase: Bool = false
    ) -> String? {
        let race = Race(seed: 20_020_722, mixesCase: mixesCase)
        race.forge(
            100_000, Self.lie, knowsPort: knowsPort, knowsID: knowsID, knowsCase: knowsCase)
        race.answerTruly()
        return race.answer
    }

    @Test("RFC 5452, section 9.2: a forger who guesses port and id does not win in 100 000 replies")
    func blind() {
        #expect(winner(mixesCase: false, knowsCase: true) == "198.51.100.7")
        #expect(winner(mixesCase: true) == "198.51.100.7")
    }

    @Test("a forger who knows port and id does not know the case that the question was asked in")
    func allButTheCase() {
        #expect(winner(mixesCase: true, knowsPort: true, knowsID: true) == "198.51.100.7")
    }

    @Test("the control runs: a forger who is told all but one of them guesses that and wins")
    func control() {
        #expect(winner(mixesCase: false, knowsPort: true, knowsCase: true) == Self.lie)
        #expect(winner(mixesCase: false, knowsID: true, knowsCase: true) == Self.lie)
        #expect(
            winner(mixesCase: true, knowsPort: true, knowsID: true, knowsCase: true) == Self.lie)
    }

    @Test("RFC 5452, section 4.3: ids are spread over all that an id can be")
    func ids() throws {
        var ids: Set<UInt16> = []
        var ones = [Int](repeating: 0, count: 16)
        let count = 2_000
        for seed in 0..<count {
            let id = try #require(Race(seed: UInt64(seed) + 1, mixesCase: false).query?.id)
            ids.insert(id)
            for bit in 0..<16 where id >> UInt16(bit) & 1 == 1 { ones[bit] += 1 }
        }
        // Of 2 000 draws from 65 536 about 1 970 are different.
        #expect(ids.count > 1_930)
        for bit in ones { #expect((850...1_150).contains(bit)) }
    }
}
