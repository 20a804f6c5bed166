// A query as most clients send it, recognised in one look: one question of class IN, and behind it nothing or an
// OPT record without options. Its name stays where it is; what is known of it is where its labels start. Whatever
// is longer, rarer or wrong is no plain question, and for `Query` to read.

/// A query with nothing unusual in it.
public struct PlainQuestion: BitwiseCopyable {
    /// The longest name, the root included.
    private static let maximumName = 64
    /// With no more labels than that in the question, a writer knows where each name of a reply with one alias is.
    public static let fewLabels = 15
    /// QR, OPCODE, QDCOUNT and ANCOUNT in a header's first eight octets, and what they are.
    private static let fixedBits: UInt64 = 0x0000_F800_FFFF_FFFF
    private static let fixedValue: UInt64 = 0x0000_0000_0001_0000

    /// The id and the flags.
    private let idAndFlags: UInt32
    /// The offsets in the name of its last eight labels, an octet for each, that of the last one lowest.
    private let labelStarts: UInt64
    /// The number of labels of the name.
    public let labelCount: Int
    /// The number of octets of the name, the root included.
    public let nameSize: Int
    /// The type.
    public let type: RecordType
    /// Whether there is an OPT record.
    public let hasOptions: Bool
    /// DO.
    public let dnssecOK: Bool
    /// The most octets that the sender takes over UDP, as it says.
    public let payloadSize: UInt16

    /// The query in `message`; nil when it is not plain.
    @inline(__always)
    public init?(_ message: Span<UInt8>) {
        guard message.count > MessageHeader.size else { return nil }
        let first = message.uint64(at: 0)
        let counts = message.uint32(at: 8)
        guard first & Self.fixedBits == Self.fixedValue, counts <= 1 else { return nil }
        idAndFlags = UInt32(truncatingIfNeeded: first >> 32)

        var labelStarts: UInt64 = 0
        var labelCount = 0
        var offset = 0
        while true {
            let position = MessageHeader.size &+ offset
            guard offset < Self.maximumName, position < message.count else { return nil }
            let length = message[position]
            if length == 0 { break }
            guard length <= 63 else { return nil }
            labelStarts = labelStarts << 8 | UInt64(truncatingIfNeeded: offset)
            labelCount &+= 1
            offset &+= Int(length) &+ 1
        }
        self.labelStarts = labelStarts
        self.labelCount = labelCount
        nameSize = offset &+ 1

        let end = MessageHeader.size &+ nameSize
        guard end &+ 4 <= message.count else { return nil }
        let typeAndClass = message.uint32(at: end)
        guard typeAndClass & 0xFFFF == UInt32(RecordClass.in.rawValue) else { return nil }
        type = RecordType(rawValue: UInt16(truncatingIfNeeded: typeAndClass >> 16))

        hasOptions = counts == 1
        guard hasOptions else {
            (dnssecOK, payloadSize) = (false, 0)
            return
        }
        let options = end &+ 4
        guard options &+ ReplyOptions.emptySize <= message.count else { return nil }
        // The root, OPT, the payload size, the RCODE's upper bits, the version, the flags' first octet.
        let record = message.uint64(at: options)
        guard record & 0xFFFF_FF00_0000_FF00 == UInt64(RecordType.opt.rawValue) << 40,
            message.uint16(at: options &+ 9) == 0
        else { return nil }
        dnssecOK = record & 0x80 != 0
        payloadSize = UInt16(truncatingIfNeeded: record >> 24)
    }

    /// The id.
    public var id: UInt16 { UInt16(truncatingIfNeeded: idAndFlags >> 16) }
    /// The flags.
    public var flags: MessageFlags { MessageFlags(bits: UInt16(truncatingIfNeeded: idAndFlags)) }
    /// The octets of the question, which starts behind the header.
    @inline(__always)
    public var size: Int { nameSize &+ 4 }

    /// The most labels that `start` finds.
    public static let furthestLabel = 8

    /// The offset in the name of its last `count` labels, which are at most `furthestLabel`; nil when it has no
    /// more labels than that.
    @inline(__always)
    public func start(ofLast count: Int) -> Int? {
        guard count < labelCount else { return nil }
        let place = UInt64(truncatingIfNeeded: 8 &* (count &- 1))
        return Int(truncatingIfNeeded: labelStarts &>> place & 0xFF)
    }
}
