// Which signals the present thread takes now, and which wait until it does. What is done about one that comes is
// SignalEvent's business.

internal import Glibc

/// The present thread's mask of signals.
public enum SignalMask {
    /// Has `signal` wait until it is released: before there is a watch, it would end the process.
    public static func hold(_ signal: CInt) { change(SIG_BLOCK, signal) }

    /// Lets `signal` come, at once if it came meanwhile.
    public static func release(_ signal: CInt) { change(SIG_UNBLOCK, signal) }

    private static func change(_ how: CInt, _ signal: CInt) {
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, signal)
        unsafe pthread_sigmask(how, &signals, nil)
    }
}
