// What clients reach, as a value: where, and what is spoken there. It opens nothing.

public import Addresses

/// What is spoken at an endpoint.
public enum ListenerProtocol: Hashable, Sendable, BitwiseCopyable {
    /// One message in each datagram.
    case dnsOverUDP
    /// Messages preceded by their lengths (RFC 7766).
    case dnsOverTCP
    /// Requests for pages, such as the metrics.
    case http

    /// Whether datagrams come in, not connections.
    public var isDatagram: Bool {
        switch self {
        case .dnsOverUDP: true
        case .dnsOverTCP, .http: false
        }
    }
}

/// An endpoint and what is spoken there.
public struct Listener: Hashable, Sendable, BitwiseCopyable {
    /// The address and the port; port 0 leaves the choice to the kernel.
    public var endpoint: Endpoint
    /// What is spoken.
    public var `protocol`: ListenerProtocol
    /// What its user knows it by, such as its place in a list.
    public var number: Int

    /// A listener.
    public init(_ endpoint: Endpoint, _ protocol: ListenerProtocol, number: Int = 0) {
        self.endpoint = endpoint
        self.number = number
        self.protocol = `protocol`
    }
}

extension Listener: CustomStringConvertible {
    /// `10.0.0.4:53 (UDP)`.
    public var description: String { "\(endpoint) (\(self.protocol.isDatagram ? "UDP" : "TCP"))" }
}
