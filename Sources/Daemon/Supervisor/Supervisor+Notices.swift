// Notices of the resolvers for the administrator. Every worker finds the same; the log has each
// once.

internal import DNSWire
internal import Events
internal import Logging
internal import Resolution

extension Supervisor {
    /// Logs a worker's notice, unless another worker has already reported it.
    func log(_ notice: Notice, of worker: Int) {
        switch notice {
        case .missingRecord(let name):
            let now = Instant(nanoseconds: SystemClock.elapsed())
            guard reportedMissing.insert(name, at: now) else { return }
            let hidden = hiddenSentence(about: name) ?? ""
            logger.warning("the private zone has the registry but no record for \(name)\(hidden)")
        case .loop(let loop):
            let isNew = loops[loop]?.isEmpty ?? true
            loops[loop, default: []].insert(worker)
            guard isNew else { return }
            logger.error(
                """
                the server \(loop.server) of the forward zone \(loop.zone) forwards this daemon's queries back \
                to it: such queries are answered with SERVFAIL
                """)
        case .loopEnded(let loop):
            loops[loop]?.remove(worker)
            guard loops[loop]?.isEmpty == true else { return }
            loops[loop] = nil
            logger.notice(
                "the server \(loop.server) of the forward zone \(loop.zone) no longer forwards queries back to this daemon"
            )
        case .serverSilent(let server): logSilence(of: server, worker)
        case .serverAnswers(let server): logEndOfSilence(of: server, worker)
        case .serversFailed(let failure): logFailure(failure)
        case .serverChangesCase(let change): logCase(change)
        }
    }

    // MARK: Servers

    /// Once for all workers, and at most once a minute for a server that comes and goes.
    private func logSilence(of server: ServerNotice, _ worker: Int) {
        let isNew = silences[server]?.isEmpty ?? true
        silences[server, default: []].insert(worker)
        let now = Instant(nanoseconds: SystemClock.elapsed())
        if let last = reportedSilences[server], now.since(last.at) < .seconds(60) { return }
        guard isNew else { return }
        reportedSilences[server] = (now, hasEnd: true)
        logger.warning("the server \(server.server) does not answer")
    }

    private func logEndOfSilence(of server: ServerNotice, _ worker: Int) {
        silences[server]?.remove(worker)
        guard silences[server]?.isEmpty == true else { return }
        silences[server] = nil
        guard reportedSilences[server]?.hasEnd == true else { return }
        reportedSilences[server]?.hasEnd = false
        logger.notice("the server \(server.server) answers again")
    }

    /// Once an hour for each zone, server and RCODE.
    private func logFailure(_ failure: FailureNotice) {
        let now = Instant(nanoseconds: SystemClock.elapsed())
        if let last = reportedFailures[failure], now.since(last) < .seconds(3_600) { return }
        reportedFailures[failure] = now
        let said =
            failure.code.map { "responded with \($0)" } ?? "sent a response that cannot be used"
        logger.warning(
            """
            no server of the forward zone \(failure.zone) has an answer for some names: \
            \(failure.server) \(said)
            """)
    }

    /// Once an hour for each server.
    private func logCase(_ change: CaseNotice) {
        let now = Instant(nanoseconds: SystemClock.elapsed())
        if let last = reportedCases[change], now.since(last) < .seconds(3_600) { return }
        reportedCases[change] = now
        let consequence =
            change.isExempt
            ? "for an hour it is asked in lower case"
            : "they are not accepted, since they may be forged, and the queries are repeated over TCP"
        logger.warning(
            """
            responses of the server \(change.server) repeat names in another case than in the query: \
            \(consequence); if the server does so, set mixed-case: false for its forward zone
            """)
    }

    /// Which zone hides a name that one above it has.
    private func hiddenSentence(about name: Name) -> String? {
        let enclosing = loaded.zones.filter { name.isAtOrBelow($0.origin) }.sorted {
            $0.origin.labelCount > $1.origin.labelCount
        }
        guard let child = enclosing.first,
            let parent = enclosing.dropFirst().first(where: { $0.holds(name) })
        else { return nil }
        return ": zone \(child.origin) hides the record of zone \(parent.origin)"
    }
}
