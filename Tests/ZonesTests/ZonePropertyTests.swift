// Properties over random zones and random text, from fixed seeds: the tables answer like a simple
// reference that walks down from the apex as in RFC 1034, a printed zone reads back, and no text
// traps the reader.

import DNSWire
import Testing
import Zones

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A zone as a dictionary, and its look-up without any cleverness.
private struct ReferenceZone {
    let origin: Name
    var records: [Name: [String: [String]]] = [:]
    /// Owners and the names between them and the origin.
    var names: Set<Name> = []

    init(origin: Name) {
        self.origin = origin
        names = [origin]
    }

    mutating func add(_ owner: Name, _ type: String, _ data: String) {
        records[owner, default: [:]][type, default: []].append(data)
        var name = owner
        while names.insert(name).inserted, let parent = name.parent { name = parent }
    }

    /// The names from the origin down to `name`.
    func path(to name: Name) -> [Name] {
        var path = [name]
        while let last = path.last, last != origin, let parent = last.parent { path.append(parent) }
        return path.reversed()
    }

    func owns(_ name: Name, _ type: String) -> Bool { records[name]?[type] != nil }

    /// The topmost zone cut or DNAME strictly above `name`.
    func barrier(above name: Name) -> Name? {
        path(to: name).dropLast().first {
            ($0 != origin && owns($0, "NS")) || owns($0, "DNAME")
        }
    }

    func set(_ name: Name, _ type: String) -> String {
        "\(type)[\((records[name]?[type] ?? []).joined(separator: ", "))]"
    }

    func ask(_ name: Name, _ type: String) -> String {
        var encloser = origin
        for step in path(to: name) {
            guard names.contains(step) else { return synthesise(encloser, type) }
            encloser = step
            if step != origin, owns(step, "NS"), !(step == name && type == "DS") {
                return "delegation \(suffix(name, step)) \(set(step, "NS"))"
            }
            if step != name, owns(step, "DNAME") {
                return "dname \(suffix(name, step)) \(set(step, "DNAME"))"
            }
        }
        return answer(name, type, "")
    }

    private func synthesise(_ encloser: Name, _ type: String) -> String {
        guard let wildcard = try? Name(labels: [[UInt8(ascii: "*")]] + encloser.labels),
            names.contains(wildcard)
        else { return "no such name" }
        return answer(wildcard, type, " *")
    }

    private func answer(_ owner: Name, _ type: String, _ star: String) -> String {
        let sets = records[owner] ?? [:]
        if type == "ANY", !sets.isEmpty {
            let order = ["A", "NS", "CNAME", "SOA", "TXT", "DNAME", "DS"]
            let all = order.filter { sets[$0] != nil }.map { set(owner, $0) }
            return "all\(star) " + all.joined(separator: " ")
        }
        if sets[type] != nil { return "records\(star) \(set(owner, type))" }
        if sets["CNAME"] != nil { return "alias\(star) \(set(owner, "CNAME"))" }
        return "no data\(star)"
    }

    /// `step` as `name` spells it.
    private func suffix(_ name: Name, _ step: Name) -> Name {
        var name = name
        while name != step, let parent = name.parent { name = parent }
        return name
    }
}

/// Zones and questions.
private struct ZoneMaker {
    var random: SeededGenerator
    let origin: Name

    mutating func name(depth: ClosedRange<Int>) throws -> Name {
        let labels = ["a", "b", "A", "cc", "*", "_x"]
        var made: [[UInt8]] = []
        for _ in 0..<Int.random(in: depth, using: &random) {
            made.append(Array((labels.randomElement(using: &random) ?? "a").utf8))
        }
        return try Name(labels: made + origin.labels)
    }

    /// Records without a mistake, and their text.
    mutating func zone() throws -> (ReferenceZone, String) {
        var drafts: [(Name, String, String)] = []
        var types: [Name: Set<String>] = [:]
        for number in 0..<Int.random(in: 1...25, using: &random) {
            let owner = try name(depth: 0...4)
            let roll = Int.random(in: 0..<12, using: &random)
            let isWildcard = owner.labels.first == [UInt8(ascii: "*")]
            let present = types[owner] ?? []
            let choices = [
                "A", "A", "A", "A", "TXT", "CNAME", "CNAME", "NS", "NS", "NS", "DS", "DNAME",
            ]
            let type = choices[roll]
            if present.contains("CNAME")
                || (type == "CNAME" && (!present.isEmpty || owner == origin))
            {
                continue
            }
            if type == "DNAME",
                present.contains("NS") || present.contains("DNAME") || owner == origin || isWildcard
            {
                continue
            }
            if type == "NS", present.contains("DNAME") || isWildcard { continue }
            types[owner, default: []].insert(type)
            let data = ["A": "10.0.0.\(number)", "TXT": "\"\(number)\"", "DS": "\(number) 8 2 00"]
            drafts.append((owner, type, data[type] ?? "t\(number).test."))
        }
        var draft = ReferenceZone(origin: origin)
        for (owner, type, data) in drafts { draft.add(owner, type, data) }
        var reference = ReferenceZone(origin: origin)
        let soa = "a. b. 1 2 3 4 5"
        reference.add(origin, "SOA", soa)
        var text = "\(origin) 5 SOA \(soa)\n"
        for (owner, type, data) in drafts {
            if let barrier = draft.barrier(above: owner), !draft.owns(barrier, "NS") { continue }
            reference.add(owner, type, data)
            text += "\(owner) 5 \(type) \(data)\n"
        }
        return (reference, text)
    }
}

@Test("tables answer like the reference", arguments: ["example.", "x.y.example.", "."])
func likeReference(_ origin: String) throws {
    let origin = try Name(text: origin)
    var maker = ZoneMaker(random: SeededGenerator(state: 20_260_101), origin: origin)
    var kinds: Set<Substring> = []
    for _ in 0..<60 {
        let (reference, text) = try maker.zone()
        let zone = try zone(text, origin: origin.description)
        var names = reference.names.sorted()
        names += try reference.names.sorted().map {
            try Name(labels: [Array("x".utf8)] + $0.labels)
        }
        for _ in 0..<30 { names.append(try maker.name(depth: 0...5)) }
        for name in names {
            let types = ["A", "TXT", "CNAME", "NS", "DS", "DNAME", "SOA", "ANY"]
            let type = types.randomElement(using: &maker.random) ?? "A"
            let expected = reference.ask(name, type)
            let answer = try zone.ask(name.description, type)
            #expect(answer == expected, "\(name) \(type) in\n\(text)")
            kinds.insert(expected.prefix { $0 != " " })
            checkLeftmost(name, zone, reference)
        }
        let copy = try ZonesTests.zone(zone.masterFile, origin: origin.description)
        #expect(copy.fingerprint == zone.fingerprint)
        #expect(copy.recordCount == zone.recordCount)
    }
    #expect(kinds.count >= 6)
}

private func checkLeftmost(_ name: Name, _ zone: Zone, _ reference: ReferenceZone) {
    guard name != zone.origin, let first = name.folded.labels.first else { return }
    let expected =
        first != [UInt8(ascii: "*")]
        && reference.records.keys.contains {
            $0 != zone.origin && $0.folded.labels.first == first
        }
    #expect(
        withBuffer(name) { zone.tables.hasRecordsWithLeftmostLabel(of: $0) } == expected, "\(name)")
}

private let seedText = """
    $ORIGIN example.
    $TTL 1h
    @ IN SOA ns hostmaster ( 1 2h 3600 ; comment
        1w 300 )
      NS ns
    ns A 192.0.2.1
    www 5 IN CNAME ns ; an alias
    txt TXT "a b" c\\032d \\"e
    svc HTTPS 1 . alpn="h2,h3" ipv4hint=192.0.2.1 key667="x y"
    loc LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m
    apl APL 1:192.0.2.0/24 !2:2001:db8::/32
    key DNSKEY 257 3 13 AQIDBA==
    n3 NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG
    sig RRSIG A 8 2 3600 20300101000000 20260101000000 12345 @ AQIDBA==
    caa CAA 0 issue "ca.example.net"
    unknown TYPE65280 \\# 4 01020304
    $GENERATE 1-5/2 host${0,3,x} A 10.0.0.$
    $INCLUDE other sub
    *.wild MX 10 mail
    cut NS ns.cut
    ns.cut AAAA 2001:db8::1
    red DNAME target.test.
    """

@Test("no text traps the reader, and what it takes reads back", arguments: 0..<8)
func mutations(_ seed: Int) throws {
    var random = SeededGenerator(state: UInt64(seed))
    let good = Array(seedText.utf8)
    let pieces: [[UInt8]] = [
        "(", ")", "\"", "\\", "\n", " ", "@", "$", "\\#", "\\00", "=", "/", "$INCLUDE x\n", "$TTL",
        "$GENERATE 0-3 ",
        "${", ",", "*", ".", "4294967296", "9999999999999999999999", "\0", "\r\n", ";", "-", ":",
    ].map { Array($0.utf8) }
    var taken = 0
    for _ in 0..<250 {
        var text = good
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let place = Int.random(in: 0..<text.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: text[place] = UInt8.random(in: 0...255, using: &random)
            case 1: text.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: place)
            case 2: text.remove(at: place)
            case 3: text.removeSubrange(place..<min(place + 40, text.count))
            default:
                let from = Int.random(in: 0..<text.count, using: &random)
                text.insert(contentsOf: Array(text[from..<min(from + 30, text.count)]), at: place)
            }
            if text.isEmpty { text = good }
        }
        let reading = try readMutation(text)
        #expect((reading.zone == nil) == (reading.mistakeCount > 0))
        guard let zone = reading.zone else { continue }
        taken += 1
        let copy = try ZonesTests.zone(zone.masterFile)
        #expect(copy.fingerprint == zone.fingerprint)
    }
    #expect(taken > 10 && taken < 240, "mutations both make mistakes and leave good zones")
}

private func readMutation(_ text: [UInt8]) throws -> ZoneReading {
    let origin = try Name(text: "example.")
    return ZoneReader.read(text.span, file: "zone", origin: origin, hasher: hasher) { path, _ in
        .octets(
            Array((path == "other" ? "@ 5 A 10.0.0.1" : "$INCLUDE \(path)x").utf8), file: path)
    }
}

@Test("no octets trap the reader", arguments: 0..<4)
func noise(_ seed: Int) throws {
    var random = SeededGenerator(state: UInt64(seed) &+ 99)
    for _ in 0..<200 {
        let count = Int.random(in: 0...300, using: &random)
        let text = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        let reading = try readMutation(text)
        #expect((reading.zone == nil) == (reading.mistakeCount > 0))
    }
}

@Test("no data trap the check or the printer, and what is printed reads back", arguments: 0..<4)
func randomData(_ seed: Int) throws {
    var random = SeededGenerator(state: UInt64(seed) &+ 7)
    for layout in RecordDataLayout.rows {
        for _ in 0..<40 {
            let count = Int.random(in: 0...40, using: &random)
            let limit: UInt8 = Bool.random(using: &random) ? 255 : 3
            let data = (0..<count).map { _ in UInt8.random(in: 0...limit, using: &random) }
            let record = ZoneRecord(owner: .root, type: layout.type, ttl: 5, data: data)
            let isWellFormed = RecordDataLayout.isWellFormed(data.span, of: layout.type)
            let back = try? ZoneRecord(record.description)
            #expect((back == record) == isWellFormed, "\(record)")
        }
    }
}
