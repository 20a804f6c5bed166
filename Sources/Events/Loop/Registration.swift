// The common part of readiness, timer and signal events: a libevent event and the closure it calls.
// libevent calls into Swift only here.

internal import CLibevent
internal import Glibc

/// A libevent event that owns its closure; freed, and so unregistered, when destroyed.
@safe struct Registration: ~Copyable {
    private final class Action {
        private let body: () -> Void
        // Each access ends immediately; nothing is called during it.
        @exclusivity(unchecked) private var isRunning = false
        @exclusivity(unchecked) private var hasEnded = false

        init(_ body: @escaping () -> Void) { self.body = body }

        /// Calls the closure; true if its registration was destroyed during the call.
        func call() -> Bool {
            unsafe isRunning = true
            body()
            unsafe isRunning = false
            return unsafe hasEnded
        }

        /// Records that the registration is destroyed; true if the caller of the closure must free
        /// it.
        func end() -> Bool {
            unsafe hasEnded = true
            return unsafe isRunning
        }
    }

    /// For a descriptor: whenever it is readable, until it is removed.
    static let readableAgain = EV_READ | EV_PERSIST

    private let event: OpaquePointer
    /// Owned; by the call of the closure once that has destroyed this registration.
    private let action: Unmanaged<Action>
    /// Keeps the base alive longer than the event.
    private let loop: EventLoop

    /// Prepares an event, which is not yet pending.
    init(
        _ loop: EventLoop, descriptor: CInt, interest: Int32, body: @escaping () -> Void
    ) throws(SystemError) {
        loop.checkThread()
        let action = unsafe Unmanaged.passRetained(Action(body))
        let made = unsafe event_new(
            loop.base, descriptor, Int16(truncatingIfNeeded: interest),
            { _, _, context in
                guard let context = unsafe context else { return }
                // Not retained for the length of the call, which would cost more than all else here.
                let action = unsafe Unmanaged<Action>.fromOpaque(context)
                if unsafe action._withUnsafeGuaranteedRef({ $0.call() }) { unsafe action.release() }
            }, action.toOpaque())
        guard let made = unsafe made else {
            unsafe action.release()
            throw SystemError("event_new", ENOMEM)
        }
        unsafe event = made
        unsafe self.action = action
        self.loop = loop
    }

    deinit {
        loop.checkThread()
        unsafe event_free(event)
        if unsafe !action._withUnsafeGuaranteedRef({ $0.end() }) { unsafe action.release() }
    }

    /// Makes the event pending, forever or until `microseconds` have passed.
    borrowing func add(microseconds: UInt64? = nil) throws(SystemError) {
        loop.checkThread()
        let result: CInt
        if let microseconds {
            var time = timeval(
                tv_sec: Int(clamping: microseconds / 1_000_000),
                tv_usec: Int(microseconds % 1_000_000))
            result = unsafe event_add(event, &time)
        } else {
            result = unsafe event_add(event, nil)
        }
        if result != 0 { throw SystemError("event_add") }
    }

    /// Calls the closure in the loop's present or next round.
    borrowing func activate() {
        loop.checkThread()
        unsafe event_active(event, Int32(EV_TIMEOUT), 0)
    }

    /// Makes the event not pending; nothing happens if it was not.
    borrowing func remove() {
        loop.checkThread()
        unsafe event_del(event)
    }
}
