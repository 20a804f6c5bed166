// Socket addresses as the kernel wants them: a sockaddr_in, sockaddr_in6 or sockaddr_un, and back. No name is ever
// looked up.

public import Addresses
internal import CLinux
internal import Glibc

/// The address of a socket, of one of three families.
public struct SocketAddress: Sendable {
    /// The kinds of addresses.
    public enum Family: Sendable {
        case ipv4, ipv6
        /// Sockets of this machine: a path of the file system, or an abstract name.
        case local
    }

    /// The largest of the three; IP addresses take its first 28 bytes.
    private var storage = sockaddr_un()
    private var length: socklen_t

    /// The address of an endpoint.
    public init(_ endpoint: Endpoint) {
        length = 0
        length = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe Self.write(endpoint, to: bytes)
        }
    }

    /// The local socket at `path`, or the abstract one if it begins with `@`; nil if it is empty, too long, or has
    /// a NUL in it.
    public init?(path: String) {
        let octets = Array(path.utf8)
        let start = MemoryLayout<sa_family_t>.size
        let isAbstract = octets.first == UInt8(ascii: "@")
        guard !octets.isEmpty, octets.count <= Self.longestPath + (isAbstract ? 1 : 0),
            !octets.contains(0)
        else { return nil }
        storage.sun_family = sa_family_t(AF_UNIX)
        length = socklen_t(start + octets.count + (isAbstract ? 0 : 1))
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            for (index, octet) in octets.enumerated() { unsafe bytes[start + index] = octet }
            if isAbstract { unsafe bytes[start] = 0 }
        }
    }

    /// The most bytes of a path, without the NUL that ends it.
    public static var longestPath: Int {
        MemoryLayout<sockaddr_un>.size - MemoryLayout<sa_family_t>.size - 1
    }

    /// The address's family.
    public var family: Family {
        switch CInt(storage.sun_family) {
        case AF_INET: .ipv4
        case AF_INET6: .ipv6
        default: .local
        }
    }

    /// The endpoint; nil for a local address.
    public var endpoint: Endpoint? {
        unsafe withUnsafeBytes(of: storage) { bytes in unsafe Self.read(bytes) }
    }
}

// MARK: - For system calls

extension SocketAddress {
    /// Room that the kernel writes an address into.
    init() { length = socklen_t(MemoryLayout<sockaddr_un>.size) }

    /// Passes the address to a call that reads it.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        unsafe withUnsafeBytes(of: storage) { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("an empty address") }
            return unsafe body(start.assumingMemoryBound(to: sockaddr.self), length)
        }
    }

    /// Passes the room to a call that writes it.
    mutating func withMutablePointer<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> Result {
        length = socklen_t(MemoryLayout<sockaddr_un>.size)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("an empty address") }
            return unsafe body(start.assumingMemoryBound(to: sockaddr.self), &length)
        }
    }
}

// MARK: - In memory of others

extension SocketAddress {
    /// The bytes that an IP address takes in an array of addresses.
    public static var capacity: Int { MemoryLayout<sockaddr_in6>.size }
    /// The bytes of the shorter of the two.
    public static var leastSize: Int { MemoryLayout<sockaddr_in>.size }

    /// Writes a sockaddr of `endpoint`'s family, and returns its length.
    public static func write(
        _ endpoint: Endpoint, to bytes: UnsafeMutableRawBufferPointer
    ) -> UInt32 {
        let port = endpoint.port.bigEndian
        unsafe bytes.storeBytes(of: port, toByteOffset: 2, as: UInt16.self)
        guard let bits = endpoint.address.ipv4Bits else {
            unsafe bytes.storeBytes(of: sa_family_t(AF_INET6), as: sa_family_t.self)
            unsafe bytes.storeBytes(of: 0, toByteOffset: 4, as: UInt32.self)
            unsafe bytes.storeBytes(
                of: endpoint.address.high.bigEndian, toByteOffset: 8, as: UInt64.self)
            unsafe bytes.storeBytes(
                of: endpoint.address.low.bigEndian, toByteOffset: 16, as: UInt64.self)
            unsafe bytes.storeBytes(of: endpoint.scope, toByteOffset: 24, as: UInt32.self)
            return socklen_t(MemoryLayout<sockaddr_in6>.size)
        }
        unsafe bytes.storeBytes(of: sa_family_t(AF_INET), as: sa_family_t.self)
        unsafe bytes.storeBytes(of: bits.bigEndian, toByteOffset: 4, as: UInt32.self)
        unsafe bytes.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
        return socklen_t(MemoryLayout<sockaddr_in>.size)
    }

    /// Reads a sockaddr of an IP family; nil for another one.
    public static func read(_ bytes: UnsafeRawBufferPointer) -> Endpoint? {
        guard let address = unsafe readAddress(bytes) else { return nil }
        let port = UInt16(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        guard address.isIPv6 else { return Endpoint(address, port: port) }
        let scope = unsafe bytes.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
        return Endpoint(address, port: port, scope: scope)
    }

    /// Reads the address of a sockaddr of an IP family; nil for another one.
    @inline(__always)
    public static func readAddress(_ bytes: UnsafeRawBufferPointer) -> IPAddress? {
        let family = unsafe bytes.loadUnaligned(as: sa_family_t.self)
        if family == sa_family_t(AF_INET) {
            let bits = unsafe bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            return IPAddress(ipv4: UInt32(bigEndian: bits))
        }
        guard family == sa_family_t(AF_INET6) else { return nil }
        let high = unsafe bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        let low = unsafe bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        return IPAddress(ipv6High: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }
}

extension Endpoint {
    /// The family of sockets that reach it.
    public var family: SocketAddress.Family { address.isIPv6 ? .ipv6 : .ipv4 }
}
