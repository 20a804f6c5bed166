// A reload: the loader's thread reads, the supervisor publishes, every worker adopts. Only then the
// caller gets the result; from then on nothing is answered from the old data.

internal import Control
internal import Events
internal import Logging
internal import Resolution
internal import Settings
internal import Store
internal import Synchronization
internal import Transport

/// A reload in progress.
struct Loading {
    var thread: Thread?
    var callers: [ControlCaller]
    /// What the workers are to adopt; nil while the files are being read.
    var report: ReloadReport?
    var generation: UInt64 = 0
    /// What was served before; its memory is given back by another thread.
    var replaced: Snapshot?
}

/// The loader, used by one thread at a time: the one that loads now.
final class LoaderBox: Sendable {
    private let loader: Mutex<SnapshotLoader>

    init(_ loader: SnapshotLoader) { self.loader = Mutex(loader) }

    func use<Result: Sendable>(_ body: (inout SnapshotLoader) -> Result) -> Result {
        loader.withLock { loader in body(&loader) }
    }
}

extension Supervisor {
    /// Reads settings and zones again; a reload requested in the meantime follows it.
    func reload(for caller: ControlCaller? = nil, shrinkage: ShrinkagePermission = .none) {
        if let caller { nextReloadCallers.append(caller) }
        nextReloadShrinkage.formUnion(shrinkage)
        // A worker that starts now would serve the new snapshot without having adopted it.
        guard isReady, loading == nil else {
            isReloadWanted = true
            return
        }
        isReloadWanted = false
        ServiceNotification.reloading.send()
        loading = Loading(thread: nil, callers: nextReloadCallers)
        nextReloadCallers = []
        let look = ScanOptions(
            unclosed: watch?.unclosedFiles ?? [], shrinkage: nextReloadShrinkage,
            removal: nextReloadShrinkage)
        nextReloadShrinkage = .none
        loading?.thread = startLoader { loader in
            let started = SystemClock.elapsed()
            let result = loader.reload(look)
            let milliseconds = Int((SystemClock.elapsed() - started) / 1_000_000)
            return .loaded(result, milliseconds: milliseconds)
        }
    }

    /// Runs a closure on the loader on a thread of its own, and posts what it returns.
    private func startLoader(
        _ body: @escaping @Sendable (inout SnapshotLoader) -> SupervisorMessage
    ) -> Thread? {
        let mailbox = mailbox
        let loader = loader
        do {
            return try Thread.start(named: "loader") {
                mailbox.post(loader.use(body))
            }
        } catch {
            logger.error("no reload: \(error)")
            let callers = loading?.callers ?? []
            loading = nil
            for caller in callers {
                reply(ControlAnswer(refusal: "\(error)", format: caller.format), caller)
            }
            ServiceNotification.ready.send()
            return nil
        }
    }

    /// The files were read: what they say is published, or nothing changes.
    func loadEnded(_ result: LoadResult, _ milliseconds: Int) {
        loading?.thread?.join()
        loading?.thread = nil
        var report = result.report
        report.milliseconds = milliseconds
        loading?.report = report
        guard let snapshot = result.snapshot else { return reloadEnded() }
        loaded = result
        logger.logLevel = result.settings.log.loggerLevel
        loading?.generation = snapshot.generation
        loading?.replaced = published.publish(snapshot).replaced
        for worker in workers { worker.orders.post(.adopt) }
    }

    /// A worker serves a newer snapshot; when all do, the reload has ended.
    func adopted(_ worker: Int, _ generation: UInt64) {
        workers[worker].generation = generation
        guard let loading, loading.report != nil,
            workers.allSatisfy({ $0.generation >= loading.generation })
        else { return }
        reloadEnded()
    }

    private func reloadEnded() {
        guard let ended = loading, let report = ended.report else { return }
        loading = nil
        lastReload = (SystemClock.elapsed(), report)
        lastLoadEnded = .now
        reloads.count(report, zones: loaded.zones)
        tell(report)
        for caller in ended.callers {
            reply(ControlAnswer(report, format: caller.format, succeeded: report.succeeded), caller)
        }
        if isReady { ServiceNotification.ready.send() }
        release(ended.replaced)
        copyGoodZones()
        if isReloadWanted { reload() }
    }

    /// Gives back the memory of an old snapshot, which may take long, on a thread of its own.
    private func release(_ snapshot: Snapshot?) {
        guard let snapshot else { return }
        _ = try? Thread.start(named: "releaser") { withExtendedLifetime(snapshot) {} }
    }

    /// Copies what was read well into the state directory.
    func copyGoodZones() {
        guard let copies = plan.copies else { return }
        let zones = loaded.zones
        let deleted = loaded.deleted
        let mailbox = mailbox
        _ = try? Thread.start(named: "copier") {
            let failures = copies.follow(zones, deleted: deleted)
            if !failures.isEmpty { mailbox.post(.copied(failures: failures)) }
        }
    }

    /// Logs which zones have no last good copy; on a full disk this can be all zones.
    func reportUncopied(_ failures: [String]) {
        let told = failures.prefix(3)
        for failure in told { logger.warning("no last good copy: \(failure)") }
        if failures.count > told.count {
            logger.warning("no last good copy of \(failures.count - told.count) more zones")
        }
    }

    private func tell(_ report: ReloadReport) {
        report.log(to: logger)
        let outcome = report.succeeded ? "reloaded" : "reloaded with mistakes"
        logger.info(
            """
            \(outcome): \(Counted.words(report.zones, "zone")), \(report.changed) changed, \(report.added) added, \
            \(report.removed) removed, \(Counted.words(report.filesRead, "file")) read, \
            \(report.milliseconds) ms
            """)
    }
}

extension ReloadReport {
    /// How many lines of a kind are logged; a directory that is lost has as many as there were zones.
    private static let longest = 100

    /// Logs what a load found.
    func log(to logger: Logger) {
        Self.log(mistakes, "mistakes", to: logger, .error)
        Self.log(warnings, "warnings", to: logger, .warning)
        Self.log(notices, "notices", to: logger, .notice)
        for key in restartKeys { logger.warning("\(key) changes at the next start only") }
    }

    private static func log(
        _ lines: [String], _ noun: String, to logger: Logger, _ level: Logger.Level
    ) {
        for line in lines.prefix(longest) { logger.log(level: level, "\(line)") }
        if lines.count > longest {
            logger.log(
                level: level,
                "\(lines.count - longest) more \(noun), which `privatelinkctl reload` shows")
        }
    }
}
