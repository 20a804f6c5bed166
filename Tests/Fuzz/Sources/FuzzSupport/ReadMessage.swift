// A whole message taken apart and made comparable: names written out and folded, so that two encodings of the same
// records are equal.

public import DNSWire

/// One record, with nothing in it that depends on how it was encoded.
public struct ReadRecord: Hashable {
    /// The owner.
    public var owner: Name
    /// The type.
    public var type: RecordType
    /// The class.
    public var recordClass: RecordClass
    /// The TTL.
    public var ttl: UInt32
    /// The data, names in them written out and folded.
    public var data: [UInt8]
    /// The data, names in them written out as they were spelled.
    public var spelledData: [UInt8]

    /// Equal but for case.
    public static func == (left: ReadRecord, right: ReadRecord) -> Bool {
        left.owner == right.owner && left.type == right.type
            && left.recordClass == right.recordClass && left.ttl == right.ttl
            && left.data == right.data
    }

    /// Feeds what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(owner)
        hasher.combine(type)
        hasher.combine(data)
    }
}

/// A message whose every record could be read.
public struct ReadMessage {
    /// The header.
    public var header: MessageHeader
    /// The question section's octets.
    public var question: [UInt8] = []
    /// Answer, authority, additional, OPT included.
    public var sections: [[ReadRecord]] = [[], [], []]
    /// Where each record of those sections starts and ends.
    public var places: [[MessageRecord]] = [[], [], []]
    /// The OPT record.
    public var options: QueryOptions?
    /// The octets behind the last record.
    public var trailing = 0

    /// Reads everything; throws what is wrong with the first thing that cannot be read.
    public init(_ message: [UInt8]) throws(WireError) {
        header = try MessageHeader(message.span)
        var position = MessageHeader.size
        for _ in 0..<header.questionCount {
            position = try MessageReader.endOfName(in: message.span, at: position) + 4
            guard position <= message.count else { throw .endsEarly }
        }
        question = Array(message[MessageHeader.size..<position])
        let counts = [header.answerCount, header.authorityCount, header.additionalCount]
        for (section, count) in counts.enumerated() {
            for _ in 0..<count {
                let record = try MessageReader.record(in: message.span, at: position)
                check(record.end > position, "a record of no octets")
                position = record.end
                if record.type == .opt, section == 2 {
                    options = try QueryOptions(record, in: message.span)
                }
                sections[section].append(try ReadRecord(record, message))
                places[section].append(record)
            }
        }
        trailing = message.count - position
    }
}

extension ReadRecord {
    init(_ record: MessageRecord, _ message: [UInt8]) throws(WireError) {
        owner = try readName(message, at: record.ownerOffset).name
        type = record.type
        recordClass = record.recordClass
        ttl = record.ttl
        spelledData = try record.uncompressedData(in: message.span)
        data = Self.folded(spelledData, type)
    }

    /// The data with their names in lower case.
    private static func folded(_ data: [UInt8], _ type: RecordType) -> [UInt8] {
        guard let layout = RecordDataLayout.of(type), layout.holdsNames else { return data }
        var data = data
        var position = 0
        for field in layout.fields {
            if let size = field.fixedSize {
                position += size
            } else if field.isCounted {
                position += 1 + Int(data[position])
            } else if field.isName {
                guard let (name, end) = try? readName(data, at: position) else { return data }
                data.replaceSubrange(position..<end, with: name.folded.octets)
                position = end
            } else {
                return data
            }
        }
        return data
    }
}

/// The name at a place of a message, by all readers that there are.
public func readName(_ message: [UInt8], at offset: Int) throws(WireError) -> (name: Name, end: Int)
{
    var buffer = NameBuffer(hasher: NameHasher(key: 1))
    let end = try buffer.read(from: message.span, at: offset)
    let measured = try? MessageReader.endOfName(in: message.span, at: offset)
    check(measured == end, "two readers see a name end at \(end) and \(measured ?? -1)")
    let name = Name(buffer)
    check(name.octets.count <= 255, "a name of \(name.octets.count) octets")
    var names = MessageNames(hasher: NameHasher(key: 1))
    names.begin(message.span, hasQuestion: false)
    let numbered = try? names.read(message.span, at: offset)
    check(numbered?.end == end, "a name with a number ends at \(numbered?.end ?? -1), not \(end)")
    let number = names.number(of: name.folded.octets.span, message.span)
    check(number == numbered?.name, "a name is not itself")
    return (name, end)
}
