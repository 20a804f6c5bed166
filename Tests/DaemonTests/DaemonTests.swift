// The daemon as a library: started in this process on port 0, asked, reloaded, stopped.

import Addresses
import DNSWire
import Daemon
import Testing

private let registry = """
    $TTL 10
    @ SOA ns admin 1 3600 300 86400 10
    myregistry A 10.0.0.7
    myregistry.westeurope.data A 10.0.0.5
    """
private let settings = """
    listen: ["127.0.0.1:0", "[::1]:0"]
    workers: 2
    links: [{public: azurecr.io, private: privatelink.azurecr.io}]
    """

@Suite struct DaemonTests {
    private func directory() throws -> DaemonDirectory {
        try DaemonDirectory(settings: settings, zones: ["privatelink.azurecr.io": registry])
    }

    @Test(arguments: Way.allCases)
    func itAnswersWhereItSaysThatItListens(way: Way) throws {
        let directory = try directory()
        let daemon = try directory.start()
        defer { daemon.stop() }
        #expect(daemon.listen.map(\.address.isIPv6) == [false, true])
        for endpoint in daemon.listen {
            let answer = try ask(endpoint, "myregistry.azurecr.io", over: way)
            #expect(answer.code == .noError)
            #expect(answer.records == ["myregistry.privatelink.azurecr.io.", "10.0.0.7"])
            #expect(try ask(endpoint, "www.example.com", over: way).code == .refused)
        }
    }

    @Test func aReloadThatIsAskedForInThisProcess() throws {
        let directory = try directory()
        let daemon = try directory.start()
        defer { daemon.stop() }
        try directory.write(
            settings.replacing("public: azurecr.io", with: "public: azurecr.example"))
        daemon.reload()
        try waitUntil("the new link") {
            try ask(daemon.listen[0], "myregistry.azurecr.example").code == .noError
        }
        #expect(try ask(daemon.listen[0], "myregistry.azurecr.io").code == .refused)
    }

    @Test func aChangedZoneIsNoticed() throws {
        let directory = try directory()
        let daemon = try directory.start()
        defer { daemon.stop() }
        try directory.write(
            zone: "privatelink.azurecr.io", registry.replacing("10.0.0.7", with: "10.0.0.8"))
        try waitUntil("the change") {
            try ask(daemon.listen[0], "myregistry.azurecr.io").records.last == "10.0.0.8"
        }
    }

    @Test func itLetsGoOfItsPorts() throws {
        let directory = try directory()
        let daemon = try directory.start()
        let listen = daemon.listen.map { "\"\($0)\"" }.joined(separator: ", ")
        try directory.write(settings.replacing("\"127.0.0.1:0\", \"[::1]:0\"", with: listen))
        #expect(throws: StartError.self) { try directory.start() }
        daemon.stop()
        let next = try directory.start()
        defer { next.stop() }
        #expect(next.listen == daemon.listen)
        #expect(try ask(next.listen[0], "myregistry.azurecr.io").code == .noError)
    }

    @Test func twoDaemonsOfAProcessKeepApart() throws {
        let first = try directory()
        let second = try DaemonDirectory(settings: settings, zones: ["other.example": registry])
        let daemons = [try first.start(), try second.start()]
        defer { for daemon in daemons { daemon.stop() } }
        #expect(try ask(daemons[0].listen[0], "myregistry.other.example").code == .refused)
        #expect(
            try ask(daemons[1].listen[0], "myregistry.other.example").records == ["10.0.0.7"])
    }

    @Test func allThatKeepsItFromStartingIsSaidAtOnce() throws {
        let directory = try DaemonDirectory(settings: "workers: many\nlisten: [nowhere]")
        let error = #expect(throws: StartError.self) { try directory.start() }
        let sentences = error?.sentences ?? []
        #expect(sentences.count == 2)
        #expect(sentences.allSatisfy { $0.hasPrefix(directory.settingsFile) })
    }

    @Test func aPortThatIsTakenIsNamed() throws {
        let directory = try directory()
        let daemon = try directory.start()
        defer { daemon.stop() }
        let taken = "\(daemon.listen[0])"
        let other = try DaemonDirectory(settings: "listen: [\"\(taken)\"]")
        let error = #expect(throws: StartError.self) { try other.start() }
        #expect(
            error?.sentences == [
                "cannot listen on \(taken) (UDP): another program has this address and port"
            ])
    }
}
