// Names in a mixture of upper and lower case that a reply has to repeat: one more thing that a forger has to guess
// (draft-vixie-dnsext-dns0x20). A server that keeps to the standard copies the question as it came.

internal import DNSWire

/// Which letters of a name are in upper case.
struct CaseMask: Equatable, BitwiseCopyable {
    /// One bit for each octet of the name, the first one's lowest, of which those of letters count; longer names
    /// use them again.
    var bits: UInt64

    /// A spelling of these bits.
    init(bits: UInt64) { self.bits = bits }

    /// A spelling that nobody can guess.
    init(random: inout RandomSource) {
        bits = random.nextUInt64()
    }

    /// Writes the folded name in this spelling to the beginning of `octets`, which have room for seven more.
    func spell(_ folded: Span<UInt8>, into octets: inout MutableSpan<UInt8>) {
        let last = folded.count &- 8
        if last < 0 {
            return octets.store(spell(folded.word(at: 0, size: folded.count), at: 0), at: 0)
        }
        // The last eight octets may be written twice.
        var index = 0
        while index < last {
            octets.store(spell(folded.word(at: index), at: index), at: index)
            index &+= 8
        }
        octets.store(spell(folded.word(at: last), at: last), at: last)
    }

    /// Whether what stands at `offset` of `message` is the name `folded` in this spelling.
    func matches(_ message: Span<UInt8>, at offset: Int, _ folded: Span<UInt8>) -> Bool {
        guard message.count - offset >= folded.count else { return false }
        let last = folded.count &- 8
        if last < 0 {
            let expected = spell(folded.word(at: 0, size: folded.count), at: 0)
            return message.word(at: offset, size: folded.count) == expected
        }
        // The last eight octets may be compared twice.
        var index = 0
        while index < last {
            let expected = spell(folded.word(at: index), at: index)
            if message.word(at: offset &+ index) != expected { return false }
            index &+= 8
        }
        return message.word(at: offset &+ last) == spell(folded.word(at: last), at: last)
    }

    /// Eight octets of a folded name, which start at `index` of it.
    @inline(__always)
    private func spell(_ word: UInt64, at index: Int) -> UInt64 {
        let shift = UInt64(truncatingIfNeeded: index & 63)
        let own = (bits &>> shift | bits &<< (64 &- shift)) & 0xFF
        // One bit of the eight in each octet, and from that the bit that tells the cases apart.
        let apart = own &* 0x0101_0101_0101_0101 & 0x8040_2010_0804_0201
        let isUpper = (apart &+ 0x7F7F_7F7F_7F7F_7F7F) & 0x8080_8080_8080_8080
        return word ^ (isUpper &>> 2 & word.lowercaseLetters)
    }
}

extension UInt64 {
    /// 0x20 for each octet of a word that is `a` to `z`, and zero for the others.
    fileprivate var lowercaseLetters: UInt64 {
        let low = self & 0x7F7F_7F7F_7F7F_7F7F
        let isAtLeastA = low &+ 0x1F1F_1F1F_1F1F_1F1F
        let isAboveZ = low &+ 0x0505_0505_0505_0505
        return (isAtLeastA & ~isAboveZ & ~self & 0x8080_8080_8080_8080) &>> 2
    }
}
