// Resolvers of several threads that share one cache, which is too small for what they ask. Each answer is a
// function of its name, so that one that was kept under another name, or torn, is seen.

import Addresses
import DNSWire
import Resolution
import Testing

@Suite struct ConcurrentCacheTests {
    @Test("workers that share a small cache give each name its own answer")
    func sharedCache() async throws {
        let limit = 64 * 1_024
        let cache = AnswerCache(octets: limit)
        let answers = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<4 {
                group.addTask { try Asker(number: number, cache: cache).ask(count: 3_000) }
            }
            group.addTask {
                var highest = 0
                for _ in 0..<500 { highest = max(highest, cache.usage.octets) }
                #expect(highest <= limit)
                return 0
            }
            return try await group.reduce(0, +)
        }
        #expect(answers == 12_000)
        let usage = cache.usage
        #expect(usage.octets <= limit && usage.entries > 0)
        #expect(usage.hits > 1_000 && usage.misses > 1_000)
    }
}

/// One worker's resolver, with its clients and its server.
private final class Asker {
    private static let hasher = NameHasher(key: 0xFEED)
    private static let server = Endpoint(IPAddress(ipv4: 0x7F00_0001), port: 53)

    private let number: Int
    private var resolver: Resolver
    private var outbox = Outbox()
    private var now = Instant(nanoseconds: 1_000_000_000)
    private var random: SeededGenerator
    private var lastPort: UInt64 = 0

    init(number: Int, cache: AnswerCache) throws {
        self.number = number
        random = SeededGenerator(seed: UInt64(number))
        var policy = Policy()
        policy.maximumTTL = 60
        let everybody = try #require(Prefix("0.0.0.0/0"))
        let snapshot = Snapshot(
            generation: 1, zones: [], links: [],
            forwardZones: [ForwardZone(zone: .root, servers: [Self.server])],
            access: PrefixSet([everybody]), policy: policy, hasher: Self.hasher)
        var octet = UInt8(number)
        resolver = Resolver(
            snapshot: snapshot, cache: cache, hasher: Self.hasher,
            random: RandomSource { octets in
                for index in octets.indices {
                    octet = octet &* 31 &+ 7
                    octets[index] = octet
                }
            })
    }

    /// Asks for `count` names, some more often than others; returns how many were answered rightly.
    func ask(count: Int) throws -> Int {
        var answered = 0
        for step in 0..<count {
            let name =
                Int.random(in: 0..<40, using: &random) * Int.random(in: 1..<40, using: &random)
            now = now + .milliseconds(20)
            let reply = try reply(to: Self.query(name, id: UInt16(truncatingIfNeeded: step)))
            guard let record = try? MessageReader.record(in: reply.span, at: Self.questionEnd),
                record.type == .a, record.end - record.dataStart == 4
            else {
                Issue.record("no answer for \(name): \(reply)")
                continue
            }
            #expect(Int(reply.span.uint32(at: record.dataStart)) == name)
            #expect(record.ttl <= 60)
            answered += 1
        }
        return answered
    }

    private func reply(to query: [UInt8]) throws -> [UInt8] {
        let client = Client(
            handle: 1, remote: Self.server, local: .loopbackIPv4, interface: 0, transport: .udp)
        var room = [UInt8](repeating: 0, count: 1_232)
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            let disposition = resolver.receive(
                query: query.span, from: client, at: now, reply: &writer, outbox: &outbox)
            if disposition == .answered { count = writer.count }
        }
        var late: [UInt8] = []
        while let effect = outbox.next() {
            switch effect {
            case .send(let query): serve(query)
            case .reply(let reply):
                do {
                    var writer = MessageWriter(into: room.mutableSpan)
                    guard
                        resolver.write(reply, at: now, into: &writer, outbox: &outbox) != nil
                    else { continue }
                    count = writer.count
                }
                late = Array(room[..<count])
            case .release, .notice, .probeSeen, .silent: break
            }
        }
        return late.isEmpty ? Array(room[..<count]) : late
    }

    /// The server's side: the address of a name is its number, for thirty seconds.
    private func serve(_ query: QueryHandle) {
        guard let destination = resolver.destination(of: query) else { return }
        lastPort += 1
        let port = UpstreamPort(rawValue: lastPort, transport: destination.transport)
        var room = [UInt8](repeating: 0, count: 512)
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            guard resolver.write(query, through: port, at: now, into: &writer) else { return }
            count = writer.count
        }
        var message = Array(room[..<Self.questionEnd])
        message[2] |= 0x80
        message[7] = 1
        message[11] = 0
        let digits = message[13..<17].map { Int($0) - 0x30 }
        let name = digits.reduce(0) { $0 * 10 + $1 }
        message += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4]
        message += [0, 0, UInt8(name >> 8), UInt8(name & 255)]
        #expect(count > Self.questionEnd)
        resolver.receive(
            response: message.span, from: Self.server, through: port, at: now, outbox: &outbox)
    }

    // MARK: Questions

    /// A header, a name of one label of four digits, type and class.
    private static let questionEnd = 12 + 6 + 4

    private static func query(_ name: Int, id: UInt16) -> [UInt8] {
        let digits = Array("\(10_000 + name)".utf8.dropFirst())
        return [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4] + digits
            + [0, 0, 1, 0, 1]
    }
}
