// Reads and writes several bytes of borrowed storage as one number. `unsafe` marks that bytes are
// reinterpreted as a number, which is sound because every bit pattern is one; each load and each
// store checks its bounds. This file has no pointers. In the pure modules only the call of libyaml
// also needs `unsafe`. Words are little-endian on every machine.

extension Span<UInt8> {
    /// The eight bytes at `offset`.
    @inline(__always)
    public func word(at offset: Int) -> UInt64 {
        let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
        return word.littleEndian
    }

    /// The four bytes at `offset`.
    @inline(__always)
    public func halfWord(at offset: Int) -> UInt32 {
        let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
        return word.littleEndian
    }

    /// The two bytes at `offset`, most significant first.
    @inline(__always)
    public func uint16(at offset: Int) -> UInt16 {
        let number = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
        return number.bigEndian
    }

    /// The four bytes at `offset`, most significant first.
    @inline(__always)
    public func uint32(at offset: Int) -> UInt32 { halfWord(at: offset).byteSwapped }

    /// The eight bytes at `offset`, most significant first.
    @inline(__always)
    public func uint64(at offset: Int) -> UInt64 { word(at: offset).byteSwapped }

    /// The `size` bytes at `offset`, 0 to 8, followed by zeros.
    @inline(__always)
    public func word(at offset: Int, size: Int) -> UInt64 {
        if offset <= count &- 8 { return word(at: offset) & UInt64.mask(octets: size) }
        return lastWord(at: offset, size: size)
    }

    /// The `size` bytes at `offset`, 0 to 16, followed by zeros, as two words.
    @inline(__always)
    public func words(at offset: Int, size: Int) -> (first: UInt64, second: UInt64) {
        if offset <= count &- 16 {
            let both = doubleWord(at: offset)
            if size <= 8 { return (both.low & UInt64.mask(octets: size), 0) }
            return (both.low, both.high & UInt64.mask(octets: size &- 8))
        }
        if size <= 8 { return (word(at: offset, size: size), 0) }
        return (word(at: offset), word(at: offset &+ 8, size: size &- 8))
    }

    /// Whether the `size` bytes at `offset`, folded, are those of `folded` at `place`.
    @inline(__always)
    public func matches(
        at offset: Int, _ folded: Span<UInt8>, at place: Int, size: Int
    ) -> Bool {
        if size > 16 { return matchesMany(at: offset, folded, at: place, size: size) }
        let own = words(at: offset, size: size)
        let other = folded.words(at: place, size: size)
        return own.first.lowercasedASCII == other.first
            && own.second.lowercasedASCII == other.second
    }

    private func matchesMany(
        at offset: Int, _ folded: Span<UInt8>, at place: Int, size: Int
    ) -> Bool {
        // The last eight bytes may be compared twice.
        let last = size &- 8
        var index = 0
        while index < last {
            let own = word(at: offset &+ index).lowercasedASCII
            if own != folded.word(at: place &+ index) { return false }
            index &+= 8
        }
        return word(at: offset &+ last).lowercasedASCII == folded.word(at: place &+ last)
    }

    /// The same where fewer than eight bytes are left.
    private func lastWord(at offset: Int, size: Int) -> UInt64 {
        if size >= 4 {
            let high = UInt64(truncatingIfNeeded: 8 &* (size &- 4))
            return UInt64(halfWord(at: offset)) | UInt64(halfWord(at: offset + size - 4)) &<< high
        }
        guard size > 0 else { return 0 }
        let middle = UInt64(truncatingIfNeeded: 8 &* (size / 2))
        let high = UInt64(truncatingIfNeeded: 8 &* (size &- 1))
        return UInt64(self[offset]) | UInt64(self[offset + size / 2]) &<< middle
            | UInt64(self[offset + size - 1]) &<< high
    }

    /// Whether the bytes at `offset`, folded, are `folded`.
    @inline(__always)
    public func matches(_ folded: Span<UInt8>, at offset: Int) -> Bool {
        offset <= count &- folded.count
            && matches(at: offset, folded, at: 0, size: folded.count)
    }

    /// Whether the bytes at `offset` are `other`.
    @inline(__always)
    public func holds(_ other: Span<UInt8>, at offset: Int) -> Bool {
        guard offset <= count &- other.count else { return false }
        let last = other.count &- 8
        if last < 0 {
            return word(at: offset, size: other.count) == other.word(at: 0, size: other.count)
        }
        // The last eight bytes may be compared twice.
        var index = 0
        while index < last {
            if word(at: offset &+ index) != other.word(at: index) { return false }
            index &+= 8
        }
        return word(at: offset &+ last) == other.word(at: last)
    }

    /// The sixteen bytes at `offset`.
    @inline(__always)
    public func doubleWord(at offset: Int) -> UInt128 {
        let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt128.self)
        return word.littleEndian
    }

    /// The sixteen bytes at `offset`, one by one.
    @inline(__always)
    func sixteen(at offset: Int) -> SIMD16<UInt8> {
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    }
}

extension MutableSpan<UInt8> {
    /// The bytes in a range, to be written.
    @_lifetime(&self)
    @inline(__always)
    public mutating func part(_ range: Range<Int>) -> MutableSpan<UInt8> {
        _mutatingExtracting(range)
    }

    /// Writes a word's eight bytes at `offset`.
    @inline(__always)
    public mutating func store(_ word: UInt64, at offset: Int) {
        var octets = unsafe mutableBytes
        octets.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    /// Writes a half word's four bytes at `offset`.
    @inline(__always)
    public mutating func storeHalf(_ word: UInt32, at offset: Int) {
        var octets = unsafe mutableBytes
        octets.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    /// Writes a double word's sixteen bytes at `offset`.
    @inline(__always)
    public mutating func store(_ word: UInt128, at offset: Int) {
        var octets = unsafe mutableBytes
        octets.storeBytes(of: word.littleEndian, toByteOffset: offset, as: UInt128.self)
    }

    /// Writes sixteen bytes at `offset`.
    @inline(__always)
    mutating func store(_ octets: SIMD16<UInt8>, at offset: Int) {
        var target = unsafe mutableBytes
        target.storeBytes(of: octets, toByteOffset: offset, as: SIMD16<UInt8>.self)
    }

    /// Writes a number at `offset`, most significant byte first.
    @inline(__always)
    public mutating func store(bigEndian number: UInt16, at offset: Int) {
        var octets = unsafe mutableBytes
        octets.storeBytes(of: number.bigEndian, toByteOffset: offset, as: UInt16.self)
    }

    /// Writes `source` at `offset`.
    @inline(__always)
    public mutating func copy(_ source: Span<UInt8>, at offset: Int) {
        copy(source, from: 0, size: source.count, at: offset)
    }

    /// Writes the `size` bytes of `source` from `start` at `offset`.
    @inline(__always)
    public mutating func copy(_ source: Span<UInt8>, from start: Int, size: Int, at offset: Int) {
        if size >= 16 { return copyMany(source, from: start, size: size, at: offset) }
        if size >= 8 {
            store(source.word(at: start), at: offset)
            store(source.word(at: start &+ size &- 8), at: offset &+ size &- 8)
        } else if size >= 4 {
            storeHalf(source.halfWord(at: start), at: offset)
            storeHalf(source.halfWord(at: start &+ size &- 4), at: offset &+ size &- 4)
        } else {
            for index in 0..<size { self[offset &+ index] = source[start &+ index] }
        }
    }

    /// The last sixteen bytes may overlap those before.
    @inline(__always)
    private mutating func copyMany(
        _ source: Span<UInt8>, from start: Int, size: Int, at offset: Int
    ) {
        let last = size &- 16
        var index = 0
        while index < last {
            store(source.sixteen(at: start &+ index), at: offset &+ index)
            index &+= 16
        }
        store(source.sixteen(at: start &+ last), at: offset &+ last)
    }
}

extension SIMD16<UInt8> {
    /// The octets with `A` to `Z` as `a` to `z` (RFC 4343, section 3).
    @inline(__always)
    var lowercasedASCII: SIMD16<UInt8> {
        let low = self & 0x7F
        let isAtLeastA = low &+ 0x3F
        let isAboveZ = low &+ 0x25
        let isUpper = isAtLeastA & ~isAboveZ & ~self & 0x80
        return self | isUpper &>> 2
    }
}

extension UInt128 {
    /// The first eight bytes of a double word.
    @inline(__always)
    public var low: UInt64 { UInt64(truncatingIfNeeded: self) }
    /// The last eight.
    @inline(__always)
    public var high: UInt64 { UInt64(truncatingIfNeeded: self >> 64) }
}

extension UInt64 {
    /// All bits of the first `octets` bytes of a word: 0 to 8.
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
        return self | isUpper &>> 2
    }
}
