// A client, as far as the resolver needs to know it: where the reply goes, who it is for, and its
// maximum size. The caller defines the meaning of the handle.

public import Addresses

/// The sender of a query.
public struct Client: Sendable, BitwiseCopyable {
    /// What the caller knows the client by: a listener, or a connection's slot and generation.
    public var handle: UInt64
    /// The client's address and port.
    public var remote: Endpoint
    /// The address that was asked; the answer leaves from it.
    public var local: IPAddress
    /// The interface that the query came in by, for link-local addresses; else 0.
    public var interface: UInt32
    /// How the query came.
    public var transport: TransportProtocol
    /// How long its connection may idle, in tenths of a second: 0 when connections are scarce.
    public var idleTimeout: UInt16

    /// A client.
    public init(
        handle: UInt64, remote: Endpoint, local: IPAddress, interface: UInt32,
        transport: TransportProtocol, idleTimeout: UInt16 = 0
    ) {
        self.handle = handle
        self.remote = remote
        self.local = local
        self.interface = interface
        self.transport = transport
        self.idleTimeout = idleTimeout
    }
}

/// What became of a query for now.
public enum Disposition: Equatable, Sendable {
    /// The reply is in the writer.
    case answered
    /// The reply will come through the outbox.
    case pending
    /// There is no reply.
    case dropped
}
