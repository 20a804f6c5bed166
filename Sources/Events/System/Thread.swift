// A POSIX thread with a name. It takes no signals: those belong to the thread that started the
// process, which is the supervisor's.

internal import CLinux
internal import Glibc
internal import Synchronization

/// A thread that runs one closure.
public final class Thread: Sendable {
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void
        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// The thread while it is neither joined nor detached.
    private let identity: Mutex<pthread_t?>

    private init(_ identity: pthread_t) { self.identity = Mutex(identity) }

    deinit {
        identity.withLock { thread in
            if let thread { pthread_detach(thread) }
        }
    }

    /// Starts a thread; of `name` the kernel keeps 15 bytes.
    public static func start(
        named name: String, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) -> Thread {
        let context = unsafe Unmanaged.passRetained(Start(name: name, body: body)).toOpaque()
        var everySignal = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&everySignal)
        unsafe pthread_sigmask(SIG_BLOCK, &everySignal, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                let name = String(decoding: start.name.utf8.prefix(15), as: UTF8.self)
                _ = unsafe clinux_set_thread_name(name)
                start.body()
                return nil
            }, context)
        if result != 0 {
            unsafe Unmanaged<Start>.fromOpaque(context).release()
            throw SystemError("pthread_create", result)
        }
        return Thread(thread)
    }

    /// Waits until the closure has returned; later calls return immediately.
    public func join() {
        let thread = identity.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let thread { _ = pthread_join(thread, nil) }
    }
}
