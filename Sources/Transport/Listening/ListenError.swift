// Why an address cannot be listened on, in words that an administrator can act on.

internal import Addresses
internal import Events
internal import CLinux
internal import Glibc

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
        /// Anything else, by `errno`.
        case other(CInt)
    }

    /// What was asked for.
    public let listener: Listener
    /// The reason.
    public let reason: Reason

    init(_ listener: Listener, number: CInt) {
        self.listener = listener
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
        let cause =
            switch reason {
            case .inUse: "another program has this address and port"
            case .notPermitted: "not permitted; ports below 1024 need CAP_NET_BIND_SERVICE"
            case .addressNotAvailable: "no interface of this machine has this address"
            case .other(let number): SystemError.text(of: number)
            }
        return "cannot listen on \(listener): \(cause)"
    }
}
