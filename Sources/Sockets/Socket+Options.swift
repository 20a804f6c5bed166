// The options of sockets, each by what it is for. An option that the kernel does not have changes nothing.

internal import Addresses
internal import CLinux
internal import Glibc

extension Socket {
    // MARK: Listening

    /// `[::]` takes IPv6 only.
    public func takeIPv6Only() { set(IPPROTO_IPV6, IPV6_V6ONLY, 1) }

    /// Connections of an earlier run that linger do not keep the port taken.
    public func reuseAddress() { set(SOL_SOCKET, SO_REUSEADDR, 1) }

    /// Other sockets of the same user may have the same endpoint; the kernel spreads the clients over them.
    public func sharePort() { set(SOL_SOCKET, SO_REUSEPORT, 1) }

    /// Takes a query in a connection's first packet (RFC 7413), of so many whose handshake is not complete.
    public func takeFastOpen(queue: Int) { set(IPPROTO_TCP, TCP_FASTOPEN, CInt(clamping: queue)) }

    /// Has the kernel say of each datagram where it was sent to.
    public func reportDestinations(isIPv6: Bool) throws(Errno) {
        let isSet =
            isIPv6
            ? set(IPPROTO_IPV6, CInt(CLINUX_IPV6_RECVPKTINFO), 1)
            : set(IPPROTO_IP, CInt(CLINUX_IP_PKTINFO), 1)
        if !isSet { throw .last }
    }

    // MARK: Streams

    /// Bytes leave when they are written, and do not wait for more.
    public func sendWithoutDelay() { set(IPPROTO_TCP, TCP_NODELAY, 1) }

    /// A connection has died when what was sent is not acknowledged for so long.
    public func limitUnacknowledged(milliseconds: Int) {
        set(IPPROTO_TCP, CInt(CLINUX_TCP_USER_TIMEOUT), CInt(clamping: milliseconds))
    }

    /// The source port is chosen when connecting, so that one may serve several servers.
    public func chooseSourcePortLate() {
        set(IPPROTO_IP, CInt(CLINUX_IP_BIND_ADDRESS_NO_PORT), 1)
    }

    /// Reading and writing on a blocking socket fail after so long.
    public func limitWaiting(seconds: Int) {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &limit, length)
        }
    }

    // MARK: Datagrams

    /// Large buffers; beyond the system's limit where the process may.
    public func setBuffers(octets: Int) {
        let size = CInt(clamping: octets)
        if !set(SOL_SOCKET, CInt(CLINUX_SO_RCVBUFFORCE), size) { set(SOL_SOCKET, SO_RCVBUF, size) }
        if !set(SOL_SOCKET, CInt(CLINUX_SO_SNDBUFFORCE), size) { set(SOL_SOCKET, SO_SNDBUF, size) }
    }

    /// Datagrams that the kernel dropped since the socket was opened, for want of room in its buffer or memory
    /// (sock_diag(7)): the last of nine numbers.
    public var drops: UInt64 {
        var numbers = InlineArray<9, UInt32>(repeating: 0)
        var size = socklen_t(MemoryLayout<InlineArray<9, UInt32>>.size)
        let result = unsafe getsockopt(
            descriptor, SOL_SOCKET, CInt(CLINUX_SO_MEMINFO), &numbers, &size)
        let isWhole = size == socklen_t(MemoryLayout<InlineArray<9, UInt32>>.size)
        return result == 0 && isWhole ? UInt64(numbers[8]) : 0
    }

    /// Datagrams are cut to the interface's size, whatever a router or a forger of its messages says of the path.
    public func ignorePathMTU(isIPv6: Bool) {
        if isIPv6 {
            set(IPPROTO_IPV6, CInt(CLINUX_IPV6_MTU_DISCOVER), CInt(CLINUX_PMTUDISC_OMIT))
        } else {
            set(IPPROTO_IP, CInt(CLINUX_IP_MTU_DISCOVER), CInt(CLINUX_PMTUDISC_OMIT))
        }
    }

    // MARK: Files

    /// The mode that the file of a local socket gets when it is bound, but for the umask.
    public func setMode(_ mode: UInt32) { fchmod(descriptor, mode) }

    // MARK: Setting

    @discardableResult
    private func set(_ level: Int, _ name: CInt, _ value: CInt) -> Bool {
        set(CInt(level), name, value)
    }

    /// Sets an option of integer value; false if the kernel refuses.
    @discardableResult
    func set(_ level: CInt, _ name: CInt, _ value: CInt) -> Bool {
        var value = value
        let size = socklen_t(MemoryLayout<CInt>.size)
        return unsafe setsockopt(descriptor, level, name, &value, size) == 0
    }
}
