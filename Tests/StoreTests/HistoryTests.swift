// The kept versions: that they are what was replaced, that the last twenty stay, and that any of them can come back.

import DNSWire
import Files
import Foundation
import Store
import Testing
import Zones

@Suite struct HistoryTests {
    let scratch: TemporaryDirectory
    let origin: Name

    init() throws {
        scratch = try TemporaryDirectory()
        origin = try Name(text: "example.")
    }

    /// The store at an hour of the fixed day.
    private func directory(_ hour: Int) -> ZoneDirectory {
        let time = time(hour)
        return ZoneDirectory(scratch.path, clock: { time })
    }

    private func time(_ hour: Int) -> WallTime {
        WallTime(nanoseconds: fixedTime.nanoseconds + Int64(hour) * 3_600_000_000_000)
    }

    private func setAddress(_ last: UInt8, _ hour: Int) throws {
        let key = RecordSetKey(owner: try Name(text: "a", origin: origin), type: .a)
        _ = try directory(hour).lock().update(origin) { content throws(StoreError) in
            var content = if let content { content } else { try ZoneContent.new(origin) }
            content.sets[key] = RecordSetContent(ttl: 10, data: [[10, 0, 0, last]])
            return content
        }
    }

    @Test func theLastTwentyAreKept() throws {
        for number in 0...25 { try setAddress(UInt8(number), number) }
        let versions = directory(0).versions(of: origin)
        #expect(versions.count == 20)
        for (index, version) in versions.enumerated() {
            let content = try #require(try directory(0).content(of: version, origin: origin))
            #expect(content.serial == UInt32(25 - index))
            #expect(content.text.contains("a.example. 10 IN A 10.0.0.\(24 - index)\n"))
        }
        #expect(try directory(0).content(of: origin)?.serial == 26)
    }

    @Test func aVersionComesBackWithAHigherSerial() throws {
        for number in 1...3 { try setAddress(UInt8(number), number) }
        let store = directory(9)
        let oldest = try #require(store.versions(of: origin).last)
        let text = String(decoding: try store.text(of: oldest), as: UTF8.self)
        let update = try store.lock().replace(origin, with: try store.text(of: oldest))
        #expect(try scratch.text(of: "example.zone") == text.replacing(" 1 3600", with: " 4 3600"))
        #expect(update.difference.sets.map { "\($0.key.owner)" } == ["a.example."])
        #expect(store.versions(of: origin).count == 3)
        // What was there is the newest version now: one more step back undoes the first.
        let newest = try #require(store.versions(of: origin).first)
        _ = try directory(10).lock().replace(origin, with: try store.text(of: newest))
        #expect(try store.content(of: origin)?.text.contains("10.0.0.3") == true)
    }

    @Test func aDeletionIsOnRecordUntilTheZoneIsMadeAgain() throws {
        try setAddress(1, 0)
        #expect(directory(1).recordedDeletions() == [])
        #expect(directory(1).deletionTime(of: origin) == nil)
        try directory(2).lock().delete(origin)
        #expect(directory(3).recordedDeletions() == [origin])
        #expect(directory(3).deletionTime(of: origin) == time(2))
        #expect(directory(3).zonesInHistory() == [origin])
        #expect(try directory(3).zones().isEmpty)
        try setAddress(2, 4)
        #expect(directory(5).recordedDeletions() == [])
        // A file removed by another program is recorded as deleted only on request.
        #expect(throws: StoreError.self) { try directory(5).lock().recordDeletion(of: origin) }
        try FileManager.default.removeItem(atPath: "\(scratch.path)/example.zone")
        #expect(directory(6).recordedDeletions() == [])
        try directory(7).lock().recordDeletion(of: origin)
        #expect(directory(8).deletionTime(of: origin) == time(7))
    }

    @Test func aDeletedZoneComesBackWithAHigherSerial() throws {
        for number in 1...3 { try setAddress(UInt8(number), number) }
        let text = try scratch.text(of: "example.zone")
        try directory(4).lock().delete(origin)
        #expect(try directory(4).zones().isEmpty)
        let oldest = try #require(directory(4).versions(of: origin).last)
        let update = try directory(5).lock().replace(
            origin, with: try directory(5).text(of: oldest))
        #expect(update.before == nil)
        let expected = text.replacing(" 3 3600", with: " 4 3600").replacing("0.3", with: "0.1")
        #expect(try scratch.text(of: "example.zone") == expected)
    }

    /// A secondary server that has the zone from before compares serial numbers (RFC 1982, section 3.2).
    @Test func aZoneThatIsMadeAgainGoesOnCounting() throws {
        for number in 1...3 { try setAddress(UInt8(number), number) }
        try directory(4).lock().delete(origin)
        let edit = ZoneEdit(origin: origin, makesZone: true) { _ in }
        #expect(try directory(5).preview(edit).after.serial == 4)
        let update = try directory(5).lock().apply(edit, shown: try directory(5).preview(edit))
        #expect(update.after.serial == 4)
        #expect(try directory(5).content(of: origin)?.serial == 4)
    }

    @Test func aTextThatIsNewerThanAllOfBeforeKeepsItsSerial() throws {
        try setAddress(1, 1)
        let text = try scratch.text(of: "example.zone")
        try directory(2).lock().delete(origin)
        let newer = text.replacing(" 1 3600", with: " 2026020300 3600")
        _ = try directory(3).lock().replace(origin, with: Array(newer.utf8))
        #expect(try scratch.text(of: "example.zone") == newer)
    }

    /// The text may be identical to one from a time when the file was edited by hand.
    @Test(arguments: [false, true])
    func aSerialIsAboveAllThatAreKnown(_ isBroken: Bool) throws {
        for number in 1...3 { try setAddress(UInt8(number), number) }
        let newer = try scratch.text(of: "example.zone").replacing(" 3 3600", with: " 50 3600")
        if isBroken { try scratch.write("example. 10 IN A nonsense\n", to: "example.zone") }
        let update = try directory(5).lock().replace(origin, with: Array(newer.utf8))
        #expect(update.after.serial == 51)
        #expect(try directory(5).content(of: origin)?.serial == 51)
    }

    @Test func theGreatestSerialIsThatOfTheCircle() {
        #expect(SerialNumber.greatest([]) == nil)
        #expect(SerialNumber.greatest([nil, 7, nil, 5]) == 7)
        #expect(SerialNumber.greatest([4_294_967_295, 2, nil]) == 2)
    }

    @Test(
        arguments: [
            (1, 0, true), (0, 0, false), (0, 1, false), (0, 4_294_967_295, true),
            (2_147_483_648, 0, false), (2_147_483_647, 0, true), (0, 2_147_483_649, true),
        ] as [(UInt32, UInt32, Bool)])
    func serialNumbersGoRound(_ serial: UInt32, _ other: UInt32, _ isGreater: Bool) {
        #expect(SerialNumber.isGreater(serial, than: other) == isGreater)
    }

    @Test func timesTellWhenAVersionWasInForce() throws {
        try setAddress(1, 1)
        let written = try FileAttributes(of: "\(scratch.path)/example.zone").modified
        try setAddress(2, 2)
        let version = try #require(directory(3).versions(of: origin).first)
        #expect(version.written == WallTime(nanoseconds: written))
        #expect(version.replaced.map { "\($0)" } == "2026-02-03T06:05:06Z")
    }

    @Test func aFileWithMistakesCanBeReplaced() throws {
        try setAddress(1, 1)
        try setAddress(2, 2)
        try scratch.write("nonsense\n", to: "example.zone")
        let version = try #require(directory(3).versions(of: origin).first)
        _ = try directory(3).lock().replace(origin, with: try directory(3).text(of: version))
        #expect(try directory(3).content(of: origin)?.text.contains("10.0.0.1") == true)
        // The broken file says nothing of the version before it, which had the serial number 2 and was not kept.
        #expect(try directory(3).content(of: origin)?.serial == 2)
        let kept = try #require(directory(4).versions(of: origin).first)
        #expect(try directory(4).text(of: kept) == Array("nonsense\n".utf8))
    }

    @Test(
        arguments: [
            ("2026-01-31", "2026-01-31T00:00:00Z"), ("2026-01-31T23:59", "2026-01-31T23:59:00Z"),
            ("2026-01-31 23:59:58Z", "2026-01-31T23:59:58Z"),
            ("20260131T235958.5Z", "2026-01-31T23:59:58Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"), ("2026-02-29", nil), ("2026-13-01", nil),
            ("yesterday", nil), ("", nil), ("2026-01-31T24:00", nil),
        ] as [(String, String?)])
    func timesAreReadAndWritten(_ text: String, _ expected: String?) {
        #expect(WallTime(text).map { "\($0)" } == expected)
        if let time = WallTime(text) { #expect(WallTime(time.stamp) == time) }
    }
}
