// The signal mask of the current thread: which signals are delivered, and which are blocked.
// SignalEvent handles delivered signals.

internal import Glibc

/// The present thread's mask of signals.
public enum SignalMask {
    /// Has `signal` wait until it is released: before there is a watch, it would end the process.
    public static func hold(_ signal: CInt) { change(SIG_BLOCK, signal) }

    /// Unblocks `signal`; a pending one is delivered immediately.
    public static func release(_ signal: CInt) { change(SIG_UNBLOCK, signal) }

    private static func change(_ how: CInt, _ signal: CInt) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, signal)
        unsafe pthread_sigmask(how, &signals, nil)
    }
}
