// Files without mistakes, and what they mean.

import Addresses
import DNSWire
import Settings
import Testing

/// The settings that a text means.
func settings(_ text: String, file: String = "f.yaml") throws -> Settings {
    try SettingsReader.read(Array(text.utf8), file: file)
}

func endpoint(_ text: String) throws -> Endpoint {
    try #require(Endpoint(text, defaultPort: 53))
}

@Suite struct ReadingTests {
    @Test func anEmptyMapMeansTheDefaults() throws {
        let settings = try settings("{}")
        #expect(settings == Settings())
        #expect(settings.listen.map(\.endpoint.description) == ["0.0.0.0:53", "[::]:53"])
        #expect(settings.workers == .automatic)
        #expect(
            settings.access.allow.map(\.description) == [
                "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                "100.64.0.0/10", "fc00::/7", "fe80::/10",
            ])
        #expect(settings.zones.directory == "zones")
        #expect(settings.zones.watch)
        #expect(settings.zones.stateDirectory == nil)
        #expect(settings.links.isEmpty)
        #expect(settings.forward.isEmpty)
        #expect(settings.queryTimeout == .seconds(6))
        #expect(settings.pendingQuestions == 10_000)
        #expect(settings.pendingQuestionsPerClient == nil)
        #expect(settings.upstream.queriesPerServer == 200)
        #expect(settings.upstream.mixedCase)
        #expect(settings.upstream.loopProbes)
        #expect(settings.withoutRecursion == .refuse)
        #expect(settings.cache.size == 64 << 20)
        #expect(settings.cache.maximumTTL == 86_400)
        #expect(settings.cache.maximumNegativeTTL == 3600)
        #expect(settings.udpPayload == 1232)
        #expect(settings.tcp.connections == 10_000)
        #expect(settings.tcp.connectionsPerClient == 256)
        #expect(settings.tcp.idleTimeout == .seconds(10))
        #expect(settings.cookies.secrets.isEmpty)
        #expect(!settings.cookies.require)
        #expect(settings.control.socket == "/run/privatelinkd/control.sock")
        #expect(settings.log.level == .info)
        #expect(!settings.log.queries)
        #expect(settings.identity.version == nil)
        #expect(settings.identity.id == nil)
    }

    /// The shipped file has the defaults, one link and the virtual network's resolver.
    @Test func theShippedFileIsTheContract() throws {
        var expected = Settings()
        expected.zones.directory = "/etc/privatelinkd/zones"
        let link = Settings.Link(
            publicSuffix: try Name(text: "azurecr.io"),
            privateSuffix: try Name(text: "privatelink.azurecr.io"))
        #expect(link.whenMissing == .forward)
        #expect(link.ownedMissing == .forward)
        #expect(link.fallback.isEmpty)
        #expect(link.ttl == 1800)
        expected.links = [link]
        let forward = Settings.ForwardZone(
            zone: .root, servers: [try endpoint("168.63.129.16:53")])
        #expect(forward.transport == .udp)
        expected.forward = [forward]
        expected.metrics.listen = try endpoint("127.0.0.1:9153")
        let shipped = try settings(
            SettingsDocumentation.defaultFile, file: "/etc/privatelinkd/privatelinkd.yaml")
        #expect(shipped == expected)
    }

    /// The file as the contract has it.
    @Test func theContractsOwnTextIsTheShippedFile() throws {
        let contract = """
            listen: ["0.0.0.0:53", "[::]:53"]      # UDP and TCP on each; port 53 where none is given
            workers: auto                            # or a number
            access:
              allow: [127.0.0.0/8, "::1/128", 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, \
            100.64.0.0/10, "fc00::/7", "fe80::/10"]
            zones:
              directory: zones                       # every ORIGIN.zone in it is a zone
              watch: true                            # reload when the directory changes
            links:
              - public: azurecr.io
                private: privatelink.azurecr.io
                when-missing: forward                # or nxdomain
                owned-missing: forward               # or nxdomain
                fallback: []                         # servers asked when ordinary ones say NXDOMAIN
                ttl: 1800
            forward:
              - zone: .
                servers: [168.63.129.16]             # address or address:port
            cache:
              size: 64MiB
            control:
              socket: /run/privatelinkd/control.sock
            metrics:
              listen: 127.0.0.1:9153                 # Prometheus at /metrics; /healthz; /readyz
            log:
              level: info
              queries: false
            """
        #expect(try settings(contract) == settings(SettingsDocumentation.defaultFile))
    }

    @Test(arguments: [
        "cache:\nlog: {level: debug}",
        "---\nlog: {level: debug}\n...\n",
        "\u{FEFF}log: {level: debug}",
        "log:\r\n  level: debug\r\n",
        "# it's *a* comment & more: 'x\nlog: {level: 'debug'} # \"",
        "\"log\": {\"level\":\"debug\"}",
        "? log\n: level: debug",
    ])
    func oddYAMLIsRead(text: String) throws {
        var expected = Settings()
        expected.log.level = .debug
        #expect(try settings(text) == expected)
    }
}

@Suite struct RestartKeyTests {
    @Test func onlyRestartKeysThatDifferAreNamed() throws {
        let old = try settings("{}")
        #expect(old.changedRestartKeys(from: old).isEmpty)
        let new = try settings(
            """
            listen: [127.0.0.1]
            workers: 2
            log: {level: debug, queries: true}
            access: {allow: []}
            links: [{public: a.example, private: b.example}]
            forward: [{zone: ., servers: []}]
            cache: {size: 0, maximum-ttl: 60}
            control: {socket: /tmp/c}
            """)
        #expect(
            new.changedRestartKeys(from: old) == [
                "listen", "workers", "cache.size", "control.socket",
            ])
        #expect(
            old.changedRestartKeys(from: new) == [
                "listen", "workers", "cache.size", "control.socket",
            ])
    }

    @Test func aRunningDaemonKeepsThemAndTakesTheOthers() throws {
        let running = try settings("workers: 2\nlog: {level: debug}\npending-questions: 5")
        let read = try settings("workers: 3\nlog: {level: error}\nudp-payload: 600")
        let expected = try settings(
            "workers: 2\nlog: {level: error}\npending-questions: 5\nudp-payload: 600")
        #expect(read.keepingRestartKeys(of: running) == expected)
    }

    @Test func aDefaultThatIsWrittenOutIsNoChange() throws {
        let written = try settings(
            "workers: auto\ntcp: {idle-timeout: 10000ms}\ncache: {size: 65536KiB}")
        #expect(written.changedRestartKeys(from: Settings()).isEmpty)
    }
}
