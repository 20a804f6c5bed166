// TCP connections to servers, opened when first needed, used by many queries at a time and closed when they
// idle (RFC 7766, section 6.2). A connection that ends is reported once; whatever waits for it is its
// owner's business.

public import Addresses
public import Events
internal import CLinux
internal import Glibc

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
        /// Milliseconds without an acknowledgement of what was sent after which a connection has died.
        public var unacknowledgedMilliseconds: CInt = 3_000
        /// Nanoseconds without use after which a connection is closed.
        public var idleNanoseconds: UInt64 = 10_000_000_000

        /// The defaults.
        public init() {}
    }

    /// Gets a message, the server that sent it and the stream that it came in at.
    public typealias Receive = (Span<UInt8>, Endpoint, UpstreamSocketHandle) -> Void
    /// Gets a stream that ended, once, with `errno` or 0 for an orderly end, and whether a message came before.
    public typealias Close = (UpstreamSocketHandle, CInt, _ hasAnswered: Bool) -> Void

    private let loop: EventLoop
    private let limits: Limits
    private let receive: Receive
    private let close: Close
    private var streams: SlotTable<UpstreamStream>
    private var streamsOfServer: [UpstreamServer: [UInt64]] = [:]
    private let input = ReadBuffer()
    private var timer: TimerEvent?
    /// When the timer fires, if it is armed.
    private var timerDeadline = UInt64.max

    /// No connections yet.
    public init(
        _ loop: EventLoop, limits: Limits = Limits(), receive: @escaping Receive,
        close: @escaping Close
    ) throws(SystemError) {
        self.loop = loop
        self.limits = limits
        self.receive = receive
        self.close = close
        streams = SlotTable(capacity: limits.streams)
        timer = try TimerEvent(loop) { [unowned self] in timerFired() }
    }

    /// The number of open connections.
    public var streamCount: Int { streams.count }

    /// A connection to `server`, open or being opened, and one use of it; nil if none can be had.
    public func stream(to server: UpstreamServer) -> UpstreamSocketHandle? {
        let own = (streamsOfServer[server] ?? []).compactMap { streams[$0] }
        let leastUsed = own.min { $0.uses < $1.uses }
        if let leastUsed,
            leastUsed.uses < limits.usesPerStream || own.count >= limits.streamsPerServer
        {
            return use(leastUsed)
        }
        guard makeRoom(), let opened = open(server) else { return leastUsed.map(use) }
        return use(opened)
    }

    /// Sends one message, or queues it until the connection takes it.
    public func send(
        _ message: Span<UInt8>, through port: UpstreamSocketHandle
    ) throws(UpstreamSendError) {
        guard let stream = streams[port.rawValue] else { throw .gone }
        guard stream.output.count + message.count + 2 <= limits.outputOctets else { throw .full }
        stream.output.appendFrame(message)
        guard stream.isConnected, stream.writable?.isEnabled != true else { return }
        if stream.output.write(to: stream.descriptor) != .drained {
            // A failure is reported from the loop, not to whoever is sending.
            do { try stream.writable?.enable() } catch { throw .refused(error.number) }
        }
    }

    /// Ends one use.
    public func release(_ port: UpstreamSocketHandle) {
        guard let stream = streams[port.rawValue] else { return }
        stream.uses = max(0, stream.uses - 1)
        stream.lastActivity = SystemClock.elapsed()
        if stream.uses == 0 { awake(at: stream.lastActivity + limits.idleNanoseconds) }
    }

    /// Closes all without a report.
    public func closeAll() {
        for stream in streams.elements { forget(stream) }
    }

    // MARK: Coming and going

    private func use(_ stream: UpstreamStream) -> UpstreamSocketHandle {
        stream.uses += 1
        return UpstreamSocketHandle(rawValue: stream.key)
    }

    private func makeRoom() -> Bool {
        guard streams.isFull else { return true }
        let unused = streams.elements.filter { $0.uses == 0 }
        guard let oldest = unused.min(by: { $0.lastActivity < $1.lastActivity }) else {
            return false
        }
        forget(oldest)
        return true
    }

    private func open(_ server: UpstreamServer) -> UpstreamStream? {
        let descriptor = server.connect(SOCK_STREAM)
        guard descriptor >= 0 else { return nil }
        SocketOption.set(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        let now = SystemClock.elapsed()
        let stream = streams.insert { key in
            UpstreamStream(key: key, server: server, descriptor: descriptor, now: now)
        }
        let key = stream.key
        do throws(SystemError) {
            stream.writable = try ReadinessEvent(loop, descriptor: descriptor, .writable) {
                [unowned self] in write(key)
            }
            stream.readable = try ReadinessEvent(loop, descriptor: descriptor, .readable) {
                [unowned self] in read(key)
            }
        } catch {
            forget(stream)
            return nil
        }
        streamsOfServer[server, default: []].append(key)
        awake(at: now + limits.connectNanoseconds)
        return stream
    }

    private func forget(_ stream: UpstreamStream) {
        stream.close()
        streams.remove(stream.key)
        streamsOfServer[stream.server]?.removeAll { $0 == stream.key }
        if streamsOfServer[stream.server]?.isEmpty == true { streamsOfServer[stream.server] = nil }
    }

    private func end(_ stream: UpstreamStream, _ number: CInt) {
        forget(stream)
        // One that was made and died tells no more of the server than one that it closed.
        let hasDied = stream.isConnected && number == ETIMEDOUT
        close(
            UpstreamSocketHandle(rawValue: stream.key), hasDied ? ECONNRESET : number,
            stream.hasAnswered)
    }

    // MARK: Time

    private func awake(at deadline: UInt64) {
        if deadline >= timerDeadline { return }
        timerDeadline = deadline
        let now = SystemClock.elapsed()
        timer?.arm(afterNanoseconds: deadline > now ? deadline - now : 0)
    }

    private func timerFired() {
        timerDeadline = .max
        let now = SystemClock.elapsed()
        for stream in streams.elements {
            guard let deadline = deadline(of: stream) else { continue }
            if now < deadline {
                awake(at: deadline)
            } else if stream.isConnected {
                forget(stream)
            } else {
                end(stream, ETIMEDOUT)
            }
        }
    }

    private func deadline(of stream: UpstreamStream) -> UInt64? {
        if !stream.isConnected { return stream.lastActivity + limits.connectNanoseconds }
        return stream.uses == 0 ? stream.lastActivity + limits.idleNanoseconds : nil
    }

    // MARK: Octets

    /// The connection is made, or can take more, or failed.
    private func write(_ key: UInt64) {
        guard let stream = streams[key] else { return }
        if !stream.isConnected {
            let number = SocketOption.takeError(stream.descriptor)
            if number != 0 { return end(stream, number) }
            stream.isConnected = true
            // From now on: connecting has a limit of its own.
            SocketOption.set(
                stream.descriptor, CInt(IPPROTO_TCP), CInt(CLINUX_TCP_USER_TIMEOUT),
                limits.unacknowledgedMilliseconds)
            stream.lastActivity = SystemClock.elapsed()
        }
        switch stream.output.write(to: stream.descriptor) {
        case .drained: stream.writable?.disable()
        case .blocked: return
        case .failed(let number): end(stream, number)
        }
    }

    private func read(_ key: UInt64) {
        guard let stream = streams[key] else { return }
        let count = input.fill(from: stream.descriptor)
        if count < 0 {
            if errno != EAGAIN, errno != EINTR { end(stream, errno) }
        } else if count == 0 {
            end(stream, 0)
        } else if stream.held.isEmpty {
            input.withBytes(count) { octets in
                let taken = deliver(octets, of: stream)
                if stream.isOpen { stream.held.append(octets.extracting(taken...)) }
            }
        } else {
            var held = ReceiveBuffer()
            swap(&held, &stream.held)
            input.withBytes(count) { held.append($0) }
            held.use(deliver(held.unused, of: stream))
            if stream.isOpen { swap(&held, &stream.held) }
        }
    }

    /// Delivers whole messages; returns how many octets they took.
    private func deliver(_ octets: Span<UInt8>, of stream: UpstreamStream) -> Int {
        var taken = 0
        while stream.isOpen,
            case .message(let range) = Frame(in: octets, at: taken, limit: 65_535)
        {
            taken = range.upperBound
            stream.hasAnswered = true
            receive(
                octets.extracting(range), stream.server.endpoint,
                UpstreamSocketHandle(rawValue: stream.key))
        }
        return taken
    }
}

/// One connection to a server.
private final class UpstreamStream {
    let key: UInt64
    let server: UpstreamServer
    let descriptor: CInt
    var readable: ReadinessEvent?
    var writable: ReadinessEvent?
    /// Octets read that are a part of a message.
    var held = ReceiveBuffer()
    var output = OutputBuffer()
    /// Uses that did not end.
    var uses = 0
    var isConnected = false
    /// Whether a message came.
    var hasAnswered = false
    var isOpen = true
    /// When connecting began, the connection was made, or a use ended.
    var lastActivity: UInt64

    init(key: UInt64, server: UpstreamServer, descriptor: CInt, now: UInt64) {
        self.key = key
        self.server = server
        self.descriptor = descriptor
        lastActivity = now
    }

    func close() {
        if !isOpen { return }
        isOpen = false
        readable = nil
        writable = nil
        Glibc.close(descriptor)
        held = ReceiveBuffer()
    }
}
