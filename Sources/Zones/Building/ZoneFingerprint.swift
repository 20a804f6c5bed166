// A hash of a zone's content that depends neither on the order of its records nor on the process,
// so a reload can detect changes. It does not protect against the author of the file.

import DNSWire

/// 128 bits that are equal for equal content: owners case-insensitively, types, TTLs and data.
public struct ZoneFingerprint: Hashable, Sendable, BitwiseCopyable {
    /// The first half.
    public private(set) var high: UInt64 = 0
    /// The second half.
    public private(set) var low: UInt64 = 0

    /// Adds the hash of one record to the sum.
    mutating func add(_ record: RecordDigest) {
        high &+= record.high
        low &+= record.low
    }
}

extension ZoneFingerprint: CustomStringConvertible {
    /// 32 hexadecimal digits.
    public var description: String { Self.digits(high) + Self.digits(low) }

    private static func digits(_ half: UInt64) -> String {
        let digits = String(half, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// The hash of one record while it is fed: two lanes of multiply and fold with fixed keys.
struct RecordDigest: BitwiseCopyable {
    private(set) var high: UInt64 = 0x243F_6A88_85A3_08D3
    private(set) var low: UInt64 = 0x1319_8A2E_0370_7344

    /// Feeds a number.
    mutating func feed(_ value: UInt64) {
        high = Self.mix(high ^ value, 0xA076_1D64_78BD_642F)
        low = Self.mix(low &+ value, 0xE703_7ED1_A0B4_28DB) ^ high
    }

    /// Feeds bytes, and their number; those that are not `isFolded` are folded first.
    mutating func feed(_ octets: Span<UInt8>, isFolded: Bool = true) {
        feed(UInt64(octets.count))
        var index = 0
        while index < octets.count {
            let chunk = octets.word(at: index, size: min(8, octets.count - index))
            feed(isFolded ? chunk : chunk.lowercasedASCII)
            index += 8
        }
    }

    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
