// What readiness, timers and signals have in common: a libevent event and the closure that it
// calls. This is the one place where libevent calls into Swift.

internal import CLibevent
internal import Glibc

/// A libevent event that owns its closure; freed, and so unregistered, when destroyed.
@safe struct Registration: ~Copyable {
    private final class Action {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// For a descriptor: whenever it is readable, until it is removed.
    static let readableAgain = EV_READ | EV_PERSIST

    private let event: OpaquePointer
    private let action: Action
    /// Keeps the base alive longer than the event.
    private let loop: EventLoop

    /// Prepares an event, which is not yet pending.
    init(
        _ loop: EventLoop, descriptor: CInt, interest: Int32, body: @escaping () -> Void
    ) throws(SystemError) {
        let action = Action(body)
        let context = unsafe Unmanaged.passUnretained(action).toOpaque()
        let made = unsafe event_new(
            loop.base, descriptor, Int16(truncatingIfNeeded: interest),
            { _, _, context in
                guard let context = unsafe context else { return }
                // Retained for the length of the call: the body may destroy its own registration.
                let action = unsafe Unmanaged<Action>.fromOpaque(context).takeUnretainedValue()
                withExtendedLifetime(action) { action.body() }
            }, context)
        guard let made = unsafe made else { throw SystemError("event_new", ENOMEM) }
        unsafe event = made
        self.action = action
        self.loop = loop
    }

    deinit { unsafe event_free(event) }

    /// Makes the event pending, for ever or until `microseconds` have passed.
    borrowing func add(microseconds: UInt64? = nil) throws(SystemError) {
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
    borrowing func activate() { unsafe event_active(event, Int32(EV_TIMEOUT), 0) }

    /// Makes the event not pending; nothing happens if it was not.
    borrowing func remove() { unsafe event_del(event) }
}
