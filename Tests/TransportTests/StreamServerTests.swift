// The TCP side towards clients: framing, order, limits, slow and silent clients, and what an end means.

import Addresses
import Events
import Glibc
import Testing

@testable import Transport

/// A server on loopback that notes what it is given, and answers as a test says.
private final class StreamStage {
    struct Received {
        var connection: ConnectionHandle
        var peer: Endpoint
        var local: Endpoint
        var message: [UInt8]
    }

    /// What the server's closure shares with the stage.
    final class Notes {
        var received: [Received] = []
        var answer: ([UInt8]) -> [UInt8]? = { _ in nil }
        weak var server: StreamServer?
    }

    let loop: EventLoop
    let server: StreamServer
    let endpoint: Endpoint
    private let notes = Notes()
    var received: [Received] { notes.received }
    /// What is sent back at once; nil leaves the message unanswered.
    var answer: ([UInt8]) -> [UInt8]? {
        get { notes.answer }
        set { notes.answer = newValue }
    }

    init(_ limits: StreamServer.Limits = .init(), listen: Endpoint = .anyLoopbackPort) throws {
        loop = try EventLoop()
        server = try StreamServer(loop, limits: limits) {
            [notes] connection, peer, local, message in
            let message = message.array
            notes.received.append(
                Received(connection: connection, peer: peer, local: local, message: message))
            if let reply = notes.answer(message) {
                notes.server?.send(reply.span, to: connection)
            }
        }
        notes.server = server
        endpoint = try server.listen(on: listen)
    }

    func connect(_ source: IPAddress? = nil, receiveBuffer: CInt? = nil) throws -> ClientSocket {
        let before = server.counters.accepted
        let client = try ClientSocket(endpoint, source: source, receiveBuffer: receiveBuffer)
        try loop.turn { server.counters.accepted > before }
        return client
    }

    /// Waits for so many messages in all.
    func receive(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try loop.turn(until: { received.count >= count }, sourceLocation: sourceLocation)
        #expect(received.count == count, sourceLocation: sourceLocation)
    }

    /// Waits for a message to `client`.
    func frame(
        to client: ClientSocket, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [UInt8] {
        var frame: [UInt8]?
        try loop.turn(
            until: {
                frame = client.takeFrame()
                return frame != nil
            }, sourceLocation: sourceLocation)
        return frame ?? []
    }

    func expectEnd(
        of client: ClientSocket, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try loop.turn(until: { client.isOver }, sourceLocation: sourceLocation)
    }

    @discardableResult
    func reply(_ octets: [UInt8], to index: Int) -> Bool {
        server.send(octets.span, to: received[index].connection)
    }
}

private func octets(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) }
}

@Suite struct StreamServerTests {
    // MARK: Framing

    @Test("RFC 7766, section 8: a message is what the length says, however it is cut into segments")
    func framing() throws {
        let stage = try StreamStage()
        let client = try stage.connect()
        let message = octets(300)
        let frame = ClientSocket.frame(message)
        for index in frame.indices {
            client.send([frame[index]])
            try stage.loop.turn(milliseconds: index < 4 ? 2 : 0)
        }
        try stage.receive(1)
        #expect(stage.received[0].message == message)
        #expect(stage.received[0].peer == client.local)
        #expect(stage.received[0].local == stage.endpoint)
    }

    @Test("messages that come together are taken one by one, empty ones passed over")
    func together() throws {
        let stage = try StreamStage()
        let client = try stage.connect()
        client.send([0, 1, 7, 0, 0, 0, 2, 8, 9, 0, 3, 1])
        try stage.receive(2)
        client.send([2, 3])
        try stage.receive(3)
        #expect(stage.received.map(\.message) == [[7], [8, 9], [1, 2, 3]])
    }

    @Test("the longest message comes and goes whole")
    func longest() throws {
        let stage = try StreamStage()
        stage.answer = { $0 }
        let client = try stage.connect()
        let message = octets(65_535)
        var frame = ClientSocket.frame(message)
        try stage.loop.turn {
            frame.removeFirst(client.send(frame))
            return frame.isEmpty
        }
        #expect(try stage.frame(to: client) == message)
    }

    @Test("a message above the limit ends the connection")
    func tooLong() throws {
        var limits = StreamServer.Limits()
        limits.messageOctets = 512
        let stage = try StreamStage(limits)
        let client = try stage.connect()
        client.send([2, 1])
        try stage.expectEnd(of: client)
        #expect(stage.received.isEmpty)
        #expect(stage.server.counters.failed == 1)
    }

    // MARK: Replies

    @Test("RFC 7766, section 6.2.1.1: replies go when they are ready, in any order")
    func outOfOrder() throws {
        let stage = try StreamStage()
        let client = try stage.connect()
        for number in 1...5 { client.sendFrame([UInt8(number)]) }
        try stage.receive(5)
        for index in [3, 0, 4, 2, 1] { stage.reply([UInt8(index + 1), 0xAA], to: index) }
        for number in [4, 1, 5, 3, 2] as [UInt8] {
            #expect(try stage.frame(to: client) == [number, 0xAA])
        }
    }

    @Test("replies that are given at once go together with one write")
    func gathered() throws {
        let stage = try StreamStage()
        stage.answer = { $0 + [0xAA] }
        let client = try stage.connect()
        client.send((1...100).flatMap { ClientSocket.frame([UInt8($0)]) })
        for number in 1...100 as ClosedRange<UInt8> {
            #expect(try stage.frame(to: client) == [number, 0xAA])
        }
    }

    @Test("a reply for a connection that is gone is counted, and goes to nobody else")
    func gone() throws {
        let stage = try StreamStage()
        let first = try stage.connect()
        first.sendFrame([1])
        try stage.receive(1)
        first.reset()
        try stage.loop.turn { stage.server.connectionCount == 0 }
        let second = try stage.connect()
        second.sendFrame([2])
        try stage.receive(2)
        #expect(!stage.reply([0xAA], to: 0))
        stage.server.finished(stage.received[0].connection)
        #expect(stage.server.counters.gone == 2)
        #expect(stage.reply([0xBB], to: 1))
        #expect(try stage.frame(to: second) == [0xBB])
    }

    @Test("a reply larger than the send buffer goes on as the client reads")
    func largerThanBuffer() throws {
        let stage = try StreamStage()
        let client = try stage.connect(receiveBuffer: 4_096)
        for number in 0..<16 { client.sendFrame([UInt8(number)]) }
        try stage.receive(16)
        for index in 0..<16 { stage.reply(octets(60_000, seed: index), to: index) }
        for index in 0..<16 {
            #expect(try stage.frame(to: client) == octets(60_000, seed: index))
        }
        client.sendFrame([99])
        try stage.receive(17)
        stage.reply([0xAA], to: 16)
        #expect(try stage.frame(to: client) == [0xAA])
        #expect(stage.server.heldOctets == 0)
    }

    // MARK: Clients that do not read

    @Test("a client that never reads is not read from either, and is cut off after its time")
    func neverReads() throws {
        var limits = StreamServer.Limits()
        limits.stallNanoseconds = 200_000_000
        let stage = try StreamStage(limits)
        stage.answer = { _ in octets(60_000) }
        let client = try stage.connect(receiveBuffer: 4_096)
        for _ in 0..<500 { client.send([0, 1, 7]) }
        try stage.loop.turn { stage.server.counters.stalled == 1 }
        #expect(stage.received.count < 200)
        #expect(stage.server.connectionCount == 0)
        #expect(stage.server.heldOctets == 0)
    }

    @Test("a client that needs more than its share of output is cut off")
    func tooMuchOutput() throws {
        var limits = StreamServer.Limits()
        limits.outputOctets = 200_000
        let stage = try StreamStage(limits)
        let client = try stage.connect(receiveBuffer: 4_096)
        for _ in 0..<100 { client.sendFrame([7]) }
        try stage.receive(100)
        for index in 0..<100 where stage.server.connectionCount > 0 {
            stage.reply(octets(60_000), to: index)
        }
        #expect(stage.server.counters.failed == 1)
        #expect(stage.server.connectionCount == 0)
    }

    @Test("clients that do not read cannot hold more memory together than they may")
    func tooMuchOfAll() throws {
        var limits = StreamServer.Limits()
        limits.heldOctets = 1_000_000
        limits.outputOctets = 100_000_000
        let stage = try StreamStage(limits)
        var clients: [ClientSocket] = []
        for _ in 0..<8 {
            let client = try stage.connect(receiveBuffer: 4_096)
            for _ in 0..<100 { client.sendFrame([7]) }
            clients.append(client)
        }
        try stage.receive(800)
        for index in 0..<800 {
            stage.reply(octets(60_000), to: index)
            #expect(stage.server.heldOctets <= 1_000_000)
        }
        #expect(stage.server.counters.overfull > 0)
    }

    @Test("halves of messages count, and leave with their connection")
    func halves() throws {
        var limits = StreamServer.Limits()
        limits.heldOctets = 50_000
        limits.idleNanoseconds = 300_000_000
        let stage = try StreamStage(limits)
        let first = try stage.connect()
        first.send([0xFF, 0xFF] + octets(30_000))
        try stage.loop.turn { stage.server.heldOctets == 30_002 }
        let second = try stage.connect()
        second.send([0xFF, 0xFF] + octets(30_000))
        try stage.expectEnd(of: second)
        #expect(stage.server.counters.overfull == 1)
        try stage.expectEnd(of: first)
        #expect(stage.server.counters.idle == 1)
        #expect(stage.server.heldOctets == 0)
    }

    // MARK: Pauses

    @Test("with too many messages without a reply reading pauses, and goes on by itself")
    func inFlight() throws {
        var limits = StreamServer.Limits()
        limits.messagesInFlight = 4
        let stage = try StreamStage(limits)
        let client = try stage.connect()
        client.send((0..<10).flatMap { ClientSocket.frame([UInt8($0)]) })
        try stage.receive(4)
        try stage.loop.turn(milliseconds: 20)
        #expect(stage.received.count == 4)
        stage.reply([0xA0], to: 0)
        try stage.receive(5)
        stage.server.finished(stage.received[1].connection)
        try stage.receive(6)
        for index in 2..<6 { stage.reply([0xA0 + UInt8(index)], to: index) }
        try stage.receive(10)
        #expect(stage.received.map(\.message) == (0..<10).map { [UInt8($0)] })
    }

    // MARK: Ends

    @Test("RFC 7766, section 6.2.4: a client that ends its output still gets every reply")
    func halfClose() throws {
        let stage = try StreamStage()
        let client = try stage.connect()
        client.send([0, 1, 1, 0, 1, 2, 0, 9, 9])
        client.endOutput()
        try stage.receive(2)
        try stage.loop.turn(milliseconds: 20)
        #expect(stage.server.connectionCount == 1)
        stage.reply([0xA2], to: 1)
        stage.reply([0xA1], to: 0)
        #expect(try stage.frame(to: client) == [0xA2])
        #expect(try stage.frame(to: client) == [0xA1])
        try stage.expectEnd(of: client)
        #expect(!client.isReset)
        #expect(stage.server.connectionCount == 0)
    }

    @Test("a client that ends its output and reads slowly gets a large reply whole")
    func halfCloseLarge() throws {
        let stage = try StreamStage()
        let client = try stage.connect(receiveBuffer: 4_096)
        for _ in 0..<10 { client.sendFrame([1]) }
        client.endOutput()
        try stage.receive(10)
        for index in 0..<10 { stage.reply(octets(60_000, seed: index), to: index) }
        for index in 0..<10 {
            #expect(try stage.frame(to: client) == octets(60_000, seed: index))
        }
        try stage.expectEnd(of: client)
    }

    @Test(
        "a client that ends its output with more questions than may be in flight gets all replies")
    func halfCloseInFlight() throws {
        var limits = StreamServer.Limits()
        limits.messagesInFlight = 2
        let stage = try StreamStage(limits)
        let client = try stage.connect()
        client.send((0..<6).flatMap { ClientSocket.frame([UInt8($0)]) })
        client.endOutput()
        for count in 1...6 {
            try stage.loop.turn { stage.received.count >= count }
            stage.reply([UInt8(count - 1), 0xAA], to: count - 1)
            #expect(try stage.frame(to: client) == [UInt8(count - 1), 0xAA])
        }
        try stage.expectEnd(of: client)
    }

    @Test("RFC 7766, section 6.2.3: an idle connection is closed, one that waits for us is not")
    func idle() throws {
        var limits = StreamServer.Limits()
        limits.idleNanoseconds = 150_000_000
        let stage = try StreamStage(limits)
        let waiting = try stage.connect()
        waiting.sendFrame([1])
        let silent = try stage.connect()
        try stage.receive(1)
        try stage.expectEnd(of: silent)
        #expect(!waiting.isOver)
        #expect(stage.server.counters.idle == 1)
        stage.reply([0xAA], to: 0)
        #expect(try stage.frame(to: waiting) == [0xAA])
        try stage.expectEnd(of: waiting)
        #expect(stage.server.counters.idle == 2)
    }

    @Test("what a client sends half renews nothing")
    func trickle() throws {
        var limits = StreamServer.Limits()
        limits.idleNanoseconds = 150_000_000
        let stage = try StreamStage(limits)
        let client = try stage.connect()
        client.send([0xFF, 0xFF])
        try stage.loop.turn {
            client.send([1])
            return client.isOver
        }
        #expect(stage.server.counters.idle == 1)
    }

    @Test(
        "RFC 7828, section 3.3.2: what a client is told of its idle time, none when connections are scarce"
    )
    func idleTimeout() throws {
        var limits = StreamServer.Limits()
        limits.idleNanoseconds = 12_300_000_000
        limits.connections = 10
        let stage = try StreamStage(limits)
        #expect(stage.server.idleTimeout == 123)
        var clients: [ClientSocket] = []
        for _ in 0..<9 { clients.append(try stage.connect()) }
        #expect(stage.server.idleTimeout == 123)
        clients.append(try stage.connect())
        #expect(stage.server.idleTimeout == 0)
    }
}

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
            try other.listen(on: stage.endpoint, sharing: .exclusive)
        }
        #expect(throws: ListenError.self) { try ListeningSocket.probe(stage.endpoint, .tcp) }
    }

    @Test("random octets neither trap nor leave anything behind")
    func randomOctets() throws {
        var limits = StreamServer.Limits()
        limits.messageOctets = 1_000
        let stage = try StreamStage(limits)
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
