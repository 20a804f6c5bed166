// Names in a mixture of upper and lower case that a reply has to repeat: one more thing that a forger has to guess
// (draft-vixie-dnsext-dns0x20). A server that keeps to the standard copies the question as it came.

/// Which letters of a name are in upper case.
struct SpellingMask: Equatable, BitwiseCopyable {
    /// One bit for each letter of the name, the first letter's lowest; names with more letters use them again.
    var bits: UInt64

    /// A spelling of these bits.
    init(bits: UInt64) { self.bits = bits }

    /// A spelling that nobody can guess.
    init(random: inout RandomSource) {
        bits = UInt64(random.nextUInt32()) << 32 | UInt64(random.nextUInt32())
    }

    /// Appends the folded name in `octets` in this spelling.
    func append(_ folded: Span<UInt8>, to octets: inout [UInt8]) {
        var letter: UInt64 = 0
        for index in folded.indices {
            let octet = folded[index]
            octets.append(spell(octet, &letter))
        }
    }

    /// Whether `spelled` is the name `folded` in this spelling.
    func matches(_ spelled: Span<UInt8>, _ folded: Span<UInt8>) -> Bool {
        guard spelled.count == folded.count else { return false }
        var letter: UInt64 = 0
        for index in folded.indices where spell(folded[index], &letter) != spelled[index] {
            return false
        }
        return true
    }

    /// An octet of a folded name; those of lengths are below any letter.
    private func spell(_ octet: UInt8, _ letter: inout UInt64) -> UInt8 {
        guard octet >= 0x61, octet <= 0x7A else { return octet }
        let isUpper = bits >> (letter & 63) & 1 == 1
        letter += 1
        return isUpper ? octet & 0xDF : octet
    }
}
