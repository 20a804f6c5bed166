// One timer. A worker has one of these, armed at the earliest of its deadlines, and none per
// pending query or connection.

/// A timer that fires once each time it is armed.
public struct TimerEvent: ~Copyable {
    private let registration: Registration

    /// A timer that calls `body`, not yet armed.
    public init(_ loop: EventLoop, body: @escaping () -> Void) throws(SystemError) {
        registration = try Registration(loop, descriptor: -1, interest: 0, body: body)
    }

    /// Fires after `nanoseconds`, rounded up to microseconds, instead of any earlier arming.
    ///
    /// libevent counts in coarse time: the closure may be called a few milliseconds early and has to
    /// look at the clock itself.
    public func arm(afterNanoseconds nanoseconds: UInt64) {
        // Adding a timeout fails only when libevent's heap cannot grow by one pointer.
        do { try registration.add(microseconds: nanoseconds / 1000 + 1) } catch {
            fatalError("no memory for a timer: \(error)")
        }
    }
}
