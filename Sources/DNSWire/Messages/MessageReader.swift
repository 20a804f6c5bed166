// Walking over a message: where a name ends, where a record's parts are, whether its data has the
// shape of its type. Nothing is copied; a record is four positions in the bytes it was read from.

/// A resource record, as positions in a message.
public struct MessageRecord: Hashable, Sendable, BitwiseCopyable {
    /// Where the owner name starts; it may be a compression pointer.
    public var ownerOffset: Int
    /// The type.
    public var type: RecordType
    /// The class; for OPT the sender's payload size.
    public var recordClass: RecordClass
    /// The raw TTL field; for OPT the extended RCODE, version and flags.
    public var ttl: UInt32
    /// Where the data starts.
    public var dataStart: Int
    /// Where the data ends, and the next record starts.
    public var end: Int

    /// Where the four bytes of the TTL start.
    public var ttlOffset: Int { dataStart - 6 }
}

/// Positions in a message, read with every bound checked.
public enum MessageReader {
    /// The offset after the name at `offset`.
    ///
    /// Follows compression pointers, each of which must go strictly backwards, so that the whole
    /// name is known to be well formed and no longer than 255 bytes.
    public static func endOfName(
        in message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> Int {
        var position = offset
        var limit = offset
        var length = 1
        var end: Int? = nil
        while true {
            guard position < message.count else { throw .endsEarly }
            let octet = Int(message[position])
            if octet == 0 { return end ?? position + 1 }
            if octet >= 0xC0 {
                guard position + 1 < message.count else { throw .endsEarly }
                let target = (octet & 0x3F) << 8 | Int(message[position + 1])
                guard target < limit else { throw .badPointer }
                if end == nil { end = position + 2 }
                limit = target
                position = target
                continue
            }
            guard octet <= 63 else { throw .badLabel }
            length += octet + 1
            guard length <= 255 else { throw .nameTooLong }
            position += octet + 1
        }
    }

    /// The offset after the name at `offset`. A pointer at its end is not followed.
    ///
    /// Use this for messages that were checked before, or if the name is not used.
    public static func skipName(
        in message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> Int {
        var position = offset
        while true {
            guard position < message.count else { throw .endsEarly }
            let octet = Int(message[position])
            if octet == 0 { return position + 1 }
            if octet >= 0xC0 {
                guard position + 1 < message.count else { throw .endsEarly }
                return position + 2
            }
            guard octet <= 63 else { throw .badLabel }
            position += octet + 1
            guard position - offset < 255 else { throw .nameTooLong }
        }
    }

    /// The record at `offset`, its owner checked and its data inside the message.
    public static func record(
        in message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> MessageRecord {
        try record(in: message, at: offset, behindOwner: endOfName(in: message, at: offset))
    }

    /// The record at `offset`, whose owner is only skipped, its data inside the message.
    public static func recordSkippingOwner(
        in message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> MessageRecord {
        try record(in: message, at: offset, behindOwner: skipName(in: message, at: offset))
    }

    static func record(
        in message: Span<UInt8>, at offset: Int, behindOwner fixed: Int
    ) throws(WireError) -> MessageRecord {
        guard fixed + 10 <= message.count else { throw .endsEarly }
        let dataStart = fixed + 10
        let end = dataStart + Int(message.uint16(at: fixed + 8))
        guard end <= message.count else { throw .endsEarly }
        return MessageRecord(
            ownerOffset: offset,
            type: RecordType(rawValue: message.uint16(at: fixed)),
            recordClass: RecordClass(rawValue: message.uint16(at: fixed + 2)),
            ttl: message.uint32(at: fixed + 4),
            dataStart: dataStart,
            end: end)
    }

    /// Checks that the data of `record` has the fixed parts and names of its type, and that they fit.
    ///
    /// What a resolver passes through it need not judge: the inside of opaque fields is not looked at.
    public static func checkData(
        of record: MessageRecord, in message: Span<UInt8>
    ) throws(WireError) {
        guard let fields = RecordDataFields.of(record.type) else { return }
        try check(fields, of: record, in: message)
    }

    /// Checks that the data of `record` has these fields, and that they fit.
    static func check(
        _ fields: RecordDataFields, of record: MessageRecord, in message: Span<UInt8>
    ) throws(WireError) {
        var position = record.dataStart
        for index in 0..<fields.count {
            guard
                let end = try endOfField(
                    fields[index], in: message, at: position, within: record.end)
            else { return }
            position = end
        }
        guard position == record.end else { throw .badRecordData }
    }

    /// The offset after a field at `position` of data that ends at `end`; nil if the field takes
    /// all remaining bytes, whatever they are.
    static func endOfField(
        _ field: RecordDataField, in message: Span<UInt8>, at position: Int, within end: Int
    ) throws(WireError) -> Int? {
        let next: Int
        if let size = field.fixedSize {
            next = position + size
        } else if field.isName {
            next = try endOfName(in: message, at: position)
        } else if field.isCounted {
            guard position < end else { throw .badRecordData }
            next = position + 1 + Int(message[position])
        } else {
            return nil
        }
        guard next <= end else { throw .badRecordData }
        return next
    }
}

extension RecordDataField {
    /// The number of bytes, where it is always the same.
    public var fixedSize: Int? {
        switch self {
        case .uint8, .algorithm, .syncScheme: 1
        case .uint16, .recordType, .certificateType: 2
        case .uint32, .duration, .timestamp, .ipv4: 4
        case .eui48: 6
        case .eui64, .nodeIdentifier: 8
        case .ipv6, .location: 16
        default: nil
        }
    }

    /// Whether the field is a domain name.
    public var isName: Bool { self == .name || self == .compressibleName }

    /// Whether the field is one length byte and that many bytes.
    public var isCounted: Bool {
        switch self {
        case .characterString, .tag, .hexCounted, .base32Counted: true
        default: false
        }
    }
}
