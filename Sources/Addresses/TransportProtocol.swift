// The protocol that carries a DNS message.

/// How a message travels.
public enum TransportProtocol: UInt8, CaseIterable, Sendable, BitwiseCopyable {
    /// One datagram, with a limit on its size.
    case udp
    /// A stream, with two bytes of length before each message.
    case tcp

    /// Whether a message is one datagram, so that its size is limited and its sender's address may be forged.
    @inline(__always)
    public var isDatagram: Bool {
        switch self {
        case .udp: true
        case .tcp: false
        }
    }
}

extension TransportProtocol: CustomStringConvertible {
    /// `udp` or `tcp`.
    public var description: String {
        switch self {
        case .udp: "udp"
        case .tcp: "tcp"
        }
    }
}
