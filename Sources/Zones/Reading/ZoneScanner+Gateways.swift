// Three kinds of data in which one field says what another one is: IPSECKEY (RFC 4025), HIP (RFC 8005) and
// AMTRELAY (RFC 8777). None of their names are compressed, and none are folded when data are compared.

import DNSWire

/// What a gateway or a relay is (RFC 4025, section 2.3; RFC 8777, section 4.2.3).
enum GatewayKind: UInt8, BitwiseCopyable {
    case none, ipv4, ipv6, name
}

extension ZoneScanner {
    /// Appends `precedence type algorithm gateway [key]`; only algorithm 0 has no key (RFC 4025, section 3.1).
    mutating func readIPsecKey(origin: Name, into octets: inout [UInt8]) throws(ZoneFault) {
        octets.append(UInt8(try readNumber(.uint8, limit: 255)))
        let kind = try readGatewayKind(.ipsecKey)
        octets.append(kind.rawValue)
        let algorithm = UInt8(try readNumber(.uint8, limit: 255))
        octets.append(algorithm)
        try readGateway(kind, .ipsecKey, origin: origin, into: &octets)
        if algorithm == 0, try !hasMore() { return }
        try readBase64Rest(into: &octets)
    }

    /// Appends `precedence D type relay` (RFC 8777, section 4.3).
    mutating func readRelay(origin: Name, into octets: inout [UInt8]) throws(ZoneFault) {
        octets.append(UInt8(try readNumber(.uint8, limit: 255)))
        let word = try plain(for: .relay)
        guard let discovery = number(word, limit: 1) else {
            throw ZoneFault(.bad(.relay), at: word)
        }
        let kind = try readGatewayKind(.relay)
        octets.append(UInt8(discovery) << 7 | kind.rawValue)
        try readGateway(kind, .relay, origin: origin, into: &octets)
    }

    /// Appends `algorithm HIT key [server ...]` (RFC 8005, section 6), whose lengths come first on the wire.
    mutating func readHostIdentity(origin: Name, into octets: inout [UInt8]) throws(ZoneFault) {
        let algorithm = UInt8(try readNumber(.uint8, limit: 255))
        let start = octets.count
        try readCounted(.hexCounted, into: &octets)
        guard octets[start] > 0 else { throw ZoneFault(.bad(.hostIdentity), at: here) }
        octets.insert(contentsOf: [algorithm, 0, 0], at: start + 1)
        let word = try plain(for: .base64Rest)
        let begin = octets.count
        var decoder = Base64Decoder()
        for index in word.start..<word.end {
            guard decoder.take(text[index], into: &octets) else {
                throw ZoneFault(.bad(.base64Rest), at: word)
            }
        }
        let count = octets.count - begin
        guard decoder.isWhole, count > 0 else { throw ZoneFault(.bad(.base64Rest), at: word) }
        guard count <= 65535 else { throw ZoneFault(.dataTooLong, at: word) }
        octets[start + 2] = UInt8(count >> 8)
        octets[start + 3] = UInt8(count & 0xFF)
        while try hasMore() { try readName(origin: origin, into: &octets) }
    }

    private mutating func readGatewayKind(_ field: RecordDataField) throws(ZoneFault) -> GatewayKind
    {
        let word = try plain(for: field)
        guard let value = number(word, limit: 3), let kind = GatewayKind(rawValue: UInt8(value))
        else { throw ZoneFault(.bad(field), at: word) }
        return kind
    }

    private mutating func readGateway(
        _ kind: GatewayKind, _ field: RecordDataField, origin: Name, into octets: inout [UInt8]
    ) throws(ZoneFault) {
        switch kind {
        case .ipv4: try readAddress(.ipv4, into: &octets)
        case .ipv6: try readAddress(.ipv6, into: &octets)
        case .name: try readName(origin: origin, into: &octets)
        case .none:
            let word = try plain(for: field)
            guard self.word(word, is: ".") else { throw ZoneFault(.bad(field), at: word) }
        }
    }
}

extension RecordDataField {
    /// Whether `data` are a whole IPSECKEY, HIP or AMTRELAY record's.
    func isWholeGateway(_ data: Span<UInt8>) -> Bool {
        switch self {
        case .ipsecKey:
            guard data.count >= 3, let end = Self.gatewayEnd(in: data, data[1], at: 3) else {
                return false
            }
            return end < data.count || data[2] == 0
        case .relay:
            guard data.count >= 2 else { return false }
            return Self.gatewayEnd(in: data, data[1] & 0x7F, at: 2) == data.count
        default:
            guard data.count >= 4, data[0] > 0, data.bigEndian16(at: 2) > 0 else { return false }
            var position = 4 + Int(data[0]) + data.bigEndian16(at: 2)
            guard position <= data.count else { return false }
            while position < data.count {
                guard let end = Self.nameEnd(in: data, at: position) else { return false }
                position = end
            }
            return true
        }
    }

    /// Where the gateway of this kind that starts at `start` ends; nil when it is cut off or of no known kind.
    static func gatewayEnd(in data: Span<UInt8>, _ kind: UInt8, at start: Int) -> Int? {
        switch GatewayKind(rawValue: kind) {
        case .some(.none): start
        case .ipv4: start + 4 <= data.count ? start + 4 : nil
        case .ipv6: start + 16 <= data.count ? start + 16 : nil
        case .name: nameEnd(in: data, at: start)
        case nil: nil
        }
    }
}
