// Connections on which a program asks once, is answered once, and is done. The servers of the control socket
// and of the metrics differ in how they listen and in where a request ends; what happens in between is here.

internal import CLinux
internal import Events
internal import Glibc

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
    private var descriptor: CInt
    private var acceptable: ReadinessEvent?
    private var clients: SlotTable<RequestClient>
    private let input = ReadBuffer()
    private var timer: TimerEvent?
    private var isTimerArmed = false

    /// Serves `descriptor`, which listens and belongs to this object from now on.
    init(
        _ loop: EventLoop, descriptor: CInt, limits: Limits, requestEnd: @escaping RequestEnd,
        receive: @escaping (ConnectionHandle, Span<UInt8>) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.descriptor = descriptor
        self.limits = limits
        self.requestEnd = requestEnd
        self.receive = receive
        clients = SlotTable(capacity: limits.connections)
        acceptable = try ReadinessEvent(loop, descriptor: descriptor, .readable) {
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
        client.readable?.disable()
        write(client)
        return true
    }

    /// Closes the socket and its connections.
    func close() {
        guard descriptor >= 0 else { return }
        acceptable = nil
        Glibc.close(descriptor)
        descriptor = -1
        for client in clients.elements { forget(client) }
    }

    // MARK: Clients

    private func accept() {
        if clients.isFull, !closeIdlest() {
            acceptable?.disable()
            return armTimer()
        }
        let accepted = clinux_accept4(descriptor, nil, nil)
        guard accepted >= 0 else {
            let isShort = [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno)
            if isShort, !closeIdlest() { pauseAccepting() }
            return
        }
        let client = clients.insert { key in
            RequestClient(key: key, descriptor: accepted, now: SystemClock.elapsed())
        }
        let key = client.key
        do throws(SystemError) {
            client.readable = try ReadinessEvent(loop, descriptor: accepted, .readable) {
                [unowned self] in read(key)
            }
        } catch {
            forget(client)
        }
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
            read(idlest.key)
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

    private func read(_ key: UInt64) {
        guard let client = clients[key] else { return }
        let count = input.fill(from: client.descriptor)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        if count == 0, client.state == .waiting {
            // The client has said all that it will say, and waits.
            client.readable?.disable()
            return
        }
        guard count > 0, client.state == .asking else { return forget(client) }
        let searched = client.request.count
        input.withBytes(min(count, limits.requestOctets + 4)) { client.request.append($0) }
        guard let end = requestEnd(client.request, searched), end <= limits.requestOctets else {
            if client.request.count > limits.requestOctets { forget(client) }
            return
        }
        client.state = .waiting
        let request = client.request
        client.request = []
        receive(ConnectionHandle(rawValue: key), request.span.extracting(0..<end))
    }

    private func write(_ client: RequestClient) {
        switch client.output.write(to: client.descriptor) {
        case .drained, .failed: forget(client)
        case .blocked:
            let key = client.key
            guard client.writable == nil else { return }
            do throws(SystemError) {
                client.writable = try ReadinessEvent(
                    loop, descriptor: client.descriptor, .writable
                ) { [unowned self] in
                    guard let client = clients[key] else { return }
                    client.lastActivity = SystemClock.elapsed()
                    write(client)
                }
            } catch {
                forget(client)
            }
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
    let descriptor: CInt
    var readable: ReadinessEvent?
    var writable: ReadinessEvent?
    var state = State.asking
    var request: [UInt8] = []
    var output = OutputBuffer()
    var lastActivity: UInt64
    private var isOpen = true

    init(key: UInt64, descriptor: CInt, now: UInt64) {
        self.key = key
        self.descriptor = descriptor
        lastActivity = now
    }

    func close() {
        if !isOpen { return }
        isOpen = false
        readable = nil
        writable = nil
        Glibc.close(descriptor)
    }
}
