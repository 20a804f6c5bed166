// UDP sockets to servers. Each server in use has a pool of sockets connected to it, so the kernel
// drops datagrams from other sources, each on a random port chosen by the kernel. The sender of a
// query chooses a socket at random. A socket is opened when it is first chosen, replaced by one on
// another port after a few uses, and releases its port once nothing waits for it: unpredictable
// ports at a fraction of the cost of a socket per query. Its descriptor is later connected to the
// same server again, from a new port.

public import Addresses
public import Events
public import Sockets

/// UDP sockets towards servers.
public final class UpstreamSockets {
    /// What bounds the sockets.
    public struct Limits: Sendable {
        /// Sockets for a server, opened one by one.
        public var socketsPerServer = 64
        /// Uses after which a socket is replaced.
        public var usesPerSocket = 32
        /// Servers with open sockets; at the limit those of the one unused for longest are closed.
        public var servers = 128
        /// Sockets in all, replaced ones that still wait included; spares, a few for each server, are not.
        public var sockets = 16_384
        /// Nanoseconds without use after which a server's sockets are closed; at the latest after twice as many.
        public var idleNanoseconds: UInt64 = 60_000_000_000
        /// Nanoseconds after which a socket is replaced, however little it was used, so a port that
        /// an attacker has found is soon useless. The age is checked at intervals of the idle time,
        /// so a socket is kept for at most ten minutes.
        public var lifetimeNanoseconds: UInt64 = 540_000_000_000

        /// The defaults.
        public init() {}
    }

    /// Gets a datagram, the server that sent it and the port that it came in at.
    public typealias Receive = (Span<UInt8>, Endpoint, UpstreamSocketHandle) -> Void
    /// Gets a port that the kernel reports an error for.
    public typealias Fail = (UpstreamSocketHandle, Errno) -> Void

    private let receive: Receive
    private let fail: Fail
    private let input = ReadBuffer()
    private let pools: LoopConfined<UpstreamPools>
    private let idleNanoseconds: UInt64
    private var timer: DeadlineEvent?

    /// No sockets yet.
    public init(
        _ loop: EventLoop, limits: Limits = Limits(), receive: @escaping Receive,
        fail: @escaping Fail
    ) throws(SystemError) {
        self.receive = receive
        self.fail = fail
        idleNanoseconds = limits.idleNanoseconds
        pools = LoopConfined(UpstreamPools(loop, limits))
        timer = try DeadlineEvent(loop) { [unowned self] in retireUnused() }
        pools.use { $0.onReadable = { [unowned self] key in read(key) } }
    }

    /// The number of open sockets.
    public var socketCount: Int { pools.use { $0.socketCount } }

    /// A port towards `server` chosen by `random`, and one use of it; nil if none can be opened.
    public func draw(_ server: UpstreamServer, random: UInt32) -> UpstreamSocketHandle? {
        let drawn = pools.use { pools in
            (isFirst: pools.isEmpty, key: pools.draw(server, random: random))
        }
        if drawn.isFirst { armTimer() }
        return drawn.key.map { UpstreamSocketHandle(rawValue: $0) }
    }

    /// Sends one datagram.
    public func send(
        _ message: Span<UInt8>, through port: UpstreamSocketHandle
    ) throws(UpstreamSendError) {
        guard let socket = pools.use({ $0.socket(port.rawValue) }) else { throw .gone }
        do throws(Errno) {
            _ = try socket.send(message)
        } catch {
            throw error == .wouldBlock || error == .noBuffers ? .full : .refused(error)
        }
    }

    /// Ends one use.
    public func release(_ port: UpstreamSocketHandle) { pools.use { $0.release(port.rawValue) } }

    /// The local endpoint of a port.
    public func localEndpoint(of port: UpstreamSocketHandle) -> Endpoint? {
        pools.use { $0.socket(port.rawValue) }?.localEndpoint
    }

    /// Closes all.
    public func closeAll() { pools.use { $0.closeAll() } }

    private func armTimer() { timer?.arm(afterNanoseconds: idleNanoseconds) }

    private func retireUnused() {
        let isLast = pools.use { pools in
            pools.retireUnused()
            return pools.isEmpty
        }
        if !isLast { armTimer() }
    }

    private func read(_ key: UInt64) {
        guard let (socket, source) = pools.use({ $0.connection(key) }) else {
            return pools.use { $0.dropSpare(key) }
        }
        let port = UpstreamSocketHandle(rawValue: key)
        do throws(Errno) {
            let count = try input.fill(from: socket)
            input.withBytes(count) { message in receive(message, source, port) }
        } catch {
            if error != .wouldBlock { fail(port, error) }
        }
    }
}
