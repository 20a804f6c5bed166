// Messages to octets and back, for both ends of a scenario. Written without the daemon's own writer, and without
// compression, so that a mistake there cannot hide itself.

import Zones

@testable import DNSWire

/// A message taken apart, or to be put together.
struct MessageOctets {
    var id: UInt16 = 0
    var bits: UInt16 = 0
    /// Name, type and class; empty when there is no question.
    var question: [UInt8] = []
    /// Answer, authority, additional without OPT.
    var sections: [[ZoneRecord]] = [[], [], []]
    var options: OptionRecord?

    /// The OPT record.
    struct OptionRecord {
        var payloadSize: Int
        var extendedCode: UInt8 = 0
        var version: UInt8 = 0
        var dnssecOK = false
        /// The flags beside DO, which have no meaning (RFC 6891, section 6.1.4).
        var otherFlags: UInt16 = 0
        var options: [EDNSOptionText] = []
    }

    init() {}

    // MARK: To octets

    var octets: [UInt8] {
        let additional = sections[2].count + (options == nil ? 0 : 1)
        var octets = Self.octets(id) + Self.octets(bits)
        let counts = [question.isEmpty ? 0 : 1, sections[0].count, sections[1].count, additional]
        for count in counts { octets += Self.octets(UInt16(count)) }
        octets += question
        for record in sections.joined() {
            octets += record.owner.octets + Self.octets(record.type.rawValue)
            octets += Self.octets(record.recordClass.rawValue)
            octets +=
                Self.octets(UInt16(record.ttl >> 16)) + Self.octets(UInt16(record.ttl & 0xFFFF))
            octets += Self.octets(UInt16(record.data.count)) + record.data
        }
        if let options { octets += options.octets }
        return octets
    }

    static func octets(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

    static func question(_ name: Name, _ type: RecordType, class number: UInt16 = 1) -> [UInt8] {
        name.octets + octets(type.rawValue) + octets(number)
    }

    // MARK: From octets

    /// Takes a message apart; what cannot be read is a mistake of whoever made it.
    init(reading octets: [UInt8], allowsTrailing: Bool = false) throws {
        let message = octets.span
        let header = try MessageHeader(message)
        id = header.id
        bits = header.flags.bits
        var position = MessageHeader.size
        if header.questionCount > 0 {
            let end = try MessageReader.endOfName(in: message, at: position) + 4
            guard end <= octets.count else { throw WireError.endsEarly }
            question = Array(octets[position..<end])
            position = end
        }
        let counts = [header.answerCount, header.authorityCount, header.additionalCount]
        for (section, count) in counts.enumerated() {
            for _ in 0..<count {
                let record = try MessageReader.record(in: message, at: position)
                position = record.end
                if record.type == .opt {
                    options = try OptionRecord(record, message)
                } else {
                    sections[section].append(try Self.read(record, message))
                }
            }
        }
        guard allowsTrailing || position == octets.count else { throw WireError.trailingOctets }
    }

    /// The record with its names uncompressed.
    private static func read(
        _ record: MessageRecord, _ message: Span<UInt8>
    ) throws -> ZoneRecord {
        try MessageReader.checkData(of: record, in: message)
        var data: [UInt8] = []
        var position = record.dataStart
        for field in RecordDataLayout.of(record.type)?.fields ?? [] {
            let end = try MessageReader.endOfField(
                field, in: message, at: position, within: record.end)
            guard let end else { break }
            if field.isName {
                data += try name(message, position).octets
            } else {
                data += (position..<end).map { message[$0] }
            }
            position = end
        }
        data += (position..<record.end).map { message[$0] }
        return ZoneRecord(
            owner: try name(message, record.ownerOffset), type: record.type,
            recordClass: record.recordClass, ttl: record.ttl, data: data)
    }

    private static func name(_ message: Span<UInt8>, _ offset: Int) throws -> Name {
        var buffer = NameBuffer(hasher: NameHasher(key: 0))
        try buffer.read(from: message, at: offset)
        return Name(buffer)
    }

    // MARK: What it says

    /// The RCODE, with the bits that OPT has of it.
    var code: ResponseCode {
        ResponseCode(rawValue: bits & 0xF | UInt16(options?.extendedCode ?? 0) << 4)
    }

    /// The header's flags by their names in dig.
    var flags: [String] {
        MessageText.flagBits.filter { bits & $0.bit != 0 }.map(\.name)
    }

    /// The extended error's code and text.
    var extendedError: (code: Int, text: String)? {
        guard let option = options?.options.first(where: { $0.code == 15 }),
            option.octets.count >= 2
        else { return nil }
        let text = String(decoding: option.octets.dropFirst(2), as: UTF8.self)
        return (Int(option.octets[0]) << 8 | Int(option.octets[1]), text)
    }

    /// The question's name and type.
    var questionText: String {
        guard let end = try? MessageReader.endOfName(in: question.span, at: 0),
            let name = try? Name(wire: question.span.extracting(first: end))
        else { return "no question" }
        return "\(name) \(RecordType(rawValue: question.span.uint16(at: end)))"
    }
}

extension MessageOctets.OptionRecord {
    init(_ record: MessageRecord, _ message: Span<UInt8>) throws {
        let read = try QueryOptions(record, in: message)
        payloadSize = Int(record.recordClass.rawValue)
        extendedCode = UInt8(truncatingIfNeeded: record.ttl >> 24)
        version = UInt8(truncatingIfNeeded: record.ttl >> 16)
        dnssecOK = record.ttl & 0x8000 != 0
        otherFlags = UInt16(truncatingIfNeeded: record.ttl) & 0x7FFF
        var position = read.start
        while let option = EDNSOption(in: message, at: position, within: read.end) {
            let octets = (option.start..<option.end).map { message[$0] }
            options.append(EDNSOptionText(code: Int(option.code.rawValue), octets: octets))
            position = option.end
        }
    }

    var octets: [UInt8] {
        let data = options.flatMap { option in
            MessageOctets.octets(UInt16(option.code))
                + MessageOctets.octets(UInt16(option.octets.count)) + option.octets
        }
        return [0, 0, 41] + MessageOctets.octets(UInt16(payloadSize))
            + [extendedCode, version, dnssecOK ? 0x80 : 0, 0]
            + MessageOctets.octets(UInt16(data.count)) + data
    }
}
