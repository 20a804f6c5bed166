// The kernel's control message with a datagram's local address and interface. It is read and
// reversed in place, and the reply is sent with the same message. Its layout is part of Linux's
// interface (ip(7), ipv6(7)).

internal import Addresses
internal import CLinux
internal import Glibc

/// The local side of a received datagram.
@safe struct PacketInfo {
    /// The address that the datagram was sent to; unspecified for a group, which is no source address.
    let local: IPAddress
    /// The index of the interface.
    let interface: UInt32

    /// The offsets in the two kinds of messages: after a length of eight bytes, level and type.
    private static let level = 8
    private static let type = 12
    private static let ipv4Interface = 16
    private static let ipv4Address = 20
    private static let ipv4Size = 28
    private static let ipv6Address = 16
    private static let ipv6Interface = 32
    private static let ipv6Size = 36

    /// Reads the only control message of `header`; nil if there is none, or one of another kind.
    @inline(__always)
    init?(_ header: UnsafePointer<msghdr>) {
        guard let control = unsafe header.pointee.msg_control else { return nil }
        let size = unsafe Int(header.pointee.msg_controllen)
        if unsafe Self.isIPv4(control, size) {
            let bits = unsafe control.load(fromByteOffset: Self.ipv4Address, as: UInt32.self)
            local = IPAddress(ipv4: bits.byteSwapped)
            interface = unsafe control.load(fromByteOffset: Self.ipv4Interface, as: UInt32.self)
        } else if unsafe Self.isIPv6(control, size) {
            let high = unsafe control.load(fromByteOffset: Self.ipv6Address, as: UInt64.self)
            let low = unsafe control.load(fromByteOffset: Self.ipv6Address + 8, as: UInt64.self)
            local =
                high & 0xFF == 0xFF
                ? .anyIPv6 : IPAddress(ipv6High: high.byteSwapped, low: low.byteSwapped)
            interface = unsafe control.load(fromByteOffset: Self.ipv6Interface, as: UInt32.self)
        } else {
            return nil
        }
    }

    /// Makes the control message of a received datagram that of its answer; returns how many bytes of control
    /// data the answer has.
    ///
    /// The interface stays only where the address alone does not say it: otherwise the routing table
    /// decides, since an answer need not leave by the interface that the query came by.
    @inline(__always)
    static func reverse(_ header: UnsafePointer<msghdr>) -> Int {
        guard let info = unsafe PacketInfo(header), let control = unsafe header.pointee.msg_control
        else { return 0 }
        if !info.local.isIPv6 {
            unsafe control.storeBytes(of: 0, toByteOffset: ipv4Interface, as: UInt32.self)
        } else if info.local.isUnspecified {
            unsafe control.storeBytes(of: 0, toByteOffset: ipv6Address, as: UInt64.self)
            unsafe control.storeBytes(of: 0, toByteOffset: ipv6Address + 8, as: UInt64.self)
        } else if !info.local.isLinkLocal {
            unsafe control.storeBytes(of: 0, toByteOffset: ipv6Interface, as: UInt32.self)
        }
        return unsafe Int(header.pointee.msg_controllen)
    }

    @inline(__always)
    private static func isIPv4(_ control: UnsafeMutableRawPointer, _ size: Int) -> Bool {
        unsafe (size >= ipv4Size && isOf(control, CInt(IPPROTO_IP), CInt(CLINUX_IP_PKTINFO)))
    }

    @inline(__always)
    private static func isIPv6(_ control: UnsafeMutableRawPointer, _ size: Int) -> Bool {
        unsafe (size >= ipv6Size && isOf(control, CInt(IPPROTO_IPV6), CInt(CLINUX_IPV6_PKTINFO)))
    }

    @inline(__always)
    private static func isOf(
        _ control: UnsafeMutableRawPointer, _ level: CInt, _ type: CInt
    ) -> Bool {
        let found = unsafe (
            control.load(fromByteOffset: self.level, as: CInt.self),
            control.load(fromByteOffset: self.type, as: CInt.self)
        )
        return found == (level, type)
    }
}
