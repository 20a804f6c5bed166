// The one block of memory that a worker's streams are read into. What is not used up before the
// next read has to be kept elsewhere.

internal import CLinux
internal import Glibc

/// A fixed block of bytes that a stream is read into.
@safe struct ReadBuffer: ~Copyable {
    /// Larger than the longest frame, so that a read can finish any of them.
    static let capacity = 1 << 17

    private let octets: UnsafeMutableRawPointer

    init() { unsafe octets = .allocate(byteCount: Self.capacity, alignment: 16) }
    deinit { unsafe octets.deallocate() }

    /// Reads what has arrived, at most `limit` bytes of it, without waiting: a count, 0 at the end, negative with
    /// `errno`.
    borrowing func fill(from descriptor: CInt, limit: Int = capacity) -> Int {
        unsafe recv(descriptor, octets, min(limit, Self.capacity), CInt(MSG_DONTWAIT))
    }

    /// Passes on the first `count` bytes, which were read last.
    ///
    /// A closure, since a view of what a class stores cannot be kept in a variable.
    borrowing func withBytes(_ count: Int, _ body: (Span<UInt8>) -> Void) {
        precondition(count <= Self.capacity)
        let start = unsafe octets.assumingMemoryBound(to: UInt8.self)
        body(unsafe Span(_unsafeStart: start, count: count))
    }
}
