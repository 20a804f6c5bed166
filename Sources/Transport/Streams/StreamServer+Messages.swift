// Messages in and replies out. Reading pauses while a client does not read, and while too many of
// its messages are unanswered; bytes read before are kept and delivered first.

internal import Addresses
internal import Events

extension StreamServer {
    /// Bytes of replies that are gathered before they are written.
    private static var gatheredOctets: Int { 1 << 16 }

    /// Bytes read of a connection at a time, so that one that has much to ask lets others have their turn.
    private static var readOctets: Int { 1 << 14 }

    // MARK: Readiness

    /// The connection's descriptor is ready: whatever waits for that goes on.
    private func proceed(_ key: UInt64, _ readiness: Readiness) {
        guard let connection = connections[key] else { return }
        guard connection.isEstablished else { return establish(connection) }
        if connection.writeWait == readiness { return writeOn(connection) }
        if takesInput(connection), connection.readWait == readiness { read(connection) }
    }

    func establish(_ connection: StreamConnection) {
        switch connection.stream.establish() {
        case .ready:
            connection.isEstablished = true
            connection.readWait = .readable
            read(connection)
        case .wants(let readiness):
            connection.readWait = readiness
            watch(connection)
        case .failed: fail(connection)
        }
    }

    /// Watches the descriptor for what the connection now waits for.
    func watch(_ connection: StreamConnection) {
        guard connection.isOpen else { return }
        let reading = takesInput(connection) ? connection.readWait : nil
        let writing = connection.writeWait
        if connection.watch.waits(reading: reading, writing: writing) { return }
        let key = connection.key
        do throws(SystemError) {
            try connection.watch.wait(
                loop, connection.stream.socket, reading: reading, writing: writing
            ) { [unowned self] in proceed(key, $0) }
        } catch {
            fail(connection)
        }
    }

    // MARK: In

    func read(_ connection: StreamConnection) {
        if connection.isOutputEnded { return discardInput(connection) }
        switch input.fill(from: connection.stream, limit: Self.readOctets) {
        case .octets(let count):
            connection.readWait = .readable
            take(count, connection)
            if takesInput(connection), connection.stream.hasUnreadInput { resumeSoon(connection) }
        case .wants(let readiness):
            connection.readWait = readiness
            watch(connection)
        case .ended:
            connection.hasInputEnded = true
            connection.held = ReceiveBuffer()
            countHeld(connection)
            watch(connection)
            closeIfDone(connection)
        case .failed: fail(connection)
        }
    }

    /// Takes so many bytes that were read of the connection.
    private func take(_ count: Int, _ connection: StreamConnection) {
        if connection.held.isEmpty {
            input.withBytes(count) { octets in
                keep(octets, from: deliver(octets, to: connection), connection)
            }
            countHeld(connection)
        } else {
            input.withBytes(count) { connection.held.append($0) }
            deliverHeld(connection)
        }
    }

    private func deliverHeld(_ connection: StreamConnection) {
        var held = ReceiveBuffer()
        swap(&held, &connection.held)
        held.use(deliver(held.unused, to: connection))
        if connection.isOpen { swap(&held, &connection.held) }
        guard countHeld(connection) else { return }
        watch(connection)
        closeIfDone(connection)
    }

    private func keep(_ octets: Span<UInt8>, from start: Int, _ connection: StreamConnection) {
        guard connection.isOpen else { return }
        if start < octets.count {
            connection.held.append(octets.extracting(start...))
        }
        watch(connection)
    }

    /// Delivers whole messages while the connection may have more; returns how many bytes they
    /// took.
    private func deliver(_ octets: Span<UInt8>, to connection: StreamConnection) -> Int {
        var taken = 0
        delivering = connection
        connection.isDeliveryPaused = false
        let now = SystemClock.elapsed()
        while connection.isOpen {
            guard connection.messagesInFlight < limits.messagesInFlight,
                connection.output.isEmpty
            else {
                connection.isDeliveryPaused = true
                break
            }
            let frame = Frame(in: octets, at: taken, limit: limits.messageOctets)
            guard case .message(let range) = frame else {
                if frame == .tooLong { fail(connection) }
                break
            }
            taken = range.upperBound
            if range.isEmpty { continue }
            renew(connection, now)
            connection.messagesInFlight += 1
            receive(
                ConnectionHandle(rawValue: connection.key), connection.peer, connection.local,
                octets.extracting(range))
        }
        delivering = nil
        if connection.isOpen { write(&gathered, to: connection) } else { gathered.removeAll() }
        return taken
    }

    /// Goes on with a connection when the loop is next entered.
    private func resumeSoon(_ connection: StreamConnection) {
        if connection.isResumable { return }
        connection.isResumable = true
        resumable.append(connection.key)
        resumeSoon()
    }

    /// Goes on with connections whose pause ended inside `send` or `finished`, or whose stream has more to read.
    func resumeDeliveries() {
        let keys = resumable
        resumable.removeAll(keepingCapacity: true)
        for key in keys {
            guard let connection = connections[key] else { continue }
            connection.isResumable = false
            resume(connection)
        }
    }

    private func resume(_ connection: StreamConnection) {
        deliverHeld(connection)
        // A stream that has more to read does not show that by its descriptor.
        if takesInput(connection), connection.stream.hasUnreadInput {
            read(connection)
        }
    }

    // MARK: Out

    /// Sends the reply to one message; false if the connection is closed.
    @discardableResult
    public func send(_ message: Span<UInt8>, to handle: ConnectionHandle) -> Bool {
        guard let connection = connections[handle.rawValue] else {
            counters.gone += 1
            return false
        }
        precondition(message.count <= 65535, "a message has at most 65535 octets")
        connection.messagesInFlight = max(0, connection.messagesInFlight - 1)
        if connection === delivering {
            gathered.appendFrame(message)
            if gathered.count >= Self.gatheredOctets { write(&gathered, to: connection) }
            return connection.isOpen
        }
        renew(connection, SystemClock.elapsed())
        if connection.output.isEmpty {
            single.appendFrame(message)
            write(&single, to: connection)
        } else if connection.output.count + message.count + 2 <= limits.outputOctets {
            connection.output.appendFrame(message)
        } else {
            fail(connection)
        }
        countHeld(connection)
        replied(connection)
        return connection.isOpen
    }

    /// One message of the connection gets no reply.
    public func finished(_ handle: ConnectionHandle) {
        guard let connection = connections[handle.rawValue] else {
            counters.gone += 1
            return
        }
        connection.messagesInFlight = max(0, connection.messagesInFlight - 1)
        if connection !== delivering { replied(connection) }
    }

    /// A message less is in flight: a pause may end, or the connection.
    private func replied(_ connection: StreamConnection) {
        guard connection.isOpen else { return }
        if connection.isDeliveryPaused, connection.output.isEmpty {
            connection.isDeliveryPaused = false
            resumeSoon(connection)
        } else {
            closeIfDone(connection)
        }
    }

    /// Writes what is in `buffer`; what the stream does not take waits in the connection's own output.
    private func write(_ buffer: inout OutputBuffer, to connection: StreamConnection) {
        if buffer.isEmpty { return }
        guard connection.output.isEmpty else {
            buffer.move(to: &connection.output)
            return
        }
        switch buffer.write(to: connection.stream, keepingMemory: true) {
        case .drained: break
        case .blocked(let readiness):
            buffer.move(to: &connection.output)
            connection.writeWait = readiness
            connection.isDeliveryPaused = true
            setStalled(true, connection, SystemClock.elapsed())
            watch(connection)
        case .failed:
            buffer.removeAll()
            fail(connection)
        }
    }

    /// Writes more of what waits.
    private func writeOn(_ connection: StreamConnection) {
        switch connection.output.write(to: connection.stream) {
        case .blocked(let readiness):
            connection.writeWait = readiness
            watch(connection)
            countHeld(connection)
        case .failed: fail(connection)
        case .drained:
            connection.writeWait = nil
            setStalled(false, connection, SystemClock.elapsed())
            resume(connection)
        }
    }

    // MARK: State

    /// Whether more is to be read: unless delivery is paused, the input has ended, or no more is taken.
    private func takesInput(_ connection: StreamConnection) -> Bool {
        connection.isOpen && connection.readsOn && (!isFinishing || connection.isOutputEnded)
    }

    /// Closes a connection whose client has ended its input, or from which no more is taken, and that has got all its
    /// replies.
    func closeIfDone(_ connection: StreamConnection) {
        guard connection.isOpen, connection.isQuiet, !connection.isDeliveryPaused else { return }
        if connection.hasInputEnded {
            close(connection)
        } else if isFinishing {
            endOutput(connection)
        }
    }
}
