// What the resolver wants done, as references: bytes are written when the caller drains it, one effect at a
// time, so that five thousand clients that wait for one large answer fill no buffer.

internal import DequeModule

/// A client's question that can be answered, or answered further.
public struct DeferredReply: Equatable, Sendable, BitwiseCopyable {
    let pending: SlabHandle
}

/// A query that is to be sent to a server.
public struct QueryHandle: Equatable, Sendable, BitwiseCopyable {
    let request: SlabHandle
    let index: Int
}

/// One thing to do.
public enum Effect: Equatable, Sendable {
    /// Write and send a client's reply: `Resolver.write(_:DeferredReply...)`.
    case reply(DeferredReply)
    /// Find a port, then write and send a query: `Resolver.write(_:QueryHandle...)`.
    case send(QueryHandle)
    /// The port is not waited for any longer by one of its queries.
    case release(UpstreamPort)
    /// A query through the port had no answer for this long; if nothing else came through it of late, it is not to be
    /// used for others.
    case silent(UpstreamPort, TimeSpan)
    /// Report to every resolver of this daemon that a probe came back:
    /// `Resolver.probeCameBack(_:at:outbox:)`.
    case probeSeen(UInt64)
    /// Write to the log.
    case notice(Notice)
}

/// Effects in order. The resolver bounds them: one reply per pending question, four queries and
/// as many releases per request.
public struct Outbox: ~Copyable {
    private var effects = UniqueDeque<Effect>()

    /// An empty outbox.
    public init() {}

    /// Whether there is nothing to do.
    public var isEmpty: Bool { effects.isEmpty }

    mutating func add(_ effect: Effect) { effects.append(effect) }

    /// Takes the oldest effect.
    public mutating func next() -> Effect? { effects.popFirst() }
}
