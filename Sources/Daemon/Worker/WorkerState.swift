// What a worker's events work on. It is one value, which an event has to itself for as long as it runs; what is
// done with clients is in +Clients, with servers in +Upstream. Most events leave nothing to be done at the end of
// the loop's turn: only those that may ask for it.

internal import Addresses
internal import DNSWire
internal import Events
internal import Logging
internal import Resolution
internal import Transport

/// The state of a worker.
struct WorkerState: ~Copyable {
    /// The most bytes of a message over TCP.
    static let largestMessage = 65_535

    let plan: WorkerPlan
    private(set) var snapshot: Snapshot
    private var seenGeneration: UInt64
    var resolver: Resolver
    var outbox = Outbox()
    /// Whether the snapshot wants each query logged.
    private(set) var logsQueries: Bool
    var clock = WorkerClock()
    /// The batches of datagrams that were answered.
    var batchCount: UInt8 = 0
    /// How long the last batch or message took that was measured, in nanoseconds.
    var lastDuration: UInt64 = 0
    /// The longest that queries were answered without a pause, in nanoseconds, since figures were last taken.
    var longestTurn: UInt64 = 0

    var listeners: [UDPListener] = []
    /// Of each of them, its place in the settings.
    var listenerNumbers: [Int] = []
    var batch = DatagramBatch()
    /// When datagrams were last looked for between messages of connections.
    var lastDatagrams = Instant(nanoseconds: 0)
    var lateReplies = DatagramQueue()
    /// Which listener the late replies leave from; replies of different sockets do not share a queue.
    var lateListener = 0
    /// Where messages are written that do not go straight into a datagram's own buffer.
    var scratch = MessageBuffer(capacity: WorkerState.largestMessage)
    var streams: StreamServer?
    var sockets: UpstreamSockets?
    var connections: UpstreamStreams?
    var timer: Box<DeadlineEvent>?
    var turnEnd: Box<EndOfTick>?
    /// What the timer is armed for: the next deadline, or what that was before it moved away.
    private var timerDeadline: Instant?
    /// Pending traced queries, by the handle that stands for their client.
    var explanations: [UInt64: Explanation] = [:]
    var explanationCount: UInt64 = 0
    /// What was asked lately.
    var recentQuestions = RecentQueryRing()

    /// How far the worker's end has come.
    private var ending = WorkerEnding.notBegun

    /// A recorded query and who wants to know.
    struct Explanation {
        let job: Int
        let trace: ResolutionTrace
    }

    init(_ plan: WorkerPlan) {
        self.plan = plan
        (snapshot, seenGeneration) = plan.published.read()
        logsQueries = snapshot.policy.logsQueries
        resolver = Resolver(
            snapshot: snapshot, cache: plan.cache, hasher: plan.hasher,
            random: RandomSource { octets in SystemRandom.fill(&octets) })
        resolver.probeMark = plan.probeMark
    }

    /// Closes all sockets.
    mutating func close() {
        timer = nil
        turnEnd = nil
        listeners = []
        streams?.stopListening()
        streams?.closeAll()
        sockets?.closeAll()
        connections?.closeAll()
        streams = nil
        sockets = nil
        connections = nil
    }

    // MARK: Turns of the loop

    /// The current time for the resolver.
    static var now: Instant { Instant(nanoseconds: SystemClock.elapsed()) }

    /// Begins an event: serves from the newest snapshot from here on, and returns the time.
    @inline(__always)
    mutating func begin() -> Instant {
        serveNewest()
        return clock.time(telling: &resolver)
    }

    /// Serves from the newest snapshot from here on.
    @inline(__always)
    mutating func serveNewest() {
        if plan.published.generation != seenGeneration { adoptNewest() }
    }

    @inline(never)
    private mutating func adoptNewest() {
        guard plan.published.refresh(&snapshot, seen: &seenGeneration) else { return }
        logsQueries = snapshot.policy.logsQueries
        resolver.adopt(snapshot)
        plan.supervisor.post(.adopted(worker: plan.number, generation: snapshot.generation))
        turnEnd?.event.request()
    }

    /// Ends an event that may have left effects.
    @inline(__always)
    func end() {
        if !outbox.isEmpty { turnEnd?.event.request() }
    }

    /// Does what the resolver wants done and sets the timer: the end of every turn that left something. Returns whether
    /// it was the last turn.
    mutating func endTurn() -> Bool {
        let now = Self.now
        drainOutbox(at: now)
        let hasEnded = pursueEnd(at: now)
        var deadline = resolver.nextDeadline
        if let end = ending.lastInstant { deadline = min(deadline ?? end, end) }
        guard let deadline else { return hasEnded }
        // A timer that is early costs less than one that is set again for each query.
        if let timerDeadline, timerDeadline <= deadline { return hasEnded }
        timerDeadline = deadline
        timer?.event.arm(afterNanoseconds: deadline.since(now).nanoseconds)
        return hasEnded
    }

    /// It may be early; then it is armed again.
    mutating func timerFired() {
        timerDeadline = nil
        resolver.advance(to: begin(), outbox: &outbox)
        turnEnd?.event.request()
    }

    /// What an order means for the loop.
    enum Course { case goOn, finish, stop }

    /// Follows all orders.
    mutating func followOrders() -> Course {
        var course = Course.goOn
        plan.orders.wakeup.drain()
        let now = begin()
        turnEnd?.event.request()
        for order in plan.orders.take() {
            switch order {
            case .adopt:
                break
            case .count(let job):
                plan.supervisor.post(
                    .counted(job: job, worker: plan.number, takeFigures()))
            case .explain(let job, let query):
                explain(query, job: job, at: now)
            case .tellQuestions(let job):
                plan.supervisor.post(
                    .questions(job: job, recentQuestions.questions))
            case .probeSeen(let nonce):
                resolver.probeCameBack(nonce, at: now, outbox: &outbox)
            case .settle(let until):
                let end = Instant(nanoseconds: until)
                resolver.endWaits(by: end)
                ending = .settling(since: now, until: end)
            case .finish:
                course = .finish
                ending = .finishing(until: ending.lastInstant ?? now)
            case .stop:
                return .stop
            }
        }
        return course
    }
}

// MARK: - The end

/// How far a worker's end has come.
enum WorkerEnding {
    case notBegun
    /// The questions that came before `since` are being answered, and whatever else comes in.
    case settling(since: Instant, until: Instant)
    /// They are answered; others may not be, of other workers too.
    case settled(until: Instant)
    /// No more is taken.
    case finishing(until: Instant)

    /// How long replies may take to leave once all waits are over.
    private static var lastReplies: TimeSpan { .milliseconds(500) }

    /// When the worker ends, whatever has been sent by then; nil while that is not settled.
    var lastInstant: Instant? {
        switch self {
        case .notBegun: nil
        case .settling(_, let until), .settled(let until): until
        case .finishing(let until): until + Self.lastReplies
        }
    }
}

extension WorkerState {
    /// Reports the progress of the stop to the supervisor; returns whether it is complete.
    private mutating func pursueEnd(at now: Instant) -> Bool {
        switch ending {
        case .notBegun, .settled: return false
        case .settling(let since, let until):
            if let oldest = resolver.oldestWait, oldest <= since { return false }
            ending = .settled(until: until)
            plan.supervisor.post(.settled(worker: plan.number))
            return false
        case .finishing:
            let isDone = resolver.pendingCount == 0 && streams?.connectionCount ?? 0 == 0
            guard isDone || now >= ending.lastInstant ?? now else { return false }
            plan.supervisor.post(.finished(worker: plan.number))
            return true
        }
    }

    /// Answers the datagrams that have come; those that need servers wait as long as others may.
    mutating func receiveLastDatagrams() {
        for (index, listener) in listeners.enumerated() {
            var batches = 0
            while batches < Self.lastBatches, receiveDatagrams(listener, index) > 0 { batches += 1 }
        }
    }

    /// As many batches as a socket's buffer can hold, in the end.
    private static var lastBatches: Int { 64 }
}

/// The time, and when to update the resolver's wall time.
struct WorkerClock {
    private var nextWallTime = Instant(nanoseconds: 0)

    /// Returns the time, and sets the resolver's wall time once a second.
    mutating func time(telling resolver: inout Resolver) -> Instant {
        let now = WorkerState.now
        if now >= nextWallTime {
            nextWallTime = now + .seconds(1)
            resolver.wallTime = UInt32(truncatingIfNeeded: SystemClock.wallSeconds())
        }
        return now
    }
}
