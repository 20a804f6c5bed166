// Every system call on a socket, but for the batches of datagrams, which `Transport` passes to the kernel whole. What
// a socket is for, and when it is closed, its owner decides.

public import Addresses
internal import CLinux
internal import Glibc

/// A socket, by its descriptor. This is a value: it does not close the socket when it ends.
public struct Socket: Hashable, Sendable, BitwiseCopyable {
    /// How bytes travel.
    public enum Kind: Sendable {
        /// In order, without ends of messages.
        case stream
        /// As single messages.
        case datagram
    }

    /// What a loop watches.
    public let descriptor: CInt

    /// An open socket.
    @inline(__always)
    public init(descriptor: CInt) { self.descriptor = descriptor }

    /// Opens a socket that programs started later do not inherit.
    public static func open(
        _ kind: Kind, _ family: SocketAddress.Family, isBlocking: Bool = false
    ) throws(Errno) -> Socket {
        let type = kind == .stream ? SOCK_STREAM : SOCK_DGRAM
        let number =
            switch family {
            case .ipv4: AF_INET
            case .ipv6: AF_INET6
            case .local: AF_UNIX
            }
        let flags = SOCK_CLOEXEC.rawValue | (isBlocking ? 0 : SOCK_NONBLOCK.rawValue)
        return Socket(descriptor: try check(socket(number, CInt(type.rawValue | flags), 0)))
    }

    /// Closes the socket; whatever watches it ends before.
    public func close() { Glibc.close(descriptor) }

    /// Closes the socket after a failure, which is thrown.
    public func close(after error: Errno) throws(Errno) -> Never {
        close()
        throw error
    }

    // MARK: Addresses

    /// Takes an address.
    public func bind(to address: SocketAddress) throws(Errno) {
        try Self.check(
            unsafe address.withPointer { address, length in
                unsafe Glibc.bind(descriptor, address, length)
            })
    }

    /// The endpoint that the socket is bound to.
    public var localEndpoint: Endpoint? {
        var address = SocketAddress()
        let result = unsafe address.withMutablePointer { address, length in
            unsafe getsockname(descriptor, address, length)
        }
        return result == 0 ? address.endpoint : nil
    }

    // MARK: Connections

    /// Has the kernel take connections, of which so many may wait.
    public func listen(backlog: Int) throws(Errno) {
        try Self.check(Glibc.listen(descriptor, CInt(clamping: backlog)))
    }

    /// Takes a connection, which does not block, with the client's address.
    public func accept() throws(Errno) -> (socket: Socket, peer: SocketAddress) {
        var address = SocketAddress()
        let accepted = unsafe address.withMutablePointer { address, length in
            unsafe clinux_accept4(descriptor, address, length)
        }
        return (Socket(descriptor: try Self.check(accepted)), address)
    }

    /// Whether a connection was made at once.
    public enum Connecting: Sendable {
        case done
        /// It is made, or has failed, when the socket is writable: `takeError` tells.
        case inProgress
    }

    /// Connects a stream, or fixes whom a datagram socket exchanges datagrams with.
    @discardableResult
    public func connect(to address: SocketAddress) throws(Errno) -> Connecting {
        let result = unsafe address.withPointer { address, length in
            unsafe Glibc.connect(descriptor, address, length)
        }
        if result != 0, errno == EINPROGRESS { return .inProgress }
        try Self.check(result)
        return .done
    }

    /// Gives up a datagram socket's port and whom it is connected to.
    public func disconnect() throws(Errno) {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        let size = socklen_t(MemoryLayout<sockaddr>.size)
        try Self.check(unsafe Glibc.connect(descriptor, &nobody, size))
    }

    /// Sends nothing more through a stream, whose other side reads an end.
    public func endOutput() throws(Errno) {
        try Self.check(shutdown(descriptor, CInt(SHUT_WR)))
    }

    /// Takes the error that the kernel holds for the socket; nil if there is none.
    public func takeError() -> Errno? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &value, &size)
        if result != 0 { return .last }
        return value == 0 ? nil : Errno(rawValue: value)
    }

    // MARK: Bytes

    /// Sends one datagram, or bytes of a stream; returns how many the kernel took.
    @inline(__always)
    public func send(_ octets: Span<UInt8>) throws(Errno) -> Int {
        while true {
            let count = unsafe octets.withUnsafeBufferPointer { bytes in
                unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
            }
            if count >= 0 { return count }
            if errno != EINTR { throw .last }
        }
    }

    /// Sends one datagram to an address.
    public func send(_ octets: Span<UInt8>, to address: SocketAddress) throws(Errno) {
        let count = unsafe octets.withUnsafeBufferPointer { bytes in
            unsafe address.withPointer { address, length in
                unsafe sendto(
                    descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL), address, length)
            }
        }
        if count < 0 { throw .last }
    }

    /// Reads one datagram, or what a stream has, at most as much as there is room for; returns how many bytes that
    /// were, 0 at the end of a stream.
    @inline(__always)
    public func receive(into room: inout MutableSpan<UInt8>) throws(Errno) -> Int {
        while true {
            let count = unsafe room.withUnsafeMutableBufferPointer { bytes in
                unsafe recv(descriptor, bytes.baseAddress, bytes.count, 0)
            }
            if count >= 0 { return count }
            if errno != EINTR { throw .last }
        }
    }

    /// Reads one datagram and forgets it.
    public func discardOne() throws(Errno) {
        var octet: UInt8 = 0
        if unsafe recv(descriptor, &octet, 1, 0) < 0 { throw .last }
    }

    @discardableResult
    private static func check(_ result: CInt) throws(Errno) -> CInt {
        if result < 0 { throw .last }
        return result
    }
}
