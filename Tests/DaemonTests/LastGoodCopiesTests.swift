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
