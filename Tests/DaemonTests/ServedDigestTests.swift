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

@Suite struct ServedDigestTests {
    private func fingerprint(_ text: String) throws -> String {
        ServedDigest(
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
