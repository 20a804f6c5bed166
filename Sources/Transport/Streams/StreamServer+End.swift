// The orderly end of the server: it answers what clients have sent, then closes each connection so
// that its client reads the end after the last reply. The kernel resets a connection that is closed
// with unread input, and the last replies may be lost; so the server first ends its output, and
// gives the client some time to end its own.

internal import Events

extension StreamServer {
    /// How long a client has to close its side once ours is closed.
    private static var lingerNanoseconds: UInt64 { 250_000_000 }
    /// Rounds of accepting what connected before the end.
    private static var lastAccepts: Int { 32 }

    /// Accepts only what was sent until now, and closes each connection once its replies are sent;
    /// from then on, calls `whenEmpty` whenever there is no connection.
    public func finish(whenEmpty: @escaping () -> Void) {
        self.whenEmpty = whenEmpty
        for listener in listeners {
            for _ in 0..<Self.lastAccepts { accept(from: listener) }
        }
        stopListening()
        for connection in connections.elements {
            if connection.isEstablished { readAll(connection) } else { establish(connection) }
            watch(connection)
            closeIfDone(connection)
        }
        if connections.count == 0 { whenEmpty() }
    }

    /// Reads once what the descriptor shows, and all that the stream has beyond that.
    private func readAll(_ connection: StreamConnection) {
        while connection.isOpen, connection.readsOn {
            read(connection)
            if !connection.stream.hasUnreadInput { return }
        }
    }

    /// Whether no more is taken.
    var isFinishing: Bool { whenEmpty != nil }

    /// Ends our side of a connection that owes nothing.
    func endOutput(_ connection: StreamConnection) {
        guard !connection.isOutputEnded else { return }
        connection.isOutputEnded = true
        guard connection.stream.endOutput() else { return close(connection) }
        watch(connection)
        let now = SystemClock.elapsed()
        if lingerDeadline == nil { lingerDeadline = now + Self.lingerNanoseconds }
        awake(at: now + Self.lingerNanoseconds, now: now)
    }

    /// Reads and discards input up to the client's end.
    func discardInput(_ connection: StreamConnection) {
        repeat {
            switch input.fill(from: connection.stream) {
            case .octets: connection.readWait = .readable
            case .wants(let readiness): connection.readWait = readiness
            case .ended, .failed: return close(connection)
            }
        } while connection.stream.hasUnreadInput
        watch(connection)
    }

    /// Closes the connections whose clients have not ended their side in time.
    func closeLingering(_ now: UInt64) {
        guard let deadline = lingerDeadline, now >= deadline else { return }
        lingerDeadline = nil
        for connection in connections.elements where connection.isOutputEnded { close(connection) }
    }
}
