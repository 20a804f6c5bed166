// A client's query in one pass: header, question, EDNS. The name goes into the caller's buffer, the
// rest is a plain value. A fault is a WireError; what to do about it is not decided here.

/// A parsed query, except for its name.
public struct Query: Sendable, BitwiseCopyable {
    /// The header.
    public var header: MessageHeader
    /// QTYPE.
    public var type: RecordType
    /// QCLASS.
    public var recordClass: RecordClass
    /// Where the question ends; it starts after the header.
    public var questionEnd: Int
    /// The OPT record, when there is one.
    public var options: QueryOptions?

    /// Reads the one question of `message`, whose header was admitted, into `name`.
    ///
    /// The name may not be compressed: there is nothing before it to point to.
    public init(
        question message: Span<UInt8>, header: MessageHeader, name: inout NameBuffer
    ) throws(WireError) {
        let nameEnd = try name.read(uncompressed: message, at: MessageHeader.size)
        guard nameEnd + 4 <= message.count else { throw .endsEarly }
        self.header = header
        type = RecordType(rawValue: message.uint16(at: nameEnd))
        recordClass = RecordClass(rawValue: message.uint16(at: nameEnd + 2))
        questionEnd = nameEnd + 4
        options = nil
    }

    /// Where the question of `message` ends, whose header says that there is one; nil if it cannot be read.
    public static func endOfQuestion(in message: Span<UInt8>) -> Int? {
        var position = MessageHeader.size
        while position < message.count, position < MessageHeader.size + 255 {
            let length = message[position]
            guard length <= 63 else { return nil }
            position += Int(length) + 1
            if length == 0 { return position + 4 <= message.count ? position + 4 : nil }
        }
        return nil
    }

    /// Reads the records after the question; only OPT has a meaning here. Only a query for IXFR has
    /// a record in the authority section (RFC 1995, section 3).
    ///
    /// Bytes after the last record are ignored, as in BIND.
    public mutating func readOptions(_ message: Span<UInt8>) throws(WireError) {
        guard header.authorityCount == 0 || type == .ixfr else { throw .badCount }
        options = try QueryOptions.read(message, header: header, from: questionEnd)
    }
}
