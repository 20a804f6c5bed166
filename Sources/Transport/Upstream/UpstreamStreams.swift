// Connections to servers, opened when first needed, used by many queries at a time and closed when they
// idle (RFC 7766, section 6.2). A connection that ends is reported once; whatever waits for it is its
// owner's business. To a server that ends connections early go as many queries on each as it answers (`Pipelining`), and
// further connections wait until there are few.

public import Addresses
public import Events
internal import Sockets

/// Connections to servers.
public final class UpstreamStreams {
    /// Gets a message, the server that sent it and the stream that it came in at.
    public typealias Receive = (Span<UInt8>, Endpoint, UpstreamSocketHandle) -> Void
    /// Gets a stream that ended, once, and whether a message came before.
    public typealias Close = (UpstreamSocketHandle, StreamEnd, _ hasAnswered: Bool) -> Void
    /// Opens a stream towards a server.
    typealias Connect = (UpstreamServer) throws(Errno) -> ByteStream

    private let loop: EventLoop
    private let limits: Limits
    private let connect: Connect
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
    public convenience init(
        _ loop: EventLoop, limits: Limits = Limits(), receive: @escaping Receive,
        close: @escaping Close
    ) throws(SystemError) {
        try self.init(
            loop, limits: limits, connect: Self.connectPlainly, receive: receive, close: close)
    }

    /// No connections yet; they are opened by `connect`.
    init(
        _ loop: EventLoop, limits: Limits, connect: @escaping Connect,
        receive: @escaping Receive, close: @escaping Close
    ) throws(SystemError) {
        self.loop = loop
        self.limits = limits
        self.connect = connect
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
        guard let bytes = stream.bytes, stream.isEstablished, stream.writeWait == nil
        else { return }
        switch stream.output.write(to: bytes) {
        case .drained: return
        case .blocked(let readiness): stream.writeWait = readiness
        case .failed(let error):
            // Reported from the loop, not to whoever is sending.
            stream.failure = error
            stream.writeWait = .writable
        }
        do throws(SystemError) {
            try watch(stream)
        } catch {
            throw .refused(Errno(rawValue: error.number))
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
        guard let stream = streams[port.rawValue], stream.isEstablished, !stream.isRetired
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

    private static func connectPlainly(_ server: UpstreamServer) throws(Errno) -> ByteStream {
        let (socket, connecting) = try server.open(.stream)
        socket.sendWithoutDelay()
        return ByteStream(socket, isConnecting: connecting == .inProgress)
    }

    private func open(_ server: UpstreamServer, at now: UInt64, waits: Bool) -> UpstreamStream? {
        let stream = streams.insert { UpstreamStream(key: $0, server: server, now: now) }
        streamsOfServer[server, default: []].append(stream.key)
        if waits {
            stream.isWaiting = true
            waiting += 1
            return stream
        }
        do throws(Errno) {
            try begin(stream, at: now)
            return stream
        } catch {
            remove(stream)
            return nil
        }
    }

    /// Begins to connect.
    private func begin(_ stream: UpstreamStream, at now: UInt64) throws(Errno) {
        stream.isWaiting = false
        stream.begin(try connect(stream.server), at: now)
        do throws(SystemError) {
            try watch(stream)
        } catch {
            throw Errno(rawValue: error.number)
        }
        awake(at: now + limits.connectNanoseconds)
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
                do throws(Errno) {
                    try begin(stream, at: now)
                } catch {
                    end(stream, .failed(.system(error)))
                }
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

    private func end(_ stream: UpstreamStream, _ end: StreamEnd) {
        // One that was made and died tells no more of the server than one that it closed.
        let hasDied = stream.isEstablished && end == .failed(.system(.timedOut))
        if stream.isEstablished, !hasDied, stream.unanswered > 0 {
            pipelining[stream.server, default: Pipelining()]
                .noteClosure(after: stream.answers, unanswered: stream.unanswered)
        }
        forget(stream)
        close(
            UpstreamSocketHandle(rawValue: stream.key),
            hasDied ? .failed(.system(.connectionReset)) : end, stream.answers > 0)
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
            } else if !stream.isEstablished {
                end(stream, .failed(.system(.timedOut)))
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
        if !stream.isEstablished { return stream.lastActivity + limits.connectNanoseconds }
        guard stream.uses == 0 else { return nil }
        let isOnTrial = isUsedUp(stream, at: now)
        return stream.lastActivity
            + (isOnTrial
                ? min(Pipelining.proofNanoseconds, limits.idleNanoseconds)
                : limits.idleNanoseconds)
    }

    // MARK: Readiness

    /// Watches the descriptor for what the stream now waits for.
    private func watch(_ stream: UpstreamStream) throws(SystemError) {
        guard let bytes = stream.bytes,
            !stream.watch.waits(reading: stream.readWait, writing: stream.writeWait)
        else { return }
        let key = stream.key
        try stream.watch.wait(
            loop, bytes.socket, reading: stream.readWait, writing: stream.writeWait
        ) { [unowned self] in proceed(key, $0) }
    }

    /// The stream's descriptor is ready: whatever waits for that goes on.
    private func proceed(_ key: UInt64, _ readiness: Readiness) {
        guard let stream = streams[key], let bytes = stream.bytes else { return }
        if let failure = stream.failure {
            failWriting(stream, bytes, failure)
        } else if !stream.isEstablished {
            establish(stream, bytes)
        } else if stream.writeWait == readiness {
            write(stream, bytes)
        } else if stream.readWait == readiness {
            read(stream, bytes)
        }
        guard stream.isOpen else { return }
        do throws(SystemError) {
            try watch(stream)
        } catch {
            end(stream, .failed(.system(Errno(rawValue: error.number))))
        }
    }

    private func establish(_ stream: UpstreamStream, _ bytes: ByteStream) {
        switch bytes.establish() {
        case .wants(let readiness): stream.readWait = readiness
        case .failed(let error): end(stream, .failed(error))
        case .ready:
            stream.wasEstablished(
                unacknowledgedMilliseconds: limits.unacknowledgedMilliseconds,
                at: SystemClock.elapsed())
            write(stream, bytes)
        }
    }

    // MARK: Bytes

    private func write(_ stream: UpstreamStream, _ bytes: ByteStream) {
        switch stream.output.write(to: bytes) {
        case .drained: stream.writeWait = nil
        case .blocked(let readiness): stream.writeWait = readiness
        case .failed(let error): failWriting(stream, bytes, error)
        }
    }

    /// What came before the end may not have been read.
    private func failWriting(_ stream: UpstreamStream, _ bytes: ByteStream, _ error: StreamError) {
        while stream.isOpen, readOnce(stream, bytes) {}
        if stream.isOpen { end(stream, .failed(error)) }
    }

    /// Reads once what the descriptor shows, and all that the stream has beyond that.
    private func read(_ stream: UpstreamStream, _ bytes: ByteStream) {
        while readOnce(stream, bytes), stream.isOpen, bytes.hasUnreadInput {}
    }

    /// Reads what has come, once; false when that was nothing.
    private func readOnce(_ stream: UpstreamStream, _ bytes: ByteStream) -> Bool {
        switch input.fill(from: bytes) {
        case .octets(let count):
            stream.readWait = .readable
            take(count, stream)
            return true
        case .wants(let readiness): stream.readWait = readiness
        case .ended: end(stream, .orderly)
        case .failed(let error): end(stream, .failed(error))
        }
        return false
    }

    /// Takes so many bytes that were read of the stream.
    private func take(_ count: Int, _ stream: UpstreamStream) {
        if stream.held.isEmpty {
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
