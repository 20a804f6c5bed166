// An Internet address as a plain value that both towers share. No sockets here: Transport turns
// it into a sockaddr, DNSWire into the data of an A or AAAA record.

/// An IPv4 or IPv6 address.
public struct IPAddress: Hashable, Sendable, BitwiseCopyable {
    /// The first 64 bits of an IPv6 address; zero for IPv4.
    public let high: UInt64
    /// The last 64 bits of an IPv6 address, or the 32 bits of an IPv4 address.
    public let low: UInt64
    /// Whether this is an IPv6 address.
    public let isIPv6: Bool

    /// An IPv4 address from its 32 bits, first byte most significant.
    public init(ipv4 bits: UInt32) {
        high = 0
        low = UInt64(bits)
        isIPv6 = false
    }

    /// An IPv6 address from its two halves, first byte most significant.
    public init(ipv6High high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
        isIPv6 = true
    }

    /// `0.0.0.0`.
    public static let anyIPv4 = IPAddress(ipv4: 0)
    /// `::`.
    public static let anyIPv6 = IPAddress(ipv6High: 0, low: 0)
    /// `127.0.0.1`.
    public static let loopbackIPv4 = IPAddress(ipv4: 0x7F00_0001)
    /// `::1`.
    public static let loopbackIPv6 = IPAddress(ipv6High: 0, low: 1)

    /// The number of bits: 32 or 128.
    public var bitCount: Int { isIPv6 ? 128 : 32 }

    /// Whether this is `0.0.0.0` or `::`.
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// Whether this is in 127.0.0.0/8, or is `::1`.
    public var isLoopback: Bool {
        isIPv6 ? high == 0 && low == 1 : low >> 24 == 127
    }

    /// The IPv4 bits of an IPv4 address.
    public var ipv4Bits: UInt32? { isIPv6 ? nil : UInt32(truncatingIfNeeded: low) }

    /// The IPv4 address inside an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2), else itself.
    public var unmapped: IPAddress {
        guard isIPv6, high == 0, low >> 32 == 0xFFFF else { return self }
        return IPAddress(ipv4: UInt32(truncatingIfNeeded: low))
    }

    /// The byte at `index`, counted from the most significant: 0 to 3, or 0 to 15.
    public func octet(_ index: Int) -> UInt8 {
        let fromEnd = (isIPv6 ? 15 : 3) - index
        let half = fromEnd >= 8 ? high : low
        return UInt8(truncatingIfNeeded: half >> UInt64((fromEnd % 8) * 8))
    }
}

extension IPAddress: Comparable {
    /// IPv4 before IPv6, then by number.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        if left.isIPv6 != right.isIPv6 { return right.isIPv6 }
        return left.high != right.high ? left.high < right.high : left.low < right.low
    }
}
