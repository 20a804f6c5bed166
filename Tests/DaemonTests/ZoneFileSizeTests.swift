// What a zone's file that is too large gets: what was served before, until the file or the limit is another.

import DNSWire
import Foundation
import Settings
import Store
import Testing
import Zones

@testable import Daemon

@Suite struct ZoneFileSizeTests {
    @Test("the default is the same in the settings and where there are none")
    func defaults() {
        #expect(Settings().zones.maximumFileSize == ZoneFileReader.defaultMaximumSize)
        #expect(ScanOptions().maximumFileSize == ZoneFileReader.defaultMaximumSize)
    }

    @Test(
        "a zone's file that grows beyond the limit changes nothing, and is read when the limit allows it"
    )
    func growing() throws {
        let directory = NSTemporaryDirectory() + "sizes-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = "\(directory)/corp.example.zone"
        func write(serial: Int, padding: Int) throws {
            let text =
                "@ 60 SOA ns h \(serial) 2 3 4 5\n" + String(repeating: ";\n", count: padding)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        }
        var store = ZoneStore(directory: directory, hasher: NameHasher(key: 1), copies: nil)
        let options = ScanOptions(maximumFileSize: 1_000)
        try write(serial: 1, padding: 1)
        _ = store.read(options)
        #expect(store.zones.values.map(\.state) == [.current])
        try write(serial: 2, padding: 1_000)
        _ = store.read(options)
        let kept = try #require(store.zones.values.first)
        #expect(kept.state == .kept)
        #expect(kept.zone?.serial == 1)
        #expect(
            kept.mistakes == [
                "\(path):1:1: cannot read \(path): 2024 bytes, more than the limit of 1000"
            ])
        _ = store.read(ScanOptions(maximumFileSize: 10_000))
        #expect(store.zones.values.map(\.state) == [.current])
        #expect(store.zones.values.first?.zone?.serial == 2)
    }
}
