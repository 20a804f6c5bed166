// Every key of the table reaches its property, and none is forgotten: the file below has each of them, and
// none at its default.

import Addresses
import DNSWire
import Testing

@testable import Settings

@Suite struct KeyTests {
    private let everything = """
        listen:
          - 127.0.0.1:0
          - "[::1]:5353"
          - {address: 10.0.0.4, protocol: dns, access: {allow: [10.0.0.0/8], deny: [10.9.0.0/16], action: drop}}
        workers: 3
        access: {allow: [10.1.2.3, "fd00::/64", 0.0.0.0/0], deny: [10.1.2.4], action: drop, open: true}
        zones: {directory: /srv/zones/, watch: false, state-directory: state//, refuse-shrinking: false, \
        maximum-file-size: 1MiB}
        links:
          - public: Example.NET.
            private: private.example.net
            when-missing: nxdomain
            owned-missing: nxdomain
            fallback: [192.0.2.1, "2001:db8::1", "[2001:db8::1]:5300"]
            ttl: 0
          - service: container-registry
            cloud: china
        forward:
          - {zone: corp.example, servers: [192.0.2.7:5300], source-address: 192.0.2.8, \
        transport: tcp, order: strict, client-subnet: pass, mixed-case: false}
          - zone: empty.example
            servers: []
        query-timeout: 2500ms
        pending-questions: 7
        pending-questions-per-client: 5
        upstream: {queries-per-server: 9, mixed-case: false, loop-probes: false}
        without-recursion: cache
        cache:
          size: 512KiB
          maximum-ttl: 1w
          maximum-negative-ttl: 90
          stale-limit: 0
          stale-delay: 10ms
          prefetch: false
          failure-ttl: 1s
          denial-covers-descendants: true
        udp-payload: 1400
        tcp: {connections: 20, connections-per-client: 21, idle-timeout: 1m}
        cookies:
          secrets: ["00112233445566778899aabbccddeeff", "FFEEDDCCBBAA99887766554433221100"]
          require: true
          to-servers: false
        control: {socket: run/c.sock}
        metrics: {listen: "127.0.0.1:9154"}
        stop: {delay: 5s, grace: 2s}
        log: {level: trace, queries: true}
        identity: {version: "private 1", id: 7}
        """

    private func read() throws -> Settings { try settings(everything, file: "etc/p.yaml") }

    @Test func noKeyIsWithoutEffect() throws {
        let settings = try read()
        for row in SettingKeys.table {
            #expect(row.differs(settings, Settings()), "\(row.path)")
        }
        for row in SettingKeys.link {
            let blank = Settings.Link(publicSuffix: .root, privateSuffix: .root)
            #expect(settings.links.contains { row.differs($0, blank) }, "links: \(row.path)")
        }
        for row in SettingKeys.listener where row.path != "protocol" {
            let blank = Settings.Listener(blank: ())
            #expect(settings.listen.contains { row.differs($0, blank) }, "listen: \(row.path)")
        }
        for row in SettingKeys.forwardZone {
            let blank = Settings.ForwardZone(zone: .root, servers: [])
            #expect(settings.forward.contains { row.differs($0, blank) }, "forward: \(row.path)")
        }
    }

    @Test func whereItListensAndWhoMayAsk() throws {
        let settings = try read()
        #expect(
            settings.listen.map(\.endpoint.description) == [
                "127.0.0.1:0", "[::1]:5353", "10.0.0.4:53",
            ])
        #expect(settings.listen[0] == Settings.Listener(settings.listen[0].endpoint))
        let access = settings.access(at: settings.listen[2])
        #expect(access.allow.map(\.description) == ["10.0.0.0/8"])
        #expect(access.deny.map(\.description) == ["10.9.0.0/16"])
        #expect(access.action == .drop)
        #expect(settings.access(at: settings.listen[0]) == settings.access)
        #expect(settings.workers == .count(3))
        #expect(
            settings.access.allow.map(\.description) == [
                "10.1.2.3/32", "fd00::/64", "0.0.0.0/0",
            ])
        #expect(settings.access.deny.map(\.description) == ["10.1.2.4/32"])
        #expect(settings.access.action == .drop && settings.access.isOpen)
        #expect(settings.udpPayload == 1400)
        #expect(settings.tcp.connections == 20)
        #expect(settings.tcp.connectionsPerClient == 21)
        #expect(settings.tcp.idleTimeout == .seconds(60))
        let secret = (UInt8(0)...15).map { $0 * 0x11 }
        #expect(settings.cookies.secrets.map(\.octets) == [secret, secret.reversed()])
        #expect("\(settings.cookies.secrets)" == "[16 bytes, 16 bytes]")
        #expect(settings.cookies.require)
        #expect(!settings.cookies.toServers)
    }

    /// Directories are named without the slash that may end them.
    @Test func zonesAndLinks() throws {
        let settings = try read()
        #expect(settings.zones.directory == "/srv/zones")
        #expect(!settings.zones.watch)
        #expect(settings.zones.stateDirectory == "etc/state")
        #expect(!settings.zones.refusesShrinking)
        let link = try #require(settings.links.first)
        #expect(link.publicSuffix.description == "Example.NET.")
        #expect(link.privateSuffix.description == "private.example.net.")
        #expect(link.whenMissing == .nxdomain)
        #expect(link.ownedMissing == .nxdomain)
        #expect(
            link.fallback.map(\.description) == [
                "192.0.2.1:53", "[2001:db8::1]:53", "[2001:db8::1]:5300",
            ])
        #expect(link.ttl == 0)
        #expect(settings.links.dropFirst().allSatisfy { $0.cloud == .china })
    }

    @Test func serversAndWhatIsKeptOfThem() throws {
        let settings = try read()
        #expect(settings.forward.map(\.zone.description) == ["corp.example.", "empty.example."])
        #expect(settings.forward[0].servers.map(\.description) == ["192.0.2.7:5300"])
        #expect(settings.forward[0].sourceAddress?.description == "192.0.2.8")
        #expect(settings.forward[0].transport == .tcp)
        #expect(settings.forward[0].order == .strict)
        #expect(settings.forward[1].order == .fastest)
        #expect(settings.forward[0].clientSubnet == .pass)
        #expect(settings.forward[1].clientSubnet == .strip)
        #expect(!settings.forward[0].mixedCase)
        #expect(settings.forward[1].mixedCase)
        #expect(settings.forward[1].servers.isEmpty)
        #expect(settings.forward[1].sourceAddress == nil)
        #expect(settings.queryTimeout == .milliseconds(2500))
        #expect(settings.pendingQuestions == 7)
        #expect(settings.pendingQuestionsPerClient == 5)
        #expect(settings.upstream.queriesPerServer == 9)
        #expect(!settings.upstream.mixedCase)
        #expect(!settings.upstream.loopProbes)
        #expect(settings.withoutRecursion == .cache)
        #expect(settings.cache.size == 524_288)
        #expect(settings.cache.maximumTTL == 604_800)
        #expect(settings.cache.maximumNegativeTTL == 90)
        #expect(settings.cache.staleLimit == 0)
        #expect(settings.cache.staleDelay == .milliseconds(10))
        #expect(!settings.cache.prefetch)
        #expect(settings.cache.failureTTL == .seconds(1))
        #expect(settings.cache.denialCoversDescendants)
    }

    @Test func operation() throws {
        let settings = try read()
        #expect(settings.control.socket == "etc/run/c.sock")
        #expect(settings.metrics.listen?.description == "127.0.0.1:9154")
        #expect(settings.stop.delay == .seconds(5))
        #expect(settings.stop.grace == .seconds(2))
        #expect(settings.log.level == .trace)
        #expect(settings.log.queries)
        #expect(settings.identity.version == "private 1")
        #expect(settings.identity.id == "7")
    }
}
