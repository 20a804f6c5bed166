// Where a query to a server goes.

public import Addresses

/// Where a query goes.
public struct Destination: Equatable, Sendable, BitwiseCopyable {
    /// The server.
    public var server: Endpoint
    /// The address to send from, when the settings name one.
    public var source: IPAddress?
    /// How to send.
    public var transport: TransportProtocol
    /// An unpredictable number that chooses one of the open ports.
    public var draw: UInt32
}
