import Control
import DNSWire
import Foundation
import Resolution
import Settings
import Store
import Testing
import Transport
import Zones

@testable import Daemon

/// The settings that a text means.
private func settings(_ text: String) throws -> Settings {
    try SettingsReader.read(Array(text.utf8), file: "f.yaml")
}

@Suite struct LastGoodCopiesTests {
    private func stored(_ origin: String, _ text: String) throws -> StoredZone {
        let name = try Name(text: origin)
        let reading = ZoneReader.read(
            Array("$TTL 5\n\(text)\n".utf8).span, file: "f", origin: name,
            hasher: NameHasher(key: 1))
        return StoredZone(
            origin: name, provenance: .file("\(origin).zone"), zone: reading.zone, state: .current)
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
        // A zone that differs from its file keeps its copy; a deleted one does not.
        var first = try stored("a.example", "@ SOA . . 2 2 3 4 5")
        first.state = .kept
        #expect(copies.follow([first], deleted: [second.origin]) == [])
        #expect(try serial("a.example") == 1)
        #expect(try serial("b.example") == nil)
        first.state = .current
        #expect(copies.follow([first]) == [])
        #expect(try serial("a.example") == 2)
    }

    @Test func copiesOutliveTheirZonesByAWeek() throws {
        let directory = NSTemporaryDirectory() + "copies-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let names = ["a.example", "b\\047c.example"]
        let zones = try names.map { try stored($0, "@ SOA . . 1 2 3 4 5") }
        let hour: Int64 = 3_600_000_000_000
        let start = WallTime.now
        func follow(_ zones: [StoredZone], after hours: Int64) {
            let time = WallTime(nanoseconds: start.nanoseconds + hours * hour)
            #expect(LastGoodCopies(directory: directory, clock: { time }).follow(zones) == [])
        }
        func origins() -> Set<Name> { LastGoodCopies(directory: directory).origins() }
        follow(zones, after: 0)
        #expect(origins() == Set(zones.map(\.origin)))
        // However long a zone was served, the week begins when it disappears.
        follow([zones[0]], after: 1000)
        follow([zones[0]], after: 1000 + 7 * 24)
        #expect(origins() == Set(zones.map(\.origin)))
        follow([zones[0]], after: 1001 + 7 * 24)
        #expect(origins() == [zones[0].origin])
        // One that comes back is no longer counted out.
        follow([], after: 2000)
        follow([zones[0]], after: 2001)
        follow([zones[0]], after: 4000)
        #expect(origins() == [zones[0].origin])
    }

    @Test func whatWasServedIsKnownToTheNextProcess() throws {
        let directory = NSTemporaryDirectory() + "copies-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let copies = LastGoodCopies(directory: directory)
        #expect(copies.served == nil)
        var zones = try ["a.example", "b\\047c\\032d.example", "."].map {
            try stored($0, "@ SOA . . 1 2 3 4 5")
        }
        zones[1].state = .removed
        #expect(copies.follow(zones) == [])
        let served = try #require(LastGoodCopies(directory: directory).served)
        #expect(served.zones.filter(\.value).map(\.key) == [zones[1].origin])
        #expect(Set(served.zones.keys) == Set(zones.map(\.origin)))
        // What a later version may write is not misread.
        try "# privatelinkd served zones 2\na.example.\n".write(
            toFile: "\(directory)/served", atomically: true, encoding: .utf8)
        #expect(copies.served == nil)
    }

    /// The zone has no other copy than this one.
    @Test func aZoneWhoseFileIsGoneIsCopied() throws {
        let directory = NSTemporaryDirectory() + "copies-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let copies = LastGoodCopies(directory: directory)
        var zone = try stored("a.example", "@ SOA . . 1 2 3 4 5")
        zone.state = .removed
        #expect(copies.follow([zone]) == [])
        #expect(copies.read(zone.origin, hasher: NameHasher(key: 2))?.serial == 1)
    }

    @Test func whatCannotBeCopiedIsSaidEachTime() throws {
        let copies = LastGoodCopies(directory: "/proc/nowhere")
        let zone = try stored("a.example", "@ SOA . . 1 2 3 4 5")
        #expect(copies.follow([zone]).count == 1)
        #expect(copies.follow([zone]).count == 1)
    }
}
