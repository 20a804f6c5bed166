// The pools of UDP sockets to servers: choosing, using, replacing and closing them. It is one
// value, which `UpstreamSockets` changes in one access; it neither sends nor reads.

internal import Addresses
internal import Events
internal import Sockets

/// Sockets towards servers, and how much they are used.
struct UpstreamPools: ~Copyable {
    /// A socket and what watches it, both given back together; it serves one entry after the other.
    private final class Watch {
        let socket: Socket
        /// The key of the entry that has it now.
        let key: CurrentKey
        private var readable: ReadinessEvent?

        init(
            _ loop: EventLoop, _ socket: Socket, onReadable: @escaping (UInt64) -> Void
        ) throws(SystemError) {
            let key = CurrentKey()
            let event = try ReadinessEvent(loop, descriptor: socket.descriptor, .readable) {
                onReadable(key.value)
            }
            // From here on the socket is this object's to close.
            self.socket = socket
            self.key = key
            readable = consume event
        }

        deinit {
            readable = nil
            socket.close()
        }
    }

    private final class CurrentKey {
        var value: UInt64 = 0
    }

    /// A socket from when it is connected until its port is given up.
    private struct Entry {
        let key: UInt64
        let watch: Watch
        let socket: Socket
        let server: UpstreamServer
        /// When its port was drawn.
        let opened: UInt64
        /// Uses that did not end.
        var uses = 0
        /// Uses since it was opened.
        var allUses = 0
        /// Not in its server's pool any longer: it closes when the last use ends.
        var isRetired = false

        /// Counts one use, unless it has had `count`.
        mutating func use(atMost count: Int) -> Bool {
            guard allUses < count else { return false }
            uses += 1
            allUses += 1
            return true
        }

        /// Ends one use; whether it is to be closed now.
        mutating func endUse() -> Bool {
            uses = max(0, uses - 1)
            return isRetired && uses == 0
        }

        /// Keeps it for those only who wait; whether it is to be closed now.
        mutating func retire() -> Bool {
            isRetired = true
            return uses == 0
        }
    }

    /// The sockets that queries to one server leave by.
    private struct Pool {
        let server: UpstreamServer
        /// By index; 0 if none was opened yet.
        var keys: [UInt64]
        /// What sockets that are done have left: connected again, they serve this server from new ports.
        var spares: [Watch] = []
        /// How many draws there had been from all pools at its last one.
        var lastDraw: UInt64
    }

    private let loop: EventLoop
    private let limits: UpstreamSockets.Limits
    /// Called with the key of a socket that can be read; set before anything is drawn.
    var onReadable: (UInt64) -> Void = { _ in }
    private var sockets: SlotTable<Entry>
    private var pools: [Pool] = []
    /// The pool that was used last, where there are any.
    private var lastPool = 0
    private var draws: UInt64 = 0
    private var drawsAtLastCheck: UInt64 = 0

    /// No sockets yet.
    init(_ loop: EventLoop, _ limits: UpstreamSockets.Limits) {
        self.loop = loop
        self.limits = limits
        sockets = SlotTable(capacity: limits.sockets)
    }

    /// The number of open sockets.
    var socketCount: Int { sockets.count }

    /// Whether there is no server that sockets are kept for.
    var isEmpty: Bool { pools.isEmpty }

    /// A socket towards `server` chosen by `random`, and one use of it; nil if none can be opened.
    mutating func draw(_ server: UpstreamServer, random: UInt32) -> UInt64? {
        let pool = pool(of: server) ?? addPool(server)
        lastPool = pool
        draws += 1
        pools[pool].lastDraw = draws
        // In Swift a shift binds more tightly than a product.
        let place = Int((UInt64(random) * UInt64(limits.socketsPerServer)) >> 32)
        return use(place, of: pool)
    }

    /// A socket, and whom it is connected to.
    mutating func connection(_ key: UInt64) -> (socket: Socket, server: Endpoint)? {
        sockets.use(key) { entry in
            guard let socket = entry?.socket, let server = entry?.server.endpoint else {
                return nil
            }
            return (socket, server)
        }
    }

    /// A socket.
    mutating func socket(_ key: UInt64) -> Socket? { sockets.use(key) { $0?.socket } }

    /// Ends one use.
    mutating func release(_ key: UInt64) {
        if sockets.use(key, { $0?.endUse() }) == true { end(key) }
    }

    /// Gives back a spare that something came in at nevertheless, when it was done already.
    mutating func dropSpare(_ key: UInt64) {
        for index in pools.indices { pools[index].spares.removeAll { $0.key.value == key } }
    }

    /// Closes all.
    mutating func closeAll() {
        pools = []
        for entry in sockets.elements { sockets.remove(entry.key) }
    }

    /// Retires the sockets of servers that nothing was drawn for since this was last called, and those that are old.
    mutating func retireUnused() {
        for index in pools.indices.reversed() where pools[index].lastDraw <= drawsAtLastCheck {
            retire(pools.remove(at: index))
        }
        drawsAtLastCheck = draws
        let now = SystemClock.elapsed()
        for pool in pools.indices {
            for place in pools[pool].keys.indices {
                let key = pools[pool].keys[place]
                guard let socket = sockets[key],
                    now - socket.opened >= limits.lifetimeNanoseconds
                else { continue }
                pools[pool].keys[place] = 0
                retire(key)
            }
        }
    }

    // MARK: Pools

    /// The last one used again, mostly; else there are few to go through.
    private func pool(of server: UpstreamServer) -> Int? {
        if lastPool < pools.count, pools[lastPool].server == server { return lastPool }
        return pools.firstIndex { $0.server == server }
    }

    private mutating func addPool(_ server: UpstreamServer) -> Int {
        if pools.count >= limits.servers,
            let oldest = pools.indices.min(by: { pools[$0].lastDraw < pools[$1].lastDraw })
        {
            retire(pools.remove(at: oldest))
        }
        let keys = [UInt64](repeating: 0, count: limits.socketsPerServer)
        pools.append(Pool(server: server, keys: keys, lastDraw: draws))
        return pools.count - 1
    }

    private mutating func retire(_ pool: Pool) {
        for key in pool.keys where key != 0 { retire(key) }
    }

    // MARK: Sockets

    /// Uses the socket at an index, opening one if there is none or if the old one is used up; if
    /// that fails, uses the next available socket.
    private mutating func use(_ place: Int, of pool: Int) -> UInt64? {
        let old = pools[pool].keys[place]
        if sockets.use(old, { $0?.use(atMost: limits.usesPerSocket) }) == true { return old }
        if let new = open(pool) {
            pools[pool].keys[place] = new
            retire(old)
            return sockets.use(new, { $0?.use(atMost: .max) }) == true ? new : nil
        }
        let keys = pools[pool].keys
        for step in keys.indices {
            let key = keys[(place + step) % keys.count]
            if sockets.use(key, { $0?.use(atMost: .max) }) == true { return key }
        }
        return nil
    }

    private mutating func open(_ pool: Int) -> UInt64? {
        guard !sockets.isFull else { return nil }
        let server = pools[pool].server
        while let spare = pools[pool].spares.popLast() {
            do throws(Errno) {
                try server.reconnect(spare.socket)
                return add(spare, server)
            } catch {
                continue
            }
        }
        guard let socket = try? server.open(.datagram).socket else { return nil }
        socket.ignorePathMTU(isIPv6: server.endpoint.address.isIPv6)
        do throws(SystemError) {
            return add(try Watch(loop, socket, onReadable: onReadable), server)
        } catch {
            socket.close()
            return nil
        }
    }

    private mutating func add(_ watch: Watch, _ server: UpstreamServer) -> UInt64 {
        sockets.insert { key in
            watch.key.value = key
            return Entry(
                key: key, watch: watch, socket: watch.socket, server: server,
                opened: SystemClock.elapsed())
        }.key
    }

    /// Ends a socket that nothing waits for. Its port is released immediately; its descriptor may
    /// be reused.
    private mutating func end(_ key: UInt64) {
        guard let entry = sockets[key] else { return }
        sockets.remove(key)
        guard let pool = pool(of: entry.server), pools[pool].spares.count < Self.mostSpares,
            UpstreamServer.release(entry.socket)
        else { return }
        pools[pool].spares.append(entry.watch)
    }

    /// As many as sockets of one server are mostly done with at a time.
    private static var mostSpares: Int { 8 }

    /// Closes a socket as soon as nothing waits for a reply on it.
    private mutating func retire(_ key: UInt64) {
        if sockets.use(key, { $0?.retire() }) == true { end(key) }
    }
}
