// One record as a value that owns its bytes, for tests, tools and the control protocol. Zones do
// not use it.

public import DNSWire

/// A record in one line of text, `owner TTL CLASS TYPE data`, and back.
public struct ZoneRecord: Hashable, Sendable {
    /// The owner.
    public var owner: Name
    /// The type.
    public var type: RecordType
    /// The class.
    public var recordClass: RecordClass
    /// The TTL in seconds.
    public var ttl: UInt32
    /// The data, uncompressed.
    public var data: [UInt8]

    /// A record of these parts, which are not checked.
    public init(
        owner: Name, type: RecordType, recordClass: RecordClass = .in, ttl: UInt32, data: [UInt8]
    ) {
        self.owner = owner
        self.type = type
        self.recordClass = recordClass
        self.ttl = ttl
        self.data = data
    }

    /// Reads one entry as a zone file has it; TTL and class may be absent, in which case they are
    /// `defaultTTL` and IN. Names without a final dot are completed with `origin`.
    public init(
        _ text: String, origin: Name = .root, defaultTTL: UInt32 = 3600
    ) throws(ZoneRecordError) {
        let octets = Array(text.utf8)
        var parser = ZoneParser(origin: .root, hasher: NameHasher(key: 0), sizeHint: 0)
        parser.start(file: "")
        parser.origin = origin
        parser.defaultTTL = defaultTTL
        parser.read(octets.span) { path, _ in .unreadable("this is a single record", file: path) }
        guard let entry = parser.builder.entries.first else { throw parser.firstError }
        if parser.builder.entries.count > 1 || parser.notices.mistakeCount > 0 {
            throw parser.firstError
        }
        owner = parser.builder.name(of: entry.node)
        type = entry.type
        recordClass = .in
        ttl = entry.ttl
        data = [UInt8](copying: parser.builder.data(at: entry.data))
    }
}

/// Why a text is not one record.
public struct ZoneRecordError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The column in bytes, from 1.
    public let column: Int
    /// A sentence without a full stop.
    public let sentence: String

    /// `column: sentence`.
    public var description: String { "\(column): \(sentence)" }
}

extension ZoneParser {
    /// The first mistake, or that there is not exactly one record.
    fileprivate var firstError: ZoneRecordError {
        var reading = ZoneReading()
        notices.report(in: &reading)
        guard let mistake = reading.mistakes.first else {
            return ZoneRecordError(column: 1, sentence: "this is not one record")
        }
        return ZoneRecordError(column: mistake.column, sentence: mistake.sentence)
    }
}

extension ZoneRecord: CustomStringConvertible {
    /// `owner TTL CLASS TYPE data`, which reads back to the same record when the class is IN.
    public var description: String {
        var printer = RecordPrinter()
        printer.append(name: owner.octets.span)
        let number = recordClass.rawValue
        printer.append(" \(ttl) \(recordClass == .in ? "IN" : "CLASS\(number)") \(type) ")
        printer.append(data: data.span, of: type)
        return String(decoding: printer.text, as: UTF8.self)
    }
}
