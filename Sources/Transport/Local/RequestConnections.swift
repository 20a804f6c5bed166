// Connections on which a program asks once, is answered once, and is done. The servers of the control socket
// and of the metrics differ in how they listen and in where a request ends; what happens in between is here.

internal import Events
internal import Sockets

/// The accepted connections of one listening socket.
final class RequestConnections {
    /// What bounds the connections.
    struct Limits {
        /// Connections at a time; more wait in the kernel.
        var connections: Int
        /// The longest request, its end not counted.
        var requestOctets: Int
        /// Nanoseconds in which a client has to ask, and to read each part of the reply.
        var stallNanoseconds: UInt64
    }

    /// Finds the end of a request in the bytes read: the number of its bytes without the
    /// terminator. The first `searched` bytes had no end before, so a request that arrives byte by
    /// byte is searched only once.
    typealias RequestEnd = (_ octets: [UInt8], _ searched: Int) -> Int?

    private let loop: EventLoop
    private let limits: Limits
    private let requestEnd: RequestEnd
    private let receive: (ConnectionHandle, Span<UInt8>) -> Void
    /// Listens; nil once it is closed.
    private var socket: Socket?
    private var acceptable: ReadinessEvent?
    private var clients: SlotTable<RequestClient>
    private let input = ReadBuffer()
    private var timer: TimerEvent?
    private var isTimerArmed = false

    /// Serves `socket`, which listens and belongs to this object from now on.
    init(
        _ loop: EventLoop, _ socket: Socket, limits: Limits, requestEnd: @escaping RequestEnd,
        receive: @escaping (ConnectionHandle, Span<UInt8>) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.socket = socket
        self.limits = limits
        self.requestEnd = requestEnd
        self.receive = receive
        clients = SlotTable(capacity: limits.connections)
        acceptable = try ReadinessEvent(loop, descriptor: socket.descriptor, .readable) {
            [unowned self] in accept()
        }
        timer = try TimerEvent(loop) { [unowned self] in closeStalled() }
    }

    deinit { close() }

    /// Sends the whole reply and then closes the connection; false if it is already closed.
    func reply(_ octets: consuming [UInt8], to handle: ConnectionHandle) -> Bool {
        guard let client = clients[handle.rawValue] else { return false }
        client.output = OutputBuffer(octets)
        client.state = .replying
        client.lastActivity = SystemClock.elapsed()
        write(client)
        return true
    }

    /// Closes the socket and its connections.
    func close() {
        guard let socket else { return }
        acceptable = nil
        socket.close()
        self.socket = nil
        for client in clients.elements { forget(client) }
    }

    // MARK: Clients

    private func accept() {
        if clients.isFull, !closeIdlest() {
            acceptable?.disable()
            return armTimer()
        }
        do throws(Errno) {
            guard let accepted = try socket?.accept() else { return }
            admit(ByteStream(accepted.socket))
        } catch {
            if error.isExhaustion, !closeIdlest() { pauseAccepting() }
        }
    }

    private func admit(_ stream: ByteStream) {
        let client = clients.insert { key in
            RequestClient(key: key, stream: stream, now: SystemClock.elapsed())
        }
        watch(client)
        armTimer()
    }

    /// Makes room by closing the connection that has been silent for longest; false when all have asked.
    private func closeIdlest() -> Bool {
        let count = clients.count
        while clients.count == count {
            let asking = clients.elements.filter { $0.state == .asking }
            guard let idlest = asking.min(by: { $0.lastActivity < $1.lastActivity }) else {
                return false
            }
            // It may have asked by now.
            if idlest.isEstablished { read(idlest) } else { establish(idlest) }
            if clients[idlest.key] != nil, idlest.state == .asking { forget(idlest) }
        }
        return true
    }

    /// Until a connection closes or the timer fires.
    private func pauseAccepting() {
        acceptable?.disable()
        armTimer()
    }

    private func forget(_ client: RequestClient) {
        client.close()
        clients.remove(client.key)
        do throws(SystemError) { try acceptable?.enable() } catch { armTimer() }
    }

    // MARK: Readiness

    /// Watches the descriptor for what the client is now to be waited for.
    private func watch(_ client: RequestClient) {
        let (reading, writing) = (client.readWait, client.writeWait)
        if client.watch.waits(reading: reading, writing: writing) { return }
        let key = client.key
        do throws(SystemError) {
            try client.watch.wait(
                loop, client.stream.socket, reading: reading, writing: writing
            ) { [unowned self] in proceed(key, $0) }
        } catch {
            forget(client)
        }
    }

    private func proceed(_ key: UInt64, _ readiness: Readiness) {
        guard let client = clients[key] else { return }
        if !client.isEstablished {
            establish(client)
        } else if client.writeWait == readiness {
            client.lastActivity = SystemClock.elapsed()
            write(client)
        } else if client.readWait == readiness {
            read(client)
        }
    }

    private func establish(_ client: RequestClient) {
        switch client.stream.establish() {
        case .ready:
            client.isEstablished = true
            read(client)
        case .wants(let readiness):
            client.readWait = readiness
            watch(client)
        case .failed: forget(client)
        }
    }

    // MARK: Bytes

    private func read(_ client: RequestClient) {
        repeat {
            switch input.fill(from: client.stream) {
            case .octets(let count):
                client.readWait = .readable
                take(count, client)
            case .wants(let readiness):
                client.readWait = readiness
                return watch(client)
            case .ended where client.state == .waiting:
                // The client has said all that it will say, and waits.
                client.readWait = nil
                return watch(client)
            case .ended, .failed: return forget(client)
            }
        } while client.isOpen && client.readWait != nil && client.stream.hasUnreadInput
        if client.isOpen { watch(client) }
    }

    /// Takes so many bytes that were read of the client.
    private func take(_ count: Int, _ client: RequestClient) {
        guard client.state == .asking else { return forget(client) }
        let searched = client.request.count
        input.withBytes(min(count, limits.requestOctets + 4)) { client.request.append($0) }
        guard let end = requestEnd(client.request, searched), end <= limits.requestOctets else {
            if client.request.count > limits.requestOctets { forget(client) }
            return
        }
        client.state = .waiting
        let request = client.request
        client.request = []
        receive(ConnectionHandle(rawValue: client.key), request.span.extracting(0..<end))
    }

    private func write(_ client: RequestClient) {
        switch client.output.write(to: client.stream) {
        case .drained, .failed: forget(client)
        case .blocked(let readiness):
            client.readWait = nil
            client.writeWait = readiness
            watch(client)
        }
    }

    // MARK: Time

    private func armTimer() {
        if isTimerArmed { return }
        isTimerArmed = true
        timer?.arm(afterNanoseconds: limits.stallNanoseconds)
    }

    private func closeStalled() {
        isTimerArmed = false
        let now = SystemClock.elapsed()
        for client in clients.elements
        where client.state != .waiting && now - client.lastActivity >= limits.stallNanoseconds {
            forget(client)
        }
        if !clients.isFull {
            do throws(SystemError) { try acceptable?.enable() } catch { armTimer() }
        }
        if clients.count > 0 { armTimer() }
    }
}

/// One program that asks.
private final class RequestClient {
    enum State {
        /// Its request is not whole.
        case asking
        /// It waits for its reply.
        case waiting
        /// The reply is being sent.
        case replying
    }

    let key: UInt64
    let stream: ByteStream
    var watch = StreamWatch()
    /// What the descriptor has to be ready for to read on, or to go on with establishing the stream; nil when nothing
    /// more is read.
    var readWait: Readiness?
    /// What it has to be ready for to write on; nil when nothing waits to be written.
    var writeWait: Readiness?
    /// Whether the stream is ready for bytes.
    var isEstablished = false
    var state = State.asking
    var request: [UInt8] = []
    var output = OutputBuffer()
    var lastActivity: UInt64
    private(set) var isOpen = true

    init(key: UInt64, stream: ByteStream, now: UInt64) {
        self.key = key
        self.stream = stream
        readWait = stream.firstReadiness
        lastActivity = now
    }

    func close() {
        if !isOpen { return }
        isOpen = false
        watch.end()
        stream.close()
    }
}
