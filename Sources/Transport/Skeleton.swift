// The shapes of what follows in this branch.

public import Addresses
public import Events
internal import Glibc

/// An upstream server and the local address to reach it from.
public struct UpstreamServer: Hashable, Sendable, BitwiseCopyable {
    /// The server's address and port.
    public var endpoint: Endpoint
    /// The local address; nil leaves the choice to the kernel.
    public var source: IPAddress?
    /// A server.
    public init(_ endpoint: Endpoint, source: IPAddress? = nil) {
        self.endpoint = endpoint; self.source = source
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

/// UDP sockets towards servers.
public final class UpstreamSockets {
    /// What bounds the sockets.
    public struct Limits: Sendable {
        /// Open sockets for a server in use.
        public var socketsPerServer = 64
        /// Uses after which a socket is replaced.
        public var usesPerSocket = 32
        /// Servers with open sockets.
        public var servers = 128
        /// Sockets in all, replaced ones that still wait included.
        public var sockets = 16384
        /// Nanoseconds without use after which a server's sockets are closed.
        public var idleNanoseconds: UInt64 = 60_000_000_000
        /// The defaults.
        public init() {}
    }
    /// No sockets yet. `receive` gets each datagram that a server sent; `fail` each error (`errno`) that the kernel reports for a port.
    public init(
        _ loop: EventLoop, limits: Limits = Limits(),
        receive: @escaping (Span<UInt8>, Endpoint, UpstreamPort) -> Void,
        fail: @escaping (UpstreamPort, CInt) -> Void
    ) throws(SystemError) { fatalError() }
    /// The number of open sockets.
    public private(set) var socketCount = 0
    /// A port towards `server` chosen by `random`, and one use of it; nil if none can be opened.
    public func draw(_ server: UpstreamServer, random: UInt32) -> UpstreamPort? { fatalError() }
    /// Sends one datagram.
    public func send(_ message: Span<UInt8>, through port: UpstreamPort) throws(UpstreamSendError) {
        fatalError()
    }
    /// Ends one use.
    public func release(_ port: UpstreamPort) { fatalError() }
    /// The local endpoint of a port.
    public func localEndpoint(of port: UpstreamPort) -> Endpoint? { fatalError() }
    /// Closes all.
    public func closeAll() { fatalError() }
}

/// TCP connections to servers.
public final class UpstreamStreams {
    /// What bounds the connections.
    public struct Limits: Sendable {
        /// Connections to one server.
        public var streamsPerServer = 4
        /// Connections in all; at the limit the unused one idle for longest is closed.
        public var streams = 256
        /// Uses of one connection at a time, beyond which another one is opened.
        public var usesPerStream = 64
        /// Octets that wait to be sent through one connection.
        public var outputOctets = 1 << 18
        /// Nanoseconds in which a connection has to be made.
        public var connectNanoseconds: UInt64 = 5_000_000_000
        /// Nanoseconds without use after which a connection is closed.
        public var idleNanoseconds: UInt64 = 10_000_000_000
        /// The defaults.
        public init() {}
    }
    /// No connections yet. `receive` gets each message; `close` is called once for a connection that ended, with `errno` or 0 for an orderly end: whatever waits for it gets no answer.
    public init(
        _ loop: EventLoop, limits: Limits = Limits(),
        receive: @escaping (Span<UInt8>, Endpoint, UpstreamPort) -> Void,
        close: @escaping (UpstreamPort, CInt) -> Void
    ) throws(SystemError) { fatalError() }
    /// The number of open connections.
    public private(set) var streamCount = 0
    /// A connection to `server`, open or being opened, and one use of it; nil if none can be had.
    public func stream(to server: UpstreamServer) -> UpstreamPort? { fatalError() }
    /// Sends one message, or queues it until the connection is made.
    public func send(_ message: Span<UInt8>, through port: UpstreamPort) throws(UpstreamSendError) {
        fatalError()
    }
    /// Ends one use.
    public func release(_ port: UpstreamPort) { fatalError() }
    /// Closes all without a report.
    public func closeAll() { fatalError() }
}

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
    /// Listens on `path`, mode 0660; a socket that nobody answers on is replaced.
    public init(
        _ loop: EventLoop, path: String, limits: Limits = Limits(),
        receive: @escaping (ConnectionHandle, Span<UInt8>) -> Void
    ) throws(OpenError) { fatalError() }
    /// Sends the whole reply and then closes the connection; false if it is gone.
    @discardableResult
    public func reply(_ octets: consuming [UInt8], to handle: ConnectionHandle) -> Bool {
        fatalError()
    }
    /// Closes the socket and its connections, and removes the path if it is still this socket's.
    public func close() { fatalError() }
}
