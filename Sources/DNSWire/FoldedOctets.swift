// Octets of a message that are looked for in a table, folded once: the first sixteen are at hand as two words, which
// is all of most names' parts. Hashing and comparing start from those.

/// A part of a message, to be looked for without regard to case.
public struct FoldedOctets: BitwiseCopyable {
    /// The first sixteen octets, folded, and zeros behind the last.
    let first: UInt64
    let second: UInt64
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
            first = message.word(at: start).lowercasedASCII & firstMask
            second = message.word(at: start &+ 8).lowercasedASCII & secondMask
        } else {
            let words = message.words(at: start, size: size)
            first = words.first.lowercasedASCII
            second = words.second.lowercasedASCII
        }
    }

    /// Whether the octets of `folded` at `place`, of which sixteen can be read, are these of `message`.
    @inline(__always)
    public func areHeld(by folded: Span<UInt8>, at place: Int, _ message: Span<UInt8>) -> Bool {
        let difference =
            (folded.word(at: place) & firstMask ^ first)
            | (folded.word(at: place &+ 8) & secondMask ^ second)
        if difference != 0 { return false }
        return size <= 16 || isRestHeld(by: folded, at: place, message)
    }

    private func isRestHeld(
        by folded: Span<UInt8>, at place: Int, _ message: Span<UInt8>
    ) -> Bool {
        message.matches(at: start + 16, folded, at: place + 16, size: size - 16)
    }
}

extension NameHasher {
    /// The hash of a part of `message`, the same as of its folded octets.
    @inline(__always)
    public func hash(_ octets: FoldedOctets, in message: Span<UInt8>) -> UInt64 {
        if octets.size > 16 {
            return hash(folding: message, from: octets.start, count: octets.size)
        }
        return hash(octets.first, octets.second, size: octets.size)
    }
}
