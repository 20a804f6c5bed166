// Clients that ask for names that no server answers, and what others notice of them: next to nothing. Virtual time, a
// seed, and one server that answers all other names after a round trip.

import Addresses
import DNSWire
import Resolution
import Testing

/// A resolver, its server and its clients, in steps of a millisecond.
private final class Crowd {
    static let server = Endpoint(IPAddress(ipv4: 0xC000_0235), port: 53)
    /// Clients of each kind have these numbers and those that follow.
    static let attacker: UInt32 = 0x0A01_0000
    static let victim: UInt32 = 0x0A02_0000

    struct Attack {
        var sources: UInt32
        var namesPerSecond: Int
        /// Whether the names have their parents in common.
        var oneParent = true
    }

    private var resolver: Resolver
    private var outbox = Outbox()
    private var dice: Dice
    private let attack: Attack?
    private let trip: Int
    private var now = 0
    private var arrivals: [Int: [(octets: [UInt8], port: UpstreamPort)]] = [:]
    private var sent: [UInt64: Int] = [:]
    private var nextHandle: UInt64 = 1
    private var ports: UInt64 = 0
    /// How long each uncached name of a victim took, in milliseconds; those without an answer as long as can be.
    private(set) var waits: [Int] = []
    private(set) var failures = 0

    init(seed: UInt64, trip: Int, _ attack: Attack?) {
        dice = Dice(seed: seed)
        self.trip = trip
        self.attack = attack
        let everybody = [IPAddress.anyIPv4, .anyIPv6].compactMap { Prefix($0, length: 0) }
        let snapshot = Snapshot(
            generation: 1, zones: [], links: [],
            forwardZones: [ForwardZone(zone: .root, servers: [Self.server])],
            access: PrefixSet(everybody), policy: Policy(), hasher: Simulation.hasher)
        var source = Dice(seed: seed &+ 1)
        resolver = Resolver(
            snapshot: snapshot, cache: AnswerCache(octets: 1 << 24), hasher: Simulation.hasher,
            random: RandomSource { octets in
                for index in octets.indices {
                    octets[index] = UInt8(truncatingIfNeeded: source.next())
                }
            })
    }

    /// Lets seconds pass; the waits of the first ones are not looked at.
    func run(seconds: Int, unseen: Int) {
        for _ in 0..<(seconds * 1_000) {
            now += 1
            for arrival in arrivals.removeValue(forKey: now) ?? [] {
                resolver.receive(
                    response: arrival.octets.span, from: Self.server, through: arrival.port,
                    at: instant, outbox: &outbox)
            }
            if let attack {
                for _ in 0..<(attack.namesPerSecond / 1_000) { askDead(attack) }
            }
            if now % 20 == 0 { askLive() }
            drain()
            if let deadline = resolver.nextDeadline, deadline <= instant {
                resolver.advance(to: instant, outbox: &outbox)
                drain()
            }
            if now == unseen * 1_000 { waits = [] }
        }
        for asked in sent.values where asked > unseen * 1_000 { waits.append(now - asked) }
    }

    private var instant: Instant { Instant(nanoseconds: UInt64(now) * 1_000_000) }

    private func askDead(_ attack: Attack) {
        let label = String(dice.next(), radix: 36)
        let parent = attack.oneParent ? "zone" : String(dice.next(), radix: 36)
        let client = Self.attacker + UInt32(dice.below(Int(attack.sources)))
        ask("\(label).\(parent).dead.", of: client, handle: 0)
    }

    private func askLive() {
        let name = "n\(nextHandle).live.example."
        sent[nextHandle] = now
        ask(name, of: Self.victim + UInt32(dice.below(4)), handle: nextHandle)
        nextHandle += 1
    }

    private func ask(_ name: String, of client: UInt32, handle: UInt64) {
        let query = ReferenceMessage.query(
            id: 1, name, PlainType.a, recursion: true, options: false)
        var room = [UInt8](repeating: 0, count: 1_024)
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            let disposition = resolver.receive(
                query: query.span,
                from: Client(
                    handle: handle, remote: Endpoint(IPAddress(ipv4: client), port: 4_000),
                    local: IPAddress(ipv4: 0x0A00_0002), interface: 0, transport: .udp),
                at: instant, reply: &writer, outbox: &outbox)
            if disposition == .answered { count = writer.count }
        }
        if count > 0 { take(Array(room[..<count]), handle) }
    }

    private func take(_ reply: [UInt8], _ handle: UInt64) {
        guard let asked = sent.removeValue(forKey: handle) else { return }
        let isAnswered = ReferenceMessage(reply)?.answers.isEmpty == false
        if !isAnswered { failures += 1 }
        waits.append(isAnswered ? now - asked : 10_000)
    }

    private func drain() {
        while let effect = outbox.next() {
            var room = [UInt8](repeating: 0, count: 1_024)
            switch effect {
            case .send(let handle): send(handle)
            case .reply(let reply):
                var client: Client?
                var count = 0
                do {
                    var writer = MessageWriter(into: room.mutableSpan)
                    client = resolver.write(reply, at: instant, into: &writer, outbox: &outbox)
                    count = writer.count
                }
                if let client { take(Array(room[..<count]), client.handle) }
            case .release, .silent, .notice, .probeSeen: continue
            }
        }
    }

    private func send(_ handle: QueryHandle) {
        guard let destination = resolver.destination(of: handle) else { return }
        ports += 1
        let port = UpstreamPort(rawValue: ports, transport: destination.transport)
        var room = [UInt8](repeating: 0, count: 1_024)
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            guard resolver.write(handle, through: port, at: instant, into: &writer) else { return }
            count = writer.count
        }
        guard let query = ReferenceMessage(Array(room[..<count])),
            !query.name.lowercased().hasSuffix("dead.")
        else { return }
        let answer = PlainRecord(
            owner: query.name, type: PlainType.a, ttl: 300, content: "198.51.100.7")
        let octets = query.reply(code: 0, answers: [answer], authorities: [])
        arrivals[now + trip + dice.below(trip / 4 + 1), default: []].append((octets, port))
    }
}

@Suite struct FairnessTests {
    private func percentile(_ waits: [Int]) -> Int {
        waits.sorted()[min(waits.count - 1, waits.count * 99 / 100)]
    }

    @Test(
        "a thousand dead names a second, from one client or many, leave others' names as they were",
        arguments: [
            (1, 20, true), (64, 20, false), (1, 100, false), (64, 100, true),
        ] as [(UInt32, Int, Bool)])
    func deadNames(sources: UInt32, trip: Int, oneParent: Bool) {
        let quiet = Crowd(seed: 1, trip: trip, nil)
        quiet.run(seconds: 5, unseen: 2)
        let attack = Crowd.Attack(sources: sources, namesPerSecond: 1_000, oneParent: oneParent)
        let attacked = Crowd(seed: 1, trip: trip, attack)
        attacked.run(seconds: 5, unseen: 2)
        #expect(quiet.waits.count >= 140 && attacked.waits.count >= 140)
        #expect(attacked.failures == 0)
        let (before, after) = (percentile(quiet.waits), percentile(attacked.waits))
        #expect(Double(after) <= Double(before) * 1.5, "\(before) ms became \(after) ms")
    }
}
