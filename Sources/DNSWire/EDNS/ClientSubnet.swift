// The CLIENT-SUBNET option (RFC 7871, section 6): the network that a client is in, as far as it says.

/// A network, and how much of it an answer is for.
public struct ClientSubnet: Hashable, Sendable, BitwiseCopyable {
    /// The address family: 1 is IPv4, 2 is IPv6; 0, with no bits, is neither.
    public let family: UInt16
    /// The number of bits of the network.
    public let sourceLength: UInt8
    /// The number of bits that an answer is for; zero in a query.
    public var scopeLength: UInt8
    /// The network's bits, the first most significant, all others zero.
    public let high: UInt64
    /// The bits after the first 64.
    public let low: UInt64

    /// Reads an option; fails if a length does not fit the family, if bytes are missing or extra,
    /// or if bits after the prefix are not zero.
    public init(_ option: EDNSOption, in message: Span<UInt8>) throws(WireError) {
        guard option.end - option.start >= 4 else { throw .badOptions }
        family = message.uint16(at: option.start)
        sourceLength = message[option.start + 2]
        scopeLength = message[option.start + 3]
        guard let bits = Self.bitCount(of: family), sourceLength <= bits, scopeLength <= bits,
            option.end - option.start - 4 == Self.octetCount(of: sourceLength)
        else { throw .badOptions }
        var halves: [2 of UInt64] = [0, 0]
        for index in 0..<Self.octetCount(of: sourceLength) {
            let octet = UInt64(message[option.start + 4 + index])
            halves[index / 8] |= octet << UInt64(56 - 8 * (index % 8))
        }
        high = halves[0]
        low = halves[1]
        let length = Int(sourceLength)
        guard high & Self.bits(behind: length) == 0, low & Self.bits(behind: length - 64) == 0
        else { throw .badOptions }
    }

    /// Whether both are the same network, whatever the scope.
    public func isSameNetwork(as other: ClientSubnet) -> Bool {
        family == other.family && sourceLength == other.sourceLength && high == other.high
            && low == other.low
    }

    /// The whole option, its code and length too: 8 to 24 bytes.
    public var option: [UInt8] {
        let count = Self.octetCount(of: sourceLength)
        let code = EDNSOption.Code.clientSubnet.rawValue
        var octets = [UInt8(code >> 8), UInt8(code & 0xFF), 0, UInt8(4 + count)]
        octets += [UInt8(family >> 8), UInt8(family & 0xFF), sourceLength, scopeLength]
        for index in 0..<count {
            let half = index < 8 ? high : low
            octets.append(UInt8(truncatingIfNeeded: half >> UInt64(56 - 8 * (index % 8))))
        }
        return octets
    }

    private static func bitCount(of family: UInt16) -> UInt8? {
        switch family {
        case 0: 0
        case 1: 32
        case 2: 128
        default: nil
        }
    }

    private static func octetCount(of length: UInt8) -> Int { (Int(length) + 7) / 8 }

    /// The bits of a half that are after its first `count`.
    private static func bits(behind count: Int) -> UInt64 {
        if count <= 0 { return .max }
        return count >= 64 ? 0 : UInt64.max >> UInt64(count)
    }
}
