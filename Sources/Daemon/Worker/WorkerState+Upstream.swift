// A worker and the servers it asks: what the resolver's outbox wants done, and what comes back.

internal import Addresses
internal import DNSWire
internal import Events
internal import Resolution
internal import Transport

extension WorkerState {
    /// Carries out every effect; carrying out one may add others.
    mutating func drainOutbox(at now: Instant) {
        while let effect = outbox.next() {
            switch effect {
            case .reply(let reply): sendLate(reply, at: now)
            case .send(let query): send(query, at: now)
            case .release(let port): release(port)
            case .silent(let port, let span):
                connections?.noteSilence(
                    of: UpstreamSocketHandle(rawValue: port.rawValue),
                    nanoseconds: span.nanoseconds)
            case .probeSeen(let nonce): plan.supervisor.post(.probeSeen(nonce))
            case .notice(let notice):
                plan.supervisor.post(.noticed(worker: plan.number, notice))
            }
        }
        sendQueue()
    }

    private mutating func send(_ query: QueryHandle, at now: Instant) {
        guard let destination = resolver.destination(of: query) else { return }
        guard let port = openPort(destination) else {
            return resolver.queryFailed(query, at: now, outbox: &outbox)
        }
        let resolverPort = UpstreamPort(
            rawValue: port.rawValue, transport: destination.transport)
        let isWanted = scratch.write { writer in
            resolver.write(query, through: resolverPort, at: now, into: &writer)
        }
        guard isWanted else {
            release(resolverPort)
            resolver.queryFailed(query, at: now, outbox: &outbox)
            return
        }
        do throws(UpstreamSendError) {
            try transmit(port, destination.transport)
        } catch .refused {
            fail(port, .unreachable, destination.transport)
            // Of a datagram socket this was about an earlier query; this one has not left.
            guard destination.transport.isDatagram else { return }
            do throws(UpstreamSendError) {
                try transmit(port, destination.transport)
            } catch {
                resolver.queryFailed(query, at: now, outbox: &outbox)
            }
        } catch {
            resolver.queryFailed(query, at: now, outbox: &outbox)
        }
    }

    /// Sends what was written last.
    private mutating func transmit(
        _ port: UpstreamSocketHandle, _ transport: TransportProtocol
    ) throws(UpstreamSendError) {
        try scratch.read { message throws(UpstreamSendError) in
            if transport.isDatagram {
                try sockets?.send(message, through: port)
            } else {
                try connections?.send(message, through: port)
            }
        }
    }

    private mutating func openPort(_ destination: Destination) -> UpstreamSocketHandle? {
        let server = UpstreamServer(destination.server, source: destination.source)
        return destination.transport.isDatagram
            ? sockets?.draw(server, random: destination.draw) : connections?.stream(to: server)
    }

    private mutating func release(_ port: UpstreamPort) {
        let transportPort = UpstreamSocketHandle(rawValue: port.rawValue)
        if port.transport.isDatagram {
            sockets?.release(transportPort)
        } else {
            connections?.release(transportPort)
        }
    }

    /// Takes a message that came in at one of our ports.
    mutating func receive(
        _ message: Span<UInt8>, from source: Endpoint, through port: UpstreamSocketHandle,
        _ transport: TransportProtocol
    ) {
        let now = begin()
        resolver.receive(
            response: message, from: source,
            through: UpstreamPort(rawValue: port.rawValue, transport: transport),
            at: now, outbox: &outbox)
        turnEnd?.event.request()
    }

    /// The network says that a port is of no more use.
    mutating func fail(
        _ port: UpstreamSocketHandle, _ failure: PortFailure, _ transport: TransportProtocol
    ) {
        resolver.portFailed(
            UpstreamPort(rawValue: port.rawValue, transport: transport), failure, at: Self.now,
            outbox: &outbox)
        turnEnd?.event.request()
    }
}
