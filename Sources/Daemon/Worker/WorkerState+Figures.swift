// A worker's counters, for the statistics.

internal import Events
internal import Resolution
internal import Transport

extension WorkerState {
    /// The counts since the start; the longest turn is the longest since the last call.
    mutating func takeFigures() -> WorkerFigures {
        // Of batches since the last that was measured nothing better is known.
        resolver.measureResponses(TimeSpan(nanoseconds: lastDuration))
        var figures = WorkerFigures()
        figures.resolver = resolver.counters
        figures.missing = resolver.missingRecords
        figures.pending = resolver.pendingCount
        figures.connections.open = streams?.connectionCount ?? 0
        figures.connections.counters = streams?.counters ?? StreamServer.Counters()
        figures.servers = resolver.serverStates
        figures.socketDrops = listeners.reduce(0) { $0 + $1.kernelDrops }
        figures.longestTurn = longestTurn
        longestTurn = 0
        return figures
    }

    /// Whether the duration of the next batch of datagrams is measured: one in eight is, and also
    /// counts for the seven before it.
    var isBatchMeasured: Bool { batchCount & 7 == 0 }

    /// What was answered at once since `started`, or since the last call, took from `started` to now.
    mutating func measureResponses(since started: UInt64) {
        let duration = SystemClock.elapsed() - started
        longestTurn = max(longestTurn, duration)
        lastDuration = duration
        resolver.measureResponses(TimeSpan(nanoseconds: duration))
    }
}
