// How many connections there may be, whose they are, and where the server listens.

import Addresses
import Events
import Glibc
import Testing

@testable import Transport

@Suite struct StreamLimitTests {
    @Test("at the limit the connection idle for longest makes room")
    func oldestIdle() throws {
        var limits = StreamServer.Limits()
        limits.connections = 3
        let stage = try StreamStage(limits)
        let clients = try (0..<3).map { _ in try stage.connect() }
        // The first is in use, and so the second is the oldest.
        clients[0].sendFrame([1])
        try stage.receive(1)
        stage.reply([0xAA], to: 0)
        #expect(try stage.frame(to: clients[0]) == [0xAA])
        let fourth = try stage.connect()
        try stage.expectEnd(of: clients[1])
        #expect(stage.server.counters.evicted == 1)
        #expect(stage.server.connectionCount == 3)
        #expect(!clients[0].isOver && !clients[2].isOver && !fourth.isOver)
    }

    @Test("when every connection waits for an answer a new one is turned away")
    func allBusy() throws {
        var limits = StreamServer.Limits()
        limits.connections = 2
        let stage = try StreamStage(limits)
        let clients = try (0..<2).map { _ in try stage.connect() }
        for client in clients { client.sendFrame([1]) }
        try stage.receive(2)
        let third = try stage.connect()
        try stage.expectEnd(of: third)
        #expect(stage.server.counters.refused == 1)
        stage.reply([0xAA], to: 0)
        let fourth = try stage.connect()
        fourth.sendFrame([2])
        try stage.receive(3)
        #expect(stage.server.counters.evicted == 1)
    }

    @Test("a client has its share of the connections, and costs nobody else theirs")
    func perClient() throws {
        var limits = StreamServer.Limits()
        limits.connections = 10
        limits.connectionsPerClient = 3
        let stage = try StreamStage(limits)
        let greedy = IPAddress(ipv4: 0x7F00_0002)
        let other = try stage.connect(IPAddress(ipv4: 0x7F00_0003))
        let clients = try (0..<5).map { _ in try stage.connect(greedy) }
        try stage.expectEnd(of: clients[0])
        try stage.expectEnd(of: clients[1])
        #expect(stage.server.connectionCount == 4)
        #expect(!other.isOver)
        for client in clients[2...] { client.sendFrame([1]) }
        try stage.receive(3)
        try stage.expectEnd(of: try stage.connect(greedy))
        #expect(stage.server.counters.refused == 1)
        #expect(stage.server.counters.evicted == 2)
    }

    @Test("IPv6 clients are served, and are apart from IPv4 ones")
    func ipv6() throws {
        let stage = try StreamStage(listen: Endpoint(.loopbackIPv6, port: 0))
        stage.answer = { $0 }
        let client = try stage.connect()
        client.sendFrame([1, 2])
        #expect(try stage.frame(to: client) == [1, 2])
        #expect(stage.received[0].peer == client.local)
        #expect(stage.received[0].peer.address.isIPv6)
    }

    @Test("listeners can close while connections go on")
    func stopListening() throws {
        let stage = try StreamStage()
        stage.answer = { $0 }
        let client = try stage.connect()
        stage.server.stopListening()
        #expect(throws: (any Error).self) { try ClientSocket(stage.endpoint) }
        client.sendFrame([1])
        #expect(try stage.frame(to: client) == [1])
        stage.server.closeAll()
        try stage.expectEnd(of: client)
        #expect(stage.server.connectionCount == 0)
    }

    @Test("a port that another server has is told, shared or not")
    func inUse() throws {
        let stage = try StreamStage()
        let other = try StreamServer(try EventLoop()) { _, _, _, _ in }
        #expect(throws: ListenError.self) {
            try other.listen(on: .tcp(stage.endpoint), sharing: .exclusive)
        }
        #expect(throws: ListenError.self) { try ListeningSocket.probe(.tcp(stage.endpoint)) }
    }

    @Test("random octets neither trap nor leave anything behind", arguments: StreamManner.allCases)
    func randomOctets(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.messageOctets = 1_000
        let stage = try StreamStage(limits, manner)
        stage.answer = { $0.count % 3 == 0 ? $0 : nil }
        var random = SeededGenerator(state: 7)
        for _ in 0..<200 {
            let client = try stage.connect()
            let count = Int.random(in: 0...3_000, using: &random)
            client.send((0..<count).map { _ in UInt8.random(in: 0...2, using: &random) })
            if Bool.random(using: &random) { client.endOutput() }
            try stage.loop.turn(milliseconds: 1)
            if Bool.random(using: &random) { client.reset() } else { client.close() }
        }
        for index in stage.received.indices {
            stage.server.finished(stage.received[index].connection)
        }
        try stage.loop.turn { stage.server.connectionCount == 0 }
        #expect(stage.server.heldOctets == 0)
        #expect(stage.server.clients.isEmpty)
    }
}
