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
