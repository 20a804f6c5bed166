// DNS messages in the plainest form: names as lower-case text, record data as text. Written apart from the
// resolver's own reader and writer, so that a mistake of theirs is not repeated here.

/// A record as text.
struct PlainRecord: Hashable {
    var owner: String
    var type: UInt16
    var ttl: UInt32
    /// An address, a name, or hexadecimal octets.
    var content: String
}

/// The types that occur.
enum PlainType {
    static let a: UInt16 = 1
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let aaaa: UInt16 = 28
    static let opt: UInt16 = 41
}

/// A message, read whole.
struct ReferenceMessage {
    var id: UInt16 = 0
    var flags: UInt16 = 0
    var name = ""
    var type: UInt16 = 0
    var answers: [PlainRecord] = []
    var authorities: [PlainRecord] = []
    var hasOptions = false
    /// The octets of the question section, as they came.
    var question: [UInt8] = []

    var responseCode: UInt16 { flags & 15 }
    var isTruncated: Bool { flags & 0x0200 != 0 }

    /// Reads a message with one question; nil when it is broken.
    init?(_ octets: [UInt8]) {
        var reader = PlainReader(octets: octets)
        guard let id = reader.number16(), let flags = reader.number16(),
            let questions = reader.number16(), let answers = reader.number16(),
            let authorities = reader.number16(), let additionals = reader.number16(),
            questions == 1, let name = reader.name(), let type = reader.number16(),
            reader.number16() != nil
        else { return nil }
        self.id = id
        self.flags = flags
        self.name = name
        self.type = type
        question = Array(octets[12..<reader.position])
        for _ in 0..<answers {
            guard let record = reader.record() else { return nil }
            self.answers.append(record)
        }
        for _ in 0..<authorities {
            guard let record = reader.record() else { return nil }
            self.authorities.append(record)
        }
        for _ in 0..<additionals {
            guard let record = reader.record() else { return nil }
            if record.type == PlainType.opt { hasOptions = true }
        }
        guard reader.position == octets.count else { return nil }
    }

    /// A query with RD set or clear, and an OPT record or none.
    static func query(
        id: UInt16, _ name: String, _ type: UInt16, recursion: Bool, options: Bool
    ) -> [UInt8] {
        var writer = PlainWriter()
        writer.numbers16([id, recursion ? 0x0100 : 0, 1, 0, 0, options ? 1 : 0])
        writer.name(name)
        writer.numbers16([type, 1])
        if options { writer.octets += [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0] }
        return writer.octets
    }

    /// A reply to this query.
    func reply(
        id: UInt16? = nil, code: UInt16, truncated: Bool = false, question other: [UInt8]? = nil,
        answers: [PlainRecord], authorities: [PlainRecord]
    ) -> [UInt8] {
        var writer = PlainWriter()
        let counts = [answers.count, authorities.count, hasOptions ? 1 : 0].map { UInt16($0) }
        writer.numbers16([id ?? self.id, 0x8180 | (truncated ? 0x0200 : 0) | code, 1] + counts)
        writer.octets += other ?? question
        for record in answers + authorities { writer.record(record) }
        if hasOptions { writer.octets += [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0] }
        return writer.octets
    }
}

/// Reads numbers, names and records one after the other.
private struct PlainReader {
    let octets: [UInt8]
    var position = 0

    init(octets: [UInt8]) { self.octets = octets }

    mutating func number16() -> UInt16? {
        guard position + 2 <= octets.count else { return nil }
        defer { position += 2 }
        return UInt16(octets[position]) << 8 | UInt16(octets[position + 1])
    }

    mutating func name() -> String? {
        var text = ""
        var place = position
        var end: Int?
        for _ in 0..<128 {
            guard place < octets.count else { return nil }
            let length = Int(octets[place])
            if length == 0 {
                position = end ?? place + 1
                return text.isEmpty ? "." : text
            }
            if length >= 0xC0 {
                guard place + 1 < octets.count else { return nil }
                end = end ?? place + 2
                place = (length & 0x3F) << 8 | Int(octets[place + 1])
                continue
            }
            guard place + length < octets.count else { return nil }
            let label = octets[(place + 1)...(place + length)]
            text += String(decoding: label, as: UTF8.self).lowercased() + "."
            place += length + 1
        }
        return nil
    }

    mutating func record() -> PlainRecord? {
        guard let owner = name(), let type = number16(), number16() != nil,
            let high = number16(), let low = number16(), let length = number16(),
            position + Int(length) <= octets.count
        else { return nil }
        let end = position + Int(length)
        let content: String
        switch type {
        case PlainType.a where length == 4:
            content = octets[position..<end].map { String($0) }.joined(separator: ".")
        case PlainType.cname:
            guard let target = name() else { return nil }
            content = target
        case PlainType.soa:
            guard name() != nil, name() != nil, position + 20 == end else { return nil }
            content = octets[(end - 4)..<end].reduce("") {
                $0 + ($1 < 16 ? "0" : "") + String($1, radix: 16)
            }
        default:
            content = octets[position..<end].reduce("") {
                $0 + ($1 < 16 ? "0" : "") + String($1, radix: 16)
            }
        }
        position = end
        return PlainRecord(
            owner: owner, type: type, ttl: UInt32(high) << 16 | UInt32(low), content: content)
    }
}

/// Writes numbers, names and records one after the other, without compression.
private struct PlainWriter {
    var octets: [UInt8] = []

    mutating func numbers16(_ numbers: [UInt16]) {
        for number in numbers { octets += [UInt8(number >> 8), UInt8(number & 0xFF)] }
    }

    mutating func name(_ text: String) {
        for label in text.split(separator: ".") {
            octets.append(UInt8(label.utf8.count))
            octets += label.utf8
        }
        octets.append(0)
    }

    mutating func record(_ record: PlainRecord) {
        name(record.owner)
        numbers16([record.type, 1, UInt16(record.ttl >> 16), UInt16(record.ttl & 0xFFFF)])
        var content = PlainWriter()
        switch record.type {
        case PlainType.a:
            content.octets = record.content.split(separator: ".").compactMap { UInt8($0) }
        case PlainType.cname: content.name(record.content)
        default:
            // A SOA of which the MINIMUM is the TTL.
            content.octets = [0, 0] + Array(repeating: 0, count: 16)
            content.numbers16([UInt16(record.ttl >> 16), UInt16(record.ttl & 0xFFFF)])
        }
        numbers16([UInt16(content.octets.count)])
        octets += content.octets
    }
}
