// What the tests of sockets share: plain clients on loopback, and turns of a loop that end when something was
// seen, or with a failure when it was not seen for ten seconds.

import Addresses
import Events
import Glibc
import Sockets
import Testing

@testable import Transport

/// A client that a test drives.
protocol StreamClient: AnyObject {
    /// The endpoint that the server sees.
    var local: Endpoint? { get }
    /// Bytes read that were not taken.
    var input: [UInt8] { get set }
    /// Whether the other side has ended its output.
    var hasEnded: Bool { get }
    /// Whether the other side has broken the connection off.
    var isReset: Bool { get }

    /// Sends bytes; returns how many were taken.
    @discardableResult
    func send(_ octets: [UInt8]) -> Int
    /// Says that nothing more will be sent.
    func endOutput()
    /// Breaks the connection off.
    func reset()
    func close()
    /// Reads what has arrived.
    func receive(atMost maximum: Int)
}

extension StreamClient {
    /// Sends a message behind its length.
    func sendFrame(_ message: [UInt8]) {
        #expect(send(ClientSocket.frame(message)) == message.count + 2)
    }

    /// The next whole message, if there is one.
    func takeFrame() -> [UInt8]? {
        receive(atMost: .max)
        guard input.count >= 2 else { return nil }
        let count = Int(input[0]) << 8 | Int(input[1])
        guard input.count >= 2 + count else { return nil }
        defer { input.removeFirst(2 + count) }
        return Array(input[2..<(2 + count)])
    }

    /// Whether the server has closed the connection, in whatever way.
    var isOver: Bool {
        receive(atMost: .max)
        return hasEnded || isReset
    }
}

/// A client's socket, which does not block; closed with the object.
final class ClientSocket: StreamClient {
    private(set) var descriptor: CInt
    var input: [UInt8] = []
    private(set) var hasEnded = false
    private(set) var isReset = false

    /// A TCP connection to `server`, from `source` where one is given.
    init(
        _ server: Endpoint, source: IPAddress? = nil, receiveBuffer: Int? = nil,
        _ kind: Socket.Kind = .stream
    ) throws {
        let socket = try Socket.open(kind, server.family, isBlocking: true)
        descriptor = socket.descriptor
        if var size = receiveBuffer.map({ CInt($0) }) {
            let length = socklen_t(MemoryLayout<CInt>.size)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, length)
        }
        if let source { try socket.bind(to: SocketAddress(Endpoint(source, port: 0))) }
        try socket.connect(to: SocketAddress(server))
        #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    var local: Endpoint? { Socket(descriptor: descriptor).localEndpoint }

    @discardableResult
    func send(_ octets: [UInt8]) -> Int {
        let count = unsafe octets.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        }
        return max(count, 0)
    }

    static func frame(_ message: [UInt8]) -> [UInt8] {
        [UInt8(message.count >> 8), UInt8(message.count & 0xFF)] + message
    }

    func endOutput() { #expect(shutdown(descriptor, CInt(SHUT_WR)) == 0) }

    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func receive(atMost maximum: Int) {
        var room = [UInt8](repeating: 0, count: min(maximum, 1 << 16))
        var left = maximum
        while left > 0 {
            let count = unsafe room.withUnsafeMutableBytes { bytes in
                unsafe recv(descriptor, bytes.baseAddress, min(bytes.count, left), 0)
            }
            if count == 0 { hasEnded = true }
            if count < 0, errno != EAGAIN { isReset = true }
            guard count > 0 else { return }
            input += room[..<count]
            left -= count
        }
    }
}

/// A number that closures count up on one thread.
final class Count {
    var value = 0
}

extension EventLoop {
    /// Turns until `condition` holds.
    func turn(
        until condition: () throws -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let isOverdue = Count()
        let limit = try TimerEvent(self) { isOverdue.value += 1 }
        limit.arm(afterNanoseconds: 10_000_000_000)
        // What a client sees is not an event of this loop, so it checks again after a short time.
        let moment = try TimerEvent(self) {}
        while try !condition() {
            moment.arm(afterNanoseconds: 1_000_000)
            turn()
            if isOverdue.value > 0 {
                Issue.record("nothing happened for ten seconds", sourceLocation: sourceLocation)
                break
            }
        }
        _ = consume limit
        _ = consume moment
    }

    /// Turns for this long, whatever happens: for what must not happen.
    func turn(milliseconds: UInt64) throws {
        let isOver = Count()
        let timer = try TimerEvent(self) { isOver.value += 1 }
        timer.arm(afterNanoseconds: milliseconds * 1_000_000)
        while isOver.value == 0 { turn() }
        _ = consume timer
    }
}

extension Endpoint {
    static let anyLoopbackPort = Endpoint(.loopbackIPv4, port: 0)
}

extension Listener {
    /// DNS over UDP, at any port of loopback where nothing else is said.
    static func udp(_ endpoint: Endpoint = .anyLoopbackPort) -> Listener {
        Listener(endpoint, .dnsOverUDP)
    }

    /// DNS over TCP.
    static func tcp(_ endpoint: Endpoint = .anyLoopbackPort) -> Listener {
        Listener(endpoint, .dnsOverTCP)
    }
}

extension Span<UInt8> {
    /// A copy.
    var array: [UInt8] { indices.map { self[$0] } }
}
