// A signal as an event of a loop. Only one loop of a process can have these: the supervisor's.

internal import CLibevent

/// A watch on one signal, whose default action it takes away.
public struct SignalEvent: ~Copyable {
    private let registration: Registration

    /// Calls `body` on the loop's thread each time `signal` has arrived.
    public init(
        _ loop: EventLoop, signal: CInt, body: @escaping () -> Void
    ) throws(SystemError) {
        let made = try Registration(
            loop, descriptor: signal, interest: EV_SIGNAL | EV_PERSIST, body: body)
        try made.add()
        registration = made
    }
}
