// The figures of every metric, from what the workers counted, what is served and what the process is like.

internal import Addresses
internal import Control
internal import DNSWire
internal import Events
internal import Resolution
internal import Settings
internal import Store
internal import Transport
internal import Zones

/// How often reloads ended in which way, since the start.
struct ReloadCounts: Equatable {
    var succeeded = 0
    var failed = 0
    /// Reloads in which a zone would have lost most of its records without being forced.
    var refused = 0

    /// Counts a reload that ended.
    mutating func count(_ report: ReloadReport, zones: [StoredZone]) {
        if report.succeeded {
            succeeded += 1
        } else if zones.contains(where: \.isRefused) {
            refused += 1
        } else {
            failed += 1
        }
    }
}

/// What the metrics are made from.
struct MetricFigures {
    /// No more zones than this have series of their own.
    static let maximumZones = 100

    var workers: [WorkerFigures]
    var cache: CacheUsage
    var cacheLimit: Int
    var loaded: LoadResult
    var reloads: ReloadCounts
    /// The wall time in nanoseconds since 1970 when the last load ended, and how long it took.
    /// When the last load ended, the start's included.
    var lastLoadEnded: WallTime
    var lastReload: ReloadReport?
    var isReady: Bool
    var process: ProcessFigures

    /// Every metric with its figures, in the order of the table.
    var statistics: [Statistic] {
        let sum = WorkerFigures(summing: workers)
        return queryFigures(sum.resolver) + recordFigures + cacheFigures(sum.resolver)
            + serverFigures(sum) + connectionFigures(sum.connections) + zoneFigures
            + reloadFigures + workerFigures + processFigures
    }

    // MARK: Queries

    private func queryFigures(_ counters: ResolverCounters) -> [Statistic] {
        let responses = counters.responses
        let sources = ResponseCounts.Source.allCases
        return [
            Statistic(
                MetricTable.queries,
                TransportProtocol.allCases.flatMap { transport in
                    ResponseCounts.QueryType.allCases.map { type in
                        Statistic.Sample(
                            responses.queries(type, over: transport), "\(transport)", type.label)
                    }
                }),
            Statistic(
                MetricTable.responses,
                sources.flatMap { source in
                    ResponseCounts.Result.allCases.map { result in
                        Statistic.Sample(
                            responses.responses(source, result), "\(source)", result.label)
                    }
                }),
            Statistic(
                MetricTable.durations,
                sources.map { source in
                    let (counts, sum) = responses.durations(source)
                    return Statistic.Sample(
                        counts: counts, ends: ResponseCounts.bucketEnds, sum: sum, "\(source)")
                }),
            Statistic(
                MetricTable.truncated, [Statistic.Sample(counters.truncated, "udp")]),
            Statistic(
                MetricTable.dropped,
                [
                    Statistic.Sample(counters.ignored, "not_query"),
                    Statistic.Sample(
                        workers.reduce(0) { $0 + $1.socketDrops }, "socket"),
                ]),
            Statistic(MetricTable.refused, counters.prohibited),
            Statistic(MetricTable.malformed, counters.malformed),
        ]
    }

    private var recordFigures: [Statistic] {
        func samples(_ counts: KeyPath<WorkerFigures, [Name: UInt64]>) -> [Statistic.Sample] {
            var sums: [Name: UInt64] = [:]
            for worker in workers {
                sums.merge(worker[keyPath: counts], uniquingKeysWith: +)
            }
            return sums.sorted { $0.key < $1.key }.map {
                Statistic.Sample($0.value, $0.key.label)
            }
        }
        return [
            Statistic(MetricTable.missing, samples(\.missing.byZone)),
            Statistic(MetricTable.publicAnswers, samples(\.missing.publicByLink)),
        ]
    }

    // MARK: Cache and servers

    private func cacheFigures(_ counters: ResolverCounters) -> [Statistic] {
        [
            Statistic(MetricTable.cacheEntries, cache.entries),
            Statistic(MetricTable.cacheBytes, cache.octets),
            Statistic(MetricTable.cacheCapacity, cacheLimit),
            Statistic(
                MetricTable.cacheLookups,
                [
                    Statistic.Sample(cache.hits, "hit"), Statistic.Sample(cache.misses, "miss"),
                    Statistic.Sample(counters.stale, "stale"),
                ]),
            Statistic(MetricTable.cacheEvictions, cache.evictions),
            Statistic(MetricTable.prefetches, counters.prefetches),
        ]
    }

    private func serverFigures(_ sum: WorkerFigures) -> [Statistic] {
        let counters = sum.resolver
        var up: [String: Int] = [:]
        var inFlight: [String: Int] = [:]
        for state in sum.servers {
            let server = "\(state.server)"
            up[server] = max(up[server] ?? 0, state.isDead || state.isLooping ? 0 : 1)
            inFlight[server, default: 0] += state.inFlight
        }
        func samples(_ figures: [String: Int]) -> [Statistic.Sample] {
            figures.sorted { $0.key < $1.key }.map { Statistic.Sample($0.value, $0.key) }
        }
        return [
            Statistic(MetricTable.upstreamUp, samples(up)),
            Statistic(MetricTable.upstreamInFlight, samples(inFlight)),
            Statistic(MetricTable.upstreamQueries, counters.upstreamQueries),
            Statistic(MetricTable.upstreamProbes, counters.probes),
            Statistic(
                MetricTable.upstreamRejected,
                [
                    Statistic.Sample(counters.unmatched, "unmatched"),
                    Statistic.Sample(counters.mismatched, "mismatched"),
                    Statistic.Sample(counters.suspect, "suspect"),
                ]),
            Statistic(MetricTable.pending, sum.pending),
            Statistic(MetricTable.pendingLimit, loaded.settings.pendingQuestions),
            Statistic(MetricTable.coalesced, counters.coalesced),
            Statistic(MetricTable.overflows, counters.overflows),
        ]
    }

    private func connectionFigures(_ figures: ConnectionFigures) -> [Statistic] {
        let counters = figures.counters
        return [
            Statistic(MetricTable.connections, [Statistic.Sample(figures.open, "tcp")]),
            Statistic(
                MetricTable.acceptedConnections, [Statistic.Sample(counters.accepted, "tcp")]),
            Statistic(
                MetricTable.rejectedConnections,
                [
                    Statistic.Sample(counters.refused, "limit"),
                    Statistic.Sample(counters.evicted, "evicted"),
                    Statistic.Sample(counters.stalled, "stalled"),
                    Statistic.Sample(counters.failed, "broken"),
                    Statistic.Sample(counters.overfull, "memory"),
                ]),
        ]
    }

    // MARK: Zones and reloads

    private var zoneFigures: [Statistic] {
        let shown = loaded.zones.prefix(Self.maximumZones)
        func samples(_ value: (StoredZone) -> Int?) -> [Statistic.Sample] {
            shown.compactMap { stored in
                value(stored).map { Statistic.Sample($0, stored.origin.label) }
            }
        }
        return [
            Statistic(
                MetricTable.zones,
                ZoneState.allCases.map { state in
                    Statistic.Sample(loaded.zones.count { $0.state == state }, state.label)
                }),
            Statistic(MetricTable.zoneSerial, samples { $0.zone.map { Int($0.serial) } }),
            Statistic(MetricTable.zoneRecords, samples { $0.zone?.recordCount }),
            Statistic(
                MetricTable.zoneLoaded,
                samples { $0.loaded.map { Int($0.nanoseconds / 1_000_000_000) } }),
            Statistic(MetricTable.zoneCurrent, samples { $0.state == .current ? 1 : 0 }),
        ]
    }

    private var reloadFigures: [Statistic] {
        [
            Statistic(
                MetricTable.reloads,
                [
                    Statistic.Sample(reloads.succeeded, "succeeded"),
                    Statistic.Sample(reloads.failed, "failed"),
                    Statistic.Sample(reloads.refused, "refused"),
                ]),
            Statistic(MetricTable.reloadSucceeded, (lastReload ?? loaded.report).succeeded ? 1 : 0),
            Statistic(
                MetricTable.reloadTime, Int(lastLoadEnded.nanoseconds / 1_000_000_000)),
            Statistic(
                MetricTable.reloadDuration,
                [Statistic.Sample(nanoseconds: UInt64(lastReload?.milliseconds ?? 0) * 1_000_000)]),
            Statistic(MetricTable.generation, loaded.report.generation),
        ]
    }

    // MARK: The daemon

    private var workerFigures: [Statistic] {
        [
            Statistic(MetricTable.ready, isReady ? 1 : 0),
            Statistic(MetricTable.buildInfo, [Statistic.Sample(1, ProductVersion.current)]),
            Statistic(
                MetricTable.workerQueries,
                workers.enumerated().map { number, figures in
                    Statistic.Sample(figures.resolver.responses.allQueries, "\(number)")
                }),
            Statistic(
                MetricTable.workerTurn,
                workers.enumerated().map { number, figures in
                    Statistic.Sample(nanoseconds: figures.longestTurn, "\(number)")
                }),
            Statistic(MetricTable.lostLogLines, StandardErrorLog.lostLines),
        ]
    }

    private var processFigures: [Statistic] {
        [
            Statistic(MetricTable.processStart, process.started),
            Statistic(
                MetricTable.processCPU, [Statistic.Sample(nanoseconds: process.processorTime)]),
            Statistic(MetricTable.processMemory, process.residentOctets),
            Statistic(MetricTable.processDescriptors, process.openDescriptors),
            Statistic(MetricTable.processMaximumDescriptors, process.maximumDescriptors),
        ]
    }
}

extension Name {
    /// The name as a label's value: without the final dot, unless it is the root.
    fileprivate var label: String {
        let text = "\(self)"
        return text == "." ? text : String(text.dropLast())
    }
}

extension ZoneState {
    fileprivate var label: String {
        switch self {
        case .current: "current"
        case .kept: "kept"
        case .lastGoodCopy: "last_good"
        case .failed: "failed"
        case .removed: "removed"
        }
    }
}

extension ResponseCounts.QueryType {
    fileprivate var label: String { self == .other ? "other" : "\(self)".uppercased() }
}

extension ResponseCounts.Result {
    fileprivate var label: String {
        switch self {
        case .noError: "NOERROR"
        case .noData: "NODATA"
        case .nameError: "NXDOMAIN"
        case .serverFailure: "SERVFAIL"
        case .refused: "REFUSED"
        case .formatError: "FORMERR"
        case .other: "other"
        }
    }
}
