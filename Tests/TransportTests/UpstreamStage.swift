// Connections to servers of the same loop, on loopback or in memory, and what they reported.

import Addresses
import Events
import Sockets
import Testing

@testable import Transport

/// Connections to servers, and what they reported.
final class UpstreamStage {
    /// What the closures share with the stage.
    final class Notes {
        var received: [(message: [UInt8], source: Endpoint, port: UpstreamSocketHandle)] = []
        var closed: [(port: UpstreamSocketHandle, end: StreamEnd, hasAnswered: Bool)] = []
        var servers: [Endpoint: StreamServer] = [:]
        /// The streams in memory towards servers, in the order in which they were opened.
        var opened: [MemoryStream] = []
        var ends: [MemoryEnd] = []
        /// Where nobody goes on with a handshake.
        var silent: Endpoint?
        var handshakeFailure: StreamError?
    }

    let manner: StreamManner
    let loop: EventLoop
    let streams: UpstreamStreams
    private let notes: Notes
    var received: [(message: [UInt8], source: Endpoint, port: UpstreamSocketHandle)] {
        notes.received
    }
    var closed: [(port: UpstreamSocketHandle, end: StreamEnd, hasAnswered: Bool)] { notes.closed }
    var opened: [MemoryStream] { notes.opened }
    /// The servers' ends of the streams in memory.
    var ends: [MemoryEnd] { notes.ends }
    var silent: Endpoint? {
        get { notes.silent }
        set { notes.silent = newValue }
    }
    var handshakeFailure: StreamError? {
        get { notes.handshakeFailure }
        set { notes.handshakeFailure = newValue }
    }

    init(_ limits: UpstreamStreams.Limits = .init(), manner: StreamManner = .socket) throws {
        self.manner = manner
        let notes = Notes()
        self.notes = notes
        loop = try EventLoop()
        let receive: UpstreamStreams.Receive = { message, source, port in
            notes.received.append((message.array, source, port))
        }
        let close: UpstreamStreams.Close = { port, end, hasAnswered in
            notes.closed.append((port, end, hasAnswered))
        }
        if manner == .socket {
            streams = try UpstreamStreams(loop, limits: limits, receive: receive, close: close)
        } else {
            streams = try UpstreamStreams(
                loop, limits: limits,
                connect: { server throws(Errno) in try Self.connect(to: server, manner, notes) },
                receive: receive, close: close)
        }
    }

    private static func connect(
        to server: UpstreamServer, _ manner: StreamManner, _ notes: Notes
    ) throws(Errno) -> ByteStream {
        let (near, far) = MemoryEnd.pair()
        let accepting = notes.servers[server.endpoint].flatMap { $0.listeners.isEmpty ? nil : $0 }
        let isSilent = server.endpoint == notes.silent
        let refusal: StreamError? = accepting == nil ? .system(.connectionRefused) : nil
        guard
            let stream = try? MemoryStream(
                near, manner, isClient: true, handshake: isSilent ? [.readable] : nil,
                isSilent: isSilent, handshakeFailure: notes.handshakeFailure ?? refusal)
        else { throw .noBuffers }
        notes.opened.append(stream)
        notes.ends.append(far)
        if let accepting, let served = try? MemoryStream(far, manner) {
            accepting.admit(
                served, peer: Endpoint(.loopbackIPv4, port: UInt16(notes.opened.count)),
                local: server.endpoint, SystemClock.elapsed())
        }
        return stream
    }

    /// A server on the same loop that gives each message to `answer`.
    func serve(
        limits: StreamServer.Limits = .init(),
        answer: @escaping (StreamServer, ConnectionHandle, [UInt8]) -> Void
    ) throws -> (server: StreamServer, endpoint: Endpoint) {
        let held = Held()
        let server = try StreamServer(loop, limits: limits) { connection, _, _, message in
            if let server = held.server { answer(server, connection, message.array) }
        }
        held.server = server
        // In memory too, for an endpoint that no other server has.
        let endpoint = try server.listen(on: .tcp())
        notes.servers[endpoint] = server
        return (server, endpoint)
    }

    func echo() throws -> (server: StreamServer, endpoint: Endpoint) {
        try serve { server, connection, message in
            server.send((message + [0xAA]).span, to: connection)
        }
    }

    func send(_ octets: [UInt8], through port: UpstreamSocketHandle) throws {
        try streams.send(octets.span, through: port)
    }

    func open(_ endpoint: Endpoint, source: IPAddress? = nil) throws -> UpstreamSocketHandle {
        let stream = streams.stream(to: UpstreamServer(endpoint, source: source))
        return try #require(stream)
    }

    private final class Held {
        weak var server: StreamServer?
    }
}
