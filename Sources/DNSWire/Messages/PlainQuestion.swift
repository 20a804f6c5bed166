// A query as most clients send it, recognised in one pass: one question of class IN, followed by
// nothing or by an OPT record without options. Its name is not copied; only the offsets of its
// labels are known. Anything longer, rarer or malformed is not a plain question and is left to
// `Query`.
//
// It is read from a buffer that is larger than any plain question, whatever the message's size. All
// offsets are below the buffer's fixed size, so no load needs a comparison with the end of the
// message.

/// A query with nothing unusual in it.
public struct PlainQuestion: BitwiseCopyable {
    /// The number of readable bytes in the buffer of a message that may be a plain question. The
    /// bytes after the message may have any value.
    public static let room = 128
    /// The longest name, the root included.
    private static let maximumName: UInt8 = 64
    /// With no more labels than that in the question, a writer knows where each name of a reply with one alias is.
    public static let fewLabels = 15
    /// QR, OPCODE, QDCOUNT and ANCOUNT in a header's first eight bytes, and what they are.
    private static let fixedBits: UInt64 = 0x0000_F800_FFFF_FFFF
    private static let fixedValue: UInt64 = 0x0000_0000_0001_0000

    /// The offsets in the name of its last eight labels, a byte for each, that of the last one lowest.
    private let labelStarts: UInt64
    /// The number of labels of the name.
    public let labelCount: UInt8
    /// The number of bytes of the name, the root included: 1 to 64.
    public let nameSize: UInt8
    /// The type.
    public let type: RecordType
    /// Whether there is an OPT record.
    public let hasOptions: Bool

    /// The query in the first `size` bytes of `place`, which has `room` readable bytes; nil if it
    /// is not plain.
    @inline(__always)
    public init?(_ place: Span<UInt8>, size: Int) {
        guard place.count >= Self.room else { return nil }
        let message = place.extracting(0..<Self.room)
        guard size > MessageHeader.size else { return nil }
        let first = message.uint64(at: 0)
        let counts = message.uint32(at: 8)
        guard first & Self.fixedBits == Self.fixedValue, counts <= 1 else { return nil }

        var labelStarts: UInt64 = 0
        var labelCount: UInt8 = 0
        var offset: UInt8 = 0
        while true {
            guard offset < Self.maximumName else { return nil }
            let length = message[MessageHeader.size &+ Int(offset)]
            if length == 0 { break }
            guard length <= 63 else { return nil }
            labelStarts = labelStarts << 8 | UInt64(truncatingIfNeeded: offset)
            labelCount &+= 1
            offset &+= length &+ 1
        }
        self.labelStarts = labelStarts
        self.labelCount = labelCount
        nameSize = offset &+ 1

        let end = MessageHeader.size &+ 1 &+ Int(offset)
        let typeAndClass = message.uint32(at: end)
        guard typeAndClass & 0xFFFF == UInt32(RecordClass.in.rawValue) else { return nil }
        type = RecordType(rawValue: UInt16(truncatingIfNeeded: typeAndClass >> 16))

        let options = end &+ 4
        hasOptions = counts == 1
        guard hasOptions else {
            if options > size { return nil }
            return
        }
        guard options &+ ReplyOptions.emptySize <= size else { return nil }
        // The root, OPT, the payload size, the RCODE's upper bits, the version, the flags' first byte.
        let record = message.uint64(at: options)
        guard record & 0xFFFF_FF00_0000_FF00 == UInt64(RecordType.opt.rawValue) << 40,
            message.uint16(at: options &+ 9) == 0
        else { return nil }
    }

    /// Where the OPT record is, if there is one.
    @inline(__always)
    public var options: Int { MessageHeader.size &+ Int(nameSize) &+ 4 }
    /// The UDP payload size that the sender of a query with options advertises; `place` is the
    /// buffer of the question.
    @inline(__always)
    public func payloadSize(_ place: Span<UInt8>) -> UInt16 {
        place.extracting(0..<Self.room).uint16(at: options &+ 3)
    }

    /// The most labels that `start` finds.
    public static let furthestLabel = 8

    /// The offset in the name, at most 63, of its last `count` labels, which are 1 to `furthestLabel`; nil if it
    /// has no more labels than that.
    @inline(__always)
    public func start(ofLast count: UInt8) -> UInt8? {
        guard count < labelCount else { return nil }
        let place = UInt64(truncatingIfNeeded: count &- 1) &* 8
        return UInt8(truncatingIfNeeded: labelStarts &>> place) & (Self.maximumName &- 1)
    }
}
