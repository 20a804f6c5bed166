// The addresses of a datagram: sender and receiver. A reply has the same addresses.

public import Addresses
internal import CLinux

/// The peer, and the local address and interface that it was asked at or is answered from.
public struct DatagramAddresses: Hashable, Sendable, BitwiseCopyable {
    /// The other side.
    public var peer: Endpoint
    /// The local address; unspecified leaves the choice to the kernel.
    public var local: IPAddress
    /// The index of the interface that the datagram came by; 0 if unknown.
    public var interface: UInt32

    /// A path between `peer` and `local`.
    public init(peer: Endpoint, local: IPAddress, interface: UInt32) {
        self.peer = peer
        self.local = local
        self.interface = interface
    }

    /// The control message that makes a datagram leave on this path.
    ///
    /// The interface is given only where the address alone does not say it: otherwise the routing
    /// table decides, since a reply need not leave by the interface that the query came by.
    var packetInfo: clinux_packet_info {
        var info = clinux_packet_info()
        info.address_length = local.isIPv6 ? 16 : 4
        if local.isLinkLocal || (local.isIPv6 && local.isUnspecified) { info.interface = interface }
        unsafe withUnsafeMutableBytes(of: &info.address) { bytes in
            for index in 0..<Int(info.address_length) {
                unsafe bytes[index] = local.octet(index)
            }
        }
        return info
    }
}

extension IPAddress {
    /// Whether this is in fe80::/10, whose addresses mean something on one interface only.
    @inline(__always)
    var isLinkLocal: Bool { isIPv6 && high >> 54 == 0xFE80 >> 6 }
}
