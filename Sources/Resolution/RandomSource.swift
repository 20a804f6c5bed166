// Unpredictable numbers from blocks that the caller fills: from the system in the daemon, from a
// fixed seed in tests.

internal import DNSWire

/// A generator over blocks of random bytes.
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
        take(2)
        return block.span.uint16(at: used - 2)
    }

    /// The next thirty-two bits, every value as likely.
    public mutating func nextUInt32() -> UInt32 {
        take(4)
        return block.span.uint32(at: used - 4)
    }

    /// The next sixty-four bits, every value as likely.
    public mutating func nextUInt64() -> UInt64 {
        take(8)
        return block.span.uint64(at: used - 8)
    }

    /// Uses up as many bytes; those before a new block that are too few for a number are never used.
    @inline(__always)
    private mutating func take(_ count: Int) {
        if used > block.count - count { refill() }
        used += count
    }

    private mutating func refill() {
        let fill = fill
        var octets = block.mutableSpan
        fill(&octets)
        used = 0
    }
}
