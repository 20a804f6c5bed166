// What administrators ask of a running daemon, one case per command. What needs the workers is a job that ends
// when they have answered.

internal import Addresses
internal import Control
internal import DNSWire
internal import Events
internal import Glibc
internal import Logging
internal import Resolution
internal import Settings
internal import Transport
internal import Zones

/// The caller, and the format of the answer.
struct ControlCaller {
    let connection: ConnectionHandle
    let format: ControlFormat
}

extension Supervisor {
    /// Opens the control socket.
    func openControl() throws {
        control = try UnixStreamServer(
            loop, path: loaded.settings.control.socket
        ) { [unowned self] connection, line in
            answer(line, connection)
        }
    }

    private func answer(_ line: Span<UInt8>, _ connection: ConnectionHandle) {
        let call: ControlCall
        do throws(ControlError) {
            call = try ControlCall(line: Array(copying: line))
        } catch {
            let caller = ControlCaller(connection: connection, format: .text)
            return reply(ControlAnswer(refusal: "\(error)", format: .text), caller)
        }
        let caller = ControlCaller(connection: connection, format: call.format)
        switch call.request {
        case .status: beginCount(for: .status(caller))
        case .cache: beginCount(for: .cache(caller))
        case .forward: beginCount(for: .forward(caller))
        case .statistics: beginCount(for: .statistics(caller))
        case .flush(let name): flush(name, caller)
        case .reload(let force): reload(force, caller)
        case .previewReload: beginPreview(caller)
        case .zones: reply(ControlAnswer(zonesReport, format: call.format), caller)
        case .explain(let name, let type): beginExplanation(name, type, caller)
        }
    }

    func reply(_ answer: ControlAnswer, _ caller: ControlCaller) {
        control?.reply(answer.encoded(), to: caller.connection)
    }

    func addJob(_ job: Job) -> Int {
        nextJob += 1
        jobs[nextJob] = job
        return nextJob
    }

    // MARK: Figures

    func beginCount(for purpose: Job.Purpose) {
        let job = addJob(.count(purpose, [:], missing: workers.count))
        for worker in workers { worker.orders.post(.count(job: job)) }
    }

    func counted(_ job: Int, _ worker: Int, _ figures: WorkerFigures) {
        guard case .count(let purpose, var counted, let missing) = jobs[job] else { return }
        counted[worker] = figures
        guard missing == 1 else {
            jobs[job] = .count(purpose, counted, missing: missing - 1)
            return
        }
        jobs[job] = nil
        let figures = counted.sorted { $0.key < $1.key }.map(\.value)
        let sum = WorkerFigures(summing: figures)
        switch purpose {
        case .status(let caller):
            reply(ControlAnswer(statusReport(sum), format: caller.format), caller)
        case .cache(let caller):
            reply(ControlAnswer(cacheReport(sum), format: caller.format), caller)
        case .forward(let caller):
            let report = ForwardReport(states: sum.servers)
            reply(ControlAnswer(report, format: caller.format), caller)
        case .statistics(let caller):
            reply(ControlAnswer(statisticsReport(figures), format: caller.format), caller)
        case .metrics(let connection):
            let page = HTTPResponse(
                "200 OK", mediaType: StatisticsReport.mediaType,
                body: statisticsReport(figures).prometheusText)
            metrics?.reply(page, to: connection)
        case .watchdog: workersTurn()
        case .log:
            logger.info("statistics: \(statisticsReport(figures).line)")
        }
    }

    private func statusReport(_ figures: WorkerFigures) -> StatusReport {
        let now = SystemClock.elapsed()
        let usage = cache.usage
        var report = StatusReport()
        report.version = ProductVersion.current
        report.settingsFile = plan.settingsFile.path
        report.processID = Int(getpid())
        report.uptime = Int((now - startedAt) / 1_000_000_000)
        report.ready = isReady
        report.workers = workers.count
        report.listen = plan.endpoints.map { "\($0)" }
        report.generation = loaded.report.generation
        report.fingerprint = ServedDigest(loaded).description
        report.zones = loaded.zones.count
        report.records = loaded.report.records
        func zones(in states: ZoneState...) -> [String] {
            loaded.zones.filter { states.contains($0.state) }.map { "\($0.origin)" }
        }
        report.keptZones = zones(in: .kept, .lastGoodCopy)
        report.removedZones = zones(in: .removed)
        report.failedZones = zones(in: .failed)
        report.errors = Self.first(errors)
        report.warnings = Self.first(loaded.report.warnings)
        report.links = loaded.settings.links.map { "\($0.publicSuffix) to \($0.privateSuffix)" }
        report.forwardZones = loaded.settings.forward.map { zone in
            "\(zone.zone) to \(zone.servers.map { "\($0)" }.joined(separator: ", "))"
        }
        report.failedServers = ForwardReport(states: figures.servers).failures
        report.queriesAnswered = Int(figures.resolver.responses.allResponses)
        report.pending = figures.pending
        report.cacheEntries = usage.entries
        report.cacheOctets = usage.octets
        report.lastReload = lastReload.map {
            StatusReport.LastReload(
                age: Int((now - $0.ended) / 1_000_000_000), succeeded: $0.report.succeeded,
                mistakes: $0.report.mistakes.count)
        }
        return report
    }

    /// What is wrong with what is served, and with a reload since then that changed nothing.
    private var errors: [String] {
        let known = Set(loaded.report.mistakes)
        let later = (lastReload?.report.mistakes ?? []).filter { !known.contains($0) }
        return later + loaded.report.mistakes
    }

    /// As many sentences as an administrator reads.
    private static func first(_ sentences: [String]) -> [String] {
        let shown = sentences.prefix(50)
        let more = sentences.count - shown.count
        return shown + (more > 0 ? ["\(more) more, which `privatelinkctl zones` shows"] : [])
    }

    // MARK: Cache

    private func cacheReport(_ figures: WorkerFigures) -> CacheReport {
        let usage = cache.usage
        var report = CacheReport()
        report.entries = usage.entries
        report.octets = usage.octets
        report.limit = plan.firstLoad.settings.cache.size
        report.hits = Int(usage.hits)
        report.misses = Int(usage.misses)
        report.stale = Int(figures.resolver.stale)
        report.prefetches = Int(figures.resolver.prefetches)
        return report
    }

    private func flush(_ text: String, _ caller: ControlCaller) {
        guard let name = try? Name(text: text) else {
            let sentence = "\(text) is not a domain name"
            return reply(ControlAnswer(refusal: sentence, format: caller.format), caller)
        }
        let report = FlushReport(name: "\(name)", flushed: cache.flush(name))
        logger.info("flushed \(report.flushed) answers at and below \(name)")
        reply(ControlAnswer(report, format: caller.format), caller)
    }

    // MARK: Zones

    private var zonesReport: ZonesReport {
        ZonesReport(
            zones: loaded.zones.map { stored in
                var row = ZonesReport.Zone(
                    origin: "\(stored.origin)", state: ZonesReport.State(stored.state))
                row.records = stored.zone?.recordCount ?? 0
                row.names = stored.zone?.nameCount ?? 0
                row.serial = stored.zone?.serial
                row.fingerprint = stored.zone.map { "\($0.fingerprint)" } ?? ""
                row.file = "\(stored.provenance)"
                row.loaded = stored.zone == nil ? nil : stored.loaded.map { "\($0)" }
                row.errors = stored.mistakes
                row.warnings = stored.warnings
                return row
            })
    }
}

extension ZonesReport.State {
    init(_ state: ZoneState) {
        self =
            switch state {
            case .current: .current
            case .kept: .kept
            case .lastGoodCopy: .lastGoodCopy
            case .removed: .removed
            case .failed: .failed
            }
    }
}
