// The daemon assembled, as a library: a program runs it until a signal, a test starts and stops it in its own
// process on port 0. `unsafe` marks one system call, whose argument is an array that outlives it.

public import Addresses
internal import Control
internal import DNSWire
internal import Events
internal import Glibc
public import Logging
internal import Resolution
internal import Settings
internal import Synchronization
internal import Transport

/// Why a daemon does not start; everything that is wrong, one sentence each.
public struct StartError: Error, Equatable, Sendable {
    /// The sentences; those about the settings begin with file, line and column.
    public let sentences: [String]
    /// Whether the settings are at fault: another start fails as well.
    public let isOfSettings: Bool

    init(_ sentences: [String], isOfSettings: Bool = false) {
        self.sentences = sentences
        self.isOfSettings = isOfSettings
    }
}

/// A daemon that was started in this process.
public final class Daemon: Sendable {
    /// The version of the programs.
    public static let version = ProductVersion.current

    /// Where it listens, with the ports that the system chose.
    public let listen: [Endpoint]
    private let mailbox: Mailbox<SupervisorMessage>
    private let thread: Thread

    /// Starts a daemon on threads of its own and returns when every worker listens.
    public static func start(settingsFile: String, logger: Logger) throws(StartError) -> Daemon {
        try start(DaemonPlan.make(settingsFile, logger: logger, takesSignals: false))
    }

    /// Starts what was planned.
    static func start(_ plan: SupervisorPlan) throws(StartError) -> Daemon {
        let failure = FailureBox()
        let thread: Thread
        do throws(SystemError) {
            thread = try Thread.start(named: "supervisor") {
                // Not under the lock, which the starting thread takes as soon as the daemon is
                // ready.
                let error = runSupervisor(plan)
                failure.error.withLock { $0 = error }
                plan.ready.signal()
            }
            try waitForSignal(plan.ready)
        } catch {
            throw StartError(["\(error)"])
        }
        if let error = failure.error.withLock({ $0 }) {
            thread.join()
            throw error
        }
        return Daemon(plan, thread)
    }

    /// Runs a daemon on this thread until SIGTERM or SIGINT, and then until what waits is answered.
    public static func run(settingsFile: String, logger: Logger) throws(StartError) {
        StandardErrorLog.secureDescriptors()
        SignalMask.hold(SIGHUP)
        SignalMask.hold(SIGUSR1)
        signal(SIGUSR2, SIG_IGN)
        let plan = try DaemonPlan.make(settingsFile, logger: logger, takesSignals: true)
        if let error = runSupervisor(plan) { throw error }
    }

    /// A logger of lines on standard error; its level comes from the settings.
    public static func standardErrorLogger() -> Logger {
        Logger(label: "privatelinkd") { _ in StandardErrorLog(logLevel: .info) }
    }

    /// Writes a text and a line feed, as a terminal may have it, to a descriptor: all that the program says beside its
    /// log.
    public static func say(_ text: String, to descriptor: CInt) {
        let line = Array((VisibleText.escaped(text, keepsLayout: true) + "\n").utf8)
        // The array lasts as long as the call.
        _ = unsafe write(descriptor, line, line.count)
    }

    private init(_ plan: SupervisorPlan, _ thread: Thread) {
        listen = plan.endpoints
        mailbox = plan.mailbox
        self.thread = thread
    }

    /// Asks for a reload, as SIGHUP does.
    public func reload() { mailbox.post(.reload) }

    /// Ends the daemon at once and waits for its threads.
    public func stop() {
        mailbox.post(.stop)
        thread.join()
    }

    /// Why the supervisor ended before it was ready.
    private final class FailureBox: Sendable {
        let error = Mutex<StartError?>(nil)
    }

    /// Blocks this thread, with a loop of its own, until the wake-up is signalled.
    private static func waitForSignal(_ wakeup: Wakeup) throws(SystemError) {
        let loop = try EventLoop()
        let event = try ReadinessEvent(loop, descriptor: wakeup.descriptor, .readable) {
            loop.stop()
        }
        loop.run()
        _ = consume event
    }

    private static func runSupervisor(_ plan: SupervisorPlan) -> StartError? {
        do {
            try Supervisor(plan).run()
            return nil
        } catch let error as StartError {
            return error
        } catch {
            return StartError(["\(error)"])
        }
    }
}
