// The two-byte length before each message of a stream (RFC 1035, section 4.2.2). It is all that
// this tower knows of DNS.

/// What is next in the bytes of a stream.
enum Frame: Equatable {
    /// A whole message at these offsets; it may be empty.
    case message(Range<Int>)
    /// More bytes are needed.
    case incomplete
    /// The length is beyond the limit.
    case tooLong

    /// The frame that begins at `start`.
    init(in octets: Span<UInt8>, at start: Int, limit: Int) {
        guard octets.count - start >= 2 else {
            self = .incomplete
            return
        }
        let length = Int(octets[start]) << 8 | Int(octets[start + 1])
        if length > limit {
            self = .tooLong
        } else if octets.count - start - 2 < length {
            self = .incomplete
        } else {
            self = .message(start + 2..<start + 2 + length)
        }
    }
}
