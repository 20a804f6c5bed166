// Octets of a message that are looked for in a table without regard to case. The first sixteen are at hand as two words,
// which is all of most names' parts. They are folded only where they are not in lower case already, as most are.

/// A part of a message, to be looked for in a table of folded octets.
public struct SoughtOctets: BitwiseCopyable {
    /// The first sixteen octets as they came, and zeros behind the last.
    private let first: UInt64
    private let second: UInt64
    private let firstMask: UInt64
    private let secondMask: UInt64
    /// Where the part starts.
    public let start: Int
    /// The number of its octets.
    public let size: Int

    /// The `size` octets of `message` from `start`.
    @inline(__always)
    public init(_ message: Span<UInt8>, from start: Int, size: Int) {
        self.start = start
        self.size = size
        firstMask = UInt64.mask(octets: size)
        secondMask = size <= 8 ? 0 : UInt64.mask(octets: size &- 8)
        if start <= message.count &- 16 {
            first = message.word(at: start) & firstMask
            second = message.word(at: start &+ 8) & secondMask
        } else {
            (first, second) = message.words(at: start, size: size)
        }
    }

    /// Whether the octets of `folded` at `place`, of which sixteen can be read, are these of `message`.
    @inline(__always)
    public func areHeld(by folded: Span<UInt8>, at place: Int, _ message: Span<UInt8>) -> Bool {
        let held = (folded.word(at: place) & firstMask, folded.word(at: place &+ 8) & secondMask)
        if (held.0 ^ first) | (held.1 ^ second) != 0, !areFolded(held.0, held.1) { return false }
        return size <= 16 || isRestHeld(by: folded, at: place, message)
    }

    /// Whether these are the first octets' folded ones.
    @inline(never)
    private func areFolded(_ heldFirst: UInt64, _ heldSecond: UInt64) -> Bool {
        heldFirst == first.lowercasedASCII && heldSecond == second.lowercasedASCII
    }

    private func isRestHeld(
        by folded: Span<UInt8>, at place: Int, _ message: Span<UInt8>
    ) -> Bool {
        message.matches(at: start + 16, folded, at: place + 16, size: size - 16)
    }

    /// Their hash: the same as `hasher` has for the folded octets.
    @inline(__always)
    public func hash(_ hasher: NameHasher, in message: Span<UInt8>) -> UInt64 {
        size > 16
            ? hasher.hash(message, from: start, count: size)
            : hasher.hash(first, second, size: size)
    }
}
