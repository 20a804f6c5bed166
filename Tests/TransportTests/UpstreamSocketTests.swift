// UDP sockets to servers: the ports of queries, which datagrams are accepted, and when sockets
// close.

import Addresses
import Events
import Glibc
import Sockets
import Testing

@testable import Transport

/// Sockets towards servers, and what they reported.
private final class SocketStage {
    struct Received: Equatable {
        var message: [UInt8]
        var source: Endpoint
        var port: UpstreamSocketHandle
    }

    /// What the closures share with the stage.
    final class Notes {
        var received: [Received] = []
        var failed: [(port: UpstreamSocketHandle, error: Errno)] = []
    }

    let loop: EventLoop
    let sockets: UpstreamSockets
    private let notes = Notes()
    var received: [Received] { notes.received }
    var failed: [(port: UpstreamSocketHandle, error: Errno)] { notes.failed }

    init(_ limits: UpstreamSockets.Limits = .init()) throws {
        loop = try EventLoop()
        sockets = try UpstreamSockets(
            loop, limits: limits,
            receive: { [notes] message, source, port in
                notes.received.append(
                    Received(message: message.array, source: source, port: port))
            },
            fail: { [notes] port, number in notes.failed.append((port, number)) })
    }

    func send(_ octets: [UInt8], through port: UpstreamSocketHandle) throws {
        try sockets.send(octets.span, through: port)
    }
}

/// A UDP server that a test plays.
final class ServerSocket {
    let listener: UDPListener
    private var batch = DatagramBatch()

    init(_ endpoint: Endpoint = .anyLoopbackPort) throws {
        listener = try UDPListener(.udp(endpoint))
    }

    var endpoint: Endpoint { listener.boundEndpoint }
    var server: UpstreamServer { UpstreamServer(endpoint) }

    /// Waits for a query, sends what `reply` makes of it, and returns the query and its sender.
    func answer(_ reply: ([UInt8]) -> [UInt8]?) throws -> (query: [UInt8], source: Endpoint) {
        var query: [UInt8]?
        var source: Endpoint?
        for _ in 0..<20_000 where query == nil {
            if listener.receive(into: &batch) == 0 { usleep(500) }
            batch.answerEach { place, size, _, path, room in
                let message = place.extracting(first: size)
                query = message.array
                source = path().peer
                guard let made = reply(message.array) else { return 0 }
                var room = room
                for index in made.indices { room[index] = made[index] }
                return made.count
            }
            listener.send(&batch)
        }
        return (try #require(query), try #require(source))
    }
}

@Suite struct UpstreamSocketTests {
    @Test("a query leaves by the port that was drawn, and its answer comes in there")
    func roundTrip() throws {
        let stage = try SocketStage()
        let server = try ServerSocket()
        let drawn = stage.sockets.draw(server.server, random: 0x8000_0000)
        let port = try #require(drawn)
        try stage.send([1, 2, 3], through: port)
        let query = try server.answer { $0 + [0xAA] }
        #expect(query.query == [1, 2, 3])
        #expect(query.source == stage.sockets.localEndpoint(of: port))
        try stage.loop.turn { !stage.received.isEmpty }
        #expect(
            stage.received == [
                SocketStage.Received(
                    message: [1, 2, 3, 0xAA], source: server.endpoint, port: port)
            ])
        stage.sockets.release(port)
    }

    @Test("RFC 5452, section 9.2: ports are many, different, and drawn by the number that is given")
    func manyPorts() throws {
        let stage = try SocketStage()
        let server = try ServerSocket()
        var ports: Set<UInt16> = []
        for index in 0..<64 as Range<UInt32> {
            let drawn = stage.sockets.draw(server.server, random: index << 26)
            let port = try #require(drawn)
            ports.insert(try #require(stage.sockets.localEndpoint(of: port)).port)
            stage.sockets.release(port)
        }
        #expect(ports.count == 64)
        #expect(stage.sockets.socketCount == 64)
        let first = stage.sockets.draw(server.server, random: 5)
        let second = stage.sockets.draw(server.server, random: 5)
        #expect(first == second)
    }

    @Test("a socket that was used often is replaced, and closes when its last use ends")
    func replaced() throws {
        var limits = UpstreamSockets.Limits()
        limits.socketsPerServer = 1
        limits.usesPerSocket = 3
        let stage = try SocketStage(limits)
        let server = try ServerSocket()
        let uses = try (0..<3).map { _ in
            let drawn = stage.sockets.draw(server.server, random: 0)
            return try #require(drawn)
        }
        #expect(Set(uses).count == 1)
        let later = stage.sockets.draw(server.server, random: 0)
        let next = try #require(later)
        #expect(next != uses[0])
        #expect(stage.sockets.localEndpoint(of: next) != stage.sockets.localEndpoint(of: uses[0]))
        #expect(stage.sockets.socketCount == 2)
        // The old one still brings answers to those who wait.
        try stage.send([1], through: uses[0])
        _ = try server.answer { $0 }
        try stage.loop.turn { stage.received.count == 1 }
        for use in uses { stage.sockets.release(use) }
        #expect(stage.sockets.socketCount == 1)
        #expect(stage.sockets.localEndpoint(of: uses[0]) == nil)
        #expect(throws: UpstreamSendError.gone) { try stage.send([1], through: uses[0]) }
    }

    /// Sockets of which one serves a server at a time, for one query.
    private static var oneUse: UpstreamSockets.Limits {
        var limits = UpstreamSockets.Limits()
        limits.socketsPerServer = 1
        limits.usesPerSocket = 1
        return limits
    }

    @Test(
        "whoever's descriptor serves again, each socket has a port of its own and its own answers")
    func renewedPorts() throws {
        let stage = try SocketStage(Self.oneUse)
        let server = try ServerSocket()
        var ports: [UInt16] = []
        for number in 0..<40 as Range<UInt8> {
            let drawn = stage.sockets.draw(server.server, random: 0)
            let port = try #require(drawn)
            ports.append(try #require(stage.sockets.localEndpoint(of: port)).port)
            try stage.send([number], through: port)
            let query = try server.answer { $0 }
            #expect(query.query == [number] && query.source.port == ports.last)
            try stage.loop.turn { stage.received.count == Int(number) + 1 }
            #expect(stage.received.last?.message == [number] && stage.received.last?.port == port)
            #expect(stage.received.last?.source == server.endpoint)
            stage.sockets.release(port)
            #expect(stage.sockets.socketCount <= 1)
        }
        // The kernel chooses each of them at random, and rarely the same twice.
        #expect(Set(ports).count > 30)
    }

    @Test("what came in at a port, or comes after it was given up, is not another query's answer")
    func lateAnswers() throws {
        let stage = try SocketStage(Self.oneUse)
        let server = try ServerSocket()
        let drawn = stage.sockets.draw(server.server, random: 0)
        let first = try #require(drawn)
        try stage.send([1], through: first)
        let source = try server.answer { $0 }.source
        // It has arrived but was not read.
        let second = stage.sockets.draw(server.server, random: 0)
        stage.sockets.release(first)
        try stage.send([2], through: try #require(second))
        _ = try server.answer { $0 }
        var queue = DatagramQueue()
        let path = DatagramAddresses(peer: source, local: .anyIPv4, interface: 0)
        queue.append(to: path) { room in
            var room = room
            room[0] = 3
            return 1
        }
        server.listener.send(&queue)
        let third = stage.sockets.draw(server.server, random: 0)
        try stage.send([4], through: try #require(third))
        _ = try server.answer { $0 }
        try stage.loop.turn { stage.received.count >= 2 }
        try stage.loop.turn(milliseconds: 20)
        #expect(stage.received.map(\.message).sorted { $0[0] < $1[0] } == [[2], [4]])
    }

    @Test("what comes from another address or port is not delivered")
    func othersAreDropped() throws {
        let stage = try SocketStage()
        let server = try ServerSocket()
        let other = try ServerSocket()
        let neighbour = try ServerSocket(Endpoint(IPAddress(ipv4: 0x7F00_0002), port: 0))
        let drawn = stage.sockets.draw(server.server, random: 0)
        let port = try #require(drawn)
        let local = try #require(stage.sockets.localEndpoint(of: port))
        for forger in [other, neighbour] {
            var queue = DatagramQueue()
            let path = DatagramAddresses(peer: local, local: forger.endpoint.address, interface: 0)
            queue.append(to: path) { room in
                var room = room
                room[0] = 0xEE
                return 1
            }
            forger.listener.send(&queue)
        }
        try stage.send([1], through: port)
        _ = try server.answer { $0 }
        try stage.loop.turn { !stage.received.isEmpty }
        try stage.loop.turn(milliseconds: 20)
        #expect(stage.received.map(\.message) == [[1]])
    }

    @Test("a server where nobody listens is reported")
    func refused() throws {
        let stage = try SocketStage()
        let endpoint = try ServerSocket().endpoint
        let drawn = stage.sockets.draw(UpstreamServer(endpoint), random: 0)
        let port = try #require(drawn)
        try stage.send([1], through: port)
        try stage.loop.turn { !stage.failed.isEmpty }
        #expect(stage.failed[0].port == port)
        #expect(stage.failed[0].error == .connectionRefused)
    }

    @Test("queries leave from the source address that is given")
    func sourceAddress() throws {
        let stage = try SocketStage()
        let server = try ServerSocket()
        let source = IPAddress(ipv4: 0x7F00_0009)
        let drawn = stage.sockets.draw(
            UpstreamServer(server.endpoint, source: source), random: 0)
        let port = try #require(drawn)
        try stage.send([1], through: port)
        #expect(try server.answer { $0 }.source.address == source)
        // An address that the machine has not gives no port.
        let foreign = IPAddress(ipv4: 0xC000_0201)
        let none = stage.sockets.draw(
            UpstreamServer(server.endpoint, source: foreign), random: 0)
        #expect(none == nil)
    }

    @Test("sockets that nobody uses close after their time, those that wait do not")
    func idle() throws {
        var limits = UpstreamSockets.Limits()
        limits.socketsPerServer = 4
        limits.idleNanoseconds = 50_000_000
        let stage = try SocketStage(limits)
        let server = try ServerSocket()
        let drawn = stage.sockets.draw(server.server, random: 0)
        let port = try #require(drawn)
        let other = stage.sockets.draw(server.server, random: .max)
        stage.sockets.release(try #require(other))
        #expect(stage.sockets.socketCount == 2)
        try stage.loop.turn { stage.sockets.socketCount == 1 }
        try stage.send([1], through: port)
        _ = try server.answer { $0 }
        try stage.loop.turn { stage.received.count == 1 }
        stage.sockets.release(port)
        #expect(stage.sockets.socketCount == 0)
    }

    @Test("RFC 5452, section 9.2: a port is given up after its time, however little it was used")
    func lifetime() throws {
        var limits = UpstreamSockets.Limits()
        limits.usesPerSocket = .max
        limits.idleNanoseconds = 10_000_000
        limits.lifetimeNanoseconds = 60_000_000
        let stage = try SocketStage(limits)
        let server = try ServerSocket()
        let drawn = stage.sockets.draw(server.server, random: 0)
        let old = try #require(drawn)
        // Drawn all the time, so that the server's sockets never idle.
        var isReplaced = false
        try stage.loop.turn {
            let next = stage.sockets.draw(server.server, random: 0)
            let port = try #require(next)
            stage.sockets.release(port)
            isReplaced = port != old
            return isReplaced
        }
        #expect(isReplaced)
        // What waits at the old port is still received.
        #expect(stage.sockets.socketCount == 2)
        stage.sockets.release(old)
        #expect(stage.sockets.socketCount == 1)
    }

    @Test("with too many servers the sockets of the one unused for longest close")
    func serverLimit() throws {
        var limits = UpstreamSockets.Limits()
        limits.socketsPerServer = 2
        limits.servers = 2
        let stage = try SocketStage(limits)
        let servers = try (0..<3).map { _ in try ServerSocket() }
        for index in [0, 1, 0, 2] {
            let drawn = stage.sockets.draw(servers[index].server, random: 0)
            stage.sockets.release(try #require(drawn))
        }
        #expect(stage.sockets.socketCount == 2)
        let kept = stage.sockets.draw(servers[0].server, random: 0)
        try stage.send([1], through: try #require(kept))
        #expect(stage.sockets.socketCount == 2)
    }

    @Test("the number of sockets is bounded, and a server gets what is left")
    func socketLimit() throws {
        var limits = UpstreamSockets.Limits()
        limits.socketsPerServer = 4
        limits.sockets = 6
        let stage = try SocketStage(limits)
        let servers = try (0..<3).map { _ in try ServerSocket() }
        let quarters = (0..<4).map { UInt32($0) << 30 }
        let first = quarters.map { stage.sockets.draw(servers[0].server, random: $0) }[0]
        let second = quarters.map { stage.sockets.draw(servers[1].server, random: $0) }
        let third = stage.sockets.draw(servers[2].server, random: 0)
        #expect(first != nil && !second.contains(nil) && third == nil)
        #expect(Set(second).count == 2)
        #expect(stage.sockets.socketCount == 6)
        stage.sockets.closeAll()
        #expect(stage.sockets.socketCount == 0)
        #expect(throws: UpstreamSendError.gone) {
            try stage.send([1], through: try #require(first))
        }
    }

    @Test("a port of an earlier time leads nowhere, whoever has its slot now")
    func generations() throws {
        let stage = try SocketStage()
        let server = try ServerSocket()
        let drawn = stage.sockets.draw(server.server, random: 0)
        let old = try #require(drawn)
        stage.sockets.closeAll()
        let again = stage.sockets.draw(server.server, random: 0)
        #expect(again != old)
        stage.sockets.release(old)
        #expect(throws: UpstreamSendError.gone) { try stage.send([1], through: old) }
        try stage.send([1], through: try #require(again))
    }
}

/// What an attacker who cannot see the queries has to guess (RFC 5452, section 9).
@Suite struct PortEntropyTests {
    @Test(
        "RFC 5452, section 9.2: ports are spread over the system's range, and with the id make 2^28 guesses"
    )
    func spread() throws {
        let stage = try SocketStage(UpstreamSockets.Limits())
        let server = try ServerSocket()
        var generator = SystemRandomNumberGenerator()
        var ports: [UInt16] = []
        for _ in 0..<4_000 {
            let drawn = stage.sockets.draw(server.server, random: generator.next())
            let port = try #require(drawn)
            let local = stage.sockets.localEndpoint(of: port)
            ports.append(try #require(local).port)
            stage.sockets.release(port)
        }
        let different = Set(ports)
        // Each of 64 sockets is replaced after 32 uses: in all but one of thousands of runs all are
        // replaced after 4 000 draws, and the kernel rarely assigns a port twice.
        #expect(different.count >= 2 * 64 - 12)
        #expect(stage.sockets.socketCount <= 64)
        let lowest = try #require(different.min())
        let highest = try #require(different.max())
        let range = Int(highest) - Int(lowest)
        // With this many draws from a range, the extremes are within an eighth of its ends in all
        // but one of a million runs, so the range of ports is at least the observed one.
        #expect(range * 65_536 >= 1 << 28)
        for eighth in 0..<8 {
            let from = Int(lowest) + range * eighth / 8
            let to = Int(lowest) + range * (eighth + 1) / 8
            #expect(different.contains { (from...to).contains(Int($0)) })
        }
    }
}
