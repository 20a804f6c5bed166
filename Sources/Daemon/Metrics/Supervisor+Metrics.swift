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
            let body = "not found: use /metrics, /healthz or /readyz\n"
            metrics?.reply(HTTPResponse("404 Not Found", body: body), to: connection)
        }
    }

    /// Every figure, from what the workers have counted.
    func statisticsReport(_ workers: [WorkerFigures]) -> StatisticsReport {
        let figures = MetricFigures(
            workers: workers, cache: cache.usage, cacheLimit: plan.firstLoad.settings.cache.size,
            loaded: loaded, reloads: reloads, lastLoadEnded: lastLoadEnded,
            lastReload: lastReload?.report,
            isReady: isReady, process: .current)
        return StatisticsReport(figures.statistics)
    }
}
