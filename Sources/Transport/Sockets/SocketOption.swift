// The socket calls that more than one file of this module needs.

internal import Addresses
internal import CLinux
internal import Glibc

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

    /// Reads and clears a socket's pending error; 0 if there is none.
    static func takeError(_ descriptor: CInt) -> CInt {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &size)
        return result == 0 ? value : errno
    }

    /// Datagrams that the kernel dropped since the socket was opened, for want of room in its buffer or memory
    /// (sock_diag(7)): the last of nine numbers.
    static func drops(_ descriptor: CInt) -> UInt64 {
        var numbers = InlineArray<9, UInt32>(repeating: 0)
        var size = socklen_t(MemoryLayout<InlineArray<9, UInt32>>.size)
        let result = unsafe getsockopt(
            descriptor, SOL_SOCKET, CInt(CLINUX_SO_MEMINFO), &numbers, &size)
        let isWhole = size == socklen_t(MemoryLayout<InlineArray<9, UInt32>>.size)
        return result == 0 && isWhole ? UInt64(numbers[8]) : 0
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
