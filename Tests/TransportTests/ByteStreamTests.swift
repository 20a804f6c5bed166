// What whoever reads and writes a stream has to expect of a layer over a socket: handshakes, bytes that the
// descriptor does not show, and ends that are none.

import Addresses
import Events
import Sockets
import Testing

@testable import Transport

@Suite struct ServedByteStreamTests {
    @Test("nothing is read or written before the handshake is done")
    func handshake() throws {
        let stage = try StreamStage(.init(), .crossed)
        stage.answer = { $0 + [0xAA] }
        let (client, stream) = try stage.connectInMemory(
            handshake: [.readable, .writable, .writable, .readable])
        client.sendFrame([1])
        #expect(try stage.frame(to: client) == [1, 0xAA])
        #expect(stream.earlyTransfers == 0)
    }

    @Test("a handshake that fails ends its connection")
    func handshakeFails() throws {
        let stage = try StreamStage(.init(), .crossed)
        let (client, stream) = try stage.connectInMemory(handshakeFailure: .violation)
        client.sendFrame([1])
        try stage.expectEnd(of: client)
        #expect(stream.earlyTransfers == 0)
        #expect(stage.received.isEmpty)
        #expect(stage.server.counters.failed == 1)
    }

    @Test("a handshake that never ends is given up like any idle connection")
    func handshakeStalls() throws {
        var limits = StreamServer.Limits()
        limits.idleNanoseconds = 50_000_000
        let stage = try StreamStage(limits, .crossed)
        let (client, _) = try stage.connectInMemory(handshake: [.readable], isSilent: true)
        try stage.expectEnd(of: client)
        #expect(stage.server.counters.idle == 1)
    }

    @Test("octets that the descriptor does not show are read after a pause, too")
    func unread() throws {
        var limits = StreamServer.Limits()
        limits.messagesInFlight = 1
        let stage = try StreamStage(limits, .bytewise)
        let (client, stream) = try stage.connectInMemory()
        client.send((0..<4).flatMap { ClientSocket.frame([UInt8($0)]) })
        try stage.receive(1)
        try stage.loop.turn(milliseconds: 20)
        #expect(stage.received.count == 1)
        #expect(stream.hasUnreadInput)
        for count in 1..<4 {
            stage.reply([0xAA], to: count - 1)
            try stage.receive(count + 1)
        }
        #expect(stage.received.map(\.message) == [[0], [1], [2], [3]])
        #expect(!stream.hasUnreadInput)
    }

    @Test("streams that have much to read are read in turn")
    func inTurn() throws {
        let stage = try StreamStage(.init(), .bytewise)
        let (first, _) = try stage.connectInMemory()
        let (second, _) = try stage.connectInMemory()
        first.send(ClientSocket.frame(streamOctets(500)))
        second.sendFrame([7])
        try stage.loop.turn { stage.received.count >= 2 }
        #expect(stage.received.map(\.message) == [[7], streamOctets(500)])
    }

    @Test("an end in the middle of a message is in order, one without the layer's end is a failure")
    func middle() throws {
        let stage = try StreamStage(.init(), .bytewise)
        let (orderly, _) = try stage.connectInMemory()
        orderly.send([0, 5, 1])
        orderly.endOutput()
        try stage.expectEnd(of: orderly)
        #expect(stage.server.counters.failed == 0)
        let (truncated, _) = try stage.connectInMemory()
        truncated.send([0, 1, 7, 0, 5, 1])
        try stage.receive(1)
        truncated.truncate()
        try stage.loop.turn { stage.server.connectionCount == 0 }
        #expect(stage.server.counters.failed == 1)
        #expect(stage.server.heldOctets == 0)
        #expect(!stage.reply([0xAA], to: 0))
    }

    @Test("a socket that is reset is a failure, and one that ends is not")
    func reset() throws {
        let stage = try StreamStage()
        let orderly = try stage.connect()
        orderly.endOutput()
        try stage.expectEnd(of: orderly)
        #expect(stage.server.counters.failed == 0)
        let broken = try stage.connect()
        broken.reset()
        try stage.loop.turn { stage.server.connectionCount == 0 }
        #expect(stage.server.counters.failed == 1)
    }
}

@Suite struct UpstreamByteStreamTests {
    @Test("nothing is sent before the handshake is done")
    func handshake() throws {
        let stage = try UpstreamStage(manner: .crossed)
        let (_, endpoint) = try stage.echo()
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        #expect(stage.opened[0].earlyTransfers == 0)
        try stage.loop.turn { stage.received.count == 1 }
        #expect(stage.received[0].message == [1, 0xAA])
        #expect(stage.opened[0].earlyTransfers == 0)
    }

    @Test("a handshake that fails is reported as what it is, and nothing was sent")
    func handshakeFails() throws {
        let stage = try UpstreamStage(manner: .crossed)
        let (server, endpoint) = try stage.echo()
        stage.handshakeFailure = .violation
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        try stage.loop.turn { !stage.closed.isEmpty }
        #expect(stage.closed.map(\.port) == [port])
        #expect(stage.closed.map(\.end) == [.failed(.violation)])
        #expect(stage.opened[0].earlyTransfers == 0)
        try stage.loop.turn { server.connectionCount == 0 }
    }

    @Test(
        "the end of a connection is reported once, by its kind",
        arguments: [StreamError.truncated, .system(.connectionReset)])
    func ends(error: StreamError) throws {
        let stage = try UpstreamStage(manner: .bytewise)
        let (_, endpoint) = try stage.serve { server, connection, message in
            server.send(message.span, to: connection)
        }
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        try stage.loop.turn { stage.received.count == 1 }
        // The beginning of another message, which never comes.
        #expect(stage.ends[0].send([0, 9, 1]) == 3)
        stage.ends[0].fail(error)
        try stage.loop.turn { !stage.closed.isEmpty }
        try stage.loop.turn(milliseconds: 10)
        #expect(stage.closed.map(\.end) == [.failed(error)])
        #expect(stage.closed.map(\.hasAnswered) == [true])
        #expect(stage.received.count == 1)
    }

    @Test("a failure to send is reported from the loop")
    func sendFails() throws {
        let stage = try UpstreamStage(manner: .bytewise)
        let (server, endpoint) = try stage.echo()
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        try stage.loop.turn { stage.received.count == 1 }
        for connection in server.connections.elements { server.close(connection) }
        try stage.send([2], through: port)
        #expect(stage.closed.isEmpty)
        try stage.loop.turn { !stage.closed.isEmpty }
        #expect(stage.closed.map(\.port) == [port])
        #expect(stage.closed[0].end.isByPeer)
        #expect(throws: UpstreamSendError.gone) { try stage.send([3], through: port) }
    }

    @Test("which ends are the other side's")
    func isByPeer() {
        let peers: [StreamEnd] = [
            .orderly, .failed(.truncated), .failed(.system(.connectionReset)),
            .failed(.system(.brokenPipe)),
        ]
        let others: [StreamEnd] = [
            .failed(.violation), .failed(.system(.timedOut)), .failed(.system(.connectionRefused)),
        ]
        #expect(peers.allSatisfy { $0.isByPeer })
        #expect(!others.contains { $0.isByPeer })
    }
}
