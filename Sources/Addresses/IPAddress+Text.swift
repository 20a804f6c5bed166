// Addresses as text: dotted decimal, and RFC 4291 in, RFC 5952 out.

extension IPAddress {
    /// Reads `10.0.0.7` or `fd00::7`; nil for anything else, a scope (`%eth0`) included.
    ///
    /// IPv4 takes exactly four decimal parts without leading zeros, as inet_pton does.
    public init?(_ text: some StringProtocol) {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.utf8.count)
        octets.append(contentsOf: text.utf8)
        self.init(ascii: octets.span)
    }

    /// Reads the same from ASCII bytes, without making a string.
    public init?(ascii text: Span<UInt8>) {
        for index in text.indices where text[index] == UInt8(ascii: ":") {
            guard let (high, low) = Self.readIPv6(text) else { return nil }
            self.init(ipv6High: high, low: low)
            return
        }
        guard let bits = Self.readIPv4(text, from: 0) else { return nil }
        self.init(ipv4: bits)
    }

    private static func readIPv4(_ text: Span<UInt8>, from start: Int) -> UInt32? {
        var bits: UInt32 = 0
        var parts = 0
        var digits = 0
        var part: UInt32 = 0
        for index in start...text.count {
            if index < text.count, let digit = decimal(text[index]) {
                if digits > 0, part == 0 { return nil }
                part = part * 10 + digit
                digits += 1
                if part > 255 { return nil }
            } else {
                if index < text.count, text[index] != UInt8(ascii: ".") { return nil }
                if digits == 0 || parts == 4 { return nil }
                bits = bits << 8 | part
                parts += 1
                digits = 0
                part = 0
            }
        }
        return parts == 4 ? bits : nil
    }

    private static func readIPv6(_ text: Span<UInt8>) -> (UInt64, UInt64)? {
        var groups = GroupList()
        var gap: Int? = nil
        var index = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":") {
            if text[1] != UInt8(ascii: ":") { return nil }
            gap = 0
            index = 2
        }
        while index < text.count {
            let start = index
            var value: UInt32 = 0
            while index < text.count, let digit = hexadecimal(text[index]) {
                value = value << 4 | digit
                index += 1
                if index - start > 4 { return nil }
            }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard let tail = readIPv4(text, from: start) else { return nil }
                guard groups.append(UInt16(tail >> 16)), groups.append(UInt16(tail & 0xFFFF))
                else { return nil }
                index = text.count
                break
            }
            if index == start { return nil }
            guard groups.append(UInt16(value)) else { return nil }
            if index == text.count { break }
            if text[index] != UInt8(ascii: ":") { return nil }
            index += 1
            if index == text.count { return nil }
            if text[index] == UInt8(ascii: ":") {
                if gap != nil { return nil }
                gap = groups.count
                index += 1
            }
        }
        return groups.address(gap: gap)
    }

    /// The 16-bit groups read so far, at most eight.
    private struct GroupList {
        private var groups = [UInt16](repeating: 0, count: 8)
        private(set) var count = 0

        mutating func append(_ group: UInt16) -> Bool {
            if count == 8 { return false }
            groups[count] = group
            count += 1
            return true
        }

        /// The halves of the address, `gap` groups from the start being where zeros are inserted.
        func address(gap: Int?) -> (UInt64, UInt64)? {
            if gap == nil ? count != 8 : count > 7 { return nil }
            var full = [UInt16](repeating: 0, count: 8)
            let before = gap ?? count
            for index in 0..<before { full[index] = groups[index] }
            let after = count - before
            for index in 0..<after { full[8 - after + index] = groups[before + index] }
            var halves: (UInt64, UInt64) = (0, 0)
            for index in 0..<4 { halves.0 = halves.0 << 16 | UInt64(full[index]) }
            for index in 4..<8 { halves.1 = halves.1 << 16 | UInt64(full[index]) }
            return halves
        }
    }

    private static func decimal(_ octet: UInt8) -> UInt32? {
        octet >= 0x30 && octet <= 0x39 ? UInt32(octet - 0x30) : nil
    }

    private static func hexadecimal(_ octet: UInt8) -> UInt32? {
        switch octet {
        case 0x30...0x39: UInt32(octet - 0x30)
        case 0x41...0x46: UInt32(octet - 0x41 + 10)
        case 0x61...0x66: UInt32(octet - 0x61 + 10)
        default: nil
        }
    }
}

extension IPAddress: CustomStringConvertible {
    /// Dotted decimal, or the canonical form of RFC 5952.
    public var description: String {
        guard isIPv6 else { return (0..<4).map { String(octet($0)) }.joined(separator: ".") }
        let groups = (0..<8).map { UInt16(octet($0 * 2)) << 8 | UInt16(octet($0 * 2 + 1)) }
        if high == 0, low >> 32 == 0xFFFF { return "::ffff:\(unmapped)" }
        guard let zeros = Self.longestZeroRun(groups) else {
            return groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        let before = groups[..<zeros.lowerBound].map { String($0, radix: 16) }
        let after = groups[zeros.upperBound...].map { String($0, radix: 16) }
        return before.joined(separator: ":") + "::" + after.joined(separator: ":")
    }

    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>? = nil
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > (best?.count ?? 0) { best = start..<end }
            start = max(end, start + 1)
        }
        return best
    }
}
