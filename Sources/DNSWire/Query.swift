// A client's query in one pass: header, question, EDNS. The name goes into the caller's buffer, the
// rest is a plain value. A fault is a WireError; what to do about it is not decided here.

/// What a query asks, beside the name.
public struct Query: Sendable, BitwiseCopyable {
    /// The header.
    public var header: MessageHeader
    /// QTYPE.
    public var type: RecordType
    /// QCLASS.
    public var recordClass: RecordClass
    /// Where the question ends; it starts behind the header.
    public var questionEnd: Int
    /// The OPT record, when there is one.
    public var options: QueryOptions?

    /// Reads the one question of `message`, whose header was admitted, into `name`.
    ///
    /// The name may not be compressed: there is nothing before it to point to.
    public init(
        question message: Span<UInt8>, header: MessageHeader, name: inout NameBuffer
    ) throws(WireError) {
        let nameEnd = try name.read(from: message, at: MessageHeader.size)
        guard nameEnd == MessageHeader.size + name.count else { throw .badPointer }
        guard nameEnd + 4 <= message.count else { throw .endsEarly }
        self.header = header
        type = RecordType(rawValue: message.uint16(at: nameEnd))
        recordClass = RecordClass(rawValue: message.uint16(at: nameEnd + 2))
        questionEnd = nameEnd + 4
        options = nil
    }

    /// Reads the records behind the question, of which only OPT has a meaning here.
    ///
    /// Octets behind the last record are passed over, as BIND does.
    public mutating func readOptions(_ message: Span<UInt8>) throws(WireError) {
        var position = questionEnd
        for _ in 0..<header.authorityCount {
            position = try MessageReader.record(in: message, at: position).end
        }
        for _ in 0..<header.additionalCount {
            let record = try MessageReader.record(in: message, at: position)
            position = record.end
            guard record.type == .opt else { continue }
            guard options == nil, message[record.ownerOffset] == 0 else { throw .badOptions }
            options = try QueryOptions(record, in: message)
        }
    }
}

/// An OPT record (RFC 6891, section 6.1).
public struct QueryOptions: Sendable, BitwiseCopyable {
    /// The most octets that the sender takes over UDP, as it says: may be below 512.
    public var payloadSize: Int
    /// The upper eight bits of the RCODE; zero in a query.
    public var extendedResponseCode: UInt8
    /// The EDNS version.
    public var version: UInt8
    /// DO: DNSSEC records are wanted (RFC 3225).
    public var dnssecOK: Bool
    /// Where the options start in the message.
    public var start: Int
    /// Where the options end in the message.
    public var end: Int

    /// Takes an OPT record apart and walks its options, each of which must fit.
    public init(_ record: MessageRecord, in message: Span<UInt8>) throws(WireError) {
        payloadSize = Int(record.recordClass.rawValue)
        extendedResponseCode = UInt8(truncatingIfNeeded: record.ttl >> 24)
        version = UInt8(truncatingIfNeeded: record.ttl >> 16)
        dnssecOK = record.ttl & 0x8000 != 0
        start = record.dataStart
        end = record.end
        var position = start
        while position < end {
            guard let option = EDNSOption(in: message, at: position, within: end) else {
                throw .badOptions
            }
            position = option.end
        }
    }

    /// The first option with this code, or nil.
    public func first(_ code: EDNSOption.Code, in message: Span<UInt8>) -> EDNSOption? {
        var position = start
        while let option = EDNSOption(in: message, at: position, within: end) {
            if option.code == code { return option }
            position = option.end
        }
        return nil
    }
}

/// One option of an OPT record, as positions in a message.
public struct EDNSOption: Sendable, BitwiseCopyable {
    /// An option's number (RFC 6891, section 9).
    public struct Code: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
        /// The number on the wire.
        public let rawValue: UInt16

        /// The option with this number.
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Why an answer is as it is (RFC 8914).
        public static let extendedError = Code(rawValue: 15)
    }

    /// Which option it is.
    public let code: Code
    /// Where its data starts.
    public let start: Int
    /// Where its data ends.
    public let end: Int

    /// The option at `position`; nil at the end, or when it does not fit before `limit`.
    init?(in message: Span<UInt8>, at position: Int, within limit: Int) {
        guard position + 4 <= limit else { return nil }
        code = Code(rawValue: message.uint16(at: position))
        start = position + 4
        end = start + Int(message.uint16(at: position + 2))
        guard end <= limit else { return nil }
    }
}
