// Why an address cannot be listened on, in words that an administrator can act on.

public import Addresses
internal import Events
internal import CLinux
internal import Glibc

/// An endpoint that could not be listened on.
public struct ListenError: Error, Equatable, Sendable {
    /// What stood in the way.
    public enum Reason: Equatable, Sendable {
        /// Another socket has the address and port.
        case inUse
        /// The process may not use the port.
        case notPermitted
        /// No interface has the address.
        case addressNotAvailable
        /// Anything else, by `errno`.
        case other(CInt)
    }

    /// The endpoint asked for.
    public let endpoint: Endpoint
    /// The protocol asked for.
    public let transport: TransportProtocol
    /// What stood in the way.
    public let reason: Reason

    init(_ endpoint: Endpoint, _ transport: TransportProtocol, number: CInt) {
        self.endpoint = endpoint
        self.transport = transport
        reason =
            switch number {
            case EADDRINUSE: .inUse
            case EACCES, EPERM: .notPermitted
            case EADDRNOTAVAIL: .addressNotAvailable
            default: .other(number)
            }
    }
}

extension ListenError: CustomStringConvertible {
    /// `cannot listen on 10.0.0.4:53 (UDP): another program has this address and port`.
    public var description: String {
        let name = transport == .udp ? "UDP" : "TCP"
        let cause =
            switch reason {
            case .inUse: "another program has this address and port"
            case .notPermitted: "not permitted; ports below 1024 need CAP_NET_BIND_SERVICE"
            case .addressNotAvailable: "no interface of this machine has this address"
            case .other(let number): SystemError.text(of: number)
            }
        return "cannot listen on \(endpoint) (\(name)): \(cause)"
    }
}
