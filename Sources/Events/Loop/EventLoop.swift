// The loop: one libevent base, made on a thread and used by no other. Everything that happens on
// a thread happens in a closure that this loop calls. It knows nothing of what is watched, and
// the only way to reach it from another thread is a `Wakeup`.

internal import CLibevent
internal import Glibc

/// One libevent base, used by exactly one thread: the one that it is made on.
@safe public final class EventLoop {
    let base: OpaquePointer
    private var isStopped = false
    private let thread = OwningThread()

    /// Makes a base without locks; fails only for lack of memory or descriptors.
    public init() throws(SystemError) {
        guard let config = unsafe event_config_new() else {
            throw SystemError("event_config_new", ENOMEM)
        }
        defer { unsafe event_config_free(config) }
        // No lock, and no look at the clock in rounds that no timer needs.
        for flag in [EVENT_BASE_FLAG_NOLOCK, EVENT_BASE_FLAG_NO_CACHE_TIME] {
            unsafe event_config_set_flag(config, Int32(flag.rawValue))
        }
        guard let base = unsafe event_base_new_with_config(config) else {
            throw SystemError("event_base_new_with_config")
        }
        unsafe self.base = base
    }

    deinit { unsafe event_base_free(base) }

    /// Ends the process in a debug build when this is not the loop's own thread; costs nothing in release.
    @inline(__always)
    public func checkThread() { thread.check() }

    /// Waits for events and calls their closures, until `stop()`; returns immediately after a `stop()` that
    /// came before it.
    public func run() {
        checkThread()
        while !isStopped {
            guard unsafe event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY) >= 0 else { return }
        }
        isStopped = false
    }

    /// Waits for the next events and calls their closures once; false if libevent failed.
    @discardableResult
    public func turn() -> Bool {
        checkThread()
        return unsafe event_base_loop(base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY) >= 0
    }

    /// Makes `run` return before it waits again; closures of the current round that were not yet
    /// called are called first when `run` is entered again.
    public func stop() {
        checkThread()
        isStopped = true
        unsafe event_base_loopbreak(base)
    }
}
