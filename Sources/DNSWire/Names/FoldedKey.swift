// Bytes of a message that are looked for in a table case-insensitively. The first sixteen are at hand as two words,
// which is all of most names' parts. They are folded only where they are not in lower case already, as most are.

/// A part of a message, to be looked for in a table of folded bytes.
public struct FoldedKey: BitwiseCopyable {
    /// The first sixteen bytes in their original case, followed by zeros.
    private let octets: UInt128
    private let mask: UInt128
    /// Where the part starts.
    private let start: Int
    /// The number of its bytes.
    public let size: Int

    /// The `size` bytes of `message` from `start`, where sixteen can be read: at least one.
    @inline(__always)
    public init(_ message: Span<UInt8>, from start: Int, size: Int) {
        self.start = start
        self.size = size
        mask = UInt128.max &>> UInt128(truncatingIfNeeded: 128 &- 8 &* min(size, 16))
        octets = message.doubleWord(at: start) & mask
    }

    /// Whether these bytes of `message`, folded, are those of `folded` at `place`, where `doubleWord` is.
    @inline(__always)
    public func areHeld(
        _ doubleWord: UInt128, in folded: Span<UInt8>, at place: Int, _ message: Span<UInt8>
    ) -> Bool {
        let held = doubleWord & mask
        if held != octets, !Self.isFolded(held, octets) { return false }
        return size <= 16 || Self.isRestHeld(message, at: start, size, by: folded, at: place)
    }

    @inline(never)
    private static func isFolded(_ held: UInt128, _ octets: UInt128) -> Bool {
        held.low == octets.low.lowercasedASCII && held.high == octets.high.lowercasedASCII
    }

    /// Whether the bytes after the first sixteen are equal.
    @inline(never)
    private static func isRestHeld(
        _ message: Span<UInt8>, at start: Int, _ size: Int, by folded: Span<UInt8>, at place: Int
    ) -> Bool {
        message.matches(at: start + 16, folded, at: place + 16, size: size - 16)
    }

    /// Their hash: the same as `hasher` has for the folded bytes.
    @inline(__always)
    public func hash(_ hasher: NameHasher, in message: Span<UInt8>) -> UInt64 {
        size > 16
            ? hasher.hash(message, from: start, count: size)
            : hasher.hash(octets.low, octets.high, size: size)
    }
}
