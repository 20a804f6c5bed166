// Opens listening sockets, and checks that no other program has their addresses. `UDPListener`,
// `StreamServer` and `HTTPServer` use the open sockets.

internal import Addresses
internal import CLinux
internal import Events
internal import Glibc

/// Opens sockets for listeners.
public enum ListeningSocket {
    /// Whether a socket may share its endpoint with others of the same user.
    public enum Sharing: Sendable {
        /// SO_REUSEPORT: one socket per worker, the kernel spreads the clients over them.
        case amongWorkers
        /// Opening fails if any other socket has the endpoint.
        case exclusive
    }

    /// Fails if any socket of any process has the endpoint, sharing or not.
    ///
    /// Sockets that share do not see each other: a second instance would bind without an error
    /// and take half of the clients. So each endpoint is probed before the workers open theirs.
    public static func probe(_ listener: Listener) throws(ListenError) {
        close(try open(listener, sharing: .exclusive))
    }

    /// A bound, non-blocking socket; of streams not yet listening.
    static func open(_ listener: Listener, sharing: Sharing) throws(ListenError) -> CInt {
        let endpoint = listener.endpoint
        let isDatagram = listener.protocol.isDatagram
        let type = isDatagram ? SOCK_DGRAM : SOCK_STREAM
        let descriptor = SocketOption.makeSocket(endpoint.family, type)
        if descriptor < 0 { throw ListenError(listener, number: errno) }
        if endpoint.address.isIPv6 {
            SocketOption.set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, 1)
        }
        // Connections of an earlier run that linger must not keep a stream's port taken.
        if !isDatagram { SocketOption.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
        if sharing == .amongWorkers { SocketOption.set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
        let result = unsafe SocketAddress(endpoint).withPointer { address, length in
            unsafe bind(descriptor, address, length)
        }
        if result != 0 {
            let number = errno
            close(descriptor)
            throw ListenError(listener, number: number)
        }
        return descriptor
    }
}
