// Numbers that nobody outside can guess, taken from blocks that the caller fills: from the system in the
// daemon, from a fixed seed in tests.

/// A generator over blocks of random octets.
public struct RandomSource: ~Copyable {
    private var block = [UInt8](repeating: 0, count: 1_024)
    private var used: Int
    private let fill: (inout MutableSpan<UInt8>) -> Void

    /// A source that calls `fill` whenever a block is used up.
    public init(fill: @escaping (inout MutableSpan<UInt8>) -> Void) {
        self.fill = fill
        used = block.count
    }

    /// The next sixteen bits, every value as likely.
    public mutating func nextUInt16() -> UInt16 {
        UInt16(nextOctet()) << 8 | UInt16(nextOctet())
    }

    /// The next thirty-two bits, every value as likely.
    public mutating func nextUInt32() -> UInt32 {
        UInt32(nextUInt16()) << 16 | UInt32(nextUInt16())
    }

    private mutating func nextOctet() -> UInt8 {
        if used == block.count {
            let fill = fill
            var octets = block.mutableSpan
            fill(&octets)
            used = 0
        }
        defer { used += 1 }
        return block[used]
    }
}
