// A socket towards servers, as the resolver names it.

public import Addresses

/// The port of queries to servers: one open socket, identified by a number that is never reused.
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
