// Names in a mixture of upper and lower case that a reply has to repeat: one more thing that a forger has to guess
// (draft-vixie-dnsext-dns0x20). A server that keeps to the standard copies the question as it came.

internal import DNSWire

/// Which letters of a name are in upper case.
struct CaseMask: Equatable, BitwiseCopyable {
    /// One bit for each byte of the name, the first one's lowest, of which those of letters count; longer names
    /// use them again.
    var bits: UInt64

    /// The case given by these bits.
    init(bits: UInt64) { self.bits = bits }

    /// A random, unpredictable case.
    init(random: inout RandomSource) {
        bits = random.nextUInt64()
    }

    /// Writes the folded name in this case to the beginning of `octets`, which have seven spare
    /// bytes.
    func spell(_ folded: Span<UInt8>, into octets: inout MutableSpan<UInt8>) {
        let last = folded.count &- 8
        if last < 0 {
            return octets.store(spell(folded.word(at: 0, size: folded.count), at: 0), at: 0)
        }
        // The last eight bytes may be written twice.
        var index = 0
        while index < last {
            octets.store(spell(folded.word(at: index), at: index), at: index)
            index &+= 8
        }
        octets.store(spell(folded.word(at: last), at: last), at: last)
    }

    /// Whether the bytes at `offset` of `message` are the name `folded` in this case.
    func matches(_ message: Span<UInt8>, at offset: Int, _ folded: Span<UInt8>) -> Bool {
        guard message.count - offset >= folded.count else { return false }
        let last = folded.count &- 8
        if last < 0 {
            let expected = spell(folded.word(at: 0, size: folded.count), at: 0)
            return message.word(at: offset, size: folded.count) == expected
        }
        // The last eight bytes may be compared twice.
        var index = 0
        while index < last {
            let expected = spell(folded.word(at: index), at: index)
            if message.word(at: offset &+ index) != expected { return false }
            index &+= 8
        }
        return message.word(at: offset &+ last) == spell(folded.word(at: last), at: last)
    }

    /// Eight bytes of a folded name, which start at `index` of it.
    @inline(__always)
    private func spell(_ word: UInt64, at index: Int) -> UInt64 {
        let shift = UInt64(truncatingIfNeeded: index & 63)
        let own = (bits &>> shift | bits &<< (64 &- shift)) & 0xFF
        // One of the eight bits goes to each byte, where it becomes the bit that selects the case.
        let apart = own &* 0x0101_0101_0101_0101 & 0x8040_2010_0804_0201
        let isUpper = (apart &+ 0x7F7F_7F7F_7F7F_7F7F) & 0x8080_8080_8080_8080
        return word ^ (isUpper &>> 2 & word.lowercaseLetters)
    }
}

extension UInt64 {
    /// 0x20 for each byte of a word that is `a` to `z`, and zero for the others.
    fileprivate var lowercaseLetters: UInt64 {
        let low = self & 0x7F7F_7F7F_7F7F_7F7F
        let isAtLeastA = low &+ 0x1F1F_1F1F_1F1F_1F1F
        let isAboveZ = low &+ 0x0505_0505_0505_0505
        return (isAtLeastA & ~isAboveZ & ~self & 0x8080_8080_8080_8080) &>> 2
    }
}
