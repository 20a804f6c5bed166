// Connections to servers: opened when needed, shared by many queries, and reported once when they end.

import Addresses
import Events
import Glibc
import Sockets
import Testing

@testable import Transport

@Suite struct UpstreamStreamTests {
    @Test(
        "what is sent before the connection is made goes when it is",
        arguments: StreamManner.allCases)
    func roundTrip(manner: StreamManner) throws {
        let stage = try UpstreamStage(manner: manner)
        let (server, endpoint) = try stage.echo()
        let port = try stage.open(endpoint)
        try stage.send([1, 2], through: port)
        try stage.send([3], through: port)
        try stage.loop.turn { stage.received.count == 2 }
        #expect(stage.received.map(\.message) == [[1, 2, 0xAA], [3, 0xAA]])
        #expect(stage.received.allSatisfy { $0.source == endpoint && $0.port == port })
        #expect(server.counters.accepted == 1)
        #expect(stage.closed.isEmpty)
    }

    @Test(
        "RFC 7766, section 6.2.1: queries share a connection, and do not wait for each other",
        arguments: StreamManner.allCases)
    func pipelined(manner: StreamManner) throws {
        let stage = try UpstreamStage(manner: manner)
        var waiting: [(ConnectionHandle, [UInt8])] = []
        let (server, endpoint) = try stage.serve { _, connection, message in
            waiting.append((connection, message))
        }
        for number in 0..<10 as Range<UInt8> {
            try stage.send([number], through: try stage.open(endpoint))
        }
        try stage.loop.turn { waiting.count == 10 }
        #expect(server.counters.accepted == 1)
        for (connection, message) in waiting.reversed() {
            server.send(message.span, to: connection)
        }
        try stage.loop.turn { stage.received.count == 10 }
        #expect(stage.received.map(\.message) == (0..<10).reversed().map { [UInt8($0)] })
    }

    @Test(
        "a connection that is used again after its answer is the same one",
        arguments: StreamManner.allCases)
    func reused(manner: StreamManner) throws {
        let stage = try UpstreamStage(manner: manner)
        let (server, endpoint) = try stage.echo()
        for count in 1...5 {
            let port = try stage.open(endpoint)
            try stage.send([UInt8(count)], through: port)
            try stage.loop.turn { stage.received.count == count }
            stage.streams.release(port)
        }
        #expect(server.counters.accepted == 1)
        #expect(stage.streams.streamCount == 1)
    }

    @Test("a connection over which nothing gets through any more ends; the next use opens another")
    func silentlyDead() throws {
        var limits = UpstreamStreams.Limits()
        limits.unacknowledgedMilliseconds = 200
        limits.outputOctets = 1 << 26
        let stage = try UpstreamStage(limits)
        // Accepts, and reads nothing: what is sent stays unacknowledged once the buffers are full.
        let listener = try ListeningSocket.open(.tcp(), sharing: .exclusive)
        defer { listener.close() }
        try listener.listen(backlog: 8)
        let endpoint = try #require(listener.localEndpoint)
        let port = try stage.open(endpoint)
        let message = [UInt8](repeating: 7, count: 60_000)
        for _ in 0..<400 { try stage.send(message, through: port) }
        try stage.loop.turn { !stage.closed.isEmpty }
        #expect(stage.closed.map(\.port) == [port])
        #expect(stage.closed.map(\.end) == [.failed(.system(.connectionReset))])
        #expect(try stage.open(endpoint) != port)
    }

    @Test("beyond the uses of one connection another is opened, up to a number")
    func several() throws {
        var limits = UpstreamStreams.Limits()
        limits.usesPerStream = 2
        limits.streamsPerServer = 3
        let stage = try UpstreamStage(limits)
        let (_, endpoint) = try stage.echo()
        let ports = try (0..<9).map { _ in try stage.open(endpoint) }
        #expect(Set(ports).count == 3)
        #expect(stage.streams.streamCount == 3)
        // The least used is taken: three each.
        #expect(Dictionary(grouping: ports) { $0 }.values.allSatisfy { $0.count == 3 })
    }

    @Test("connections from different source addresses are different")
    func sourceAddress() throws {
        let stage = try UpstreamStage()
        var peers: Set<IPAddress> = []
        let server = try StreamServer(stage.loop) { _, peer, _, _ in peers.insert(peer.address) }
        let endpoint = try server.listen(on: .tcp())
        for source in [IPAddress(ipv4: 0x7F00_0002), IPAddress(ipv4: 0x7F00_0003)] {
            try stage.send([1], through: try stage.open(endpoint, source: source))
        }
        try stage.loop.turn { peers.count == 2 }
        #expect(stage.streams.streamCount == 2)
    }

    @Test(
        "a server where nobody listens is reported once, by its number",
        arguments: StreamManner.allCases)
    func refused(manner: StreamManner) throws {
        let stage = try UpstreamStage(manner: manner)
        let (server, endpoint) = try stage.echo()
        server.closeAll()
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        try stage.loop.turn { !stage.closed.isEmpty }
        try stage.loop.turn(milliseconds: 10)
        #expect(stage.closed.count == 1)
        #expect(stage.closed[0].port == port)
        #expect(stage.closed[0].end == .failed(.system(.connectionRefused)))
        #expect(throws: UpstreamSendError.gone) { try stage.send([1], through: port) }
        #expect(stage.streams.streamCount == 0)
    }

    @Test(
        "a server that does not take the connection is given up after a time",
        arguments: StreamManner.allCases)
    func connectTimeout(manner: StreamManner) throws {
        var limits = UpstreamStreams.Limits()
        limits.connectNanoseconds = 100_000_000
        let stage = try UpstreamStage(limits, manner: manner)
        // A listener that accepts nothing: once its queue is full the kernel answers no further handshake.
        let listener = try ListeningSocket.open(.tcp(), sharing: .exclusive)
        defer { listener.close() }
        try listener.listen(backlog: 0)
        let endpoint = try #require(listener.localEndpoint)
        var fillers: [Socket] = []
        defer { for filler in fillers { filler.close() } }
        if manner == .socket {
            for _ in 0..<4 { fillers.append(try UpstreamServer(endpoint).open(.stream).socket) }
        }
        stage.silent = endpoint
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        try stage.loop.turn { !stage.closed.isEmpty }
        #expect(stage.closed[0].port == port)
        #expect(stage.closed[0].end == .failed(.system(.timedOut)))
    }

    @Test(
        "RFC 7766, section 6.2.4: a connection that closes under a query is reported, and the next query has a new one",
        arguments: StreamManner.allCases)
    func closedUnderQuery(manner: StreamManner) throws {
        let stage = try UpstreamStage(manner: manner)
        var count = 0
        let (server, endpoint) = try stage.serve { server, connection, message in
            count += 1
            if count > 1 { server.send(message.span, to: connection) }
        }
        let first = try stage.open(endpoint)
        try stage.send([1], through: first)
        try stage.loop.turn { count == 1 }
        for connection in server.connections.elements { server.close(connection) }
        try stage.loop.turn { !stage.closed.isEmpty }
        #expect(stage.closed.count == 1)
        #expect(stage.closed[0].port == first)
        #expect(stage.closed[0].end == .orderly)
        let second = try stage.open(endpoint)
        #expect(second != first)
        try stage.send([2], through: second)
        try stage.loop.turn { stage.received.count == 1 }
        #expect(stage.received[0].port == second)
    }

    @Test(
        "an unused connection closes after its time and is not reported",
        arguments: StreamManner.allCases)
    func idle(manner: StreamManner) throws {
        var limits = UpstreamStreams.Limits()
        limits.idleNanoseconds = 50_000_000
        let stage = try UpstreamStage(limits, manner: manner)
        let (server, endpoint) = try stage.echo()
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        try stage.loop.turn { stage.received.count == 1 }
        try stage.loop.turn(milliseconds: 120)
        #expect(stage.streams.streamCount == 1)
        stage.streams.release(port)
        try stage.loop.turn { stage.streams.streamCount == 0 }
        try stage.loop.turn { server.connectionCount == 0 }
        #expect(stage.closed.isEmpty)
    }

    @Test(
        "at the limit an unused connection makes room, a used one does not",
        arguments: StreamManner.allCases)
    func limit(manner: StreamManner) throws {
        var limits = UpstreamStreams.Limits()
        limits.streams = 2
        let stage = try UpstreamStage(limits, manner: manner)
        let servers = try (0..<4).map { _ in try stage.echo() }
        let first = try stage.open(servers[0].endpoint)
        let second = try stage.open(servers[1].endpoint)
        let none = stage.streams.stream(to: UpstreamServer(servers[2].endpoint))
        #expect(none == nil)
        stage.streams.release(first)
        let third = try stage.open(servers[3].endpoint)
        #expect(third != second)
        #expect(stage.streams.streamCount == 2)
        #expect(throws: UpstreamSendError.gone) { try stage.send([1], through: first) }
    }

    @Test("what waits for a server that does not read is bounded")
    func full() throws {
        var limits = UpstreamStreams.Limits()
        limits.outputOctets = 100_000
        let stage = try UpstreamStage(limits)
        let listener = try ListeningSocket.open(.tcp(), sharing: .exclusive)
        defer { listener.close() }
        try listener.listen(backlog: 8)
        let endpoint = try #require(listener.localEndpoint)
        let port = try stage.open(endpoint)
        let message = [UInt8](repeating: 7, count: 30_000)
        for _ in 0..<3 { try stage.send(message, through: port) }
        #expect(throws: UpstreamSendError.full) { try stage.send(message, through: port) }
    }

    @Test(
        "the longest answer comes whole, and so do answers cut anywhere",
        arguments: StreamManner.allCases)
    func frames(manner: StreamManner) throws {
        let stage = try UpstreamStage(manner: manner)
        let large = (0..<65_535).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let (_, endpoint) = try stage.serve { server, connection, message in
            server.send(message[0] == 1 ? large.span : message.span, to: connection)
        }
        let port = try stage.open(endpoint)
        for number in [2, 1, 3] as [UInt8] { try stage.send([number], through: port) }
        try stage.loop.turn { stage.received.count == 3 }
        let isWhole = stage.received.map(\.message) == [[2], large, [3]]
        #expect(isWhole)
    }

    @Test(
        "closing all reports nothing",
        arguments: StreamManner.allCases)
    func closeAll(manner: StreamManner) throws {
        let stage = try UpstreamStage(manner: manner)
        let (server, endpoint) = try stage.echo()
        let port = try stage.open(endpoint)
        try stage.send([1], through: port)
        try stage.loop.turn { stage.received.count == 1 }
        stage.streams.closeAll()
        try stage.loop.turn { server.connectionCount == 0 }
        #expect(stage.streams.streamCount == 0)
        #expect(stage.closed.isEmpty)
    }
}
