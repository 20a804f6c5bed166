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

    /// The hash of the name that has `count` octets of `folded` from `start` as its first label
    /// (length octet not among them) and `parent` as the hash of the rest.
    public func hash(
        label folded: Span<UInt8>, from start: Int, count: Int, under parent: UInt64
    ) -> UInt64 {
        let seed = Self.seed(parent, count)
        if count > 8 { return hashLong(folded, from: start, count: count, seed) }
        return Self.mix(seed ^ folded.word(at: start, size: count), secret)
    }

    /// The same for octets that at least seven more follow.
    @inline(__always)
    func hash(
        padded folded: Span<UInt8>, from start: Int, count: Int, under parent: UInt64
    ) -> UInt64 {
        let seed = Self.seed(parent, count)
        if count > 8 { return hashLong(folded, from: start, count: count, seed) }
        return Self.mix(seed ^ folded.word(at: start) & UInt64.mask(octets: count), secret)
    }

    // MARK: Octets as they stand

    /// The hash of folded octets, which has nothing to do with a name's.
    @inline(__always)
    public func hash(_ folded: Span<UInt8>) -> UInt64 {
        if folded.count > 16 {
            return hashMany(folded, from: 0, count: folded.count, isFolded: true)
        }
        let words = folded.words(at: 0, size: folded.count)
        return hash(words.first, words.second, size: folded.count)
    }

    /// The hash of the `count` octets of `source` from `start`, folded: more than sixteen.
    func hash(folding source: Span<UInt8>, from start: Int, count: Int) -> UInt64 {
        hashMany(source, from: start, count: count, isFolded: false)
    }

    /// The hash of at most sixteen octets.
    @inline(__always)
    func hash(_ first: UInt64, _ second: UInt64, size: Int) -> UInt64 {
        Self.mix(Self.seed(key, size) ^ first, secret ^ second)
    }

    private func hashMany(
        _ source: Span<UInt8>, from start: Int, count: Int, isFolded: Bool
    ) -> UInt64 {
        var seed = Self.seed(key, count)
        var index = start
        let end = start + count
        while index < end {
            var words = source.words(at: index, size: min(16, end - index))
            if !isFolded {
                words = (words.first.lowercasedASCII, words.second.lowercasedASCII)
            }
            seed = Self.mix(seed ^ words.first, secret ^ words.second)
            index += 16
        }
        return seed
    }

    // MARK: Parts

    /// More than eight octets, sixteen at a time; the last ones may be taken twice.
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
