// The messages between the supervisor, the loader and the workers.

internal import Control
internal import Resolution
internal import Transport

/// An order to a worker.
enum WorkerCommand: Sendable {
    /// A newer snapshot was published.
    case adopt
    /// Report the counters.
    case count(job: Int)
    /// Answer a query with a trace: a whole message in wire form.
    case explain(job: Int, query: [UInt8])
    /// Report the recent queries.
    case tellQuestions(job: Int)
    /// A probe of this daemon's came in at one of the workers.
    case probeSeen(UInt64)
    /// Answer pending queries by this instant of the elapsed clock, and report when the current
    /// ones are answered.
    case settle(until: UInt64)
    /// Take no more questions, and end when those that were taken are answered.
    case finish
    /// End at once.
    case stop
}

/// The messages to the supervisor.
enum SupervisorMessage: Sendable {
    /// The worker listens, or says in a sentence why it cannot.
    case started(worker: Int, failure: String?)
    /// The worker serves the snapshot of this generation.
    case adopted(worker: Int, generation: UInt64)
    /// What the worker counted.
    case counted(job: Int, worker: Int, WorkerFigures)
    /// The answer to a recorded query, in wire form.
    case explained(job: Int, reply: [UInt8], steps: [RecordedStep])
    /// An explanation is complete.
    case placed(job: Int, ExplainReport)
    /// What the worker was asked lately.
    case questions(job: Int, Set<AskedQuestion>)
    /// A preview of a reload is done.
    case previewed(job: Int, ReloadPreviewReport)
    /// A probe of this daemon's came in.
    case probeSeen(UInt64)
    /// Something to be read by an administrator.
    case noticed(worker: Int, Notice)
    /// A load is done.
    case loaded(LoadResult, milliseconds: Int)
    /// Last good copies were made, except for these failures.
    case copied(failures: [String])
    /// The worker has answered every query that was pending when it was asked to settle.
    case settled(worker: Int)
    /// The worker has answered every question, and its connections are closed.
    case finished(worker: Int)
    /// A reload is requested from within the process.
    case reload
    /// End at once.
    case stop
}

/// What a worker counted.
struct WorkerFigures: Sendable {
    var resolver = ResolverCounters()
    var missing = MissingRecordCounts()
    var pending = 0
    var connections = ConnectionFigures()
    var servers: [ServerState] = []
    /// Datagrams that the kernel dropped because a socket's buffer was full.
    var socketDrops: UInt64 = 0
    /// The longest that queries were answered without a pause, in nanoseconds.
    var longestTurn: UInt64 = 0
}

/// A worker's TCP connections from clients.
struct ConnectionFigures: Sendable {
    var open = 0
    var counters = StreamServer.Counters()
}

extension WorkerFigures {
    /// What all workers counted together.
    init(summing workers: [WorkerFigures]) {
        self.init()
        for figures in workers {
            resolver.add(figures.resolver)
            pending += figures.pending
            connections.open += figures.connections.open
            connections.counters.add(figures.connections.counters)
            servers += figures.servers
        }
    }
}
