// The daemon's figures: the page that a monitor reads over HTTP, and the answer to `stats`. The workers keep
// their own counts; asked for them, the supervisor adds them up.

internal import Control
internal import Events
internal import Resolution
internal import Settings
internal import Transport
internal import Zones

extension Supervisor {
    /// Opens the listener for monitors, where the settings name one.
    func openMetrics() throws {
        guard let endpoint = loaded.settings.metrics.listen else { return }
        metrics = try HTTPServer(loop, on: Listener(endpoint, .http)) {
            [unowned self] connection, path in answer(path, connection)
        }
    }

    private func answer(_ path: String, _ connection: ConnectionHandle) {
        switch path {
        case "/metrics":
            beginCount(for: .metrics(connection))
        case "/healthz":
            metrics?.reply(HTTPResponse("200 OK", body: "ok\n"), to: connection)
        case "/readyz":
            let page =
                isReady
                ? HTTPResponse("200 OK", body: "ready\n")
                : HTTPResponse("503 Service Unavailable", body: "not ready\n")
            metrics?.reply(page, to: connection)
        default:
            let body = "there are /metrics, /healthz and /readyz\n"
            metrics?.reply(HTTPResponse("404 Not Found", body: body), to: connection)
        }
    }

    /// Every figure, from what the workers have counted.
    func statisticsReport(_ figures: WorkerFigures) -> StatisticsReport {
        StatisticsReport(
            queryStatistics(figures.resolver) + upstreamStatistics(figures.resolver)
                + cacheStatistics(figures.resolver) + transportStatistics(figures)
                + servedStatistics)
    }

    private func queryStatistics(_ counters: ResolverCounters) -> [Statistic] {
        [
            Statistic("queries_total", .counter, Int(counters.queries), "Messages from clients."),
            Statistic(
                "replies_total", .counter,
                [
                    Statistic.Sample(
                        Int(counters.answeredAtOnce), labels: [("when", "at once")]),
                    Statistic.Sample(Int(counters.answeredLate), labels: [("when", "late")]),
                ], "Replies, at once or after waiting for a server."),
            Statistic(
                "ignored_total", .counter, Int(counters.ignored), "Messages that got no reply."),
            Statistic(
                "malformed_total", .counter, Int(counters.malformed),
                "Queries that could not be read."),
            Statistic(
                "prohibited_total", .counter, Int(counters.prohibited),
                "Queries by clients that may not ask."),
            Statistic(
                "failures_total", .counter, Int(counters.failures), "Replies with SERVFAIL."),
            Statistic(
                "overflows_total", .counter, Int(counters.overflows),
                "Questions turned away because too many waited."),
            Statistic(
                "missing_records_total", .counter, Int(counters.missingRecords),
                "Answers in which a registry of a private zone lacked the record asked for."),
        ]
    }

    private func upstreamStatistics(_ counters: ResolverCounters) -> [Statistic] {
        [
            Statistic(
                "upstream_queries_total", .counter, Int(counters.upstreamQueries),
                "Queries to servers."),
            Statistic(
                "upstream_probes_total", .counter, Int(counters.probes),
                "Queries to servers that no client asked for."),
            Statistic(
                "joined_total", .counter, Int(counters.coalesced),
                "Questions that joined the same question of another client."),
            Statistic(
                "upstream_unmatched_total", .counter, Int(counters.unmatched),
                "Messages from servers that answer nothing that was asked."),
            Statistic(
                "upstream_foreign_total", .counter, Int(counters.mismatched),
                "Messages with the right port and id, and the wrong question or sender."),
            Statistic(
                "upstream_doubtful_total", .counter, Int(counters.suspect),
                "Datagrams that a forger could have written, so that the question went over TCP."),
        ]
    }

    private func cacheStatistics(_ counters: ResolverCounters) -> [Statistic] {
        let usage = cache.usage
        return [
            Statistic("cache_entries", .gauge, usage.entries, "Answers kept."),
            Statistic("cache_bytes", .gauge, usage.octets, "Octets that they take."),
            Statistic("cache_hits_total", .counter, Int(usage.hits), "Look-ups with an answer."),
            Statistic(
                "cache_misses_total", .counter, Int(usage.misses), "Look-ups without an answer."),
            Statistic(
                "stale_replies_total", .counter, Int(counters.stale),
                "Replies beyond their time, since the servers failed."),
            Statistic(
                "prefetches_total", .counter, Int(counters.prefetches),
                "Answers asked for anew before their time was over."),
        ]
    }

    private func transportStatistics(_ figures: WorkerFigures) -> [Statistic] {
        [
            Statistic("pending_questions", .gauge, figures.pending, "Questions that wait."),
            Statistic("tcp_connections", .gauge, figures.connections, "Open TCP connections."),
            Statistic(
                "log_lines_lost_total", .counter, StandardErrorLog.lostLines,
                "Log lines that nobody was there to take."),
        ]
    }

    private var servedStatistics: [Statistic] {
        let states = loaded.zones.map(\.state)
        let now = SystemClock.elapsed()
        return [
            Statistic("zones", .gauge, states.count, "Local zones."),
            Statistic(
                "zones_failed", .gauge, states.count { $0 == .failed },
                "Local zones that could not be loaded."),
            Statistic(
                "zones_kept", .gauge, states.count { $0 == .kept || $0 == .lastGoodCopy },
                "Local zones that are served as they were, because of a mistake."),
            Statistic(
                "zones_removed", .gauge, states.count { $0 == .removed },
                "Local zones that are served as they were, though their files are gone."),
            Statistic("records", .gauge, loaded.report.records, "Records in local zones."),
            Statistic("generation", .gauge, loaded.report.generation, "Snapshots published."),
            Statistic(
                "last_reload_succeeded", .gauge, lastReload?.report.succeeded == false ? 0 : 1,
                "Whether the last reload found no mistake."),
            Statistic(
                "uptime_seconds", .counter, Int((now - startedAt) / 1_000_000_000),
                "Seconds since the start."),
        ]
    }
}
