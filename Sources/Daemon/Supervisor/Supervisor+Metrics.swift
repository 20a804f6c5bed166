// The daemon's statistics: the metrics page over HTTP, and the answer to `stats`. The workers keep
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
            let body = "not found: use /metrics, /healthz or /readyz\n"
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
                ], "Replies, immediate or after waiting for a server."),
            Statistic(
                "ignored_total", .counter, Int(counters.ignored), "Messages that got no reply."),
            Statistic(
                "malformed_total", .counter, Int(counters.malformed),
                "Queries that could not be read."),
            Statistic(
                "prohibited_total", .counter, Int(counters.prohibited),
                "Queries by clients without access."),
            Statistic(
                "failures_total", .counter, Int(counters.failures), "Replies with SERVFAIL."),
            Statistic(
                "overflows_total", .counter, Int(counters.overflows),
                "Queries refused because too many were pending."),
            Statistic(
                "missing_records_total", .counter, Int(counters.missingRecords),
                "Answers in which a registry of a private zone lacked the queried record."),
        ]
    }

    private func upstreamStatistics(_ counters: ResolverCounters) -> [Statistic] {
        [
            Statistic(
                "upstream_queries_total", .counter, Int(counters.upstreamQueries),
                "Queries to servers."),
            Statistic(
                "upstream_probes_total", .counter, Int(counters.probes),
                "Queries to servers without a client's query, such as probes."),
            Statistic(
                "joined_total", .counter, Int(counters.coalesced),
                "Queries coalesced with another client's query in flight."),
            Statistic(
                "upstream_unmatched_total", .counter, Int(counters.unmatched),
                "Messages from servers that match no query."),
            Statistic(
                "upstream_foreign_total", .counter, Int(counters.mismatched),
                "Messages with the right port and id, and the wrong question or sender."),
            Statistic(
                "upstream_doubtful_total", .counter, Int(counters.suspect),
                "Datagrams that a forger could have sent, so the query was repeated over TCP."),
        ]
    }

    private func cacheStatistics(_ counters: ResolverCounters) -> [Statistic] {
        let usage = cache.usage
        return [
            Statistic("cache_entries", .gauge, usage.entries, "Cached answers."),
            Statistic("cache_bytes", .gauge, usage.octets, "Bytes used by cached answers."),
            Statistic(
                "cache_hits_total", .counter, Int(usage.hits), "Lookups that found an answer."),
            Statistic(
                "cache_misses_total", .counter, Int(usage.misses), "Lookups that found no answer."),
            Statistic(
                "stale_replies_total", .counter, Int(counters.stale),
                "Stale answers, given because the servers failed."),
            Statistic(
                "prefetches_total", .counter, Int(counters.prefetches),
                "Answers refreshed before they expired."),
        ]
    }

    private func transportStatistics(_ figures: WorkerFigures) -> [Statistic] {
        [
            Statistic("pending_questions", .gauge, figures.pending, "Pending queries."),
            Statistic("tcp_connections", .gauge, figures.connections, "Open TCP connections."),
            Statistic(
                "log_lines_lost_total", .counter, StandardErrorLog.lostLines,
                "Log lines dropped because standard error did not accept them."),
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
                "Local zones kept as loaded, because of a mistake."),
            Statistic(
                "zones_removed", .gauge, states.count { $0 == .removed },
                "Local zones kept as loaded, though their files have disappeared."),
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
