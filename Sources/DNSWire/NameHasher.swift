// A keyed hash of a folded name, label by label from the root, so that the hash of every ancestor
// is a by-product of the name's own.

/// Hashes names with a key of this process, so that a client cannot choose names that collide.
///
/// A name's hash is its parent's hash with one more label mixed in; the root's is the key.
public struct NameHasher: Sendable, BitwiseCopyable {
    /// The hash of the root name.
    public let key: UInt64

    /// A hasher with this key: random in the daemon, fixed in tests.
    public init(key: UInt64) { self.key = key }

    /// The hash of the name that has `count` octets of `folded` from `start` as its first label
    /// (length octet not among them) and `parent` as the hash of the rest.
    @inline(__always)
    public func hash(
        label folded: Span<UInt8>, from start: Int, count: Int, under parent: UInt64
    ) -> UInt64 {
        var hash = parent ^ (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)
        var index = start
        var left = count
        while left > 8 {
            hash = Self.mix(hash ^ folded.word(at: index), 0xA076_1D64_78BD_642F)
            index += 8
            left -= 8
        }
        return Self.mix(hash ^ folded.word(at: index, size: left), 0xE703_7ED1_A0B4_28DB)
    }

    @inline(__always)
    private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }
}
