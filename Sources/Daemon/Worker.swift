// One worker: a thread with a loop of its own, its sockets, its resolver and its table of waiting clients. It
// shares the cache and the published snapshot with the others, and nothing else. What it does with clients is in
// Worker+Clients, with servers in Worker+Upstream.

internal import Addresses
internal import DNSWire
internal import Events
internal import Logging
internal import Resolution
internal import Settings
internal import Transport

/// What a worker is made from; crosses to the worker's thread.
struct WorkerPlan: Sendable {
    let number: Int
    let listen: [Endpoint]
    let published: Published<Snapshot>
    let cache: AnswerCache
    let hasher: NameHasher
    /// What the workers know each other's probes by.
    let probeMark: UInt64
    let orders: Mailbox<WorkerOrder>
    let supervisor: Mailbox<SupervisorMessage>
    let streamLimits: StreamServer.Limits
    let logger: Logger
}

/// A worker; made, used and ended on one thread.
final class Worker {
    /// The most octets of a message over TCP.
    static let largestMessage = 65_535

    let plan: WorkerPlan
    let loop: EventLoop
    private(set) var snapshot: Snapshot
    private var seenGeneration: UInt64
    var resolver: Resolver
    var outbox = Outbox()

    var listeners: [UDPListener] = []
    private var listenerEvents: [HeldEvent] = []
    var batch = DatagramBatch()
    var lateReplies = DatagramQueue()
    /// Which listener the late replies leave from; replies of different sockets do not share a queue.
    var lateListener = 0
    /// Where messages are written that do not go straight into a datagram's own buffer.
    var scratch = MessageBuffer(capacity: Worker.largestMessage)
    var streams: StreamServer?
    var sockets: UpstreamSockets?
    var connections: UpstreamStreams?
    private var timer: TimerEvent?
    private var orderEvent: HeldEvent?
    /// Recorded queries that wait, by the handle of their stand-in for a client.
    var explanations: [UInt64: Explanation] = [:]
    var explanationCount: UInt64 = 0
    /// What was asked lately.
    var recentQuestions = RecentQuestions()

    /// A recorded query and who wants to know.
    struct Explanation {
        let job: Int
        let recorder: StepRecorder
    }

    /// Runs a worker on the present thread until it is told to stop.
    static func run(_ plan: WorkerPlan) {
        do {
            let worker = try Worker(plan, EventLoop())
            try worker.listen()
            plan.supervisor.post(.started(worker: plan.number, failure: nil))
            worker.endTurn()
            worker.loop.run(afterTurn: worker.endTurn)
            worker.close()
        } catch {
            plan.supervisor.post(.started(worker: plan.number, failure: "\(error)"))
        }
    }

    private init(_ plan: WorkerPlan, _ loop: EventLoop) {
        self.plan = plan
        self.loop = loop
        (snapshot, seenGeneration) = plan.published.read()
        resolver = Resolver(
            snapshot: snapshot, cache: plan.cache, hasher: plan.hasher,
            random: RandomSource { octets in SystemRandom.fill(&octets) })
        resolver.probeMark = plan.probeMark
    }

    // MARK: Beginning and end

    private func listen() throws {
        timer = try TimerEvent(loop) { [unowned self] in
            adoptNewest()
            resolver.advance(to: now, outbox: &outbox)
        }
        sockets = try UpstreamSockets(
            loop,
            receive: { [unowned self] message, source, port in
                receive(message, from: source, through: port, .udp)
            },
            fail: { [unowned self] port, number in fail(port, number, .udp) })
        connections = try UpstreamStreams(
            loop,
            receive: { [unowned self] message, source, port in
                receive(message, from: source, through: port, .tcp)
            },
            close: { [unowned self] port, number in fail(port, number, .tcp) })
        let streams = try StreamServer(loop, limits: plan.streamLimits) {
            [unowned self] connection, peer, local, message in
            receive(message, from: peer, at: local, connection)
        }
        self.streams = streams
        for (index, endpoint) in plan.listen.enumerated() {
            let listener = try UDPListener(endpoint)
            listeners.append(listener)
            let event = try ReadinessEvent(loop, descriptor: listener.descriptor, .readable) {
                [unowned self] in receiveDatagrams(listener: index)
            }
            listenerEvents.append(HeldEvent(event))
            try streams.listen(on: endpoint)
        }
        let event = try ReadinessEvent(
            loop, descriptor: plan.orders.wakeup.descriptor, .readable
        ) { [unowned self] in followOrders() }
        orderEvent = HeldEvent(event)
    }

    private func close() {
        listenerEvents = []
        listeners = []
        orderEvent = nil
        streams?.stopListening()
        streams?.closeAll()
        sockets?.closeAll()
        connections?.closeAll()
    }

    // MARK: Turns of the loop

    /// The time now, as the resolver is told it.
    var now: Instant { Instant(nanoseconds: SystemClock.elapsed()) }

    /// Serves from the newest snapshot from here on.
    func adoptNewest() {
        guard plan.published.refresh(&snapshot, seen: &seenGeneration) else { return }
        resolver.adopt(snapshot)
        plan.supervisor.post(.adopted(worker: plan.number, generation: snapshot.generation))
    }

    /// Does what the resolver wants done and sets the timer: the end of every turn.
    private func endTurn() {
        let now = now
        recentQuestions.endTurn()
        drainOutbox(at: now)
        if let deadline = resolver.nextDeadline {
            timer?.arm(afterNanoseconds: deadline.since(now).nanoseconds)
        } else {
            timer?.disarm()
        }
    }

    private func followOrders() {
        plan.orders.wakeup.drain()
        adoptNewest()
        for order in plan.orders.take() {
            switch order {
            case .adopt:
                break
            case .count(let job):
                let figures = WorkerFigures(
                    resolver: resolver.counters, pending: resolver.pendingCount,
                    connections: streams?.connectionCount ?? 0, servers: resolver.serverStates)
                plan.supervisor.post(.counted(job: job, figures))
            case .explain(let job, let query):
                explain(query, job: job)
            case .tellQuestions(let job):
                plan.supervisor.post(
                    .questions(job: job, recentQuestions.questions))
            case .probeSeen(let nonce):
                resolver.probeCameBack(nonce, at: now, outbox: &outbox)
            case .stop:
                loop.stop()
            }
        }
    }
}

/// Keeps a registration alive in an array or an optional.
final class HeldEvent {
    private let event: ReadinessEvent
    init(_ event: consuming ReadinessEvent) { self.event = event }
}
