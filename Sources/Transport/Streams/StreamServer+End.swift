// How the server ends in order: what clients have sent is answered, then each connection is closed so that its client
// reads an end behind the last reply. A connection that is closed while octets of its client are unread is reset, and
// the last replies may be lost with it; so our output ends first, and the client has a moment to end its own.

internal import Events
internal import Glibc

extension StreamServer {
    /// How long a client has to close its side once ours is closed.
    private static var lingerNanoseconds: UInt64 { 250_000_000 }
    /// Rounds of accepting what connected before the end.
    private static var lastAccepts: Int { 32 }

    /// Takes what has been sent by now and nothing more, and closes every connection when its replies are sent;
    /// calls `whenEmpty` from then on whenever there is none.
    public func finish(whenEmpty: @escaping () -> Void) {
        self.whenEmpty = whenEmpty
        for listener in listeners {
            for _ in 0..<Self.lastAccepts { accept(from: listener) }
        }
        stopListening()
        for connection in connections.elements {
            if connection.isOpen, !connection.isDeliveryPaused { read(connection.key) }
            setInterest(connection)
            closeIfDone(connection)
        }
        if connections.count == 0 { whenEmpty() }
    }

    /// Whether no more is taken.
    var isFinishing: Bool { whenEmpty != nil }

    /// Ends our side of a connection that owes nothing.
    func endOutput(_ connection: StreamConnection) {
        guard !connection.isOutputEnded else { return }
        connection.isOutputEnded = true
        guard shutdown(connection.descriptor, CInt(SHUT_WR)) == 0 else { return close(connection) }
        setInterest(connection)
        let now = SystemClock.elapsed()
        if lingerDeadline == nil { lingerDeadline = now + Self.lingerNanoseconds }
        awake(at: now + Self.lingerNanoseconds, now: now)
    }

    /// Reads what nobody is to have any more, up to the client's end.
    func discardInput(_ connection: StreamConnection) {
        let count = input.fill(from: connection.descriptor)
        if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { close(connection) }
    }

    /// Closes the connections whose clients have not ended their side in time.
    func closeLingering(_ now: UInt64) {
        guard let deadline = lingerDeadline, now >= deadline else { return }
        lingerDeadline = nil
        for connection in connections.elements where connection.isOutputEnded { close(connection) }
    }
}
