// Messages in and replies out. Reading pauses while a client does not read, and while too many of
// its messages are unanswered; bytes read before are kept and delivered first.

internal import Addresses
internal import Events
internal import CLinux
internal import Glibc

extension StreamServer {
    /// Bytes of replies that are gathered before they are written.
    private static var gatheredOctets: Int { 1 << 16 }

    /// Bytes read of a connection at a time, so that one that has much to ask lets others have their turn.
    private static var readOctets: Int { 1 << 14 }

    // MARK: In

    func read(_ key: UInt64) {
        guard let connection = connections[key] else { return }
        if connection.isOutputEnded { return discardInput(connection) }
        let count = input.fill(from: connection.descriptor, limit: Self.readOctets)
        if count < 0 {
            if errno != EAGAIN, errno != EINTR { fail(connection) }
            return
        }
        if count == 0 {
            connection.hasInputEnded = true
            connection.held = ReceiveBuffer()
            countHeld(connection)
            connection.readable?.disable()
            closeIfDone(connection)
            return
        }
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
        setInterest(connection)
        closeIfDone(connection)
    }

    private func keep(_ octets: Span<UInt8>, from start: Int, _ connection: StreamConnection) {
        guard connection.isOpen else { return }
        if start < octets.count {
            connection.held.append(octets.extracting(start...))
        }
        setInterest(connection)
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
        if connection.isOpen { writeGathered(connection) } else { gathered.removeAll() }
        return taken
    }

    /// Resumes connections whose pause ended inside `send` or `finished`.
    func resumeDeliveries() {
        let keys = resumable
        resumable.removeAll(keepingCapacity: true)
        for key in keys {
            if let connection = connections[key] { deliverHeld(connection) }
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
            if gathered.count >= Self.gatheredOctets { writeGathered(connection) }
            return connection.isOpen
        }
        renew(connection, SystemClock.elapsed())
        if connection.output.isEmpty {
            writeAtOnce(message, connection)
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
            resumable.append(connection.key)
            awakeSoon()
        } else {
            closeIfDone(connection)
        }
    }

    private func writeAtOnce(_ message: Span<UInt8>, _ connection: StreamConnection) {
        let count = FramedWrite.write(message, to: connection.descriptor)
        if count == message.count + 2 { return }
        if count < 0, count != -Int(EAGAIN) {
            fail(connection)
            return
        }
        var rest = OutputBuffer()
        rest.appendFrame(message)
        rest.skip(max(0, count))
        rest.move(to: &connection.output)
        awaitWritability(connection)
    }

    private func writeGathered(_ connection: StreamConnection) {
        if gathered.isEmpty { return }
        if !connection.output.isEmpty {
            gathered.move(to: &connection.output)
            return
        }
        switch gathered.write(to: connection.descriptor, keepingMemory: true) {
        case .drained: break
        case .blocked:
            gathered.move(to: &connection.output)
            awaitWritability(connection)
        case .failed:
            gathered.removeAll()
            fail(connection)
        }
    }

    private func awaitWritability(_ connection: StreamConnection) {
        setStalled(true, connection, SystemClock.elapsed())
        connection.isDeliveryPaused = true
        let key = connection.key
        do throws(SystemError) {
            connection.writable = try ReadinessEvent(
                loop, descriptor: connection.descriptor, .writable
            ) { [unowned self] in write(key) }
            connection.readable?.disable()
        } catch {
            fail(connection)
        }
    }

    private func write(_ key: UInt64) {
        guard let connection = connections[key] else { return }
        switch connection.output.write(to: connection.descriptor) {
        case .blocked: countHeld(connection)
        case .failed: fail(connection)
        case .drained:
            // An idle connection has no watch that it does not need.
            connection.writable = nil
            setStalled(false, connection, SystemClock.elapsed())
            deliverHeld(connection)
        }
    }

    // MARK: State

    /// Reads on unless delivery is paused, the input has ended, or no more is taken.
    func setInterest(_ connection: StreamConnection) {
        guard connection.isOpen else { return }
        if connection.isDeliveryPaused || connection.hasInputEnded
            || isFinishing && !connection.isOutputEnded
        {
            connection.readable?.disable()
        } else {
            do { try connection.readable?.enable() } catch { fail(connection) }
        }
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
