// Stops the daemon in stages. For `stop.delay`, only /readyz changes. Then the workers answer
// pending queries within `stop.grace` while they continue to read. Finally they stop reading,
// answer the rest and close their connections. A worker accepts queries until all workers have
// answered theirs, because its sockets get a share of the clients' queries.

internal import Events
internal import Logging
internal import Resolution
internal import Settings
internal import Transport

/// How far the end has come.
enum StopStage: Equatable {
    case notBegun
    /// Everything is answered, until the delay is over.
    case delayed
    /// These workers have not yet answered all queries that were pending when the stage began.
    case settling(Set<Int>)
    /// These workers have not yet ended.
    case finishing(Set<Int>)
}

extension Supervisor {
    /// What the workers need beyond the grace, in nanoseconds, to have their last replies read.
    private static var finishNanoseconds: UInt64 { 1_000_000_000 }

    /// Begins the end, or ends at once where it has begun or the start is not over.
    func beginStop() {
        guard stopping == .notBegun, isReady else { return stop() }
        isReady = false
        let delay = TimeSpan(loaded.settings.stop.delay).nanoseconds
        let grace = TimeSpan(loaded.settings.stop.grace).nanoseconds
        ServiceNotification.stopping(within: delay + grace + 2 * Self.finishNanoseconds).send()
        guard delay > 0 else {
            logger.info("stopping")
            return settle()
        }
        logger.info("stopping in \(delay / 1_000_000) ms")
        stopping = .delayed
        stopTimer?.arm(afterNanoseconds: delay)
    }

    /// Ends the loop after this turn.
    func stop() {
        logger.info(stopping == .notBegun ? "stopping" : "stopping immediately")
        if stopping == .notBegun { ServiceNotification.stopping(within: nil).send() }
        loop.stop()
    }

    private func settle() {
        stopping = .settling(Set(workers.indices))
        let grace = TimeSpan(loaded.settings.stop.grace).nanoseconds
        let end = SystemClock.elapsed() + grace
        for worker in workers { worker.orders.post(.settle(until: end)) }
        stopTimer?.arm(afterNanoseconds: grace + Self.finishNanoseconds)
    }

    /// A worker has answered what waited.
    func settled(_ worker: Int) {
        guard case .settling(var missing) = stopping else { return }
        missing.remove(worker)
        stopping = .settling(missing)
        if missing.isEmpty { finish() }
    }

    private func finish() {
        stopping = .finishing(Set(workers.indices))
        for worker in workers { worker.orders.post(.finish) }
    }

    /// A worker has ended.
    func finished(_ worker: Int) {
        guard case .finishing(var missing) = stopping else { return }
        missing.remove(worker)
        stopping = .finishing(missing)
        if missing.isEmpty { loop.stop() }
    }

    /// The delay is over, or the workers have had their time.
    func stopTimeIsOver() {
        switch stopping {
        case .notBegun: break
        case .delayed: settle()
        case .settling, .finishing: stop()
        }
    }
}
