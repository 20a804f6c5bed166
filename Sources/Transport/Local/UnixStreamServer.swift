// The local socket on which programs of this machine ask in one line and get one reply, after which the
// connection ends. Who may ask is the file system's decision: owner and group, mode 0660.

public import Events
internal import Glibc

/// A local socket on which programs ask in one line and get one reply.
public final class UnixStreamServer {
    /// What bounds the connections.
    public struct Limits: Sendable {
        /// Connections at a time; more wait in the kernel.
        public var connections = 64
        /// The longest request, its line feed not counted.
        public var requestOctets = 4096
        /// Nanoseconds in which a client has to ask, and to read each part of the reply.
        public var stallNanoseconds: UInt64 = 5_000_000_000

        /// The defaults.
        public init() {}
    }

    /// Why the socket cannot be opened.
    public enum OpenError: Error, Equatable, Sendable {
        /// The path is empty or longer than a socket's may be.
        case badPath(String)
        /// Another process answers on it.
        case inUse(String)
        /// Something that is no socket has this path.
        case notASocket(String)
        /// A system call failed.
        case failed(String, SystemError)
    }

    private let path: String
    private let connections: RequestConnections
    /// The file that this socket made, so that no successor's is removed.
    private var identity: SocketFile.Identity?

    /// Listens on `path` with mode 0660; replaces a socket without a listening process.
    public init(
        _ loop: EventLoop, path: String, limits: Limits = Limits(),
        receive: @escaping (ConnectionHandle, Span<UInt8>) -> Void
    ) throws(OpenError) {
        self.path = path
        let socket = try SocketFile.open(path)
        do throws(SystemError) {
            connections = try RequestConnections(
                loop, socket,
                limits: RequestConnections.Limits(
                    connections: limits.connections, requestOctets: limits.requestOctets,
                    stallNanoseconds: limits.stallNanoseconds),
                requestEnd: { $0[$1...].firstIndex(of: UInt8(ascii: "\n")) }, receive: receive)
        } catch {
            throw .failed(path, error)
        }
        identity = SocketFile.Identity(path)
    }

    deinit { close() }

    /// Sends the whole reply and then closes the connection; false if it is already closed.
    @discardableResult
    public func reply(_ octets: consuming [UInt8], to handle: ConnectionHandle) -> Bool {
        connections.reply(octets, to: handle)
    }

    /// Closes the socket and its connections, and removes the path if it is still this socket's.
    public func close() {
        connections.close()
        if let identity, SocketFile.Identity(path) == identity { unsafe unlink(path) }
        identity = nil
    }
}

extension UnixStreamServer.OpenError: CustomStringConvertible {
    /// `/run/privatelinkd/control.sock: another process answers on this socket`.
    public var description: String {
        switch self {
        case .badPath(let path): "\(path): not a valid socket path (1 to 107 bytes)"
        case .inUse(let path): "\(path): another process answers on this socket"
        case .notASocket(let path): "\(path): exists and is not a socket"
        case .failed(let path, let error): "\(path): \(error)"
        }
    }
}
