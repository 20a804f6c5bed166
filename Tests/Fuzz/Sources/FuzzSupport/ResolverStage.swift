// A resolver with zones, links and servers, its time and its messages in the hands of a fuzz target. Whatever the
// octets are, some things have to hold: replies are whole, answer their question and fit; what local zones hold is
// told as they hold it, and never asked of a server.

public import Addresses
import DNSWire
public import Resolution
import Zones

/// A resolver and what goes in and out of it.
public final class ResolverStage {
    /// A query that was sent to a server and can be answered.
    public struct Sent {
        /// The message.
        public var octets: [UInt8]
        /// Where it went.
        public var server: Endpoint
        /// Where it left from.
        public var port: UpstreamPort
    }

    private static let hasher = NameHasher(key: 0x5EED)
    private static let world = World(hasher: hasher)

    /// The time.
    public private(set) var now = Instant(nanoseconds: 1_000_000_000)
    /// Queries that wait for their answers, oldest first.
    public private(set) var sent: [Sent] = []
    private var resolver: Resolver
    private var outbox = Outbox()
    private var lastPort: UInt64 = 0
    /// The queries of clients that wait, by handle.
    private var waiting: [UInt64: [UInt8]] = [:]
    private var clientCount: UInt64 = 0

    /// A resolver without a past.
    public init() {
        var octet: UInt8 = 1
        let random = RandomSource { octets in
            for index in octets.indices {
                octet = octet &* 29 &+ 41
                octets[index] = octet
            }
        }
        resolver = Resolver(
            snapshot: Self.world.snapshot, cache: AnswerCache(octets: 32_768),
            hasher: Self.hasher, random: random)
    }

    // MARK: Clients

    /// A client asks; a reply that comes at once is checked here, a later one where it is written.
    public func ask(_ query: [UInt8], over transport: TransportProtocol, isPermitted: Bool = true) {
        clientCount += 1
        let address = IPAddress(ipv4: isPermitted ? 0x0A00_0063 : 0xCB00_7101)
        let client = Client(
            handle: clientCount, remote: Endpoint(address, port: 40_000), local: .loopbackIPv4,
            interface: 0, transport: transport)
        var room = [UInt8](repeating: 0, count: transport == .tcp ? 65_535 : 4_096)
        var count = 0
        let disposition: Disposition
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            disposition = resolver.receive(
                query: query.span, from: client, at: now, reply: &writer, outbox: &outbox)
            count = writer.count
        }
        switch disposition {
        case .answered: check(reply: Array(room[..<count]), to: query, over: transport)
        case .pending: waiting[clientCount] = query
        case .dropped:
            FuzzSupport.check(
                query.count < MessageHeader.size || query[2] & 0x80 != 0,
                "no reply to \(hexadecimal(query))")
        }
        drain()
    }

    // MARK: Servers

    /// A server's answer comes in, from whom and by where it was asked.
    public func answer(_ query: Sent, with response: [UInt8]) {
        resolver.receive(
            response: response.span, from: query.server, through: query.port, at: now,
            outbox: &outbox)
        drain()
    }

    /// The oldest query that no server has answered.
    public func takeSent() -> Sent? { sent.isEmpty ? nil : sent.removeFirst() }

    // MARK: Time

    /// Lets time pass with everything that is due in it.
    public func pass(_ span: TimeSpan) {
        let end = now + span
        var turns = 0
        while let deadline = resolver.nextDeadline, deadline <= end {
            now = max(now, deadline)
            resolver.advance(to: now, outbox: &outbox)
            drain()
            turns += 1
            FuzzSupport.check(turns < 10_000, "there is no end of deadlines")
        }
        now = end
    }

    /// Waits until everybody must have been answered.
    public func end() {
        for _ in 0..<20 where !waiting.isEmpty { pass(.seconds(7)) }
        FuzzSupport.check(waiting.isEmpty, "\(waiting.count) clients are never answered")
        FuzzSupport.check(resolver.pendingCount == 0, "questions are left")
        FuzzSupport.check(outbox.isEmpty, "effects are left")
    }

    private func drain() {
        while let effect = outbox.next() {
            switch effect {
            case .reply(let reply): write(reply)
            case .send(let query): send(query)
            case .release, .notice, .probeSeen, .silent: break
            }
        }
    }

    private func write(_ reply: DeferredReply) {
        var room = [UInt8](repeating: 0, count: 65_535)
        var count = 0
        let client: Client?
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            client = resolver.write(reply, at: now, into: &writer, outbox: &outbox)
            count = writer.count
        }
        guard let client else { return }
        guard let query = waiting.removeValue(forKey: client.handle) else {
            fatalError("finding: a reply to a client that does not wait")
        }
        check(reply: Array(room[..<count]), to: query, over: client.transport)
    }

    private func send(_ query: QueryHandle) {
        guard let destination = resolver.destination(of: query) else { return }
        lastPort += 1
        let port = UpstreamPort(rawValue: lastPort, transport: destination.transport)
        var room = [UInt8](repeating: 0, count: 4_096)
        var count = 0
        do {
            var writer = MessageWriter(into: room.mutableSpan)
            guard resolver.write(query, through: port, at: now, into: &writer) else { return }
            count = writer.count
        }
        let octets = Array(room[..<count])
        checkQuery(octets)
        sent.append(Sent(octets: octets, server: destination.server, port: port))
    }
}

// MARK: - What has to hold

extension ResolverStage {
    /// A query to a server is whole, and asks nothing that a local zone holds.
    private func checkQuery(_ octets: [UInt8]) {
        guard let query = try? ReadMessage(octets), query.trailing == 0,
            let (name, end) = try? readName(octets, at: MessageHeader.size)
        else { fatalError("finding: a query that cannot be read: \(hexadecimal(octets))") }
        let type = RecordType(rawValue: octets.span.uint16(at: end))
        FuzzSupport.check(
            !Self.world.isPrivate(name, type), "\(name) \(type) is asked of a server")
    }

    /// A reply is whole, repeats its question, fits, and tells what local zones hold as they hold it.
    private func check(reply: [UInt8], to query: [UInt8], over transport: TransportProtocol) {
        guard let read = try? ReadMessage(reply), read.trailing == 0 else {
            fatalError("finding: \(hexadecimal(reply)) is the reply to \(hexadecimal(query))")
        }
        func check(_ condition: Bool, _ sentence: String) {
            FuzzSupport.check(
                condition, "\(sentence): \(hexadecimal(reply)) to \(hexadecimal(query))")
        }
        check(reply[0] == query[0] && reply[1] == query[1], "another id")
        check(read.header.flags.isResponse && query[2] & 0x80 == 0, "a reply to a reply")
        check(read.header.flags.opcode.rawValue == (query[2] >> 3) & 15, "another opcode")
        check(
            read.question.isEmpty || query.dropFirst(12).starts(with: read.question),
            "another question")
        let asked = try? ReadMessage(query)
        let offered = max(512, asked?.options?.payloadSize ?? 512)
        check(reply.count <= (transport == .tcp ? 65_535 : min(offered, 1_232)), "too long")
        if !read.question.isEmpty, let asked {
            check((read.options != nil) == (asked.options != nil), "OPT without OPT")
        }
        for record in read.sections[0] + read.sections[1] {
            check(Self.world.allows(record), "\(record.owner) has other \(record.type) records")
        }
    }
}
