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
