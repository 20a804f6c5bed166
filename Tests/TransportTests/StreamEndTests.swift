// How connections with clients end: by the client, by time, in the middle of something.

import Addresses
import Events
import Glibc
import Testing

@testable import Transport

@Suite struct StreamEndTests {
    @Test(
        "RFC 7766, section 6.2.4: a client that ends its output still gets every reply",
        arguments: StreamManner.allCases)
    func halfClose(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
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

    @Test(
        "a client that ends its output and reads slowly gets a large reply whole",
        arguments: StreamManner.allCases)
    func halfCloseLarge(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
        let client = try stage.connect(receiveBuffer: 4_096)
        for _ in 0..<10 { client.sendFrame([1]) }
        client.endOutput()
        try stage.receive(10)
        for index in 0..<10 { stage.reply(streamOctets(60_000, seed: index), to: index) }
        for index in 0..<10 {
            #expect(try stage.frame(to: client) == streamOctets(60_000, seed: index))
        }
        try stage.expectEnd(of: client)
    }

    @Test(
        "a client that ends its output with more questions than may be in flight gets all replies",
        arguments: StreamManner.allCases)
    func halfCloseInFlight(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.messagesInFlight = 2
        let stage = try StreamStage(limits, manner)
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

    @Test(
        "RFC 7766, section 6.2.3: an idle connection is closed, one that waits for us is not",
        arguments: StreamManner.allCases)
    func idle(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.idleNanoseconds = 150_000_000
        let stage = try StreamStage(limits, manner)
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

    @Test(
        "the server's end: what was sent is answered, and each client reads an end and no error",
        arguments: [StreamManner.socket, .bytewise])
    func finish(manner: StreamManner) throws {
        let stage = try StreamStage(.init(), manner)
        let busy = try stage.connect()
        let silent = try stage.connect()
        busy.sendFrame([1])
        try stage.receive(1)
        // Not read until now, but read later.
        busy.sendFrame([2])
        let empty = Count()
        stage.server.finish { empty.value += 1 }
        try stage.receive(2)
        try stage.expectEnd(of: silent)
        #expect(!silent.isReset)
        // Too late: it is no longer read.
        busy.sendFrame([3])
        stage.reply([0xA1], to: 0)
        #expect(try stage.frame(to: busy) == [0xA1])
        #expect(!busy.isOver)
        stage.reply([0xA2], to: 1)
        #expect(try stage.frame(to: busy) == [0xA2])
        try stage.expectEnd(of: busy)
        #expect(!busy.isReset)
        #expect(empty.value == 0)
        busy.close()
        // The other client leaves its side open.
        try stage.loop.turn { stage.server.connectionCount == 0 }
        #expect(empty.value == 1)
        #expect(!silent.isReset)
        #expect(stage.received.count == 2)
    }

    @Test(
        "what a client sends half renews nothing",
        arguments: StreamManner.allCases)
    func trickle(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.idleNanoseconds = 150_000_000
        let stage = try StreamStage(limits, manner)
        let client = try stage.connect()
        client.send([0xFF, 0xFF])
        try stage.loop.turn {
            client.send([1])
            return client.isOver
        }
        #expect(stage.server.counters.idle == 1)
    }

    @Test(
        "RFC 7828, section 3.3.2: the idle time that a client is given, none when connections are scarce",
        arguments: StreamManner.allCases)
    func idleTimeout(manner: StreamManner) throws {
        var limits = StreamServer.Limits()
        limits.idleNanoseconds = 12_300_000_000
        limits.connections = 10
        let stage = try StreamStage(limits, manner)
        #expect(stage.server.idleTimeout == 123)
        var clients: [any StreamClient] = []
        for _ in 0..<9 { clients.append(try stage.connect()) }
        #expect(stage.server.idleTimeout == 123)
        clients.append(try stage.connect())
        #expect(stage.server.idleTimeout == 0)
    }
}
