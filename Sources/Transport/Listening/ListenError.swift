// Why an address cannot be listened on, in words that an administrator can act on.

internal import Addresses
internal import Glibc
public import Sockets

/// A listener that could not be opened.
public struct ListenError: Error, Equatable, Sendable {
    /// The reason.
    public enum Reason: Equatable, Sendable {
        /// Another socket has the address and port.
        case inUse
        /// The process may not use the port.
        case notPermitted
        /// No interface has the address.
        case addressNotAvailable
        /// Anything else.
        case other(Errno)
    }

    /// What was asked for.
    public let listener: Listener
    /// The reason.
    public let reason: Reason

    init(_ listener: Listener, _ error: Errno) {
        self.listener = listener
        reason =
            switch error.rawValue {
            case EADDRINUSE: .inUse
            case EACCES, EPERM: .notPermitted
            case EADDRNOTAVAIL: .addressNotAvailable
            default: .other(error)
            }
    }
}

extension ListenError: CustomStringConvertible {
    /// `cannot listen on 10.0.0.4:53 (UDP): another program has this address and port`.
    public var description: String {
        let cause =
            switch reason {
            case .inUse: "another program has this address and port"
            case .notPermitted: "not permitted; ports below 1024 need CAP_NET_BIND_SERVICE"
            case .addressNotAvailable: "no interface of this machine has this address"
            case .other(let error): "\(error)"
            }
        return "cannot listen on \(listener): \(cause)"
    }
}
