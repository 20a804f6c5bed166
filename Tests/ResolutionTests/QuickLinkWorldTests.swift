// The quick way through a link in worlds that nobody thought of: random zones and links that lie in each other's way,
// and queries of which octets were changed. Every failure comes back with its seed.

import Addresses
import DNSWire
import Testing
import Zones

@testable import Resolution

/// Worlds of a few names that lie in each other's way.
private struct RandomWorld {
    var generator: SeededGenerator
    static let suffixes = [
        "a.", "b.", "a.b.", "p.a.", "p.b.", "p.a.b.", "x.a.", "x.p.a.", "p.x.a.", "c.d.e.", "e.",
        ".",
        "p.c.d.e.", "x.x.a.", "P.A.", "longer-than-sixteen-octets.a.",
        "p.longer-than-sixteen-octets.a.",
    ]
    static let heads = [
        "", "x.", "p.", "x.x.", "p.x.", "x.p.", "a.", "*.", "q.x.", "longer-than-sixteen-octets.",
        "another-label-that-is-longer.x.", "X.",
    ]
    static let records = [
        "A 10.0.0.1", "A 10.0.0.2", "A 10.0.0.3", "AAAA fd00::2", "TXT other", "AAAA fd00::1",
        "TXT text", "CNAME x.a.", "MX 1 x.a.",
        "NS n.a.",
        "DNAME b.", "HTTPS 1 .", "CNAME x", "DS 1 2 3 00", "NSEC x.a. A",
    ]

    static let pairs = [
        ("a.", "p.a."), ("b.", "p.b."), ("x.a.", "p.x.a."), ("a.b.", "p.a.b."), ("e.", "c.a."),
        ("c.d.e.", "p.c.d.e."),
        ("longer-than-sixteen-octets.a.", "p.longer-than-sixteen-octets.a."),
    ]

    mutating func one(_ of: [String]) -> String { of.randomElement(using: &generator) ?? "" }

    mutating func chance(_ percent: Int) -> Bool {
        Int.random(in: 0..<100, using: &generator) < percent
    }

    mutating func make() throws -> LinkStage {
        let stage = try LinkStage([("without link azurecr.io.", [])])
        for _ in 0..<3 {
            let (publicSuffix, privateSuffix) =
                chance(80)
                ? Self.pairs.randomElement(using: &generator) ?? ("", "")
                : (one(Self.suffixes), one(Self.suffixes))
            let missing = one(["forward", "nxdomain"])
            let owned = one(["forward", "nxdomain"])
            let link = "link \(publicSuffix) to \(privateSuffix)"
            try stage.stage.carryOut("\(link) when-missing \(missing) owned-missing \(owned)")
            if chance(80) { setZone(stage, privateSuffix) }
        }
        if chance(30) { setZone(stage, one(Self.suffixes)) }
        return stage
    }

    /// A zone with records that agree, as far as a few attempts find some.
    private mutating func setZone(_ stage: LinkStage, _ origin: String) {
        if Int.random(in: 0..<12, using: &generator) == 0 {
            try? stage.stage.carryOut("zone \(origin) failed")
            return
        }
        let start = one([
            LinkStage.start, "@ 60 SOA n h 1 2 3 4 5", "@ 60 SOA n.a. h.b. 1 2 3 4 70",
        ])
        var lines = [start]
        for _ in 0..<Int.random(in: 1...12, using: &generator) {
            let owner = one(Self.heads).dropLast()
            let line = "\(owner.isEmpty ? "@" : owner) 60 \(one(Self.records))"
            // Records that may not stand together are mistakes of the zone.
            if (try? stage.stage.carryOut("zone \(origin)", lines + [line])) != nil {
                lines.append(line)
            }
        }
    }
}

@Test("in random worlds both ways give the same, or there is only one")
func quickRandomWorlds() throws {
    var agreed = 0
    for seed: UInt64 in 0..<500 {
        var world = RandomWorld(generator: SeededGenerator(seed: seed))
        let stage = try world.make()
        for head in RandomWorld.heads {
            for suffix in RandomWorld.suffixes {
                let name = suffix == "." && !head.isEmpty ? head : head + suffix
                let type = world.one(["A", "A", "AAAA", "TXT", "MX", "HTTPS", "DS", "NS", "ANY"])
                let options = Bool.random(using: &world.generator) ? LinkStage.options() : []
                let outcome = try stage.ask(name, type, options: options)
                if outcome == .agree { agreed += 1 }
                guard case .differ(let quick, let steps, let fault) = outcome else { continue }
                Issue.record("seed \(seed): \(name) \(type): \(fault): \(quick) \(steps)")
                return
            }
        }
    }
    #expect(agreed > 500, "\(agreed)")
}

@Test("whatever octets come, the quick way takes none that the steps answer differently")
func quickMutations() throws {
    let stage = try LinkStage()
    var generator = SeededGenerator(seed: 7)
    let names = [
        "myregistry.azurecr.io.", "two.azurecr.io.", "x.wild.azurecr.io.", "moved.azurecr.io.",
    ]
    var agreed = 0
    for _ in 0..<20_000 {
        let name = try Name(text: names.randomElement(using: &generator) ?? "")
        var octets: [UInt8] = [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
        octets += MessageOctets.question(name, .a) + LinkStage.options()
        for _ in 0..<Int.random(in: 0...2, using: &generator) {
            let place = Int.random(in: 0..<octets.count, using: &generator)
            octets[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
        let outcome = try stage.ask(octets)
        if outcome == .agree { agreed += 1 }
        guard case .differ(_, _, let fault) = outcome else { continue }
        Issue.record("\(octets): \(fault)")
        return
    }
    #expect(agreed > 2_000)
}
