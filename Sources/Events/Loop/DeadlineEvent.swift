// A timer for deadlines that are usually far away, such as a worker's. The kernel keeps the time,
// so a loop that has only this timer armed neither reads a clock nor computes a timeout for each
// wait. Arming is a system call; for frequent arming use a `TimerEvent`.

internal import CLinux
internal import Glibc

/// A timer that fires once each time it is armed, and does not mind how long that takes.
public struct DeadlineEvent: ~Copyable {
    private let descriptor: Descriptor
    private let registration: Registration

    /// Closes its descriptor after the registration has ended.
    private final class Descriptor {
        let number: CInt
        init(_ number: CInt) { self.number = number }
        deinit { close(number) }

        /// Whether the time is over; reads as not so from then on.
        func expire() -> Bool { clinux_timerfd_drain(number) > 0 }
    }

    /// A timer that calls `body`, not yet armed.
    public init(_ loop: EventLoop, body: @escaping () -> Void) throws(SystemError) {
        let number = clinux_timerfd()
        if number < 0 { throw SystemError("timerfd_create") }
        let descriptor = Descriptor(number)
        let made = try Registration(
            loop, descriptor: number, interest: Registration.readableAgain
        ) {
            // It may have been armed again since the loop saw it.
            if descriptor.expire() { body() }
        }
        try made.add()
        self.descriptor = descriptor
        registration = made
    }

    /// Fires after `nanoseconds`, instead of any earlier arming. The time that the system is suspended counts.
    public func arm(afterNanoseconds nanoseconds: UInt64) {
        clinux_timerfd_set(descriptor.number, max(1, nanoseconds))
    }
}
