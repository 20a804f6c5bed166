// Servers that end TCP connections early: they get as many queries on each connection as they answer.

import Addresses
import Events
import Sockets
import Testing

@testable import Transport

/// A server that answers a number of queries of each connection, and then closes it or is silent.
private final class LimitedServer {
    let stage: UpstreamStage
    let endpoint: Endpoint
    let server: StreamServer
    /// The answers that each connection gave.
    final class Counts {
        var answers: [ConnectionHandle: Int] = [:]
        var most = Int.max
        var closes = true
    }
    let counts = Counts()
    /// The most connections that were open at a time; one that its client closed may be among them for a turn.
    var mostConnections = 0

    init(_ limits: UpstreamStreams.Limits = .init(), answers: Int, closes: Bool) throws {
        stage = try UpstreamStage(limits)
        counts.most = answers
        counts.closes = closes
        (server, endpoint) = try stage.serve { [counts] server, connection, message in
            let count = counts.answers[connection, default: 0]
            guard count < counts.most else { return }
            counts.answers[connection] = count + 1
            server.send(message.span, to: connection)
        }
    }

    /// Closes the connections that have given all their answers.
    private func closeUsed() {
        guard counts.closes else { return }
        for connection in server.connections.elements {
            let handle = ConnectionHandle(rawValue: connection.key)
            if counts.answers[handle, default: 0] >= counts.most { server.close(connection) }
        }
    }

    /// Asks `count` questions at once, and those whose connection closes again, until all are answered.
    ///
    /// - Returns: how many were sent in all.
    func ask(_ count: Int) throws -> Int {
        var open: [UpstreamSocketHandle: [UInt8]] = [:]
        var taken = (received: stage.received.count, closed: stage.closed.count, sent: 0)
        func send(_ number: UInt8) throws {
            let port = try stage.open(endpoint)
            try stage.send([number], through: port)
            open[port, default: []].append(number)
            taken.sent += 1
        }
        for number in 0..<count { try send(UInt8(number)) }
        try stage.loop.turn {
            closeUsed()
            mostConnections = max(mostConnections, server.connectionCount)
            for reply in stage.received[taken.received...] {
                open[reply.port]?.removeAll { $0 == reply.message[0] }
                stage.streams.release(reply.port)
            }
            taken.received = stage.received.count
            for end in stage.closed[taken.closed...] {
                for number in open.removeValue(forKey: end.port) ?? [] { try send(number) }
            }
            taken.closed = stage.closed.count
            return open.values.allSatisfy(\.isEmpty)
        }
        return taken.sent
    }
}

@Suite struct PipeliningTests {
    @Test(
        "a server that closes after each answer gets one query on each connection, and few connections at a time"
    )
    func closesAfterEach() throws {
        let server = try LimitedServer(answers: 1, closes: true)
        #expect(try server.ask(40) == 79)
        #expect(server.mostConnections <= 16)
        // By now it is known.
        #expect(try server.ask(40) == 40)
        #expect(server.mostConnections <= 16)
    }

    @Test("a server that closes after five answers gets five queries on each connection")
    func closesAfterFive() throws {
        let server = try LimitedServer(answers: 5, closes: true)
        #expect(try server.ask(40) == 75)
        #expect(try server.ask(40) == 40)
        #expect(server.counts.answers.values.allSatisfy { $0 == 5 })
    }

    @Test("a server that no longer closes connections gets more queries on each again")
    func recovers() throws {
        let server = try LimitedServer(answers: 1, closes: true)
        _ = try server.ask(10)
        server.counts.most = .max
        _ = try server.ask(1)
        try server.stage.loop.turn(milliseconds: 250)
        _ = try server.ask(1)
        // Six times a connection that was used up stayed open; after that any number is sent through one.
        for _ in 0..<6 {
            _ = try server.ask(40)
            try server.stage.loop.turn(milliseconds: 250)
        }
        let before = server.server.counters.accepted
        _ = try server.ask(40)
        #expect(server.server.counters.accepted == before)
    }

    @Test("a query that was alone on its connection when that closed limits nothing")
    func aloneAtTheClose() throws {
        let server = try LimitedServer(answers: 0, closes: false)
        let port = try server.stage.open(server.endpoint)
        try server.stage.send([1], through: port)
        try server.stage.loop.turn { server.server.connectionCount == 1 }
        for connection in server.server.connections.elements { server.server.close(connection) }
        try server.stage.loop.turn { server.stage.closed.count == 1 }
        server.counts.most = .max
        #expect(try server.ask(20) == 20)
        #expect(server.server.counters.accepted == 2)
    }

    @Test(
        "a connection through which nothing came while a query waited gets no further queries, and ends with its uses"
    )
    func silence() throws {
        var limits = UpstreamStreams.Limits()
        limits.silenceNanoseconds = 0
        let server = try LimitedServer(limits, answers: 1, closes: false)
        #expect(try server.ask(1) == 1)
        let stage = server.stage
        let old = try stage.open(server.endpoint)
        try stage.send([7], through: old)
        stage.streams.noteSilence(of: old, nanoseconds: 2_000_000_000)
        let new = try stage.open(server.endpoint)
        #expect(new != old)
        try stage.send([8], through: new)
        try stage.loop.turn { stage.received.count == 2 }
        #expect(stage.streams.streamCount == 2)
        stage.streams.release(old)
        #expect(stage.streams.streamCount == 1)
        #expect(stage.closed.isEmpty)
    }

    @Test(
        "a connection through which something came of late goes on, and so does one that is not made yet"
    )
    func notSilent() throws {
        var limits = UpstreamStreams.Limits()
        limits.silenceNanoseconds = 60_000_000_000
        let server = try LimitedServer(limits, answers: 1, closes: false)
        let stage = server.stage
        let port = try stage.open(server.endpoint)
        stage.streams.noteSilence(of: port, nanoseconds: 90_000_000_000)
        #expect(try stage.open(server.endpoint) == port)
        try stage.send([7], through: port)
        try stage.loop.turn { stage.received.count == 1 }
        stage.streams.noteSilence(of: port, nanoseconds: 90_000_000_000)
        #expect(try stage.open(server.endpoint) == port)
    }

    @Test(
        "a server that twice fell silent after its first answer gets one query on each connection"
    )
    func answersOnce() throws {
        var limits = UpstreamStreams.Limits()
        limits.silenceNanoseconds = 0
        let server = try LimitedServer(limits, answers: 1, closes: false)
        let stage = server.stage
        for round in 1...2 {
            let ports = try [0, 1].map { _ in try stage.open(server.endpoint) }
            #expect(ports[0] == ports[1])
            for port in ports { try stage.send([UInt8(round)], through: port) }
            try stage.loop.turn { stage.received.count == round }
            stage.streams.noteSilence(of: ports[0], nanoseconds: 1)
            for port in ports { stage.streams.release(port) }
        }
        #expect(try server.ask(40) == 40)
        #expect(server.mostConnections <= 16)
        #expect(stage.streams.streamCount == 0)
    }

    @Test("what came before a connection broke is delivered, though writing to it fails first")
    func answerBeforeTheBreak() throws {
        let stage = try UpstreamStage()
        let listener = try ListeningSocket.open(.tcp(), sharing: .exclusive)
        defer { listener.close() }
        try listener.listen(backlog: 8)
        let endpoint = try #require(listener.localEndpoint)
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        var accepted: Socket?
        try stage.loop.turn {
            accepted = try? listener.accept().socket
            return accepted != nil
        }
        try stage.loop.turn(milliseconds: 20)
        // An answer, and then the end with a query unread: the kernel breaks the connection off.
        let server = try #require(accepted)
        #expect(try server.send(([0, 1, 9] as [UInt8]).span) == 3)
        server.close()
        try stage.send([2], through: port)
        try stage.send([3], through: port)
        try stage.loop.turn { !stage.closed.isEmpty }
        #expect(stage.received.map(\.message) == [[9]])
        #expect(stage.closed.map(\.hasAnswered) == [true])
    }
}
