// Record data that text spells digit by digit: hexadecimal, base64, base32hex, groups with
// separators, and bitmaps of types.

import DNSWire

extension ZoneScanner {
    /// Appends what the rest of the entry spells in hexadecimal, blanks between digits ignored.
    mutating func readHexRest(into octets: inout [UInt8]) throws(ZoneFault) {
        var high: UInt8? = nil
        var last = here
        while let word = try next() {
            last = word
            if word.isQuoted { throw ZoneFault(.bad(.hexRest), at: word) }
            for index in word.start..<word.end {
                guard let digit = text[index].hexadecimalValue else {
                    throw ZoneFault(.bad(.hexRest), at: word)
                }
                if let first = high {
                    octets.append(first << 4 | digit)
                    high = nil
                } else {
                    high = digit
                }
            }
        }
        if high != nil { throw ZoneFault(.bad(.hexRest), at: last) }
    }

    /// Appends what the rest of the entry spells in base64, blanks ignored (RFC 4648, section 4).
    mutating func readBase64Rest(into octets: inout [UInt8]) throws(ZoneFault) {
        guard try hasMore() else { throw ZoneFault(.missing(.base64Rest), at: here) }
        var decoder = Base64Decoder()
        var last = here
        while let word = try next() {
            last = word
            if word.isQuoted { throw ZoneFault(.bad(.base64Rest), at: word) }
            for index in word.start..<word.end {
                guard decoder.take(text[index], into: &octets) else {
                    throw ZoneFault(.bad(.base64Rest), at: word)
                }
            }
        }
        guard decoder.isWhole else { throw ZoneFault(.bad(.base64Rest), at: last) }
    }

    /// Appends a length byte and what one word spells: in hexadecimal, `-` being none, or in base32hex.
    mutating func readCounted(
        _ field: RecordDataField, into octets: inout [UInt8]
    ) throws(ZoneFault) {
        let word = try plain(for: field)
        let start = octets.count
        octets.append(0)
        if field == .hexCounted, word.count == 1, text[word.start] == UInt8(ascii: "-") { return }
        let bitsPerDigit = field == .hexCounted ? 4 : 5
        var bits: UInt32 = 0
        var bitCount = 0
        for index in word.start..<word.end {
            guard let digit = Self.digit(text[index], bits: bitsPerDigit) else {
                throw ZoneFault(.bad(field), at: word)
            }
            bits = bits << UInt32(bitsPerDigit) | UInt32(digit)
            bitCount += bitsPerDigit
            if bitCount >= 8 {
                bitCount -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        let count = octets.count - start - 1
        let rest = bits & ((1 << UInt32(bitCount)) - 1)
        guard count >= 1, count <= 255, bitCount < bitsPerDigit, rest == 0 else {
            throw ZoneFault(.bad(field), at: word)
        }
        octets[start] = UInt8(count)
    }

    private static func digit(_ octet: UInt8, bits: Int) -> UInt8? {
        if bits == 4 { return octet.hexadecimalValue }
        switch octet.lowercasedASCII {
        case 0x30...0x39: return octet - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "v"):
            return octet.lowercasedASCII - UInt8(ascii: "a") + 10
        default: return nil
        }
    }

    /// Appends `count` groups of hexadecimal digits, each of exactly twice `octets` digits.
    mutating func readGroups(
        _ field: RecordDataField, octets size: Int, separator: Unicode.Scalar, count: Int,
        into octets: inout [UInt8]
    ) throws(ZoneFault) {
        let word = try plain(for: field)
        let stride = size * 2 + 1
        guard word.count == stride * count - 1 else { throw ZoneFault(.bad(field), at: word) }
        var high: UInt8 = 0
        for offset in 0..<word.count {
            let octet = text[word.start + offset]
            if offset % stride == stride - 1 {
                guard octet == UInt8(ascii: separator) else {
                    throw ZoneFault(.bad(field), at: word)
                }
                continue
            }
            guard let digit = octet.hexadecimalValue else { throw ZoneFault(.bad(field), at: word) }
            if offset % stride % 2 == 0 { high = digit } else { octets.append(high << 4 | digit) }
        }
    }

    /// Appends four groups of one to four hexadecimal digits: BIND leaves leading zeros out.
    mutating func readNodeIdentifier(into octets: inout [UInt8]) throws(ZoneFault) {
        let word = try plain(for: .nodeIdentifier)
        var group: UInt16 = 0
        var digits = 0
        var groups = 0
        for index in word.start...word.end {
            if index == word.end || text[index] == UInt8(ascii: ":") {
                guard digits > 0, groups < 4 else {
                    throw ZoneFault(.bad(.nodeIdentifier), at: word)
                }
                octets.append(bigEndian: group)
                (group, digits, groups) = (0, 0, groups + 1)
            } else {
                guard let digit = text[index].hexadecimalValue, digits < 4 else {
                    throw ZoneFault(.bad(.nodeIdentifier), at: word)
                }
                group = group << 4 | UInt16(digit)
                digits += 1
            }
        }
        guard groups == 4 else { throw ZoneFault(.bad(.nodeIdentifier), at: word) }
    }

    /// Appends the bitmap of the types that the rest of the entry names (RFC 4034, section 4.1.2).
    mutating func readTypeBitmap(into octets: inout [UInt8]) throws(ZoneFault) {
        var types: [UInt16] = []
        while let word = try next() {
            guard !word.isQuoted, let type = RecordType(string(word)) else {
                throw ZoneFault(.bad(.recordType), at: word)
            }
            types.append(type.rawValue)
        }
        types.sort()
        var index = 0
        while index < types.count {
            let window = types[index] >> 8
            octets.append(UInt8(window))
            let start = octets.count
            octets.append(0)
            while index < types.count, types[index] >> 8 == window {
                let low = Int(types[index] & 0xFF)
                while octets.count - start - 1 <= low / 8 { octets.append(0) }
                octets[start + 1 + low / 8] |= 0x80 >> UInt8(low % 8)
                index += 1
            }
            octets[start] = UInt8(octets.count - start - 1)
        }
    }
}

/// Base64 digit by digit.
struct Base64Decoder: BitwiseCopyable {
    private var bits: UInt32 = 0
    private var digits = 0
    private var padding = 0

    /// Takes one digit or padding sign; false if it is not allowed here.
    mutating func take(_ octet: UInt8, into octets: inout [UInt8]) -> Bool {
        if octet == UInt8(ascii: "=") {
            padding += 1
            return digits >= 2 && digits + padding <= 4 && closeGroup(into: &octets)
        }
        guard padding == 0, let digit = Self.value(of: octet) else { return false }
        bits = bits << 6 | UInt32(digit)
        digits += 1
        if digits == 4 {
            octets.append(UInt8(truncatingIfNeeded: bits >> 16))
            octets.append(UInt8(truncatingIfNeeded: bits >> 8))
            octets.append(UInt8(truncatingIfNeeded: bits))
            digits = 0
            bits = 0
        }
        return true
    }

    /// Whether the digits so far are whole groups.
    var isWhole: Bool { digits == 0 || digits + padding == 4 }

    /// On the last padding sign appends what the digits before it hold; bits left over must be zero.
    private func closeGroup(into octets: inout [UInt8]) -> Bool {
        guard digits + padding == 4 else { return true }
        if digits == 2 {
            octets.append(UInt8(truncatingIfNeeded: bits >> 4))
            return bits & 0xF == 0
        }
        octets.append(UInt8(truncatingIfNeeded: bits >> 10))
        octets.append(UInt8(truncatingIfNeeded: bits >> 2))
        return bits & 0x3 == 0
    }

    private static func value(of octet: UInt8) -> UInt8? {
        switch octet {
        case 0x41...0x5A: octet - 0x41
        case 0x61...0x7A: octet - 0x61 + 26
        case 0x30...0x39: octet - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
