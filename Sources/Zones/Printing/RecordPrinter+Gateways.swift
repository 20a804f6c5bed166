// Printing IPSECKEY, HIP and AMTRELAY data, which were checked before.

import Addresses
import DNSWire

extension RecordPrinter {
    mutating func appendIPsecKey(_ octets: Span<UInt8>) {
        append("\(octets[0]) \(octets[1]) \(octets[2]) ")
        let end = appendGateway(octets, octets[1], at: 3)
        if end == octets.count { return }
        append(" ")
        appendBase64(octets.extracting(end...))
    }

    mutating func appendRelay(_ octets: Span<UInt8>) {
        append("\(octets[0]) \(octets[1] >> 7) \(octets[1] & 0x7F) ")
        _ = appendGateway(octets, octets[1] & 0x7F, at: 2)
    }

    mutating func appendHostIdentity(_ octets: Span<UInt8>) {
        let key = 4 + Int(octets[0])
        var position = key + octets.bigEndian16(at: 2)
        append("\(octets[1]) ")
        appendHex(octets.extracting(4..<key))
        append(" ")
        appendBase64(octets.extracting(key..<position))
        while position < octets.count {
            guard let end = RecordDataField.nameEnd(in: octets, at: position) else { return }
            append(" ")
            append(name: octets.extracting(position..<end))
            position = end
        }
    }

    /// Appends a gateway.
    ///
    /// - Returns: where it ends.
    private mutating func appendGateway(_ octets: Span<UInt8>, _ kind: UInt8, at start: Int) -> Int
    {
        let end = RecordDataField.gatewayEnd(in: octets, kind, at: start) ?? octets.count
        let gateway = octets.extracting(start..<end)
        switch GatewayKind(rawValue: kind) {
        case .ipv4: append(IPAddress(ipv4: gateway.bigEndian32(at: 0)).description)
        case .ipv6: append(Self.ipv6(gateway).description)
        case .name: append(name: gateway)
        default: append(".")
        }
        return end
    }
}
