// The one block of memory that a worker's streams are read into. What is not used up before the
// next read has to be kept elsewhere.

internal import Sockets

/// A fixed block of bytes that a stream is read into.
@safe struct ReadBuffer: ~Copyable {
    /// Larger than the longest frame, so that a read can finish any of them.
    static let capacity = 1 << 17

    private let octets: UnsafeMutablePointer<UInt8>

    init() { unsafe octets = .allocate(capacity: Self.capacity) }
    deinit { unsafe octets.deallocate() }

    /// Reads what a stream has, at most `limit` bytes of it.
    borrowing func fill(from stream: ByteStream, limit: Int = capacity) -> ByteStream.Reading {
        var room = unsafe MutableSpan(_unsafeStart: octets, count: min(limit, Self.capacity))
        return stream.read(into: &room)
    }

    /// Reads a datagram; returns its size.
    borrowing func fill(from socket: Socket) throws(Errno) -> Int {
        var room = unsafe MutableSpan(_unsafeStart: octets, count: Self.capacity)
        return try socket.receive(into: &room)
    }

    /// Passes on the first `count` bytes, which were read last.
    ///
    /// A closure, since a view of what a class stores cannot be kept in a variable.
    borrowing func withBytes(_ count: Int, _ body: (Span<UInt8>) -> Void) {
        precondition(count <= Self.capacity)
        body(unsafe Span(_unsafeStart: octets, count: count))
    }
}
