// The destination of queries, and why one could not be sent. `UpstreamSockets` and
// `UpstreamStreams` choose sockets; choosing servers and handling silence are done elsewhere.

public import Addresses
public import Sockets

/// An upstream server and the local address to reach it from.
public struct UpstreamServer: Hashable, Sendable, BitwiseCopyable {
    /// The server's address and port.
    public var endpoint: Endpoint
    /// The local address; nil leaves the choice to the kernel.
    public var source: IPAddress?

    /// A server.
    public init(_ endpoint: Endpoint, source: IPAddress? = nil) {
        self.endpoint = endpoint
        self.source = source
    }
}

/// Why a message was not sent to a server.
public enum UpstreamSendError: Error, Equatable, Sendable, BitwiseCopyable {
    /// The port or stream is closed.
    case gone
    /// Too much waits to be sent.
    case full
    /// The kernel refused.
    case refused(Errno)
}

extension UpstreamServer {
    /// Opens a non-blocking socket towards the server.
    func open(
        _ kind: Socket.Kind
    ) throws(Errno) -> (socket: Socket, connecting: Socket.Connecting) {
        let socket = try Socket.open(kind, endpoint.family)
        do throws(Errno) {
            if let source {
                if kind == .stream { socket.chooseSourcePortLate() }
                try socket.bind(to: SocketAddress(Endpoint(source, port: 0)))
            }
            return (socket, try socket.connect(to: SocketAddress(endpoint)))
        } catch {
            try socket.close(after: error)
        }
    }

    /// Connects a datagram socket again that has been released: from another port, which the kernel draws.
    func reconnect(_ socket: Socket) throws(Errno) {
        try socket.connect(to: SocketAddress(endpoint))
    }

    /// Gives up a datagram socket's port and forgets what came in there; false when it cannot be used again.
    static func release(_ socket: Socket) -> Bool {
        do throws(Errno) {
            try socket.disconnect()
        } catch {
            return false
        }
        // Nothing more comes in; what did, and an error, are read one by one.
        for _ in 0..<Self.mostUnread {
            do throws(Errno) {
                try socket.discardOne()
            } catch {
                if error == .wouldBlock { return true }
            }
        }
        return false
    }

    /// The maximum number of unread datagrams of a socket that is kept.
    private static var mostUnread: Int { 16 }
}
