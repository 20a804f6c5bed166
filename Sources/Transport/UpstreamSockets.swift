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
        let server: UpstreamServer
        /// By place; nil where none was opened yet.
        var sockets: [Socket?]
        var lastUse: UInt64
    }

    private let loop: EventLoop
    private let limits: Limits
    private let receive: Receive
    private let fail: Fail
    private var sockets: SlotTable<Socket>
    private var pools: [Pool] = []
    /// The pool that was used last, where there are any.
    private var lastPool = 0
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
        let pool = pool(of: server) ?? addPool(server, now)
        lastPool = pool
        pools[pool].lastUse = now
        // In Swift a shift binds more tightly than a product.
        let place = Int((UInt64(random) * UInt64(limits.socketsPerServer)) >> 32)
        guard let socket = usableSocket(place, of: pool) else { return nil }
        socket.uses += 1
        socket.allUses += 1
        return UpstreamPort(rawValue: socket.key)
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
        pools = []
        for socket in sockets.elements { sockets.remove(socket.key) }
    }

    // MARK: Pools

    /// The last one used again, mostly; else there are few to go through.
    private func pool(of server: UpstreamServer) -> Int? {
        if lastPool < pools.count, pools[lastPool].server == server { return lastPool }
        return pools.firstIndex { $0.server == server }
    }

    private func addPool(_ server: UpstreamServer, _ now: UInt64) -> Int {
        if pools.count >= limits.servers,
            let oldest = pools.indices.min(by: { pools[$0].lastUse < pools[$1].lastUse })
        {
            retire(pools.remove(at: oldest))
        }
        pools.append(
            Pool(
                server: server, sockets: Array(repeating: nil, count: limits.socketsPerServer),
                lastUse: now))
        armTimer()
        return pools.count - 1
    }

    /// The socket of a place, opened where there is none or the old one is used up; where none can be had, that of
    /// the next place that has one.
    private func usableSocket(_ place: Int, of pool: Int) -> Socket? {
        let old = pools[pool].sockets[place]
        if let old, old.allUses < limits.usesPerSocket { return old }
        if let new = open(pools[pool].server) {
            pools[pool].sockets[place] = new
            if let old { retire(old) }
            return new
        }
        let sockets = pools[pool].sockets
        for step in sockets.indices {
            if let socket = sockets[(place + step) % sockets.count] { return socket }
        }
        return nil
    }

    private func open(_ server: UpstreamServer) -> Socket? {
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
        return socket
    }

    private func retire(_ pool: Pool) {
        for socket in pool.sockets {
            if let socket { retire(socket) }
        }
    }

    private func retire(_ socket: Socket) {
        socket.isRetired = true
        closeIfDone(socket)
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
        for index in pools.indices.reversed()
        where now - pools[index].lastUse >= limits.idleNanoseconds {
            retire(pools.remove(at: index))
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
