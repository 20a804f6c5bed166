// One run: clients, servers, reloads and a clock, all from one seed, around two resolvers that share a cache. It
// keeps what servers said for the judge, and what must hold of every run it checks at the end.

import Addresses
import DNSWire
import Resolution
import Zones

/// What went wrong in a run, and when.
struct SimulationFault: Error, CustomStringConvertible {
    var seed: UInt64
    var second: Double
    var sentence: String
    var description: String {
        "seed \(seed) at \(second) s: \(sentence); run it again with SIMULATION_SEEDS=\(seed)-\(seed)"
    }
}

/// One seeded run.
final class Simulation {
    static let hasher = NameHasher(key: 0x5117_AB1E_0000_0001)

    /// A resolver with what belongs to it.
    final class Side {
        var resolver: Resolver
        var outbox = Outbox()
        /// Uses of ports that were not released.
        var uses: [UpstreamPort: Int] = [:]
        init(_ resolver: consuming Resolver) { self.resolver = resolver }
    }

    /// A client's query that has no reply yet.
    struct Asking {
        var side: Int
        var id: UInt16
        var question: ReferenceModel.Question
        var options: Bool
    }

    /// A message of a server on its way, or the news that a connection ended.
    struct Arrival {
        var instant: UInt64
        var order: Int
        var side: Int
        var port: UpstreamPort
        var source: Endpoint
        /// Nil when the port failed.
        var octets: [UInt8]?
        /// What it says, if it is true and answers its query.
        var statement: (key: StatementKey, answer: PlainAnswer)?
    }

    let seed: UInt64
    var dice: Dice
    let world: ReferenceWorld
    var served: ReferenceServed
    var judge: ReferenceModel
    let cacheSize: Int
    let cache: AnswerCache
    var sides: [Side] = []
    var now: UInt64 = 1_000_000_000_000
    var arrivals: [Arrival] = []
    var order = 0
    var asking: [UInt64: Asking] = [:]
    var nextHandle: UInt64 = 1
    var replies = 0
    var generation: UInt64 = 0
    /// Whether servers fail in this run, or only confuse.
    let isIll: Bool
    /// Servers that are dead until then.
    var dead: [Endpoint: UInt64] = [:]
    var policy = Policy()

    init(seed: UInt64) throws {
        self.seed = seed
        dice = Dice(seed: seed)
        world = ReferenceWorld(&dice)
        isIll = seed % 2 == 1
        judge = ReferenceModel(world: world)
        judge.allowsFailures = isIll
        served = Simulation.makeServed(&dice)
        cacheSize = dice.pick(from: [8_000, 1 << 20])
        cache = AnswerCache(octets: cacheSize)
        if isIll, dice.happens(30) { policy.maximumPending = 6 }
        let snapshot = try makeSnapshot()
        for side in 0..<2 {
            var source = Dice(seed: seed &* 2 &+ UInt64(side))
            let random = RandomSource { octets in
                for index in octets.indices {
                    octets[index] = UInt8(truncatingIfNeeded: source.next())
                }
            }
            sides.append(
                Side(
                    Resolver(
                        snapshot: snapshot, cache: cache, hasher: Self.hasher, random: random)))
        }
    }

    func fault(_ sentence: String) -> SimulationFault {
        let second = Double(now - 1_000_000_000_000) / 1_000_000_000
        return SimulationFault(seed: seed, second: second, sentence: sentence)
    }

    // MARK: The run

    /// Runs to the end; throws at the first thing that must not be.
    func run(queries: Int) throws {
        for _ in 0..<queries {
            try pass(UInt64(dice.below(1_500)) * 1_000_000)
            if dice.happens(3) { try reload() }
            if dice.happens(1) { now += UInt64(dice.below(7_200)) * 1_000_000_000 }
            if isIll, dice.happens(3) {
                dead[dice.pick(from: Self.servers[0] + Self.servers[1])] =
                    now + UInt64(dice.below(30)) * 1_000_000_000
            }
            try ask()
        }
        try pass(60_000_000_000)
        try checkEnd()
    }

    /// Lets time pass: arrivals and deadlines in order.
    private func pass(_ span: UInt64) throws {
        let end = now + span
        /// Rounds in which no time passed.
        var rounds = 0
        while true {
            let arrival = arrivals.indices.min {
                (arrivals[$0].instant, arrivals[$0].order) < (
                    arrivals[$1].instant, arrivals[$1].order
                )
            }
            let deadlines = sides.compactMap { $0.resolver.nextDeadline?.nanoseconds }
            let next = min(arrival.map { arrivals[$0].instant } ?? .max, deadlines.min() ?? .max)
            guard next <= end else { break }
            rounds = next <= now ? rounds + 1 : 0
            now = max(now, next)
            if let arrival, arrivals[arrival].instant <= next {
                try arrive(arrivals.remove(at: arrival))
                continue
            }
            for index in sides.indices
            where (sides[index].resolver.nextDeadline?.nanoseconds ?? .max) <= now {
                sides[index].resolver.advance(to: instant, outbox: &sides[index].outbox)
                try drain(index)
            }
            guard rounds < 1_000 else {
                throw fault("a deadline stays where it is")
            }
        }
        now = max(now, end)
    }

    var instant: Instant { Instant(nanoseconds: now) }

    private func reload() throws {
        if dice.happens(70) {
            served.zones[0] = Self.makePrivateZone(&dice)
        } else {
            served = Self.makeServed(&dice)
        }
        let snapshot = try makeSnapshot()
        for side in sides { side.resolver.adopt(snapshot) }
    }

    private func checkEnd() throws {
        guard asking.isEmpty else { throw fault("\(asking.count) queries have no reply") }
        for side in sides {
            guard side.resolver.pendingCount == 0 else { throw fault("clients still wait") }
            guard side.uses.isEmpty else {
                throw fault("\(side.uses.count) ports are not released")
            }
        }
        let usage = cache.usage
        guard usage.octets <= cacheSize else { throw fault("the cache has outgrown its bound") }
        try checkCache()
    }

    /// Asks a resolver that has neither zones nor links for all names, from the cache alone: nothing private is in it.
    private func checkCache() throws {
        policy.nonRecursive = .answerFromCache
        var resolver = Resolver(
            snapshot: try makeSnapshot(zones: [], links: []), cache: cache, hasher: Self.hasher,
            random: RandomSource { octets in
                for index in octets.indices { octets[index] = UInt8(truncatingIfNeeded: index) }
            })
        var outbox = Outbox()
        let names = Set(world.names + served.zones.flatMap { $0.records.keys })
        for name in names.sorted() {
            let query = ReferenceMessage.query(
                id: 1, name, PlainType.a, recursion: false, options: false)
            let client = Client(
                handle: 1, remote: Endpoint(IPAddress(ipv4: 0x0A00_0001), port: 4_000),
                local: IPAddress(ipv4: 0x0A00_0002), interface: 0, transport: .tcp)
            var room = [UInt8](repeating: 0, count: 65_535)
            var count = 0
            do {
                var writer = MessageWriter(into: room.mutableSpan)
                _ = resolver.receive(
                    query: query.span, from: client, at: instant, reply: &writer, outbox: &outbox)
                count = writer.count
            }
            guard let reply = ReferenceMessage(Array(room[..<count])) else {
                throw fault("a reply from the cache cannot be read")
            }
            let kept = reply.answers.first { $0.type == PlainType.a && $0.content.hasPrefix("10.") }
            if let kept { throw fault("\(kept.owner) \(kept.content) was cached") }
        }
    }
}
