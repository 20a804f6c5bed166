// A keyed hash of a folded name, label by label from the root, so that the hash of every ancestor
// is a by-product of the name's own.

/// Hashes names with a key of this process, so that a client cannot choose names that collide.
///
/// A name's hash is its parent's hash with one more label mixed in; the root's is the key. Both factors of each
/// multiplication have a secret in them: a label that made one of them zero would swallow the other.
public struct NameHasher: Sendable, BitwiseCopyable {
    /// The hash of the root name.
    public let key: UInt64
    private let secret: UInt64

    /// A hasher with this key: random in the daemon, fixed in tests.
    public init(key: UInt64) {
        self.key = key
        secret = Self.mix(key ^ 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB) | 1
    }

    /// The hash of the name that has `count` bytes of `folded` from `start` as its first label
    /// (length byte not among them) and `parent` as the hash of the rest.
    public func hash(
        label folded: Span<UInt8>, from start: Int, count: Int, under parent: UInt64
    ) -> UInt64 {
        let seed = Self.seed(parent, count)
        if count > 8 { return hashLong(folded, from: start, count: count, seed) }
        return Self.mix(seed ^ folded.word(at: start, size: count), secret)
    }

    /// The same for bytes that at least seven more follow.
    @inline(__always)
    func hash(
        padded folded: Span<UInt8>, from start: Int, count: Int, under parent: UInt64
    ) -> UInt64 {
        let seed = Self.seed(parent, count)
        if count > 8 { return hashLong(folded, from: start, count: count, seed) }
        return Self.mix(seed ^ folded.word(at: start) & UInt64.mask(octets: count), secret)
    }

    /// The hash of the label of `count` bytes at `start` of `source`, whatever its case, before the name that has the
    /// number `parent`.
    ///
    /// The number is mixed separately: someone who knows it could otherwise make labels that cancel
    /// it out.
    func hash(
        label source: Span<UInt8>, from start: Int, count: Int, of parent: UInt16
    ) -> UInt64 {
        var seed = Self.mix(key ^ UInt64(parent) ^ UInt64(truncatingIfNeeded: count) << 32, secret)
        var index = start
        let end = start + count
        while index < end {
            let words = source.words(at: index, size: min(16, end - index))
            seed = Self.mix(
                seed ^ words.first.lowercasedASCII, secret ^ words.second.lowercasedASCII)
            index += 16
        }
        return seed
    }

    // MARK: Raw bytes

    /// The hash of bytes case-insensitively, which has nothing to do with a name's.
    @inline(__always)
    public func hash(_ octets: Span<UInt8>) -> UInt64 {
        if octets.count > 16 { return hash(octets, from: 0, count: octets.count) }
        let words = octets.words(at: 0, size: octets.count)
        return hash(words.first, words.second, size: octets.count)
    }

    /// The hash of at most sixteen bytes, followed by zeros.
    @inline(__always)
    func hash(_ first: UInt64, _ second: UInt64, size: Int) -> UInt64 {
        Self.mix(
            Self.seed(key, size) ^ (first | Self.caseBits), secret ^ (second | Self.caseBits))
    }

    /// The hash of two words that are no text, such as an address's.
    @inline(__always)
    public func hash(words first: UInt64, _ second: UInt64) -> UInt64 {
        Self.mix(Self.seed(key, 16) ^ first, secret ^ second)
    }

    /// The hash of more than sixteen of the bytes of `source`.
    func hash(_ source: Span<UInt8>, from start: Int, count: Int) -> UInt64 {
        var seed = Self.seed(key, count)
        var index = start
        let end = start + count
        while index < end {
            let words = source.words(at: index, size: min(16, end - index))
            seed = Self.mix(
                seed ^ (words.first | Self.caseBits), secret ^ (words.second | Self.caseBits))
            index += 16
        }
        return seed
    }

    /// The bits that capitals lack. Some other bytes are alike without them too, which makes no difference to
    /// a hash: whatever has the same is compared.
    private static var caseBits: UInt64 { 0x2020_2020_2020_2020 }

    // MARK: Parts

    /// More than eight bytes, sixteen at a time; the last ones may be taken twice.
    @inline(__always)
    private func hashLong(
        _ folded: Span<UInt8>, from start: Int, count: Int, _ seed: UInt64
    ) -> UInt64 {
        if count > 16 { return hashVeryLong(folded, from: start, count: count, seed) }
        return Self.mix(
            seed ^ folded.word(at: start), secret ^ folded.word(at: start &+ count &- 8))
    }

    private func hashVeryLong(
        _ folded: Span<UInt8>, from start: Int, count: Int, _ seed: UInt64
    ) -> UInt64 {
        var seed = seed
        var index = start
        let last = start + count - 16
        while index < last {
            seed = Self.mix(seed ^ folded.word(at: index), secret ^ folded.word(at: index + 8))
            index += 16
        }
        return Self.mix(seed ^ folded.word(at: last), secret ^ folded.word(at: last + 8))
    }

    @inline(__always)
    private static func seed(_ parent: UInt64, _ count: Int) -> UInt64 {
        parent ^ (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
