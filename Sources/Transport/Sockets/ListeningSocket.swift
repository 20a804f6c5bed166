// Opening of the sockets that clients reach, and the check that nobody else has them. What is
// done with an open one belongs to `UDPListener` and `StreamServer`.

public import Addresses
internal import CLinux
internal import Events
internal import Glibc

/// Opens sockets on endpoints.
public enum ListeningSocket {
    /// Whether a socket may share its endpoint with others of the same user.
    public enum Sharing: Sendable {
        /// SO_REUSEPORT: one socket per worker, the kernel spreads the clients over them.
        case amongWorkers
        /// Opening fails if any other socket has the endpoint.
        case exclusive
    }

    /// Fails if any socket of any process has `endpoint`, sharing or not.
    ///
    /// Sockets that share do not see each other: a second instance would bind without an error
    /// and take half of the clients. So each endpoint is probed before the workers open theirs.
    public static func probe(
        _ endpoint: Endpoint, _ transport: TransportProtocol
    ) throws(ListenError) {
        close(try open(endpoint, transport, sharing: .exclusive))
    }

    /// A bound, non-blocking socket; of TCP not yet listening.
    static func open(
        _ endpoint: Endpoint, _ transport: TransportProtocol, sharing: Sharing
    ) throws(ListenError) -> CInt {
        let type = transport == .udp ? SOCK_DGRAM : SOCK_STREAM
        let descriptor = SocketOption.makeSocket(endpoint.family, type)
        if descriptor < 0 { throw ListenError(endpoint, transport, number: errno) }
        if endpoint.address.isIPv6 {
            SocketOption.set(descriptor, CInt(IPPROTO_IPV6), IPV6_V6ONLY, 1)
        }
        // Connections of an earlier run that linger must not keep a stream's port taken.
        if transport == .tcp { SocketOption.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
        if sharing == .amongWorkers { SocketOption.set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
        let result = unsafe SocketAddress(endpoint).withPointer { address, length in
            unsafe bind(descriptor, address, length)
        }
        if result != 0 {
            let number = errno
            close(descriptor)
            throw ListenError(endpoint, transport, number: number)
        }
        return descriptor
    }
}

/// The few socket calls that more than one file here needs.
enum SocketOption {
    /// A non-blocking socket that is not inherited; negative on failure.
    static func makeSocket(_ family: CInt, _ type: __socket_type) -> CInt {
        socket(family, CInt(type.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    /// Sets an option of integer value; false if the kernel refuses.
    @discardableResult
    static func set(_ descriptor: CInt, _ level: CInt, _ name: CInt, _ value: CInt) -> Bool {
        var value = value
        let size = socklen_t(MemoryLayout<CInt>.size)
        return unsafe setsockopt(descriptor, level, name, &value, size) == 0
    }

    /// Takes the error that the kernel holds for a socket; 0 if there is none.
    static func takeError(_ descriptor: CInt) -> CInt {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &size)
        return result == 0 ? value : errno
    }

    /// Large buffers; beyond the system's limit where the process may.
    static func setBuffers(_ descriptor: CInt, octets: CInt) {
        let receive = CInt(CLINUX_SO_RCVBUFFORCE)
        if !set(descriptor, SOL_SOCKET, receive, octets) {
            set(descriptor, SOL_SOCKET, SO_RCVBUF, octets)
        }
        let send = CInt(CLINUX_SO_SNDBUFFORCE)
        if !set(descriptor, SOL_SOCKET, send, octets) {
            set(descriptor, SOL_SOCKET, SO_SNDBUF, octets)
        }
    }

    /// Datagrams are cut to the interface's size, whatever a router or a forger of its messages
    /// says of the path.
    static func ignorePathMTU(_ descriptor: CInt, isIPv6: Bool) {
        let omit = CInt(CLINUX_PMTUDISC_OMIT)
        if isIPv6 {
            let name = CInt(CLINUX_IPV6_MTU_DISCOVER)
            set(descriptor, CInt(IPPROTO_IPV6), name, omit)
        } else {
            let name = CInt(CLINUX_IP_MTU_DISCOVER)
            set(descriptor, CInt(IPPROTO_IP), name, omit)
        }
    }

    /// The endpoint that a socket is bound to.
    static func localEndpoint(_ descriptor: CInt) -> Endpoint? {
        var address = SocketAddress()
        let result = unsafe address.withMutablePointer { address, length in
            unsafe getsockname(descriptor, address, length)
        }
        return result == 0 ? address.endpoint : nil
    }
}
