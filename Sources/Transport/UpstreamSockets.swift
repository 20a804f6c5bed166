// UDP sockets towards servers. For each server in use there is a pool of places for sockets, each connected to it,
// so that the kernel drops what comes from anywhere else, and each on a port that the kernel drew at random. A
// query leaves by one of them, drawn by its sender; a socket is opened when its place is first drawn, after few
// uses it is replaced by one on another port, and closed once nothing waits for it: unpredictable ports at a
// fraction of a socket per query.

public import Addresses
public import Events
internal import CLinux
internal import Glibc

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
        /// Sockets in all, replaced ones that still wait included.
        public var sockets = 16_384
        /// Nanoseconds without use after which a server's sockets are closed.
        public var idleNanoseconds: UInt64 = 60_000_000_000

        /// The defaults.
        public init() {}
    }

    /// Gets a datagram, the server that sent it and the port that it came in at.
    public typealias Receive = (Span<UInt8>, Endpoint, UpstreamPort) -> Void
    /// Gets a port that the kernel reports an error for (`errno`).
    public typealias Fail = (UpstreamPort, CInt) -> Void

    /// One socket.
    private final class Socket {
        let key: UInt64
        let server: UpstreamServer
        let descriptor: CInt
        var readable: ReadinessEvent?
        /// Uses that did not end.
        var uses = 0
        /// Uses since it was opened.
        var allUses = 0
        /// Not in its server's pool any more: it closes when the last use ends.
        var isRetired = false

        init(key: UInt64, server: UpstreamServer, descriptor: CInt) {
            self.key = key
            self.server = server
            self.descriptor = descriptor
        }

        deinit {
            readable = nil
            close(descriptor)
        }
    }

    /// The sockets that queries to one server leave by.
    private struct Pool {
        /// By place; nil where none was opened yet.
        var keys: [UInt64?]
        var lastUse: UInt64
    }

    private let loop: EventLoop
    private let limits: Limits
    private let receive: Receive
    private let fail: Fail
    private var sockets: SlotTable<Socket>
    private var pools: [UpstreamServer: Pool] = [:]
    private let input = ReadBuffer()
    private var timer: DeadlineEvent?
    private var isTimerArmed = false

    /// No sockets yet.
    public init(
        _ loop: EventLoop, limits: Limits = Limits(), receive: @escaping Receive,
        fail: @escaping Fail
    ) throws(SystemError) {
        self.loop = loop
        self.limits = limits
        self.receive = receive
        self.fail = fail
        sockets = SlotTable(capacity: limits.sockets)
        timer = try DeadlineEvent(loop) { [unowned self] in closeUnused() }
    }

    /// The number of open sockets.
    public var socketCount: Int { sockets.count }

    /// A port towards `server` chosen by `random`, and one use of it; nil if none can be opened.
    public func draw(_ server: UpstreamServer, random: UInt32) -> UpstreamPort? {
        let now = SystemClock.elapsed()
        if pools[server] == nil { addPool(server, now) }
        pools[server]?.lastUse = now
        // In Swift a shift binds more tightly than a product.
        let place = Int((UInt64(random) * UInt64(limits.socketsPerServer)) >> 32)
        renew(place, of: server)
        guard let key = openKey(place, of: server), let socket = sockets[key] else { return nil }
        socket.uses += 1
        socket.allUses += 1
        return UpstreamPort(rawValue: key)
    }

    /// Sends one datagram.
    public func send(
        _ message: Span<UInt8>, through port: UpstreamPort
    ) throws(UpstreamSendError) {
        guard let socket = sockets[port.rawValue] else { throw .gone }
        let count = unsafe message.withUnsafeBytes { bytes in
            unsafe Glibc.send(socket.descriptor, bytes.baseAddress, bytes.count, 0)
        }
        if count >= 0 { return }
        throw errno == EAGAIN || errno == ENOBUFS ? .full : .refused(errno)
    }

    /// Ends one use.
    public func release(_ port: UpstreamPort) {
        guard let socket = sockets[port.rawValue] else { return }
        socket.uses = max(0, socket.uses - 1)
        closeIfDone(socket)
    }

    /// The local endpoint of a port.
    public func localEndpoint(of port: UpstreamPort) -> Endpoint? {
        sockets[port.rawValue].flatMap { SocketOption.localEndpoint($0.descriptor) }
    }

    /// Closes all.
    public func closeAll() {
        pools = [:]
        for socket in sockets.elements { sockets.remove(socket.key) }
    }

    // MARK: Pools

    private func addPool(_ server: UpstreamServer, _ now: UInt64) {
        if pools.count >= limits.servers,
            let oldest = pools.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            retire(oldest.key)
        }
        pools[server] = Pool(
            keys: Array(repeating: nil, count: limits.socketsPerServer), lastUse: now)
        armTimer()
    }

    /// Opens a socket for a place that has none or whose is used up; nothing changes if none can be had.
    private func renew(_ place: Int, of server: UpstreamServer) {
        let old = pools[server]?.keys[place].flatMap { sockets[$0] }
        if let old, old.allUses < limits.usesPerSocket { return }
        guard let new = open(server) else { return }
        pools[server]?.keys[place] = new
        guard let old else { return }
        old.isRetired = true
        closeIfDone(old)
    }

    /// The socket of a place; that of the next place that has one if none could be opened for it.
    private func openKey(_ place: Int, of server: UpstreamServer) -> UInt64? {
        guard let keys = pools[server]?.keys else { return nil }
        for step in keys.indices {
            if let key = keys[(place + step) % keys.count] { return key }
        }
        return nil
    }

    private func open(_ server: UpstreamServer) -> UInt64? {
        guard !sockets.isFull else { return nil }
        let descriptor = server.connect(SOCK_DGRAM)
        guard descriptor >= 0 else { return nil }
        SocketOption.ignorePathMTU(descriptor, isIPv6: server.endpoint.address.isIPv6)
        let socket = sockets.insert { key in
            Socket(key: key, server: server, descriptor: descriptor)
        }
        let key = socket.key
        do throws(SystemError) {
            socket.readable = try ReadinessEvent(
                loop, descriptor: descriptor, .readable
            ) { [unowned self] in read(key) }
        } catch {
            sockets.remove(key)
            return nil
        }
        return key
    }

    private func retire(_ server: UpstreamServer) {
        guard let pool = pools.removeValue(forKey: server) else { return }
        for key in pool.keys {
            guard let key, let socket = sockets[key] else { continue }
            socket.isRetired = true
            closeIfDone(socket)
        }
    }

    private func closeIfDone(_ socket: Socket) {
        if socket.isRetired, socket.uses == 0 { sockets.remove(socket.key) }
    }

    // MARK: Time

    private func armTimer() {
        if isTimerArmed || pools.isEmpty { return }
        isTimerArmed = true
        timer?.arm(afterNanoseconds: limits.idleNanoseconds)
    }

    private func closeUnused() {
        isTimerArmed = false
        let now = SystemClock.elapsed()
        for (server, pool) in pools where now - pool.lastUse >= limits.idleNanoseconds {
            retire(server)
        }
        armTimer()
    }

    // MARK: Reading

    private func read(_ key: UInt64) {
        guard let socket = sockets[key] else { return }
        let count = input.fill(from: socket.descriptor)
        if count >= 0 {
            input.withBytes(count) { message in
                receive(message, socket.server.endpoint, UpstreamPort(rawValue: key))
            }
        } else if errno != EAGAIN, errno != EINTR {
            fail(UpstreamPort(rawValue: key), errno)
        }
    }
}
