// A server for streams, for the tests of what clients may do: on loopback, or over streams in memory.

import Addresses
import Events
import Glibc
import Testing

@testable import Transport

/// A server that notes what it is given, and answers as a test says.
final class StreamStage {
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

    let manner: StreamManner
    let loop: EventLoop
    let server: StreamServer
    let endpoint: Endpoint
    private var clientCount: UInt16 = 0
    private let notes = Notes()
    var received: [Received] { notes.received }
    /// What is sent back at once; nil leaves the message unanswered.
    var answer: ([UInt8]) -> [UInt8]? {
        get { notes.answer }
        set { notes.answer = newValue }
    }

    init(
        _ limits: StreamServer.Limits = .init(), _ manner: StreamManner = .socket,
        listen: Endpoint = .anyLoopbackPort
    ) throws {
        self.manner = manner
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
        endpoint = try server.listen(on: .tcp(listen))
    }

    /// A client whose connection the server has; it may have `receiveBuffer` bytes unread, or a few more.
    func connect(
        _ source: IPAddress? = nil, receiveBuffer: Int? = nil
    ) throws -> any StreamClient {
        if manner != .socket { return try connectInMemory(receiveBuffer: receiveBuffer).client }
        let before = server.counters.accepted
        let client = try ClientSocket(endpoint, source: source, receiveBuffer: receiveBuffer)
        try loop.turn { server.counters.accepted > before }
        return client
    }

    /// A client in memory, and the server's stream to it.
    func connectInMemory(
        receiveBuffer: Int? = nil, handshake: [Readiness]? = nil, isSilent: Bool = false,
        handshakeFailure: StreamError? = nil
    ) throws -> (client: MemoryClient, stream: MemoryStream) {
        clientCount += 1
        let peer = Endpoint(.loopbackIPv4, port: 10_000 + clientCount)
        let (near, far) = MemoryEnd.pair()
        let client = MemoryClient(near, local: peer, receiveBuffer: receiveBuffer)
        let stream = try MemoryStream(
            far, manner, handshake: handshake, isSilent: isSilent,
            handshakeFailure: handshakeFailure)
        server.admit(stream, peer: peer, local: endpoint, SystemClock.elapsed())
        return (client, stream)
    }

    /// Waits for so many messages in all.
    func receive(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try loop.turn(until: { received.count >= count }, sourceLocation: sourceLocation)
        try #require(received.count == count, sourceLocation: sourceLocation)
    }

    /// Waits for a message to `client`.
    func frame(
        to client: any StreamClient, sourceLocation: SourceLocation = #_sourceLocation
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
        of client: any StreamClient, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try loop.turn(until: { client.isOver }, sourceLocation: sourceLocation)
    }

    @discardableResult
    func reply(_ octets: [UInt8], to index: Int) -> Bool {
        server.send(octets.span, to: received[index].connection)
    }
}

func streamOctets(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) }
}
