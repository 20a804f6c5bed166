// What the resolver wants done, as references: bytes are written when the caller drains it, one effect at a
// time, so that five thousand clients that wait for one large answer fill no buffer.

public import Addresses
public import DNSWire

/// A place that queries to servers leave from: one open socket, known by a number never used again.
public struct UpstreamPort: Hashable, Sendable, BitwiseCopyable {
    /// The number that the caller gave to the socket.
    public var rawValue: UInt64
    /// Whether it is a datagram socket or a connection; each kind has its own numbers.
    public var transport: TransportProtocol

    /// A port.
    public init(rawValue: UInt64, transport: TransportProtocol) {
        self.rawValue = rawValue
        self.transport = transport
    }
}

/// A client's question that can be answered, or answered further.
public struct LateReply: Equatable, Sendable, BitwiseCopyable {
    let pending: SlabHandle
}

/// A query that is to be sent to a server.
public struct Sending: Equatable, Sendable, BitwiseCopyable {
    let fetch: SlabHandle
    let index: Int
}

/// Where a sending goes.
public struct Destination: Equatable, Sendable, BitwiseCopyable {
    /// The server.
    public var server: Endpoint
    /// The address to send from, when the settings name one.
    public var source: IPAddress?
    /// How to send.
    public var transport: TransportProtocol
    /// Chooses one of the open ports; nobody outside can guess it.
    public var draw: UInt32
}

/// A server that forwards what a forward zone asks it back to this daemon.
public struct LoopNotice: Hashable, Sendable {
    /// The forward zone's name.
    public var zone: Name
    /// The server.
    public var server: Endpoint
}

/// Something an administrator may want to read.
public enum Notice: Equatable, Sendable {
    /// The private zone has the registry, but not this record.
    case missingRecord(Name)
    /// A server leads back here.
    case loop(LoopNotice)
    /// It does so no longer.
    case loopEnded(LoopNotice)
}

/// One thing to do.
public enum Effect: Equatable, Sendable {
    /// Write and send a client's reply: `Resolver.write(_:LateReply...)`.
    case reply(LateReply)
    /// Find a port, then write and send a query: `Resolver.write(_:Sending...)`.
    case send(Sending)
    /// The port is not waited for any more by one of its queries.
    case release(UpstreamPort)
    /// Tell every resolver of this daemon that a probe came in: `Resolver.probeCameBack(_:at:outbox:)`.
    case probeSeen(UInt64)
    /// Write to the log.
    case notice(Notice)
}

/// Effects in order. The resolver bounds them: one reply per pending question, four sendings and
/// as many releases per fetch.
public struct Outbox: ~Copyable {
    private var effects: [Effect] = []
    private var taken = 0

    /// An empty outbox.
    public init() {}

    /// Whether there is nothing to do.
    public var isEmpty: Bool { taken == effects.count }

    mutating func add(_ effect: Effect) { effects.append(effect) }

    /// Takes the oldest effect.
    public mutating func next() -> Effect? {
        guard taken < effects.count else { return nil }
        let effect = effects[taken]
        taken += 1
        if taken == effects.count {
            effects.removeAll(keepingCapacity: true)
            taken = 0
        }
        return effect
    }
}
