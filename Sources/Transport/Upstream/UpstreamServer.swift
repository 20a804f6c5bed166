// The destination of queries, and why one could not be sent. `UpstreamSockets` and
// `UpstreamStreams` choose sockets; choosing servers and handling silence are done elsewhere.

public import Addresses
internal import CLinux
internal import Glibc

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
    /// The kernel refused, by `errno`.
    case refused(CInt)
}

extension UpstreamServer {
    /// Opens a non-blocking socket towards the server; of TCP the connection may still be in the
    /// making. Negative on failure, with `errno`.
    func connect(_ type: __socket_type) -> CInt {
        let descriptor = SocketOption.makeSocket(endpoint.family, type)
        if descriptor < 0 { return descriptor }
        if bindSource(descriptor, type), reach(descriptor) { return descriptor }
        let number = errno
        close(descriptor)
        errno = number
        return -1
    }

    private func bindSource(_ descriptor: CInt, _ type: __socket_type) -> Bool {
        guard let source else { return true }
        if type == SOCK_STREAM {
            // The port is chosen when connecting, so that one may serve several servers.
            let name = CInt(CLINUX_IP_BIND_ADDRESS_NO_PORT)
            SocketOption.set(descriptor, CInt(IPPROTO_IP), name, 1)
        }
        return unsafe SocketAddress(Endpoint(source, port: 0)).withPointer { address, length in
            unsafe bind(descriptor, address, length)
        } == 0
    }

    /// Connects a datagram socket again that has been disconnected: from another port, which the kernel draws.
    func reconnect(_ descriptor: CInt) -> Bool { reach(descriptor) }

    /// Gives up a datagram socket's port and forgets what came in there; false when it cannot be used again.
    static func disconnect(_ descriptor: CInt) -> Bool {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        let size = socklen_t(MemoryLayout<sockaddr>.size)
        guard unsafe Glibc.connect(descriptor, &nobody, size) == 0 else { return false }
        // Nothing more comes in; what did, and an error, are read one by one.
        var octet: UInt8 = 0
        for _ in 0..<Self.mostUnread {
            if unsafe recv(descriptor, &octet, 1, CInt(MSG_DONTWAIT)) < 0, errno == EAGAIN {
                return true
            }
        }
        return false
    }

    /// The maximum number of unread datagrams of a socket that is kept.
    private static var mostUnread: Int { 16 }

    private func reach(_ descriptor: CInt) -> Bool {
        let result = unsafe SocketAddress(endpoint).withPointer { address, length in
            unsafe Glibc.connect(descriptor, address, length)
        }
        return result == 0 || errno == EINPROGRESS
    }
}
