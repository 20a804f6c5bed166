// The thread that answers no queries: it starts the workers, publishes the loader's snapshots, and
// watches signals, the control socket and the zone directory. Everything happens in its own loop,
// in the order in which it comes in; what waits for others is a job with a number.

internal import Addresses
internal import Control
internal import DNSWire
internal import Events
internal import Glibc
internal import Logging
internal import Resolution
internal import Settings
internal import Store
internal import Transport

/// The daemon's life on one thread: made, run and ended there.
final class Supervisor {
    let plan: SupervisorPlan
    let loop: EventLoop
    let mailbox: Mailbox<SupervisorMessage>
    var logger: Logger
    private var mailEvent: ReadinessEvent?
    private var signalEvents: [HeldSignal] = []
    var control: UnixStreamServer?
    var metrics: HTTPServer?
    var watch: DirectoryWatch?

    var workers: [RunningWorker] = []
    let published: Published<Snapshot>
    let cache: AnswerCache
    /// What the newest snapshot was made of.
    var loaded: LoadResult
    var isReady = false
    /// How far the end has come.
    var stopping = StopStage.notBegun
    /// When its present stage is over at the latest.
    var stopTimer: TimerEvent?
    var watchdogTimer: TimerEvent?
    /// Whether workers were asked for a sign of life that not all have given.
    var isAskingForTurns = false
    let startedAt = SystemClock.elapsed()
    private var startFailures: [String] = []
    private(set) var unstartedWorkers = 0

    /// The loader is used by one thread at a time: the one that loads now.
    let loader: LoaderBox
    var loading: Loading?
    /// Whether a reload was requested while one was in progress.
    var isReloadWanted = false
    /// Control clients that asked for the next reload to start.
    var nextReloadCallers: [ControlCaller] = []
    /// Which zones may lose most of their records in it.
    var nextReloadShrinkage = ShrinkagePermission.none
    /// When the last reload ended, in nanoseconds of the elapsed clock.
    var lastReload: (ended: UInt64, report: ReloadReport)?
    var reloads = ReloadCounts()
    /// When the last load ended, the start's included, in nanoseconds since 1970, and how long it took.
    var lastLoadEnded = WallTime.now

    /// The workers that find that a server leads back here.
    var loops: [LoopNotice: Set<Int>] = [:]
    /// The workers to which a server does not answer.
    var silences: [ServerNotice: Set<Int>] = [:]
    /// When the silence of a server was logged last, and whether its end is to be.
    var reportedSilences: [ServerNotice: (at: Instant, hasEnd: Bool)] = [:]
    /// When it was logged last what servers said that is no answer.
    var reportedFailures: [FailureNotice: Instant] = [:]
    /// When it was logged last that a server's responses have another case.
    var reportedCases: [CaseNotice: Instant] = [:]
    /// Missing records that were logged.
    var reportedMissing = RecentNames()

    var jobs: [Int: Job] = [:]
    var nextJob = 0

    /// Keeps a registration alive.
    private final class HeldSignal {
        private let event: SignalEvent
        init(_ event: consuming SignalEvent) { self.event = event }
    }

    /// A supervisor on the present thread.
    init(_ plan: SupervisorPlan) throws {
        self.plan = plan
        logger = plan.logger
        loop = try EventLoop()
        mailbox = plan.mailbox
        loaded = plan.firstLoad
        guard let snapshot = plan.firstLoad.snapshot else { throw StartError(["nothing to serve"]) }
        published = Published(snapshot)
        cache = plan.cache
        loader = LoaderBox(plan.loader)
    }

    // MARK: Beginning and end

    /// Starts everything, runs until it is stopped, and ends everything.
    func run() throws {
        mailEvent = try ReadinessEvent(
            loop, descriptor: mailbox.wakeup.descriptor, .readable
        ) { [unowned self] in readMail() }
        if plan.takesSignals { try takeSignals() }
        stopTimer = try TimerEvent(loop) { [unowned self] in stopTimeIsOver() }
        try openControl()
        try openMetrics()
        watchDirectory()
        startWorkers()
        loop.run()
        end()
        if !startFailures.isEmpty { throw StartError(startFailures) }
    }

    private func takeSignals() throws {
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGTERM, SIGINT] {
            let event = try SignalEvent(loop, signal: number) { [unowned self] in beginStop() }
            signalEvents.append(HeldSignal(event))
        }
        let statistics = try SignalEvent(loop, signal: SIGUSR1) { [unowned self] in
            beginCount(for: .log)
        }
        signalEvents.append(HeldSignal(statistics))
        SignalMask.release(SIGUSR1)
        let event = try SignalEvent(loop, signal: SIGHUP) { [unowned self] in
            logger.info("reload requested by SIGHUP")
            reload()
        }
        signalEvents.append(HeldSignal(event))
        SignalMask.release(SIGHUP)
    }

    private func startWorkers() {
        unstartedWorkers = plan.workerCount
        for number in 0..<plan.workerCount {
            do {
                let orders = Mailbox<WorkerCommand>(wakeup: try Wakeup())
                let workerPlan = plan.workerPlan(number, orders, published)
                let thread = try Thread.start(named: "worker \(number)") { Worker.run(workerPlan) }
                workers.append(RunningWorker(thread: thread, orders: orders))
            } catch {
                startFailures.append("cannot start a worker: \(error)")
                stop()
                return
            }
        }
    }

    private func workerStarted(_ number: Int, _ failure: String?) {
        unstartedWorkers -= 1
        // What is wrong for one worker is wrong for all.
        if let failure, !startFailures.contains(failure) { startFailures.append(failure) }
        guard unstartedWorkers == 0 else { return }
        guard startFailures.isEmpty else { return stop() }
        isReady = true
        logger.info("\(readySentence)")
        ServiceNotification.ready.send()
        do throws(SystemError) { try startWatchdog() } catch {
            logger.warning("the service manager's watchdog is not fed: \(error)")
        }
        plan.ready.signal()
        copyGoodZones()
        if isReloadWanted { reload() }
    }

    private var readySentence: String {
        let zones = Counted.words(loaded.report.zones, "zone")
        let records = Counted.words(loaded.report.records, "record")
        let addresses = plan.endpoints.map { "\($0)" }.joined(separator: ", ")
        return "ready on \(addresses): \(zones) with \(records)"
    }

    /// Best effort: callers that wait for a reload or an explanation get no answer.
    private func end() {
        control = nil
        metrics = nil
        watch = nil
        for worker in workers { worker.orders.post(.stop) }
        for worker in workers { worker.thread.join() }
        // If the process ends anyway, it does not wait for files that are being read.
        if !plan.takesSignals { loading?.thread?.join() }
    }

    private func watchDirectory() {
        guard let watched = plan.watched else { return }
        do {
            watch = try DirectoryWatch(loop, watched) { [unowned self] in
                logger.info("the zone directory changed")
                reload()
            }
        } catch {
            logger.warning("the zone directory is not watched: \(error)")
        }
    }

    // MARK: Mail

    private func readMail() {
        mailbox.wakeup.drain()
        for message in mailbox.take() {
            switch message {
            case .started(let worker, let failure): workerStarted(worker, failure)
            case .adopted(let worker, let generation): adopted(worker, generation)
            case .counted(let job, let worker, let figures): counted(job, worker, figures)
            case .explained(let job, let reply, let steps): explained(job, reply, steps)
            case .placed(let job, let report): placed(job, report)
            case .questions(let job, let questions): collected(job, questions)
            case .previewed(let job, let report): previewed(job, report)
            case .probeSeen(let nonce):
                for worker in workers { worker.orders.post(.probeSeen(nonce)) }
            case .noticed(let worker, let notice): log(notice, of: worker)
            case .loaded(let result, let milliseconds): loadEnded(result, milliseconds)
            case .copied(let failures): reportUncopied(failures)
            case .settled(let worker): settled(worker)
            case .finished(let worker): finished(worker)
            case .reload: reload()
            case .stop: stop()
            }
        }
    }
}

/// A worker that was started.
struct RunningWorker {
    let thread: Thread
    let orders: Mailbox<WorkerCommand>
    /// The newest snapshot that it said it serves.
    var generation: UInt64 = 0
}
