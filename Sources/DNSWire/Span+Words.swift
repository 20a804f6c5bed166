// Eight octets at a time, out of borrowed storage and into it, with every bound checked. The shifts below
// are a single load or store of the machine; a word's first octet is its lowest on every machine.

extension Span<UInt8> {
    /// The eight octets at `offset`.
    @inline(__always)
    public func word(at offset: Int) -> UInt64 {
        let octets = extracting(droppingFirst: offset)
        precondition(octets.count >= 8, "a word needs eight octets")
        return UInt64(octets[0]) | UInt64(octets[1]) << 8 | UInt64(octets[2]) << 16
            | UInt64(octets[3]) << 24 | UInt64(octets[4]) << 32 | UInt64(octets[5]) << 40
            | UInt64(octets[6]) << 48 | UInt64(octets[7]) << 56
    }

    /// The four octets at `offset`.
    @inline(__always)
    public func halfWord(at offset: Int) -> UInt64 {
        let octets = extracting(droppingFirst: offset)
        precondition(octets.count >= 4, "a half word needs four octets")
        return UInt64(octets[0]) | UInt64(octets[1]) << 8 | UInt64(octets[2]) << 16
            | UInt64(octets[3]) << 24
    }

    /// The `size` octets at `offset`, 0 to 8, and zeros behind them.
    @inline(__always)
    public func word(at offset: Int, size: Int) -> UInt64 {
        if offset + 8 <= count { return word(at: offset) & UInt64.mask(octets: size) }
        return lastWord(at: offset, size: size)
    }

    /// The same where fewer than eight octets are left.
    private func lastWord(at offset: Int, size: Int) -> UInt64 {
        if size >= 4 {
            let high = UInt64(truncatingIfNeeded: 8 * (size - 4))
            return halfWord(at: offset) | halfWord(at: offset + size - 4) << high
        }
        guard size > 0 else { return 0 }
        let middle = UInt64(truncatingIfNeeded: 8 * (size / 2))
        let high = UInt64(truncatingIfNeeded: 8 * (size - 1))
        return UInt64(self[offset]) | UInt64(self[offset + size / 2]) << middle
            | UInt64(self[offset + size - 1]) << high
    }

    /// Whether the octets at `offset`, folded, are `folded`.
    @inline(__always)
    public func matches(_ folded: Span<UInt8>, at offset: Int) -> Bool {
        guard offset + folded.count <= count else { return false }
        var index = 0
        while index < folded.count {
            let size = Swift.min(8, folded.count - index)
            let own = word(at: offset + index, size: size).lowercasedASCII
            if own != folded.word(at: index, size: size) { return false }
            index += 8
        }
        return true
    }
}

extension MutableSpan<UInt8> {
    /// Writes a word's eight octets at `offset`.
    @inline(__always)
    public mutating func store(_ word: UInt64, at offset: Int) {
        precondition(offset >= 0 && offset <= count &- 8, "a word needs room for eight octets")
        for index in 0..<8 {
            let shift = UInt64(truncatingIfNeeded: 8 &* index)
            self[offset &+ index] = UInt8(truncatingIfNeeded: word >> shift)
        }
    }

    /// Writes a half word's four octets at `offset`.
    @inline(__always)
    public mutating func storeHalf(_ word: UInt32, at offset: Int) {
        precondition(offset >= 0 && offset <= count &- 4, "a half word needs room for four octets")
        for index in 0..<4 {
            let shift = UInt32(truncatingIfNeeded: 8 &* index)
            self[offset &+ index] = UInt8(truncatingIfNeeded: word >> shift)
        }
    }

    /// Writes `octets` at `offset`; up to seven octets behind them may change too.
    @inline(__always)
    public mutating func copy(_ octets: Span<UInt8>, at offset: Int) {
        guard offset + octets.count + 8 <= count else { return copyExactly(octets, at: offset) }
        var index = 0
        while index + 8 <= octets.count {
            store(octets.word(at: index), at: offset + index)
            index += 8
        }
        if index < octets.count {
            store(octets.word(at: index, size: octets.count - index), at: offset + index)
        }
    }

    private mutating func copyExactly(_ octets: Span<UInt8>, at offset: Int) {
        for index in octets.indices { self[offset + index] = octets[index] }
    }
}

extension UInt64 {
    /// All bits of the first `octets` octets of a word: 0 to 8.
    @inline(__always)
    public static func mask(octets: Int) -> UInt64 {
        octets >= 8 ? .max : (1 &<< UInt64(truncatingIfNeeded: 8 &* octets)) &- 1
    }

    /// The word with `A` to `Z` as `a` to `z` in each of its octets (RFC 4343, section 3).
    @inline(__always)
    public var lowercasedASCII: UInt64 {
        let low = self & 0x7F7F_7F7F_7F7F_7F7F
        let isAtLeastA = low &+ 0x3F3F_3F3F_3F3F_3F3F
        let isAboveZ = low &+ 0x2525_2525_2525_2525
        let isUpper = isAtLeastA & ~isAboveZ & ~self & 0x8080_8080_8080_8080
        return self | isUpper >> 2
    }
}
