// Counts what one query costs inside the resolver: allocations, references counted up and down, look-ups in the
// cache (each takes a lock). `cost` alone asks each kind of question a thousand times and prints a line for it:
//
//   KIND allocations A retains R releases S look-ups L
//
// and `cost KIND COUNT` asks that many times and prints nothing, for a profiler: the difference of two counts
// is free of what start and end cost.

import Addresses
import CCounted
import DNSWire
import Resolution
import Zones

/// A kind of question.
enum Kind: String, CaseIterable {
    /// A registry's address through the link.
    case linkHit = "link-hit"
    /// The same, in answer to a query without an OPT record.
    case linkHitPlain = "link-hit-plain"
    /// A type that the registry lacks, through the link.
    case linkNoData = "link-no-data"
    /// An address in a local zone.
    case zoneHit = "zone-hit"
    /// An alias and an address in a local zone.
    case zoneAlias = "zone-alias"
    /// A name that a local zone lacks.
    case zoneDenial = "zone-denial"
    /// An answer that is kept.
    case cacheHit = "cache-hit"
    /// A refusal: nobody is asked for the name.
    case refusal
}

/// Where messages are written.
struct Room: ~Copyable {
    private(set) var octets = [UInt8](repeating: 0, count: 4_096)
    private(set) var count = 0

    mutating func write<Result>(_ body: (inout MessageWriter) -> Result) -> Result {
        var writer = MessageWriter(into: octets.mutableSpan)
        let result = body(&writer)
        count = writer.count
        return result
    }
}

/// The resolver with everything that the questions need.
struct Bench: ~Copyable {
    static let registries = 1_000
    static let hasher = NameHasher(key: 0x0123_4567_89AB_CDEF)

    var resolver: Resolver
    var outbox = Outbox()
    var room = Room()
    let cache = AnswerCache(octets: 1 << 22)
    let now = Instant(nanoseconds: 1_000_000_000)

    init() {
        var text = "@ 3600 SOA ns host 1 3600 300 2419200 10\n"
        var local = text
        for number in 0..<Self.registries {
            text += "registry\(number) 10 A 10.0.\(number / 256).\(number % 256)\n"
            local += "host\(number) 10 A 10.1.\(number / 256).\(number % 256)\n"
            local += "alias\(number) 10 CNAME host\(number)\n"
        }
        let snapshot = Snapshot(
            generation: 1,
            zones: [
                LocalZone(Self.zone(text, "privatelink.azurecr.io.")),
                LocalZone(Self.zone(local, "corp.example.")),
            ],
            links: [
                PrivateLink(
                    publicSuffix: Self.name("azurecr.io."),
                    privateSuffix: Self.name("privatelink.azurecr.io."))
            ],
            forwardZones: [
                ForwardZone(
                    zone: Self.name("forwarded.example."),
                    servers: [Endpoint(.loopbackIPv4, port: 53)])
            ],
            access: PrefixSet(
                [
                    "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                    "100.64.0.0/10", "fc00::/7", "fe80::/10",
                ].compactMap { Prefix($0) }),
            policy: Policy(), hasher: Self.hasher)
        resolver = Resolver(
            snapshot: snapshot, cache: cache, hasher: Self.hasher,
            random: RandomSource { octets in
                for index in octets.indices { octets[index] = UInt8(truncatingIfNeeded: index) }
            })
    }

    static func zone(_ text: String, _ origin: String) -> Zone {
        let octets = Array(text.utf8)
        let reading = ZoneReader.read(
            octets.span, file: "zone", origin: name(origin), hasher: hasher)
        guard let zone = reading.zone else { fatalError("\(reading.mistakes)") }
        return zone
    }

    static func name(_ text: String) -> Name {
        guard let name = try? Name(text: text) else { fatalError("\(text) is no name") }
        return name
    }

    static func query(_ name: String, _ type: UInt8, withOptions: Bool) -> [UInt8] {
        [0x12, 0x34, 1, 0x20, 0, 1, 0, 0, 0, 0, 0, withOptions ? 1 : 0]
            + Self.name(name).octets + [0, type, 0, 1]
            + (withOptions ? [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0] : [])
    }

    static func questions(_ kind: Kind) -> [[UInt8]] {
        (0..<registries).map { number in
            switch kind {
            case .linkHit: query("registry\(number).azurecr.io.", 1, withOptions: true)
            case .linkHitPlain: query("registry\(number).azurecr.io.", 1, withOptions: false)
            case .linkNoData: query("registry\(number).azurecr.io.", 28, withOptions: true)
            case .zoneHit: query("host\(number).corp.example.", 1, withOptions: true)
            case .zoneAlias: query("alias\(number).corp.example.", 1, withOptions: true)
            case .zoneDenial: query("nobody\(number).corp.example.", 1, withOptions: true)
            case .cacheHit: query("www\(number).forwarded.example.", 1, withOptions: true)
            case .refusal: query("www\(number).example.", 1, withOptions: true)
            }
        }
    }

    /// Asks once.
    mutating func ask(_ query: Span<UInt8>) -> Disposition {
        let client = Client(
            handle: 0, remote: Endpoint(.loopbackIPv4, port: 4_000), local: .loopbackIPv4,
            interface: 0, transport: .udp)
        return room.write { writer in
            resolver.receive(
                query: query, from: client, at: now, reply: &writer, outbox: &outbox)
        }
    }

    /// Answers what the resolver asks of servers, so that the answers are kept.
    mutating func answerServers() {
        while let effect = outbox.next() {
            switch effect {
            case .send(let query): answer(query)
            case .reply(let reply):
                _ = room.write { writer in
                    resolver.write(reply, at: now, into: &writer, outbox: &outbox)
                }
            case .release, .notice, .probeSeen, .silent: break
            }
        }
    }

    private mutating func answer(_ query: QueryHandle) {
        guard let destination = resolver.destination(of: query) else { return }
        let port = UpstreamPort(rawValue: 1, transport: .udp)
        let isWanted = room.write { writer in
            resolver.write(query, through: port, at: now, into: &writer)
        }
        guard isWanted else { return }
        // The query without its OPT record.
        var response = Array(room.octets[..<(room.count - 11)])
        response[2] = 0x81
        response[3] = 0x80
        response[7] = 1
        response[11] = 0
        response += [0xC0, 12, 0, 1, 0, 1, 0, 0, 14, 16, 0, 4, 192, 0, 2, 1]
        resolver.receive(
            response: response.span, from: destination.server, through: port, at: now,
            outbox: &outbox)
    }
}

/// Asks `count` questions of a kind and returns what that counted.
func run(_ kind: Kind, count: Int, printing: Bool) {
    var bench = Bench()
    // All in one array, so that none of them is counted up and down when it is asked.
    var octets: [UInt8] = []
    var ranges: [Range<Int>] = []
    for question in Bench.questions(kind) {
        ranges.append(octets.count..<(octets.count + question.count))
        octets += question
    }
    for range in ranges {
        if case .pending = bench.ask(octets.span.extracting(range)) { bench.answerServers() }
    }
    let lookups = bench.cache.usage
    let before = ccounted_now()
    for number in 0..<count {
        guard case .answered = bench.ask(octets.span.extracting(ranges[number % ranges.count]))
        else {
            fatalError("\(kind): no answer")
        }
    }
    let after = ccounted_now()
    let used = bench.cache.usage
    if !printing { return }
    func perQuery(_ number: UInt64) -> String {
        let hundredths = number * 100 / UInt64(count)
        return hundredths % 100 == 0
            ? "\(hundredths / 100)" : "\(hundredths / 100).\(hundredths % 100 / 10)"
    }
    print(
        kind.rawValue, "allocations", perQuery(after.allocations - before.allocations),
        "retains", perQuery(after.retains - before.retains),
        "releases", perQuery(after.releases - before.releases), "look-ups",
        perQuery(used.hits + used.misses - lookups.hits - lookups.misses))
}

let arguments = CommandLine.arguments
if arguments.count == 3, let kind = Kind(rawValue: arguments[1]), let count = Int(arguments[2]) {
    run(kind, count: count, printing: false)
} else {
    for kind in Kind.allCases { run(kind, count: 1_000, printing: true) }
}
