// Many clients, servers that answer anything, and reloads in between, all at random from a seed: every question
// gets exactly one reply, nothing is held when nobody waits, and a private name's public address never
// gets out.

import Addresses
import DNSWire
import Testing
import Zones

@testable import Resolution

/// A world in which anything may happen next.
private struct Disorder {
    let stage = ScenarioStage()
    var generator: SeededGenerator
    /// Queries that reached servers, of which any may be answered at any time.
    var queries: [UpstreamQuery] = []
    var asked = 0

    /// Names that a local zone has, as long as the link is there: no server may say anything of them.
    static let privateNames = [
        "myregistry.azurecr.io.", "myregistry.privatelink.azurecr.io.",
        "myregistry.westeurope.data.azurecr.io.",
        "myregistry.westeurope.data.privatelink.azurecr.io.", "moved.azurecr.io.",
        "moved.privatelink.azurecr.io.", "www.corp.example.", "a.localhost.",
    ]
    static let names =
        privateNames + [
            "theirs.azurecr.io.", "theirs.privatelink.azurecr.io.",
            "myregistry.northeurope.data.azurecr.io.", "hub.example.", "www.example.",
            "elsewhere.example.", "a.other.example.", "b.other.example.", "x.old.example.",
        ]
    static let types = ["A", "A", "A", "AAAA", "TXT", "CNAME", "ANY", "HTTPS", "DS"]

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        try stage.carryOut("link azurecr.io. to privatelink.azurecr.io. fallback 198.51.100.53")
        try stage.carryOut("forward . to 192.0.2.53 192.0.2.54")
        try stage.carryOut("forward other.example. to 192.0.2.55 192.0.2.53")
        try stage.carryOut("policy maximum-pending 40")
        try setPrivateZone()
        try stage.carryOut(
            "zone corp.example.",
            ["@ 60 SOA ns h 1 2 3 4 5", "www 60 A 10.1.0.1", "away 60 CNAME www.example."])
    }

    func setPrivateZone() throws {
        try stage.carryOut(
            "zone privatelink.azurecr.io.",
            [
                "@ 10 SOA ns h 1 2 3 4 10", "myregistry 10 A 10.0.0.7",
                "myregistry.westeurope.data 10 A 10.0.0.6", "moved 10 CNAME elsewhere.example.",
            ])
    }

    mutating func any<Element>(_ elements: [Element]) throws -> Element {
        try #require(elements.randomElement(using: &generator))
    }

    mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    mutating func takeStep() throws {
        switch Int.random(in: 0..<100, using: &generator) {
        case 0..<40: try ask()
        case 40..<75: try answer()
        case 75..<78: try fail()
        case 78..<97:
            let limit = chance(20) ? 100_000 : 1_500
            try stage.carryOut("time passes \(Int.random(in: 0...limit, using: &generator))ms")
        default: try reload()
        }
        queries = (queries + stage.unseen).suffix(60)
        stage.unseen = []
        stage.notices = []
    }

    private mutating func ask() throws {
        var words = ""
        for word in ["do", "cd", "ad", "tcp", "edns"] where chance(4) { words += " " + word }
        if chance(20) { words += " no-rd" }
        asked += 1
        let client = Int.random(in: 1...20, using: &generator)
        try stage.carryOut("client \(client) asks \(any(Self.names)) \(any(Self.types))\(words)")
    }

    private mutating func answer() throws {
        guard let query = queries.randomElement(using: &generator) else { return }
        stage.current = query
        var words = try any(["noerror", "noerror", "noerror", "nxdomain", "servfail", "refused"])
        if chance(3) { words += " ad" }
        if chance(10) { words += " tc" }
        if chance(10) { words += try " " + any(["twice", "wrong-id", "wrong-port", "no-qr"]) }
        if chance(10) {
            words += try " " + any(["cut 30", "cut 60", "from 192.0.2.54", "no-edns"])
        }
        if chance(5) { words += " after \(Int.random(in: 0...5_000, using: &generator))ms" }
        var block: [String] = []
        var owner = query.message.questionText.split(separator: " ").first.map(String.init) ?? "."
        while chance(2), block.count < 6 {
            let target = try any(Self.names)
            block.append("\(owner) \(Int.random(in: 0...90, using: &generator)) CNAME \(target)")
            owner = target
        }
        if !chance(4) { block.append("\(owner) 60 A 203.0.113.1") }
        if chance(10) { block.append("old.example. 60 DNAME corp.example.") }
        for name in Self.privateNames where chance(4) { block.append("\(name) 60 A 203.0.113.2") }
        if chance(3) { block.append("authority example. 60 SOA ns.example. h.example. 1 2 3 4 30") }
        try stage.carryOut("upstream replies \(words)", block.shuffled(using: &generator))
    }

    private mutating func fail() throws {
        guard let query = queries.randomElement(using: &generator) else { return }
        stage.current = query
        try stage.carryOut("upstream fails")
    }

    private mutating func reload() throws {
        let choices = ["forward", "nxdomain"]
        try stage.carryOut(
            "link azurecr.io. to privatelink.azurecr.io. when-missing \(any(choices))"
                + " owned-missing \(any(choices))" + (chance(2) ? " fallback 198.51.100.53" : ""))
        let servers = try any(["192.0.2.53 192.0.2.54", "192.0.2.54", "192.0.2.60 192.0.2.61"])
        try stage.carryOut("forward . to \(servers)")
        if chance(3) {
            try stage.carryOut("zone privatelink.azurecr.io. failed")
        } else {
            try setPrivateZone()
        }
        try stage.carryOut("reload")
    }

    /// Lets everybody's time be over, and counts the replies.
    mutating func end() throws {
        try stage.carryOut("time passes 60s")
        try stage.checkPending()
        var replies = 0
        for number in stage.clients.keys.sorted() {
            for octets in stage.takeReplies(of: number) {
                replies += 1
                try check(MessageOctets(reading: octets), of: number)
            }
        }
        #expect(replies == asked)
    }

    private func check(_ reply: MessageOctets, of number: Int) throws {
        let question = stage.clients[number]?.asked.removeValue(forKey: reply.id)?.question
        #expect(reply.question == question, "a second reply, or one to another question")
        for record in reply.sections[0] where record.type == .a {
            let isPublic = record.data.starts(with: [203, 0, 113])
            let isPrivate = try Self.privateNames.contains { try Name(text: $0) == record.owner }
            #expect(!(isPublic && isPrivate), "\(reply.questionText): \(record)")
        }
    }
}

@Test(
    "in any disorder each question gets one reply, nothing is held, and nothing private comes out public",
    arguments: 0..<12)
func survivesDisorder(_ seed: Int) throws {
    var disorder = try Disorder(seed: UInt64(seed))
    for _ in 0..<1_500 { try disorder.takeStep() }
    try disorder.end()
}
