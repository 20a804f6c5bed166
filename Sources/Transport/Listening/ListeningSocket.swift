// Opens listening sockets, and checks that no other program has their addresses. `UDPListener`,
// `StreamServer` and `HTTPServer` use the open sockets.

internal import Addresses
internal import Sockets

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
        try open(listener, sharing: .exclusive).close()
    }

    /// A bound, non-blocking socket; of streams not yet listening.
    static func open(_ listener: Listener, sharing: Sharing) throws(ListenError) -> Socket {
        let isDatagram = listener.protocol.isDatagram
        do throws(Errno) {
            let socket = try Socket.open(
                isDatagram ? .datagram : .stream, listener.endpoint.family)
            if listener.endpoint.address.isIPv6 { socket.takeIPv6Only() }
            if !isDatagram { socket.reuseAddress() }
            if sharing == .amongWorkers { socket.sharePort() }
            do throws(Errno) {
                try socket.bind(to: SocketAddress(listener.endpoint))
            } catch {
                try socket.close(after: error)
            }
            return socket
        } catch {
            throw ListenError(listener, error)
        }
    }
}
