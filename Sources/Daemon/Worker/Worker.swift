// One worker: a thread with a loop of its own, its sockets, its resolver and its table of waiting clients. It
// shares the cache and the published snapshot with the others, and nothing else. This file has the loop's events
// and what they lead to; the state that they work on, and all that is done with it, is WorkerState.

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
    let listeners: [Listener]
    let published: Published<Snapshot>
    let cache: AnswerCache
    let hasher: NameHasher
    /// What the workers know each other's probes by.
    let probeMark: UInt64
    let orders: Mailbox<WorkerCommand>
    let supervisor: Mailbox<SupervisorMessage>
    let streamLimits: StreamServer.Limits
    let logger: Logger
}

/// A worker; made, used and ended on one thread.
final class Worker {
    private let plan: WorkerPlan
    private let loop: EventLoop
    private let state: LoopConfined<WorkerState>
    private var orders: Box<ReadinessEvent>?
    /// Of the sockets that clients ask at.
    private var datagramEvents: [Box<ReadinessEvent>] = []

    /// Runs a worker on the current thread until it is stopped.
    static func run(_ plan: WorkerPlan) {
        do {
            let worker = try Worker(plan, EventLoop())
            defer { worker.close() }
            try worker.listen()
            plan.supervisor.post(.started(worker: plan.number, failure: nil))
            worker.endTurn()
            worker.loop.run()
            worker.endTurn()
        } catch {
            plan.supervisor.post(.started(worker: plan.number, failure: "\(error)"))
        }
    }

    private init(_ plan: WorkerPlan, _ loop: EventLoop) {
        self.plan = plan
        self.loop = loop
        state = LoopConfined(WorkerState(plan))
    }

    // MARK: Beginning and end

    private func listen() throws {
        let state = state
        let timer = Box(try DeadlineEvent(loop) { state.use { $0.timerFired() } })
        let turnEnd = Box(
            try EndOfTick(loop) { [loop] in if state.use({ $0.endTurn() }) { loop.stop() } })
        let sockets = try UpstreamSockets(
            loop,
            receive: { message, source, port in
                state.use { $0.receive(message, from: source, through: port, .udp) }
            },
            fail: { port, _ in state.use { $0.fail(port, .unreachable, .udp) } })
        let connections = try UpstreamStreams(
            loop,
            receive: { message, source, port in
                state.use { $0.receive(message, from: source, through: port, .tcp) }
            },
            close: { port, end, hasAnswered in
                let failure: PortFailure =
                    end.isByPeer ? .closed(hasAnswered: hasAnswered) : .unreachable
                state.use { $0.fail(port, failure, .tcp) }
            })
        let streams = try StreamServer(loop, limits: plan.streamLimits) {
            connection, peer, local, message in
            state.use { $0.receive(message, from: peer, at: local, connection) }
        }
        state.use { state in
            state.timer = timer
            state.turnEnd = turnEnd
            state.sockets = sockets
            state.connections = connections
            state.streams = streams
        }
        for listener in plan.listeners { try open(listener, streams) }
        let event = try ReadinessEvent(
            loop, descriptor: plan.orders.wakeup.descriptor, .readable
        ) { [unowned self] in
            switch state.use({ $0.followOrders() }) {
            case .goOn: break
            case .finish: finish()
            case .stop: loop.stop()
            }
        }
        orders = Box(event)
    }

    private func open(_ listener: Listener, _ streams: StreamServer) throws {
        switch listener.protocol {
        case .dnsOverUDP:
            let state = state
            let socket = try UDPListener(listener)
            let index = state.use { state in
                state.listeners.append(socket)
                state.listenerNumbers.append(listener.number)
                return state.listeners.count - 1
            }
            let event = try ReadinessEvent(loop, descriptor: socket.descriptor, .readable) {
                _ = state.use { $0.receiveDatagrams(socket, index) }
            }
            datagramEvents.append(Box(event))
        case .dnsOverTCP: try streams.listen(on: listener)
        case .http: preconditionFailure("the supervisor serves pages")
        }
    }

    private func endTurn() {
        if state.use({ $0.endTurn() }) { loop.stop() }
    }

    /// Takes what has come by now and no more; the loop ends when all of it is answered.
    private func finish() {
        datagramEvents = []
        let (streams, turnEnd) = state.use { state in
            state.receiveLastDatagrams()
            return (state.streams, state.turnEnd)
        }
        // Not while the state is in use, which messages of connections need.
        streams?.finish { turnEnd?.event.request() }
        turnEnd?.event.request()
    }

    /// Ends all events, whose closures hold the state.
    private func close() {
        orders = nil
        datagramEvents = []
        state.use { $0.close() }
    }
}

/// Keeps a registration where it can be shared.
final class Box<Event: ~Copyable> {
    let event: Event
    init(_ event: consuming Event) { self.event = event }
}
