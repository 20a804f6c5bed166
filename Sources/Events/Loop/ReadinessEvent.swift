// A descriptor that is watched for readability or writability. The descriptor belongs to the
// caller, who destroys or disables the event before closing it.

internal import CLibevent

/// A watch on one descriptor, level-triggered and repeated until disabled.
public struct ReadinessEvent: ~Copyable {
    /// What is waited for.
    public enum Interest: Sendable {
        /// Bytes, a connection, the end of the stream or an error can be read.
        case readable
        /// Bytes can be written, or a connection attempt has ended.
        case writable
    }

    private let registration: Registration
    /// Whether the closure is called when the descriptor is ready.
    public private(set) var isEnabled: Bool

    /// Watches `descriptor`; `body` may disable or destroy this event.
    public init(
        _ loop: EventLoop, descriptor: CInt, _ interest: Interest, enabled: Bool = true,
        body: @escaping () -> Void
    ) throws(SystemError) {
        let made = try Registration(
            loop, descriptor: descriptor,
            interest: (interest == .readable ? EV_READ : EV_WRITE) | EV_PERSIST, body: body)
        if enabled { try made.add() }
        registration = made
        isEnabled = enabled
    }

    /// Resumes the watch; fails only for lack of kernel memory.
    public mutating func enable() throws(SystemError) {
        if isEnabled { return }
        try registration.add()
        isEnabled = true
    }

    /// Pauses the watch.
    public mutating func disable() {
        if !isEnabled { return }
        registration.remove()
        isEnabled = false
    }
}
