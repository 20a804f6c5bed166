// The TCP side of a worker: its listeners, their connections and the deadlines of those. It
// delivers whole messages one at a time and knows nothing of what is in them. A message is never
// delivered from inside `send` or `finished`, only from the loop.

public import Addresses
public import Events
internal import Sockets

/// TCP listeners and their connections.
public final class StreamServer {
    /// What bounds the connections.
    public struct Limits: Sendable {
        /// Connections in all; at the limit the one idle for longest is closed.
        public var connections = 1024
        /// Connections of one client address; at the limit its one idle for longest is closed.
        public var connectionsPerClient = 128
        /// Messages of one connection that have no reply yet; reading pauses there.
        public var messagesInFlight = 128
        /// The longest message read; a connection that announces more is closed.
        public var messageOctets = 65535
        /// The maximum number of reply bytes queued for a slow reader; a connection that needs more
        /// is closed.
        public var outputOctets = 1 << 20
        /// Bytes that all connections hold together, of messages that are not whole and of replies that
        /// wait; the connection that needs more is closed.
        public var heldOctets = 1 << 26
        /// Nanoseconds without a whole message or a reply after which a connection is closed.
        public var idleNanoseconds: UInt64 = 10_000_000_000
        /// Nanoseconds in which a client has to read all that waits for it.
        public var stallNanoseconds: UInt64 = 10_000_000_000
        /// Connections that the kernel holds until they are accepted.
        public var backlog = 1024

        /// The defaults.
        public init() {}
    }

    /// What happened to connections.
    public struct Counters: Equatable, Sendable {
        /// Connections accepted.
        public var accepted: UInt64 = 0
        /// Connections closed at once, since none could be closed for them.
        public var refused: UInt64 = 0
        /// Connections closed to make room.
        public var evicted: UInt64 = 0
        /// Connections closed for idling.
        public var idle: UInt64 = 0
        /// Connections closed since the client did not read.
        public var stalled: UInt64 = 0
        /// Connections closed since the client broke a rule or the network failed.
        public var failed: UInt64 = 0
        /// Connections closed because all of them together queued too much.
        public var overfull: UInt64 = 0
        /// Replies and ends whose connection was already closed.
        public var gone: UInt64 = 0
        /// Times that accepting paused for want of descriptors or memory.
        public var acceptPauses: UInt64 = 0

        /// All zero.
        public init() {}

        /// Adds another server's counts.
        public mutating func add(_ other: Counters) {
            accepted += other.accepted
            refused += other.refused
            evicted += other.evicted
            idle += other.idle
            stalled += other.stalled
            failed += other.failed
            overfull += other.overfull
            gone += other.gone
            acceptPauses += other.acceptPauses
        }
    }

    /// Gets a message: its connection, the client, the local endpoint and the bytes, never empty.
    public typealias Receive = (ConnectionHandle, Endpoint, Endpoint, Span<UInt8>) -> Void

    /// One listening socket.
    final class ListeningStream {
        let socket: Socket
        var readable: ReadinessEvent?
        init(_ socket: Socket) { self.socket = socket }
        deinit {
            readable = nil
            socket.close()
        }
    }

    let loop: EventLoop
    let limits: Limits
    let receive: Receive
    /// What happened, since the start.
    public internal(set) var counters = Counters()

    var listeners: [ListeningStream] = []
    /// When accepting is tried again after it failed for want of descriptors or memory.
    var acceptResumption: UInt64?

    var connections: SlotTable<StreamConnection>
    /// Links of `idle` and `stalled`; each connection is in one of them.
    var links = ActivityLinks()
    var idle = IdleList()
    var stalled = IdleList()
    /// Links of `clients`; each connection is in its client's list.
    var clientLinks = ActivityLinks()
    var clients: [IPAddress: IdleList] = [:]

    /// Bytes that connections hold; what is gathered for the one being delivered is not among them.
    var heldOctets = 0

    let input = ReadBuffer()
    /// Replies of the connection whose messages are being delivered, written together.
    var gathered = OutputBuffer()
    var delivering: StreamConnection?
    /// A reply that is not gathered, on its way to the stream.
    var single = OutputBuffer()
    /// Connections whose delivery may go on when the loop is next entered.
    var resumable: [UInt64] = []

    /// Called whenever there is no connection, once no more is taken.
    var whenEmpty: (() -> Void)?
    /// When clients are no longer waited for that have not ended their side.
    var lingerDeadline: UInt64?

    private var timer: TimerEvent?
    /// Goes on with what was left for later.
    private var resumption: EndOfTick?
    /// When the timer fires, if it is armed.
    private var timerDeadline = UInt64.max

    /// A server without listeners. A message may be answered inside `receive`, later (`send`), or
    /// not at all (`finished`).
    public init(
        _ loop: EventLoop, limits: Limits = Limits(), receive: @escaping Receive
    ) throws(SystemError) {
        self.loop = loop
        self.limits = limits
        self.receive = receive
        connections = SlotTable(capacity: limits.connections)
        timer = try TimerEvent(loop) { [unowned self] in timerFired() }
        resumption = try EndOfTick(loop) { [unowned self] in resume() }
    }

    deinit { closeAll() }

    /// How long a connection may idle, in tenths of a second; 0 while nine in ten of all connections are
    /// open, to have clients close theirs (RFC 7828, section 3.3.2).
    public var idleTimeout: UInt16 {
        connections.count * 10 > limits.connections * 9
            ? 0 : UInt16(clamping: limits.idleNanoseconds / 100_000_000)
    }

    /// The number of open connections.
    public var connectionCount: Int { connections.count }

    /// Listens there; returns the endpoint with the port that the kernel chose if 0 was asked for.
    @discardableResult
    public func listen(
        on listener: Listener, sharing: ListeningSocket.Sharing = .amongWorkers
    ) throws(ListenError) -> Endpoint {
        let listening = ListeningStream(try ListeningSocket.open(listener, sharing: sharing))
        do throws(Errno) {
            try listening.socket.listen(backlog: limits.backlog)
        } catch {
            throw ListenError(listener, error)
        }
        listening.socket.takeFastOpen(queue: Self.fastOpenQueue)
        do throws(SystemError) {
            listening.readable = try ReadinessEvent(
                loop, descriptor: listening.socket.descriptor, .readable
            ) { [unowned self, unowned listening] in accept(from: listening) }
        } catch {
            throw ListenError(listener, Errno(rawValue: error.number))
        }
        listeners.append(listening)
        return listening.socket.localEndpoint ?? listener.endpoint
    }

    /// Connections with a query in their first packet whose handshake is not complete.
    private static var fastOpenQueue: Int { 256 }

    /// Closes the listeners; connections continue.
    public func stopListening() { listeners.removeAll() }

    /// Closes the listeners and all connections; nothing that waits is sent.
    public func closeAll() {
        stopListening()
        for connection in connections.elements { close(connection) }
    }
}

// MARK: - Time

extension StreamServer {
    /// Makes sure that the timer fires at `deadline` or before.
    func awake(at deadline: UInt64, now: UInt64) {
        if deadline >= timerDeadline { return }
        timerDeadline = deadline
        timer?.arm(afterNanoseconds: deadline > now ? deadline - now : 0)
    }

    /// Calls `resume` from the loop, without waiting.
    func resumeSoon() { resumption?.request() }

    private func resume() {
        resumeDeliveries()
        // Since a connection has closed.
        if acceptResumption == 0 { resumeAccepting() }
    }

    private func timerFired() {
        timerDeadline = .max
        let now = SystemClock.elapsed()
        closeOverdue(now)
        closeLingering(now)
        if let resumption = acceptResumption, now >= resumption { resumeAccepting() }
        armTimer(now)
    }

    private func armTimer(_ now: UInt64) {
        if let slot = idle.first, let oldest = connections.element(in: slot) {
            awake(at: oldest.lastActivity + limits.idleNanoseconds, now: now)
        }
        if let slot = stalled.first, let oldest = connections.element(in: slot) {
            awake(at: oldest.lastActivity + limits.stallNanoseconds, now: now)
        }
        if let acceptResumption { awake(at: acceptResumption, now: now) }
        if let lingerDeadline { awake(at: lingerDeadline, now: now) }
    }

    private func closeOverdue(_ now: UInt64) {
        while let slot = stalled.first, let oldest = connections.element(in: slot),
            now >= oldest.lastActivity + limits.stallNanoseconds
        {
            counters.stalled += 1
            close(oldest)
        }
        // A connection that waits for our own answer gets another period: it is renewed, so each
        // is looked at once.
        for _ in 0..<idle.count {
            guard let slot = idle.first, let oldest = connections.element(in: slot),
                now >= oldest.lastActivity + limits.idleNanoseconds
            else { return }
            if oldest.messagesInFlight > 0 {
                renew(oldest, now)
            } else {
                counters.idle += 1
                close(oldest)
            }
        }
    }
}
