// What time does: servers that were silent are asked again or passed over, clients that waited long enough
// are told so, and servers that may lead back here are probed.

internal import DNSWire

extension Resolver {
    /// When `advance(to:outbox:)` is to be called next; nil when nothing waits.
    public var nextDeadline: Instant? {
        mutating get {
            var earliest: Instant?
            func consider(_ instant: Instant?) {
                guard let instant else { return }
                earliest = min(earliest ?? instant, instant)
            }
            if let firstPending { consider(pendings[firstPending].deadline) }
            consider(requestDeadlines.first?.instant)
            consider(staleDeadlines.first?.instant)
            consider(loops.nextDeadline)
            return earliest
        }
    }

    /// Does what is due at `now`.
    public mutating func advance(to now: Instant, outbox: inout Outbox) {
        probeLoops(at: now, outbox: &outbox)
        while let due = requestDeadlines.first, due.instant <= now {
            advance(due.handle, to: now, outbox: &outbox)
            arm(due.handle)
        }
        giveUpClients(at: now, outbox: &outbox)
    }
}
