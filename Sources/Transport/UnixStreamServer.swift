// The local socket on which programs of this machine ask in one line and get one reply, after which the
// connection ends. Who may ask is the file system's decision: owner and group, mode 0660.

public import Events
internal import CLinux
internal import Glibc

/// A local socket on which programs ask in one line and get one reply.
public final class UnixStreamServer {
    /// What bounds the connections.
    public struct Limits: Sendable {
        /// Connections at a time; more wait in the kernel.
        public var connections = 64
        /// The longest request, its line feed not counted.
        public var requestOctets = 4096
        /// Nanoseconds in which a client has to ask, and to read each part of the reply.
        public var stallNanoseconds: UInt64 = 5_000_000_000

        /// The defaults.
        public init() {}
    }

    /// Why the socket cannot be opened.
    public enum OpenError: Error, Equatable, Sendable {
        /// The path is empty or longer than a socket's may be.
        case badPath(String)
        /// Another process answers on it.
        case inUse(String)
        /// Something that is no socket has this path.
        case notASocket(String)
        /// A system call failed.
        case failed(String, SystemError)
    }

    private let loop: EventLoop
    private let path: String
    private let limits: Limits
    private let receive: (ConnectionHandle, Span<UInt8>) -> Void
    private var descriptor: CInt
    private var acceptable: ReadinessEvent?
    /// The file that this socket made, so that no successor's is removed.
    private let identity: SocketFile.Identity?
    private var clients: SlotTable<UnixClient>
    private let input = ReadBuffer()
    private var timer: TimerEvent?
    private var isTimerArmed = false

    /// Listens on `path`, mode 0660; a socket that nobody answers on is replaced.
    public init(
        _ loop: EventLoop, path: String, limits: Limits = Limits(),
        receive: @escaping (ConnectionHandle, Span<UInt8>) -> Void
    ) throws(OpenError) {
        self.loop = loop
        self.path = path
        self.limits = limits
        self.receive = receive
        clients = SlotTable(capacity: limits.connections)
        descriptor = try SocketFile.open(path)
        identity = SocketFile.Identity(path)
        do throws(SystemError) {
            acceptable = try ReadinessEvent(loop, descriptor: descriptor, .readable) {
                [unowned self] in accept()
            }
            timer = try TimerEvent(loop) { [unowned self] in closeStalled() }
        } catch {
            throw .failed(path, error)
        }
    }

    deinit { close() }

    /// Sends the whole reply and then closes the connection; false if it is gone.
    @discardableResult
    public func reply(_ octets: consuming [UInt8], to handle: ConnectionHandle) -> Bool {
        guard let client = clients[handle.rawValue] else { return false }
        client.output = OutputBuffer(octets)
        client.state = .replying
        client.lastActivity = SystemClock.elapsed()
        client.readable?.disable()
        write(client)
        return true
    }

    /// Closes the socket and its connections, and removes the path if it is still this socket's.
    public func close() {
        guard descriptor >= 0 else { return }
        acceptable = nil
        Glibc.close(descriptor)
        descriptor = -1
        for client in clients.elements { forget(client) }
        if let identity, SocketFile.Identity(path) == identity { unsafe unlink(path) }
    }

    // MARK: Clients

    private func accept() {
        let accepted = clinux_accept4(descriptor, nil, nil)
        guard accepted >= 0 else {
            if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { pauseAccepting() }
            return
        }
        let client = clients.insert { key in
            UnixClient(key: key, descriptor: accepted, now: SystemClock.elapsed())
        }
        let key = client.key
        do throws(SystemError) {
            client.readable = try ReadinessEvent(loop, descriptor: accepted, .readable) {
                [unowned self] in read(key)
            }
        } catch {
            forget(client)
        }
        if clients.isFull { acceptable?.disable() }
        armTimer()
    }

    /// Until a connection closes or the timer fires.
    private func pauseAccepting() {
        acceptable?.disable()
        armTimer()
    }

    private func forget(_ client: UnixClient) {
        client.close()
        clients.remove(client.key)
        do throws(SystemError) { try acceptable?.enable() } catch { armTimer() }
    }

    private func read(_ key: UInt64) {
        guard let client = clients[key] else { return }
        let count = input.fill(from: client.descriptor)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0, client.state == .asking else { return forget(client) }
        input.withBytes(min(count, limits.requestOctets + 1)) { client.request.append($0) }
        let end = client.request.firstIndex(of: UInt8(ascii: "\n"))
        guard let end, end <= limits.requestOctets else {
            if client.request.count > limits.requestOctets { forget(client) }
            return
        }
        client.state = .waiting
        let request = client.request
        client.request = []
        receive(ConnectionHandle(rawValue: key), request.span.extracting(0..<end))
    }

    private func write(_ client: UnixClient) {
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
private final class UnixClient {
    enum State {
        /// Its line is not whole.
        case asking
        /// It waits for its reply.
        case waiting
        /// The reply is on its way.
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

extension UnixStreamServer.OpenError: CustomStringConvertible {
    /// `/run/privatelinkd/control.sock: another process answers on this socket`.
    public var description: String {
        switch self {
        case .badPath(let path): "\(path): not a path that a socket can have (1 to 107 octets)"
        case .inUse(let path): "\(path): another process answers on this socket"
        case .notASocket(let path): "\(path): there is something that is not a socket"
        case .failed(let path, let error): "\(path): \(error)"
        }
    }
}
