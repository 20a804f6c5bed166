// Two kinds of data with a grammar of their own: locations (RFC 1876) and address prefixes
// (RFC 3123).

import Addresses
import DNSWire

extension ZoneScanner {
    /// Appends the location that the rest of the entry spells (RFC 1876, section 3).
    mutating func readLocation(into octets: inout [UInt8]) throws(ZoneFault) {
        let latitude = try readAngle(limit: 90, positive: "n", negative: "s")
        let longitude = try readAngle(limit: 180, positive: "e", negative: "w")
        let word = try plain(for: .location)
        guard let altitude = hundredths(of: word), altitude >= -10_000_000,
            altitude <= 4_284_967_295
        else { throw ZoneFault(.bad(.location), at: word) }
        let size = try readPrecision(otherwise: 0x12)
        let horizontal = try readPrecision(otherwise: 0x16)
        let vertical = try readPrecision(otherwise: 0x13)
        octets.append(contentsOf: [0, size, horizontal, vertical])
        octets.append(bigEndian: latitude)
        octets.append(bigEndian: longitude)
        octets.append(bigEndian: UInt32(altitude + 10_000_000))
    }

    /// Degrees, perhaps minutes, perhaps seconds, and a direction: thousandths of a second from 2^31.
    private mutating func readAngle(
        limit: Int, positive: String, negative: String
    ) throws(ZoneFault) -> UInt32 {
        let first = try plain(for: .location)
        guard let degrees = number(first, limit: UInt64(limit)) else {
            throw ZoneFault(.bad(.location), at: first)
        }
        var total = Int(degrees) * 3_600_000
        var next = try plain(for: .location)
        if let minutes = number(next, limit: 59) {
            total += Int(minutes) * 60_000
            next = try plain(for: .location)
            if let seconds = decimal(next, places: 3), seconds >= 0, seconds < 60_000 {
                total += seconds
                next = try plain(for: .location)
            }
        }
        guard total <= limit * 3_600_000 else { throw ZoneFault(.bad(.location), at: first) }
        if word(next, is: positive) { return UInt32(0x8000_0000 + total) }
        guard word(next, is: negative) else { throw ZoneFault(.bad(.location), at: next) }
        return UInt32(0x8000_0000 - total)
    }

    /// A length with one digit that counts, as mantissa and exponent; `otherwise` at the entry's end.
    private mutating func readPrecision(otherwise: UInt8) throws(ZoneFault) -> UInt8 {
        guard let word = try next() else { return otherwise }
        guard var value = hundredths(of: word), value >= 0, value <= 9_000_000_000 else {
            throw ZoneFault(.bad(.location), at: word)
        }
        var exponent: UInt8 = 0
        while value > 9 {
            value /= 10
            exponent += 1
        }
        return UInt8(value) << 4 | exponent
    }

    /// Metres, perhaps with `m`, as centimetres.
    private func hundredths(of word: ZoneWord) -> Int? {
        guard !word.isQuoted, word.count > 0 else { return nil }
        let hasUnit = text[word.end - 1].lowercasedASCII == UInt8(ascii: "m")
        return decimal(
            ZoneWord(
                start: word.start, end: hasUnit ? word.end - 1 : word.end, line: word.line,
                column: word.column, isQuoted: false),
            places: 2)
    }

    /// A decimal fraction of at most `places` digits after the point, times 10 to the power
    /// `places`.
    private func decimal(_ word: ZoneWord, places: Int) -> Int? {
        guard !word.isQuoted, word.count <= 16 else { return nil }
        var index = word.start
        let isNegative = index < word.end && text[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        var value = 0
        var digits = 0
        var behindPoint = -1
        while index < word.end {
            let octet = text[index]
            index += 1
            if octet == UInt8(ascii: "."), behindPoint < 0 {
                behindPoint = 0
                continue
            }
            guard octet &- 0x30 <= 9 else { return nil }
            value = value * 10 + Int(octet - 0x30)
            digits += 1
            if behindPoint >= 0 { behindPoint += 1 }
        }
        guard digits > 0, behindPoint <= places else { return nil }
        for _ in max(behindPoint, 0)..<places { value *= 10 }
        return isNegative ? -value : value
    }

    /// Appends the prefixes, `!1:192.0.2.0/24`, that the rest of the entry spells (RFC 3123, section 5).
    mutating func readAddressPrefixes(into octets: inout [UInt8]) throws(ZoneFault) {
        while let word = try next() {
            guard !word.isQuoted, appendPrefix(word, to: &octets) else {
                throw ZoneFault(.bad(.addressPrefixes), at: word)
            }
        }
    }

    private func appendPrefix(_ word: ZoneWord, to octets: inout [UInt8]) -> Bool {
        var start = word.start
        let isNegated = start < word.end && text[start] == UInt8(ascii: "!")
        if isNegated { start += 1 }
        guard start + 2 < word.end, text[start + 1] == UInt8(ascii: ":") else { return false }
        var slash = start + 2
        while slash < word.end, text[slash] != UInt8(ascii: "/") { slash += 1 }
        guard slash < word.end,
            let address = IPAddress(ascii: text.extracting((start + 2)..<slash)),
            text[start] == (address.isIPv6 ? UInt8(ascii: "2") : UInt8(ascii: "1"))
        else { return false }
        let digits = ZoneWord(
            start: slash + 1, end: word.end, line: word.line, column: word.column, isQuoted: false)
        guard let length = number(digits, limit: UInt64(address.bitCount)) else { return false }
        var count = address.bitCount / 8
        while count > 0, address.octet(count - 1) == 0 { count -= 1 }
        octets.append(contentsOf: [0, address.isIPv6 ? 2 : 1, UInt8(length)])
        octets.append((isNegated ? 0x80 : 0) | UInt8(count))
        for index in 0..<count { octets.append(address.octet(index)) }
        return true
    }
}
