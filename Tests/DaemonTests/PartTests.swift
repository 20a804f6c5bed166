// Parts of the daemon that can be looked at alone.

import Control
import DNSWire
import Foundation
import Resolution
import Settings
import Testing
import Transport
import Zones

@testable import Daemon

/// The settings that a text means.
private func settings(_ text: String) throws -> Settings {
    try SettingsReader.read(Array(text.utf8), file: "f.yaml")
}

@Suite struct PolicyTests {
    private func policy(_ text: String, workers: Int = 2) throws -> Policy {
        try settings(text).policy(workers: workers, ownSecret: CookieSecret(first: 1, second: 2))
    }

    /// Each of these is a property of the policy.
    @Test(arguments: [
        "query-timeout: 7s", "pending-questions: 100", "pending-questions-per-client: 20",
        "udp-payload: 600", "cache: {maximum-ttl: 5}", "cache: {maximum-negative-ttl: 5}",
        "cache: {stale-limit: 5}", "cache: {stale-delay: 5s}", "cache: {prefetch: false}",
        "cache: {failure-ttl: 5s}", "cache: {denial-covers-descendants: true}",
        "without-recursion: cache", "log: {queries: true}", "identity: {version: x}",
        "identity: {id: x}", "cookies: {require: true}", "cookies: {to-servers: false}",
        "cookies: {secrets: [00112233445566778899aabbccddeeff]}",
        "upstream: {queries-per-server: 5}", "upstream: {mixed-case: false}",
        "upstream: {loop-probes: false}",
    ])
    func aSettingChangesThePolicy(text: String) throws {
        #expect(try policy(text) != policy("{}"))
    }

    @Test func whatTheWholeDaemonMayHaveIsSharedOut() throws {
        let text = "pending-questions: 100\ntcp: {connections: 100, connections-per-client: 10}"
        #expect(try policy(text, workers: 4).maximumPending == 25)
        #expect(try policy("pending-questions: 1", workers: 4).maximumPending == 1)
        let limits = try settings(text).streamLimits(workers: 4, descriptors: 1_000)
        #expect(limits.connections == 25)
        #expect(limits.connectionsPerClient == 2)
        // A quarter of the descriptors is for other things.
        #expect(try settings(text).streamLimits(workers: 1, descriptors: 80).connections == 60)
    }
}

@Suite struct LogTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"), (951_868_800, "2000-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(UInt64, String)])
    func timesAreDates(seconds: UInt64, text: String) {
        #expect(StandardErrorLog.timestamp(seconds: seconds) == text)
    }
}

@Suite struct LastGoodCopyTests {
    private func stored(_ origin: String, _ text: String) throws -> StoredZone {
        let name = try Name(text: origin)
        let reading = ZoneReader.read(
            Array("$TTL 5\n\(text)\n".utf8).span, file: "f", origin: name,
            hasher: NameHasher(key: 1))
        return StoredZone(
            origin: name, file: "\(origin).zone", zone: reading.zone, state: .current)
    }

    @Test func copiesFollowTheZones() throws {
        let directory = NSTemporaryDirectory() + "copies-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let copies = LastGoodCopies(directory: directory)
        func serial(_ origin: String) throws -> UInt32? {
            copies.read(try Name(text: origin), hasher: NameHasher(key: 2))?.serial
        }
        let second = try stored("b.example", "@ SOA . . 7 2 3 4 5")
        #expect(copies.follow([try stored("a.example", "@ SOA . . 1 2 3 4 5"), second]) == [])
        #expect(try serial("a.example") == 1)
        #expect(try serial("b.example") == 7)
        // One that is not as its file is now keeps its copy; one that is no more does not.
        var first = try stored("a.example", "@ SOA . . 2 2 3 4 5")
        first.state = .kept
        #expect(copies.follow([first]) == [])
        #expect(try serial("a.example") == 1)
        #expect(try serial("b.example") == nil)
        first.state = .current
        #expect(copies.follow([first]) == [])
        #expect(try serial("a.example") == 2)
    }

    @Test func copiesOfZonesThatAreGoneAtTheStartAreRemoved() throws {
        let directory = NSTemporaryDirectory() + "copies-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let names = ["a.example", "b\\047c.example"]
        let zones = try names.map { try stored($0, "@ SOA . . 1 2 3 4 5") }
        #expect(LastGoodCopies(directory: directory).follow(zones) == [])
        let later = LastGoodCopies(directory: directory)
        #expect(later.origins() == Set(zones.map(\.origin)))
        #expect(later.follow([zones[0]]) == [])
        #expect(later.origins() == [zones[0].origin])
    }

    @Test func whatCannotBeCopiedIsSaidEachTime() throws {
        let copies = LastGoodCopies(directory: "/proc/nowhere")
        let zone = try stored("a.example", "@ SOA . . 1 2 3 4 5")
        #expect(copies.follow([zone]).count == 1)
        #expect(copies.follow([zone]).count == 1)
    }
}

@Suite struct FingerprintTests {
    private func fingerprint(_ text: String) throws -> String {
        ServedFingerprint(
            LoadResult(snapshot: nil, settings: try settings(text), zones: [], report: .init())
        ).description
    }

    @Test func theOrderOfWhatIsServedDoesNotCount() throws {
        let one = """
            access: {allow: [10.0.0.0/8, 127.0.0.0/8]}
            forward: [{zone: a.example, servers: [192.0.2.1]}, {zone: ., servers: []}]
            """
        let other = """
            forward: [{zone: ., servers: []}, {zone: a.example, servers: [192.0.2.1]}]
            access: {allow: [127.0.0.0/8, 10.0.0.0/8]}
            workers: 7
            """
        #expect(try fingerprint(one) == fingerprint(other))
        #expect(try fingerprint(one) != fingerprint("{}"))
        #expect(try fingerprint(one) != fingerprint(one + "\nwithout-recursion: cache"))
    }
}

@Suite struct RecentQuestionTests {
    /// A query for TXT of a name of this many octets, and what a place has behind it.
    private func query(nameSize: Int) -> (octets: [UInt8], size: Int) {
        var octets: [UInt8] = [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        var left = nameSize - 1
        while left > 0 {
            // The last label has one octet at the least.
            let length = left == 65 ? 62 : min(63, left - 1)
            octets += [UInt8(length)] + [UInt8](repeating: 0x61, count: length)
            left -= length + 1
        }
        octets += [0, 0, 16, 0, 1]
        return (octets + [UInt8](repeating: 0xFF, count: 300), octets.count)
    }

    @Test("names of every size are remembered, with and without room behind them")
    func sizes() throws {
        for hasRoom in [true, false] {
            for size in 3...255 {
                var recent = RecentQuestions()
                let (octets, count) = query(nameSize: size)
                let place = hasRoom ? octets : Array(octets[..<count])
                recent.note(place.span, size: count)
                let asked = try #require(recent.questions.first)
                #expect(recent.questions.count == 1)
                #expect(asked.name.octets == Array(octets[12..<(12 + size)]))
                #expect(asked.type == .txt)
            }
        }
    }

    @Test("what is no query is not remembered, and the newest thousand are")
    func bounds() throws {
        var recent = RecentQuestions()
        var (octets, count) = query(nameSize: 6)
        for size in 0...12 { recent.note(octets.span, size: size) }
        recent.note(octets.span, size: 15)
        octets[2] = 0x80
        recent.note(octets.span, size: count)
        #expect(recent.questions.isEmpty)
        octets[2] = 1
        for number in 0..<2_000 {
            octets[13] = UInt8(0x61 + number % 26)
            octets[14] = UInt8(0x61 + number / 26 % 26)
            octets[15] = UInt8(0x61 + number / 676)
            recent.note(octets.span, size: count)
        }
        #expect(recent.questions.count == RecentQuestions.capacity)
        let last = try Name(wire: octets.span.extracting(12..<18))
        #expect(recent.questions.contains { $0.name == last })
    }
}
