// Bytes of a stream that were read but cannot be used yet: a partial message, or messages in a
// queue. A message that arrives byte by byte is copied once. This type does not know the format of
// the bytes.

/// Bytes that were read and not yet used, in order.
struct ReceiveBuffer {
    private var bytes: [UInt8] = []
    /// Bytes at the start of `bytes` that were used.
    private var used = 0

    /// The number of bytes in memory, those that were used among them.
    var heldBytes: Int { bytes.count }
    var isEmpty: Bool { used == bytes.count }

    /// The bytes that were not used.
    var unused: Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span.extracting(used...) }
    }

    /// Appends what was read.
    mutating func append(_ more: Span<UInt8>) { bytes.append(more) }

    /// Counts the first `count` unused bytes as used. Their memory goes when they are the larger part, so that no
    /// byte is moved more than once for each byte that is used.
    mutating func use(_ count: Int) {
        used += count
        if used == bytes.count {
            self = ReceiveBuffer()
        } else if used > bytes.count / 2 {
            bytes.removeFirst(used)
            used = 0
        }
    }
}
