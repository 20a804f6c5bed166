// TCP connections to servers, opened when first needed, used by many queries at a time and closed
// when they idle (RFC 7766, section 6.2). A connection that ends is reported once; its owner
// handles whatever waits for it. A server that ends connections early gets only as many queries on
// each as it answers (`Pipelining`), and further connections wait until there are few.

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
        /// Connections in use at a time to a server that answers few queries on each.
        public var limitedStreamsPerServer = 8
        /// Bytes that wait to be sent through one connection.
        public var outputOctets = 1 << 18
        /// Nanoseconds in which a connection has to be made.
        public var connectNanoseconds: UInt64 = 5_000_000_000
        /// Milliseconds without an acknowledgement of what was sent after which a connection has died.
        public var unacknowledgedMilliseconds: CInt = 3_000
        /// Nanoseconds in which nothing came through a connection with an unanswered query, after which it is not used
        /// any longer.
        public var silenceNanoseconds: UInt64 = 1_000_000_000
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
    /// What servers were seen to do that end connections early.
    private var pipelining: [UpstreamServer: Pipelining] = [:]
    /// Streams that wait for another one of their server to be done.
    private var waiting = 0
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

    /// A connection to `server`, open, being opened or waiting for others to end, and one use of it; nil if none can be
    /// had.
    public func stream(to server: UpstreamServer) -> UpstreamSocketHandle? {
        let own = (streamsOfServer[server] ?? []).compactMap { streams[$0] }
            .filter { !$0.isRetired }
        let now = SystemClock.elapsed()
        if let limit = pipelining[server]?.queriesPerStream(at: now) {
            if let free = own.first(where: { $0.allUses < limit }) { return free.use() }
            let isBusy = own.count { $0.isBusy } >= limits.limitedStreamsPerServer
            let opened = makeRoom() ? open(server, at: now, waits: isBusy) : nil
            return (opened ?? own.min { $0.uses < $1.uses })?.use()
        }
        let leastUsed = own.min { $0.uses < $1.uses }
        if let leastUsed,
            leastUsed.uses < limits.usesPerStream || own.count >= limits.streamsPerServer
        {
            return leastUsed.use()
        }
        guard makeRoom() else { return leastUsed?.use() }
        return (open(server, at: now, waits: false) ?? leastUsed)?.use()
    }

    /// Sends one message, or queues it until the connection takes it.
    public func send(
        _ message: Span<UInt8>, through port: UpstreamSocketHandle
    ) throws(UpstreamSendError) {
        guard let stream = streams[port.rawValue] else { throw .gone }
        guard stream.output.count + message.count + 2 <= limits.outputOctets else { throw .full }
        stream.output.appendFrame(message)
        stream.sent += 1
        guard stream.isConnected, stream.writable?.isEnabled != true else { return }
        if stream.output.write(to: stream.descriptor) != .drained {
            // A failure is reported from the loop, not to the sender.
            do { try stream.writable?.enable() } catch { throw .refused(error.number) }
        }
    }

    /// Ends one use.
    public func release(_ port: UpstreamSocketHandle) {
        guard let stream = streams[port.rawValue] else { return }
        let now = SystemClock.elapsed()
        stream.endUse(at: now)
        guard stream.uses == 0 else { return }
        let isUseless =
            isUsedUp(stream, at: now) && pipelining[stream.server]?.closesUsedStreams == true
        if stream.isRetired || isUseless || stream.isWaiting { return forget(stream) }
        if let deadline = deadline(of: stream, at: now) { awake(at: deadline) }
        if waiting > 0 { awake(at: now) }
    }

    /// A query had no answer for this long: a connection through which nothing came of late gets no further queries.
    public func noteSilence(of port: UpstreamSocketHandle, nanoseconds: UInt64) {
        // A connection that is not made yet has its own time.
        guard let stream = streams[port.rawValue], stream.isConnected, !stream.isRetired
        else { return }
        let now = SystemClock.elapsed()
        let quiet = now - stream.lastReceived
        guard quiet >= min(nanoseconds, limits.silenceNanoseconds) else { return }
        stream.isRetired = true
        pipelining[stream.server, default: Pipelining()]
            .noteSilence(after: stream.answers, at: now)
    }

    /// Closes all without a report.
    public func closeAll() {
        for stream in streams.elements { forget(stream) }
    }

    // MARK: Coming and going

    /// Whether a stream had as many uses as its server is good for.
    private func isUsedUp(_ stream: UpstreamStream, at now: UInt64) -> Bool {
        guard let limit = pipelining[stream.server]?.queriesPerStream(at: now) else { return false }
        return stream.allUses >= limit
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

    private func open(_ server: UpstreamServer, at now: UInt64, waits: Bool) -> UpstreamStream? {
        let stream = streams.insert { UpstreamStream(key: $0, server: server, now: now) }
        streamsOfServer[server, default: []].append(stream.key)
        if waits {
            stream.isWaiting = true
            waiting += 1
            return stream
        }
        if begin(stream, at: now) { return stream }
        remove(stream)
        return nil
    }

    /// Begins to connect; false on failure, with `errno`.
    private func begin(_ stream: UpstreamStream, at now: UInt64) -> Bool {
        guard stream.begin(at: now) else { return false }
        let key = stream.key
        do throws(SystemError) {
            stream.writable = try ReadinessEvent(
                loop, descriptor: stream.descriptor, .writable
            ) { [unowned self] in write(key) }
            stream.readable = try ReadinessEvent(
                loop, descriptor: stream.descriptor, .readable
            ) { [unowned self] in read(key) }
        } catch {
            errno = error.number
            return false
        }
        awake(at: now + limits.connectNanoseconds)
        return true
    }

    /// Begins the streams that wait, of each server as many as it is given at a time.
    private func beginWaiting(at now: UInt64) {
        guard waiting > 0 else { return }
        for keys in streamsOfServer.values {
            let own = keys.compactMap { streams[$0] }
            var busy = own.count { $0.isBusy }
            for stream in own where stream.isWaiting && busy < limits.limitedStreamsPerServer {
                waiting -= 1
                busy += 1
                if !begin(stream, at: now) { end(stream, errno) }
            }
        }
    }

    /// Forgets a stream, which makes room for one that waits.
    private func forget(_ stream: UpstreamStream) {
        if stream.isWaiting { waiting -= 1 }
        remove(stream)
        if waiting > 0 { awake(at: 0) }
    }

    private func remove(_ stream: UpstreamStream) {
        stream.close()
        streams.remove(stream.key)
        streamsOfServer[stream.server]?.removeAll { $0 == stream.key }
        if streamsOfServer[stream.server]?.isEmpty == true { streamsOfServer[stream.server] = nil }
    }

    private func end(_ stream: UpstreamStream, _ number: CInt) {
        // A connection that was made and died says no more about the server than one it closed.
        let hasDied = stream.isConnected && number == ETIMEDOUT
        if stream.isConnected, !hasDied, stream.unanswered > 0 {
            pipelining[stream.server, default: Pipelining()]
                .noteClosure(after: stream.answers, unanswered: stream.unanswered)
        }
        forget(stream)
        close(
            UpstreamSocketHandle(rawValue: stream.key), hasDied ? ECONNRESET : number,
            stream.answers > 0)
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
            guard let deadline = deadline(of: stream, at: now) else { continue }
            if now < deadline {
                awake(at: deadline)
            } else if !stream.isConnected {
                end(stream, ETIMEDOUT)
            } else if isUsedUp(stream, at: now),
                pipelining[stream.server]?.noteOpenStream(enough: limits.usesPerStream) == true
            {
                if let deadline = self.deadline(of: stream, at: now) { awake(at: deadline) }
            } else {
                forget(stream)
            }
        }
        beginWaiting(at: now)
    }

    private func deadline(of stream: UpstreamStream, at now: UInt64) -> UInt64? {
        if stream.isWaiting { return nil }
        if !stream.isConnected { return stream.lastActivity + limits.connectNanoseconds }
        guard stream.uses == 0 else { return nil }
        let isOnTrial = isUsedUp(stream, at: now)
        return stream.lastActivity
            + (isOnTrial
                ? min(Pipelining.proofNanoseconds, limits.idleNanoseconds)
                : limits.idleNanoseconds)
    }

    // MARK: Bytes

    /// The connection is made, or can take more, or failed.
    private func write(_ key: UInt64) {
        guard let stream = streams[key] else { return }
        if !stream.isConnected {
            let number = SocketOption.takeError(stream.descriptor)
            if number != 0 { return end(stream, number) }
            stream.wasConnected(
                unacknowledgedMilliseconds: limits.unacknowledgedMilliseconds,
                at: SystemClock.elapsed())
        }
        switch stream.output.write(to: stream.descriptor) {
        case .drained: stream.writable?.disable()
        case .blocked: return
        case .failed(let number):
            // What came before the end may not have been read.
            while streams[key] != nil, read(key) {}
            if streams[key] != nil { end(stream, number) }
        }
    }

    /// Reads what has come, once; false when that was nothing.
    @discardableResult
    private func read(_ key: UInt64) -> Bool {
        guard let stream = streams[key] else { return false }
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
        return count > 0
    }

    /// Delivers whole messages; returns how many bytes they took.
    private func deliver(_ octets: Span<UInt8>, of stream: UpstreamStream) -> Int {
        var taken = 0
        while stream.isOpen,
            case .message(let range) = Frame(in: octets, at: taken, limit: 65_535)
        {
            taken = range.upperBound
            stream.wasAnswered(at: SystemClock.elapsed())
            receive(
                octets.extracting(range), stream.server.endpoint,
                UpstreamSocketHandle(rawValue: stream.key))
        }
        return taken
    }
}
