// The quick way through a link: which questions it takes, and that it answers them as the steps do. The rows say which
// way each goes, so that neither is tested by chance; QuickLinkWorldTests looks for what the rows forgot.

import Addresses
import DNSWire
import Testing
import Zones

@testable import Resolution

/// A snapshot's resolver and a client of it.
struct LinkStage {
    let stage = ScenarioStage()
    var transport = TransportProtocol.udp
    var address = IPAddress(ipv4: 0x0A00_0001)

    /// The usual link and its zone; `further` statements may say more.
    init(_ further: [(String, [String])] = [], zone: [String] = Self.zone) throws {
        try stage.carryOut("link azurecr.io. to privatelink.azurecr.io.")
        try stage.carryOut("zone privatelink.azurecr.io.", zone)
        try stage.carryOut("forward . to 192.0.2.53")
        for (statement, block) in further { try stage.carryOut(statement, block) }
    }

    static let start = "@ 3600 SOA ns.invalid. hostmaster.other. 1 2 3 4 10"
    static let zone = [
        start, "myregistry 10 A 10.0.0.7", "myregistry.westeurope.data 10 A 10.0.0.6",
        "MixedCase 20 A 10.0.0.8", "two 30 A 10.0.1.1", "two 30 A 10.0.1.2", "two 40 AAAA fd00::2",
        "moved 10 CNAME elsewhere.example.", "text 60 TXT one", "*.wild 60 A 10.0.0.9",
        "mail 60 MX 10 mail.privatelink.azurecr.io.", "service 60 HTTPS 1 . alpn=h2",
        "cut 60 NS ns.cut", "ns.cut 60 A 10.0.2.1", "away 60 DNAME away.example.",
        "away 60 A 10.0.3.1", "opaque 60 TYPE100 \\# 3 010203",
        "a.very-long-name-of-a-registry-beyond-sixteen 60 A 10.0.4.1",
    ]

    func ask(
        _ name: String, _ type: String = "A", bits: UInt16 = 0x0100, id: UInt16 = 0x1234,
        class number: UInt16 = 1, options: [UInt8] = [], additional: UInt16? = nil
    ) throws -> FastPathEquivalence {
        let wire = try Name(text: name)
        let recordType = try #require(RecordType(type))
        let counts: [UInt16] = [1, 0, 0, additional ?? (options.isEmpty ? 0 : 1)]
        var octets = MessageOctets.octets(id) + MessageOctets.octets(bits)
        for count in counts { octets += MessageOctets.octets(count) }
        octets += MessageOctets.question(wire, recordType, class: number) + options
        return try ask(octets)
    }

    func ask(_ octets: [UInt8]) throws -> FastPathEquivalence {
        let client = Client(
            handle: 0, remote: Endpoint(address, port: 4_000), local: .loopbackIPv4, interface: 0,
            transport: transport)
        return try stage.box.resolver.askBothWays(octets, from: client, at: stage.now)
    }

    /// An OPT record.
    static func options(
        payload: UInt16 = 1_232, code: UInt8 = 0, version: UInt8 = 0, flags: UInt16 = 0,
        _ options: [UInt8] = []
    ) -> [UInt8] {
        [0, 0, 41] + MessageOctets.octets(payload) + [code, version] + MessageOctets.octets(flags)
            + MessageOctets.octets(UInt16(options.count)) + options
    }
}

@Test(
    "a name that the private zone has is answered at one go, as the steps answer it",
    arguments: [
        ("myregistry.azurecr.io.", "A"), ("MyRegistry.AzureCR.io.", "A"),
        ("myregistry.westeurope.data.azurecr.io.", "A"), ("mixedcase.azurecr.io.", "A"),
        ("two.azurecr.io.", "A"), ("two.azurecr.io.", "AAAA"), ("text.azurecr.io.", "TXT"),
        // No data: of a name with records, of one with none, of one that is asked for names.
        ("myregistry.azurecr.io.", "AAAA"), ("data.azurecr.io.", "A"),
        ("westeurope.data.azurecr.io.", "AAAA"), ("myregistry.azurecr.io.", "HTTPS"),
        ("myregistry.azurecr.io.", "MX"), ("myregistry.azurecr.io.", "DS"),
        // A wildcard itself, a DNAME's own name, an unknown type, a label of more than sixteen octets.
        ("*.wild.azurecr.io.", "A"), ("away.azurecr.io.", "A"), ("opaque.azurecr.io.", "TYPE100"),
        ("a.very-long-name-of-a-registry-beyond-sixteen.azurecr.io.", "A"),
        ("A.VERY-LONG-name-of-a-registry-beyond-SIXTEEN.azurecr.io.", "AAAA"),
    ])
func quickQuestions(name: String, type: String) throws {
    var stage = try LinkStage()
    for bits: UInt16 in [0x0000, 0x0100, 0x0110, 0x0130, 0x0720, 0x0080, 0x000F] {
        #expect(try stage.ask(name, type, bits: bits) == .agree)
    }
    for payload: UInt16 in [0, 100, 511, 512, 513, 1_232, 1_400, 4_096, 65_535] {
        for flags: UInt16 in [0, 0x8000, 0xFFFF, 0x0001] {
            let options = LinkStage.options(payload: payload, flags: flags)
            #expect(try stage.ask(name, type, options: options) == .agree)
            #expect(try stage.ask(name, type, options: options + [1, 2, 3]) == .agree)
        }
    }
    #expect(try stage.ask(name, type, options: LinkStage.options(code: 255)) == .agree)
    // Octets behind what the header announces are passed over.
    #expect(try stage.ask(name, type, options: [0, 0, 41], additional: 0) == .agree)
    stage.transport = .tcp
    #expect(try stage.ask(name, type) == .agree)
    #expect(try stage.ask(name, type, options: LinkStage.options(payload: 0)) == .agree)
    stage.transport = .udp
    stage.address = IPAddress(ipv6High: 0xFD00_0000_0000_0000, low: 1)
    #expect(try stage.ask(name, type) == .agree)
}

@Test(
    "what is not so simple is left to the steps",
    arguments: [
        ("nothing.azurecr.io.", "A"), ("azurecr.io.", "A"), ("io.", "A"), (".", "A"),
        ("myregistry.azurecr.com.", "A"), ("myregistry.xazurecr.io.", "A"),
        ("myregistry.privatelink.azurecr.io.", "A"), ("privatelink.azurecr.io.", "A"),
        ("moved.azurecr.io.", "A"), ("moved.azurecr.io.", "CNAME"), ("x.wild.azurecr.io.", "A"),
        ("mail.azurecr.io.", "MX"), ("service.azurecr.io.", "HTTPS"), ("cut.azurecr.io.", "A"),
        ("cut.azurecr.io.", "DS"), ("ns.cut.azurecr.io.", "A"), ("x.away.azurecr.io.", "A"),
        ("myregistry.azurecr.io.", "ANY"), ("myregistry.azurecr.io.", "CNAME"),
        ("myregistry.azurecr.io.", "AXFR"), ("myregistry.azurecr.io.", "IXFR"),
        ("myregistry.azurecr.io.", "OPT"), ("myregistry.azurecr.io.", "TYPE0"),
        ("myregistry.azurecr.io.", "TYPE128"), ("myregistry.azurecr.io.", "TYPE256"),
        ("myregistry.azurecr.io.", "TYPE65280"),
    ])
func questionsLeft(name: String, type: String) throws {
    #expect(try LinkStage().ask(name, type) == .left)
}

@Test("what is unusual in a query is left to the steps")
func queriesLeft() throws {
    let stage = try LinkStage()
    let name = "myregistry.azurecr.io."
    #expect(try stage.ask(name) == .agree)
    for bits: UInt16 in [0x8100, 0x0900, 0x1100, 0x7900] {
        #expect(try stage.ask(name, bits: bits) == .left)
    }
    for number: UInt16 in [0, 3, 4, 254, 255, 257] {
        #expect(try stage.ask(name, class: number) == .left)
    }
    let options: [[UInt8]] = [
        LinkStage.options(version: 1), LinkStage.options([0, 3, 0, 0]),
        LinkStage.options([0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]), LinkStage.options([0, 12, 0, 0]),
        LinkStage.options([0, 8, 0, 4, 0, 1, 0, 0]), LinkStage.options([0, 11, 0, 0]),
        LinkStage.options([0, 3]), [0, 0, 41, 4, 208, 0, 0], [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
        [1, 0x61, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0],
    ]
    for option in options { #expect(try stage.ask(name, options: option) == .left) }
    #expect(try stage.ask(name, options: LinkStage.options(), additional: 2) == .left)
    let query =
        [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] as [UInt8]
        + MessageOctets.question(try Name(text: name), .a)
    #expect(try stage.ask(query) == .agree)
    for size in 0..<query.count { #expect(try stage.ask(Array(query[..<size])) == .left) }
    for place in 4..<12 where place != 5 {
        var changed = query
        changed[place] = 2
        #expect(try stage.ask(changed) == .left)
    }
    // A name of more than 64 octets.
    let long = String(repeating: "abcdefg.", count: 7) + name
    #expect(try stage.ask(long) == .left)
}

@Test("a client that may not ask is not answered at one go")
func quickAccess() throws {
    var stage = try LinkStage([("access 10.0.0.0/8 fd00::/8", [])])
    let name = "myregistry.azurecr.io."
    #expect(try stage.ask(name) == .agree)
    stage.address = IPAddress(ipv4: 0xC000_0201)
    #expect(try stage.ask(name) == .left)
    stage.address = IPAddress(ipv6High: 0x2001_0DB8_0000_0000, low: 1)
    #expect(try stage.ask(name) == .left)
    stage.address = IPAddress(ipv6High: 0, low: 0xFFFF_0A00_0001)
    #expect(try stage.ask(name) == .agree)
}

@Test("policies that concern a plain question concern both ways alike")
func quickPolicies() throws {
    let policies = [
        "payload-size 512", "payload-size 1400", "cookie-secrets 000102030405060708090a0b0c0d0e0f",
        "identity \"here\"", "version \"one\"", "denial-covers-descendants",
        "without-recursion cache",
    ]
    for policy in policies + ["requires-cookies"] {
        let stage = try LinkStage([("policy cookie-secrets 000102030405060708090a0b0c0d0e0f", [])])
        try stage.stage.carryOut("policy \(policy)")
        for bits: UInt16 in [0, 0x0100] {
            #expect(try stage.ask("myregistry.azurecr.io.", bits: bits) == .agree)
            let options = LinkStage.options(payload: 4_096)
            #expect(try stage.ask("two.azurecr.io.", bits: bits, options: options) == .agree)
        }
    }
    let stage = try LinkStage([("forward corp.example. to 192.0.2.9 passes-subnets", [])])
    #expect(try stage.ask("myregistry.azurecr.io.") == .agree)
    let subnet = LinkStage.options([0, 8, 0, 7, 0, 1, 24, 0, 10, 0, 0])
    #expect(try stage.ask("myregistry.azurecr.io.", options: subnet) == .left)
}

@Test("what does not fit is left to the ways that can truncate, to the octet")
func quickTruncation() throws {
    let addresses = (1...40).map { "many 60 A 10.1.0.\($0)" }
    var stage = try LinkStage(zone: [LinkStage.start] + addresses)
    let name = "many.azurecr.io."
    #expect(try stage.ask(name) == .left)
    // Header, question, alias, and sixteen octets for each address.
    let size = 12 + 17 + 4 + 12 + 5 + 12 + 2 + 40 * 16
    for payload in (size - 30)...(size + 30) {
        let options = LinkStage.options(payload: UInt16(payload))
        let fits = payload >= size + options.count
        #expect(try stage.ask(name, options: options) == (fits ? .agree : .left), "\(payload)")
    }
    stage.transport = .tcp
    #expect(try stage.ask(name) == .agree)
}

@Test(
    "names, aliases and records of every size",
    arguments: [
        "privatelink.azurecr.io.", "p.azurecr.io.", "exactly-fifteen.azurecr.io.",
        "exactly-sixteen-.azurecr.io.", "x.io.", "corp.example.",
        "privatelink.corp.example.",
        "a-label.and-another-one.and-a-third.azurecr.io.",
        String(repeating: "abcdefghijklmnopqrstuvwxyz.", count: 6) + "azurecr.io.",
    ])
func quickSizes(suffix: String) throws {
    var zone = [LinkStage.start]
    let long = String(repeating: "5A", count: 150)
    for size in 1...63 {
        let data = String(repeating: "5A", count: size - 1)
        zone.append("\(String(repeating: "a", count: size)) 60 TYPE100 \\# \(size - 1) \(data)")
        zone.append("b.\(String(repeating: "a", count: size)) 60 TYPE100 \\# 150 \(long)")
    }
    var stage = try LinkStage([
        ("without link azurecr.io.", []), ("link azurecr.io. to \(suffix)", []),
        ("zone \(suffix)", zone),
    ])
    for size in 1...63 {
        let label = String(repeating: "A", count: size)
        for name in ["\(label).azurecr.io.", "b.\(label).azurecr.io."] {
            let isPlain = try Name(text: name).octets.count <= 64
            for transport in [TransportProtocol.udp, .tcp] {
                stage.transport = transport
                for options in [[], LinkStage.options()] {
                    for type in ["TYPE100", "AAAA"] {
                        let outcome = try stage.ask(name, type, options: options)
                        #expect(outcome == (isPlain ? .agree : .left), "\(name) \(type)")
                    }
                }
            }
        }
    }
}

@Test("a denial whose SOA record a message would compress is left to the steps")
func quickDenials() throws {
    let name = "myregistry.azurecr.io."
    let starts = [
        ("ns.invalid. hostmaster.other.", true), (". hostmaster.other.", true), (". .", true),
        ("ns.invalid. .", true), ("ns h", false), ("ns.invalid. h.azurecr.io.", false),
        ("ns.IO. h.other.", false), ("ns.invalid. h.Invalid.", false), ("ns h.other.", false),
    ]
    for (start, isQuick) in starts {
        let zone = ["@ 3600 SOA \(start) 1 2 3 4 10", "myregistry 10 A 10.0.0.7"]
        let stage = try LinkStage(zone: zone)
        #expect(try stage.ask(name) == .agree)
        #expect(try stage.ask(name, "AAAA") == (isQuick ? .agree : .left), "\(start)")
    }
    // With many labels a writer stops to look for names.
    for count in 1...25 {
        let owner = (1...count).map { _ in "a" }.joined(separator: ".")
        let stage = try LinkStage(zone: [LinkStage.start, "\(owner) 10 A 10.0.0.7"])
        #expect(try stage.ask("\(owner).azurecr.io.") == .agree)
        let expected = count <= 13 ? FastPathEquivalence.agree : .left
        #expect(try stage.ask("\(owner).azurecr.io.", "AAAA") == expected, "\(count)")
    }
}

@Test("where something else has a say in a name, the steps decide")
func quickRivals() throws {
    let name = "myregistry.azurecr.io."
    let data = "myregistry.westeurope.data.azurecr.io."
    let zone = [LinkStage.start, "@ 60 A 10.9.0.1", "myregistry 60 A 10.9.0.2"]
    let rows: [([(String, [String])], FastPathEquivalence, FastPathEquivalence)] = [
        ([("zone azurecr.io.", zone)], .left, .left), ([("zone io.", zone)], .left, .left),
        ([("zone .", zone)], .left, .left), ([("zone io. failed", [])], .left, .left),
        ([("zone data.azurecr.io.", zone)], .left, .left),
        ([("zone westeurope.data.azurecr.io. failed", [])], .left, .left),
        ([("zone elsewhere.azurecr.io.", zone)], .agree, .agree),
        ([("zone data.privatelink.azurecr.io.", zone)], .left, .left),
        ([("zone data.privatelink.azurecr.io. failed", [])], .left, .left),
        ([("zone privatelink.azurecr.io. failed", [])], .left, .left),
        ([("link data.azurecr.io. to corp.example.", [])], .left, .left),
        ([("link other.azurecr.io. to corp.example.", [])], .agree, .agree),
        (
            [("link example. to data.azurecr.io.", []), ("zone data.azurecr.io.", zone)], .left,
            .left
        ),
        (
            [("link azurecr.io. to corp.example.", []), ("zone corp.example.", zone)], .agree,
            .agree
        ),
        ([("without link azurecr.io.", [])], .left, .left),
        ([("forward azurecr.io. to 192.0.2.1", [])], .agree, .agree),
        ([("forward data.azurecr.io. to", [])], .agree, .agree),
        (
            [
                ("without link azurecr.io.", []), ("link azurecr.io. to corp.example.", []),
                ("zone corp.example.", zone),
            ], .agree, .left
        ),
        (
            [
                ("without link azurecr.io.", []), ("link azurecr.io. to corp.example.", []),
                ("link azurecr.io. to privatelink.azurecr.io.", []),
            ], .left, .left
        ),
        (
            [
                ("link data.azurecr.io. to data.privatelink.azurecr.io.", []),
                (
                    "zone data.privatelink.azurecr.io.",
                    [LinkStage.start, "myregistry.westeurope A 10.3.0.1"]
                ),
            ], .left, .agree
        ),
    ]
    for (statements, expected, expectedData) in rows {
        let stage = try LinkStage(statements)
        #expect(try stage.ask(name) == expected, "\(statements)")
        #expect(try stage.ask(data) == expectedData, "\(statements)")
    }
}
