// The TCP side towards clients: framing, order, and clients that do not read.

import Addresses
import Events
import Glibc
import Testing

@testable import Transport

@Suite struct StreamServerTests {
    // MARK: Framing

    @Test(
        "RFC 7766, section 8: a message is what the length says, however it is cut into segments",
        arguments: StreamManner.allCases)
    func framing(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
        let client = try stage.connect()
        let message = streamOctets(300)
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

    @Test(
        "messages that come together are taken one by one, empty ones passed over",
        arguments: StreamManner.allCases)
    func together(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
        let client = try stage.connect()
        client.send([0, 1, 7, 0, 0, 0, 2, 8, 9, 0, 3, 1])
        try stage.receive(2)
        client.send([2, 3])
        try stage.receive(3)
        #expect(stage.received.map(\.message) == [[7], [8, 9], [1, 2, 3]])
    }

    @Test(
        "the longest message comes and goes whole",
        arguments: StreamManner.allCases)
    func longest(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
        stage.answer = { $0 }
        let client = try stage.connect()
        let message = streamOctets(65_535)
        var frame = ClientSocket.frame(message)
        try stage.loop.turn {
            frame.removeFirst(client.send(frame))
            return frame.isEmpty
        }
        #expect(try stage.frame(to: client) == message)
    }

    @Test(
        "a message above the limit ends the connection",
        arguments: StreamManner.allCases)
    func tooLong(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.messageOctets = 512
        let stage = try StreamStage(limits, manner)
        let client = try stage.connect()
        client.send([2, 1])
        try stage.expectEnd(of: client)
        #expect(stage.received.isEmpty)
        #expect(stage.server.counters.failed == 1)
    }

    // MARK: Replies

    @Test(
        "RFC 7766, section 6.2.1.1: replies go when they are ready, in any order",
        arguments: StreamManner.allCases)
    func outOfOrder(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
        let client = try stage.connect()
        for number in 1...5 { client.sendFrame([UInt8(number)]) }
        try stage.receive(5)
        for index in [3, 0, 4, 2, 1] { stage.reply([UInt8(index + 1), 0xAA], to: index) }
        for number in [4, 1, 5, 3, 2] as [UInt8] {
            #expect(try stage.frame(to: client) == [number, 0xAA])
        }
    }

    @Test(
        "replies that are given at once go together with one write",
        arguments: StreamManner.allCases)
    func gathered(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
        stage.answer = { $0 + [0xAA] }
        let client = try stage.connect()
        client.send((1...100).flatMap { ClientSocket.frame([UInt8($0)]) })
        for number in 1...100 as ClosedRange<UInt8> {
            #expect(try stage.frame(to: client) == [number, 0xAA])
        }
    }

    @Test(
        "a reply for a connection that is gone is counted, and goes to nobody else",
        arguments: StreamManner.allCases)
    func gone(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
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

    @Test(
        "a reply larger than the send buffer goes on as the client reads",
        arguments: StreamManner.allCases)
    func largerThanBuffer(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
        let client = try stage.connect(receiveBuffer: 4_096)
        for number in 0..<16 { client.sendFrame([UInt8(number)]) }
        try stage.receive(16)
        for index in 0..<16 { stage.reply(streamOctets(60_000, seed: index), to: index) }
        for index in 0..<16 {
            #expect(try stage.frame(to: client) == streamOctets(60_000, seed: index))
        }
        client.sendFrame([99])
        try stage.receive(17)
        stage.reply([0xAA], to: 16)
        #expect(try stage.frame(to: client) == [0xAA])
        #expect(stage.server.heldOctets == 0)
    }

    // MARK: Clients that do not read

    @Test(
        "a client that never reads is not read from either, and is cut off after its time",
        arguments: StreamManner.allCases)
    func neverReads(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.stallNanoseconds = 200_000_000
        let stage = try StreamStage(limits, manner)
        stage.answer = { _ in streamOctets(60_000) }
        let client = try stage.connect(receiveBuffer: 4_096)
        for _ in 0..<500 { client.send([0, 1, 7]) }
        try stage.loop.turn { stage.server.counters.stalled == 1 }
        #expect(stage.received.count < 200)
        #expect(stage.server.connectionCount == 0)
        #expect(stage.server.heldOctets == 0)
    }

    @Test(
        "a client that needs more than its share of output is cut off",
        arguments: StreamManner.allCases)
    func tooMuchOutput(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.outputOctets = 200_000
        let stage = try StreamStage(limits, manner)
        let client = try stage.connect(receiveBuffer: 4_096)
        for _ in 0..<100 { client.sendFrame([7]) }
        try stage.receive(100)
        for index in 0..<100 where stage.server.connectionCount > 0 {
            stage.reply(streamOctets(60_000), to: index)
        }
        #expect(stage.server.counters.failed == 1)
        #expect(stage.server.connectionCount == 0)
    }

    @Test(
        "clients that do not read cannot hold more memory together than they may",
        arguments: StreamManner.allCases)
    func tooMuchOfAll(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.heldOctets = 1_000_000
        limits.outputOctets = 100_000_000
        let stage = try StreamStage(limits, manner)
        var clients: [any StreamClient] = []
        for _ in 0..<8 {
            let client = try stage.connect(receiveBuffer: 4_096)
            for _ in 0..<100 { client.sendFrame([7]) }
            clients.append(client)
        }
        try stage.receive(800)
        for index in 0..<800 {
            stage.reply(streamOctets(60_000), to: index)
            #expect(stage.server.heldOctets <= 1_000_000)
        }
        #expect(stage.server.counters.overfull > 0)
    }

    @Test(
        "halves of messages count, and leave with their connection",
        arguments: StreamManner.allCases)
    func halves(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.heldOctets = 50_000
        limits.idleNanoseconds = 300_000_000
        let stage = try StreamStage(limits, manner)
        let first = try stage.connect()
        first.send([0xFF, 0xFF] + streamOctets(30_000))
        try stage.loop.turn { stage.server.heldOctets == 30_002 }
        let second = try stage.connect()
        second.send([0xFF, 0xFF] + streamOctets(30_000))
        try stage.expectEnd(of: second)
        #expect(stage.server.counters.overfull == 1)
        try stage.expectEnd(of: first)
        #expect(stage.server.counters.idle == 1)
        #expect(stage.server.heldOctets == 0)
    }

    // MARK: Pauses

    @Test(
        "with too many messages without a reply reading pauses, and goes on by itself",
        arguments: StreamManner.allCases)
    func inFlight(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.messagesInFlight = 4
        let stage = try StreamStage(limits, manner)
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
}
