// The way to reach a loop from another thread: an eventfd that the loop watches. It carries no
// message; what is to be done is found in whatever the threads share.

internal import CLinux
internal import Glibc

/// Wakes a loop from any thread.
public final class Wakeup: Sendable {
    /// What the loop watches for readability.
    public let descriptor: CInt

    /// Opens an eventfd.
    public init() throws(SystemError) {
        descriptor = clinux_eventfd()
        if descriptor < 0 { throw SystemError("eventfd") }
    }

    deinit { close(descriptor) }

    /// Makes the descriptor readable; signals before the next `drain()` count as one.
    public func signal() { clinux_eventfd_signal(descriptor) }

    /// Makes the descriptor unreadable; call it before looking at what is shared.
    public func drain() { clinux_eventfd_drain(descriptor) }
}
