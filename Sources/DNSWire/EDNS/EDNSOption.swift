// One option of an OPT record (RFC 6891, section 6.1.2).

/// One option of an OPT record, as positions in a message.
public struct EDNSOption: Sendable, BitwiseCopyable {
    /// An option's number (RFC 6891, section 9).
    public struct Code: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
        /// The number on the wire.
        public let rawValue: UInt16

        /// The option with this number.
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Which of several servers answers: NSID (RFC 5001).
        public static let identifier = Code(rawValue: 3)
        /// The network that the asker is in: ECS (RFC 7871).
        public static let clientSubnet = Code(rawValue: 8)
        /// A token that shows that the other side's address is not forged (RFC 7873).
        public static let cookie = Code(rawValue: 10)
        /// How long a connection may idle (RFC 7828).
        public static let keepalive = Code(rawValue: 11)
        /// Octets without a meaning (RFC 7830).
        public static let padding = Code(rawValue: 12)
        /// Why an answer is as it is (RFC 8914).
        public static let extendedError = Code(rawValue: 15)
    }

    /// Which option it is.
    public let code: Code
    private let startOffset: UInt16
    private let endOffset: UInt16

    /// Where its data starts.
    public var start: Int { Int(startOffset) }
    /// Where its data ends.
    public var end: Int { Int(endOffset) }

    /// Whether it has no data.
    public var isEmpty: Bool { start == end }

    /// The option at `position`; nil at the end, or when it does not fit before `limit`.
    public init?(in message: Span<UInt8>, at position: Int, within limit: Int) {
        guard position + 4 <= limit else { return nil }
        code = Code(rawValue: message.uint16(at: position))
        let end = position + 4 + Int(message.uint16(at: position + 2))
        guard end <= limit, end <= 65_535 else { return nil }
        startOffset = UInt16(truncatingIfNeeded: position + 4)
        endOffset = UInt16(truncatingIfNeeded: end)
    }
}
