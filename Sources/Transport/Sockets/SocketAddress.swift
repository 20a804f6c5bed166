// Endpoints as the kernel wants them: a sockaddr_in or sockaddr_in6 in 28 bytes, and back. No
// name is ever looked up.

internal import Addresses
internal import CLinux
internal import Glibc

/// Room for one socket address of either family.
struct SocketAddress {
    /// The bytes a slot takes in an array of addresses.
    static let capacity = MemoryLayout<sockaddr_in6>.size

    private var storage = sockaddr_in6()
    private(set) var length = socklen_t(SocketAddress.capacity)

    /// An empty address, to be filled by the kernel.
    init() {}

    init(_ endpoint: Endpoint) {
        length = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe Self.write(endpoint, to: bytes)
        }
    }

    /// The endpoint; nil for another family.
    var endpoint: Endpoint? {
        var copy = self
        return unsafe withUnsafeMutableBytes(of: &copy.storage) { bytes in
            unsafe Self.read(UnsafeRawBufferPointer(bytes))
        }
    }

    /// Passes the address to a call that reads it.
    func withPointer<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        unsafe withUnsafeBytes(of: storage) { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("28 octets") }
            return unsafe body(start.assumingMemoryBound(to: sockaddr.self), length)
        }
    }

    /// Passes the room to a call that writes it.
    mutating func withMutablePointer<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Result
    ) -> Result {
        length = socklen_t(Self.capacity)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("28 octets") }
            return unsafe body(start.assumingMemoryBound(to: sockaddr.self), &length)
        }
    }

    /// Writes a sockaddr of `endpoint`'s family, and returns its length.
    static func write(
        _ endpoint: Endpoint, to bytes: UnsafeMutableRawBufferPointer
    ) -> socklen_t {
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

    /// Reads a sockaddr of either family; nil for another one.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Endpoint? {
        guard let address = unsafe readAddress(bytes) else { return nil }
        let port = UInt16(bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        guard address.isIPv6 else { return Endpoint(address, port: port) }
        let scope = unsafe bytes.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
        return Endpoint(address, port: port, scope: scope)
    }

    /// Reads the address of a sockaddr of either family; nil for another one.
    @inline(__always)
    static func readAddress(_ bytes: UnsafeRawBufferPointer) -> IPAddress? {
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
    /// The protocol family of a socket that reaches it.
    var family: CInt { address.isIPv6 ? AF_INET6 : AF_INET }
}
