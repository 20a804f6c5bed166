// The seam below every connection: bytes in both directions, without waiting. What is above it, the framing of
// messages and the life of connections, knows no socket; what is below it, a plain connection or a layer such as
// TLS over its descriptor, knows no messages.

public import Sockets

/// What a stream's descriptor has to be ready for before the stream can go on.
enum Readiness: Equatable, Sendable, BitwiseCopyable {
    case readable, writable
}

/// Why a stream failed; an orderly end is no failure.
public enum StreamError: Error, Equatable, Sendable, BitwiseCopyable {
    /// The system says so.
    case system(Errno)
    /// The connection ended without the end of a layer over it, so that something may be missing.
    case truncated
    /// The other side broke the rules of a layer over the socket.
    case violation
}

/// How a stream ended.
public enum StreamEnd: Equatable, Sendable, BitwiseCopyable {
    /// The other side ended it in order.
    case orderly
    case failed(StreamError)

    /// Whether the other side ended it, in whatever way, after it was made.
    public var isByPeer: Bool {
        switch self {
        case .orderly, .failed(.truncated): true
        case .failed(.system(let error)): error == .connectionReset || error == .brokenPipe
        case .failed(.violation): false
        }
    }
}

/// A connection's bytes, as they are.
///
/// A layer over the connection is a subclass that overrides what it does otherwise, and calls the socket by its
/// descriptor. Each call returns at once. After `wants`, the same call is made again when the descriptor is ready
/// for that: a read may have to wait until the descriptor is writable, and a write until it is readable. A write
/// that is made again begins with the same bytes. After the end of the input or a failed read nothing more is read;
/// what came before a write failed may be.
class ByteStream {
    /// How an attempt to make the stream ready for bytes ended.
    enum Progress: Equatable {
        case ready
        case wants(Readiness)
        case failed(StreamError)
    }

    /// How an attempt to read ended.
    enum Reading: Equatable {
        /// So many bytes, at least one.
        case octets(Int)
        case wants(Readiness)
        /// The other side will send nothing more, and has said so.
        case ended
        case failed(StreamError)
    }

    /// How an attempt to write ended.
    enum Writing: Equatable {
        /// So many bytes, at least one.
        case octets(Int)
        case wants(Readiness)
        case failed(StreamError)
    }

    let socket: Socket
    /// Whether the connection is still being made by the kernel.
    private var isConnecting: Bool

    /// A stream over a socket that does not block, which belongs to it from now on.
    init(_ socket: Socket, isConnecting: Bool = false) {
        self.socket = socket
        self.isConnecting = isConnecting
    }

    /// What the descriptor has to be ready for before `establish` is called first.
    final var firstReadiness: Readiness { isConnecting ? .writable : .readable }

    /// Goes on with making the stream ready: the connection, then the handshake of a layer if there is one. It is
    /// called until it is `ready`, and then never again.
    func establish() -> Progress {
        if isConnecting, let error = socket.takeError() { return .failed(.system(error)) }
        isConnecting = false
        return .ready
    }

    /// Reads as much as there is, at most as much as there is room for.
    func read(into room: inout MutableSpan<UInt8>) -> Reading {
        do throws(Errno) {
            let count = try socket.receive(into: &room)
            return count == 0 ? .ended : .octets(count)
        } catch {
            return error == .wouldBlock ? .wants(.readable) : .failed(.system(error))
        }
    }

    /// Writes as many bytes as the stream takes; `octets` must not be empty.
    func write(_ octets: Span<UInt8>) -> Writing {
        do throws(Errno) {
            return .octets(try socket.send(octets))
        } catch {
            return error == .wouldBlock ? .wants(.writable) : .failed(.system(error))
        }
    }

    /// Whether bytes can be read although the descriptor may not be readable: a layer that was read from has more
    /// of what it took from the socket.
    var hasUnreadInput: Bool { false }

    /// Sends nothing more: the other side reads an end behind what was written, and may go on sending. False when that
    /// cannot be done at once.
    func endOutput() -> Bool {
        do throws(Errno) {
            try socket.endOutput()
            return true
        } catch {
            return false
        }
    }

    /// Ends the stream, in order where that can be done at once, and closes the socket. Called once; whatever
    /// watches the descriptor ends before.
    func close() { socket.close() }
}
