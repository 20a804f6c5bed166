// The protocol that carries a DNS message.

/// How a message travels.
public enum TransportProtocol: UInt8, Sendable, BitwiseCopyable {
    /// One datagram, with a limit on its size.
    case udp
    /// A stream, with two octets of length before each message.
    case tcp
}
