// A second stream below the seam, in memory: what a layer such as TLS may do to whoever is above it, without such a
// layer. It delivers bytes one at a time, keeps what its descriptor no longer shows, waits for the other readiness
// than the usual one, needs a handshake, and ends without its end.

import Addresses
import Events
import Glibc
import Sockets
import Testing

@testable import Transport

/// How the streams of a test behave.
enum StreamManner: String, CaseIterable, Sendable {
    /// Sockets of the kernel.
    case socket
    /// In memory, the first bytes one at a time; they are read although the descriptor shows nothing any more.
    case bytewise
    /// In memory, with a handshake; reading waits for writability first, writing for readability.
    case crossed
}

/// A descriptor whose readiness for reading and writing the test sets.
private final class Doorbell {
    let socket: Socket
    private let far: Socket
    private var isClosed = false

    init() throws {
        var ends: [CInt] = [-1, -1]
        let type = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let result = unsafe socketpair(AF_UNIX, type, 0, &ends)
        try #require(result == 0)
        socket = Socket(descriptor: ends[0])
        far = Socket(descriptor: ends[1])
        // Soon full.
        var size: CInt = 4_096
        let length = socklen_t(MemoryLayout<CInt>.size)
        let isSet = unsafe setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, length)
        try #require(isSet == 0)
    }

    deinit {
        close()
        far.close()
    }

    var isReadable = false {
        didSet {
            guard isReadable != oldValue, !isClosed else { return }
            if isReadable { send(through: far, atMost: 1) } else { drain(socket) }
        }
    }

    var isWritable = true {
        didSet {
            guard isWritable != oldValue, !isClosed else { return }
            if isWritable { drain(far) } else { send(through: socket, atMost: .max) }
        }
    }

    func close() {
        if !isClosed { socket.close() }
        isClosed = true
    }

    private func send(through socket: Socket, atMost limit: Int) {
        let octets = [UInt8](repeating: 0, count: min(limit, 4_096))
        var left = limit
        while left > 0, let count = try? socket.send(octets.span) { left -= count }
    }

    private func drain(_ socket: Socket) {
        var octets = [UInt8](repeating: 0, count: 1 << 16)
        var room = octets.mutableSpan
        while let count = try? socket.receive(into: &room), count > 0 {}
    }
}

/// One end of a connection in memory.
final class MemoryEnd {
    /// Bytes that arrived and were not taken.
    private var incoming: [UInt8] = []
    private var taken = 0
    /// Bytes that may be on their way to this end.
    var capacity = 1 << 20
    /// The other end sends nothing more.
    private(set) var hasEnded = false
    /// Nothing is taken here any more.
    private var isClosed = false
    /// The connection is broken off, or ended without the layer's end.
    private(set) var failure: StreamError?
    /// Called when something changed for this end.
    var changed: () -> Void = {}
    private weak var other: MemoryEnd?

    /// Both ends of a connection.
    static func pair() -> (MemoryEnd, MemoryEnd) {
        let ends = (MemoryEnd(), MemoryEnd())
        ends.0.other = ends.1
        ends.1.other = ends.0
        return ends
    }

    var count: Int { incoming.count - taken }
    /// Whether the other end would take bytes, or a failure shows when they are sent.
    var canSend: Bool { other.map { $0.isClosed || $0.count < $0.capacity } ?? true }

    /// Takes up to `limit` bytes.
    func take(_ limit: Int) -> [UInt8] {
        let octets = Array(incoming[taken..<(taken + min(limit, count))])
        taken += octets.count
        if count == 0 { (incoming, taken) = ([], 0) }
        other?.changed()
        return octets
    }

    /// Sends as many bytes as the other end has room for; nil when it is gone.
    func send(_ octets: [UInt8]) -> Int? {
        guard failure == nil, let other, !other.isClosed else { return nil }
        let count = min(octets.count, max(0, other.capacity - other.count))
        other.incoming += octets[..<count]
        other.changed()
        return count
    }

    /// Sends nothing more.
    func end() {
        other?.hasEnded = true
        other?.changed()
    }

    /// Sends nothing more, and takes nothing more.
    func close() {
        isClosed = true
        changed = {}
        end()
    }

    /// Breaks the connection off, or ends it without the layer's end.
    func fail(_ error: StreamError) {
        other?.failure = error
        other?.changed()
    }
}

/// A stream in memory, as the server or the client of a test.
final class MemoryStream: ByteStream {
    private let end: MemoryEnd
    private let manner: StreamManner
    private let doorbell: Doorbell
    /// Taken from the connection and not read.
    private var unread: [UInt8] = []
    private var readCount = 0
    /// What is left of the handshake; the last is done first.
    private var handshake: [Readiness]
    /// What the handshake waits for.
    private var awaited: Readiness?
    /// Whether the other side never goes on with the handshake.
    private let isSilent: Bool
    /// How the handshake fails, if it does.
    private let handshakeFailure: StreamError?
    private var isEstablished = false
    /// Whether the next read or write goes on, having waited.
    private var hasWaited = (read: false, write: false)
    /// Whether a write waits for something of the layer's own, which is always there at once.
    private var owesInput = false
    /// What the stream was asked for before it was established.
    private(set) var earlyTransfers = 0

    /// A stream of `end`; a client's is writable when it is connected.
    init(
        _ end: MemoryEnd, _ manner: StreamManner, isClient: Bool = false,
        handshake: [Readiness]? = nil, isSilent: Bool = false,
        handshakeFailure: StreamError? = nil
    ) throws {
        self.end = end
        self.manner = manner
        self.handshake = handshake ?? (manner == .crossed ? [.writable, .readable, .writable] : [])
        self.isSilent = isSilent
        self.handshakeFailure = handshakeFailure
        doorbell = try Doorbell()
        super.init(doorbell.socket, isConnecting: isClient)
        end.changed = { [unowned self] in ring() }
        ring()
    }

    private func ring() {
        doorbell.isReadable =
            end.count > 0 || end.hasEnded || end.failure != nil || owesInput
            || awaited == .readable && !isSilent
        doorbell.isWritable = end.canSend || end.failure != nil
    }

    override func establish() -> Progress {
        precondition(super.establish() == .ready)
        awaited = handshake.popLast()
        ring()
        if let awaited { return .wants(awaited) }
        isEstablished = handshakeFailure == nil
        return handshakeFailure.map { .failed($0) } ?? .ready
    }

    override var hasUnreadInput: Bool { !unread.isEmpty }

    override func read(into room: inout MutableSpan<UInt8>) -> Reading {
        if !isEstablished { earlyTransfers += 1 }
        if manner == .crossed, !hasWaited.read, unread.isEmpty, end.count > 0 {
            hasWaited.read = true
            return .wants(.writable)
        }
        hasWaited.read = false
        if unread.isEmpty { unread = end.take(.max) }
        ring()
        if unread.isEmpty {
            if let failure = end.failure { return .failed(failure) }
            return end.hasEnded ? .ended : .wants(.readable)
        }
        // All one at a time would take the tests a long time.
        let limit = manner == .bytewise ? (readCount < 600 ? 1 : 997) : Int.max
        let octets = unread.prefix(min(room.count, limit))
        for (index, octet) in octets.enumerated() { room[index] = octet }
        unread.removeFirst(octets.count)
        readCount += octets.count
        return .octets(octets.count)
    }

    override func write(_ octets: Span<UInt8>) -> Writing {
        if !isEstablished { earlyTransfers += 1 }
        if manner == .crossed, !hasWaited.write {
            hasWaited.write = true
            owesInput = true
            ring()
            return .wants(.readable)
        }
        // Not all that waits: each attempt copies it.
        let limit = manner == .bytewise ? 997 : 4_096
        guard let count = end.send(octets.extracting(first: limit).array) else {
            return .failed(.system(.brokenPipe))
        }
        owesInput = false
        ring()
        if count == 0 { return .wants(.writable) }
        hasWaited.write = false
        return .octets(count)
    }

    override func endOutput() -> Bool {
        end.end()
        return true
    }

    override func close() {
        end.close()
        doorbell.close()
    }
}

/// A client in memory, which a test drives as it does one with a socket.
final class MemoryClient: StreamClient {
    private let end: MemoryEnd
    let local: Endpoint?
    var input: [UInt8] = []
    private(set) var hasEnded = false
    let isReset = false

    init(_ end: MemoryEnd, local: Endpoint, receiveBuffer: Int?) {
        self.end = end
        self.local = local
        if let receiveBuffer { end.capacity = receiveBuffer }
    }

    deinit { close() }

    @discardableResult
    func send(_ octets: [UInt8]) -> Int { end.send(octets) ?? 0 }
    func endOutput() { end.end() }
    func reset() { end.fail(.system(.connectionReset)) }
    func close() { end.close() }
    /// Ends the connection without the layer's end.
    func truncate() { end.fail(.truncated) }

    func receive(atMost maximum: Int) {
        input += end.take(maximum)
        if end.count == 0, end.hasEnded { hasEnded = true }
    }
}
