// A reply in wire form as an administrator reads it: what dig would print of it.

internal import Control
internal import DNSWire
internal import Zones

/// Makes the query of an explanation and reads its reply.
enum ReplyReport {
    /// A query as dig sends it: RD and AD set, an OPT record.
    static func query(_ name: Name, _ type: RecordType) -> [UInt8] {
        let number = type.rawValue
        return [0, 0, 1, 0x20, 0, 1, 0, 0, 0, 0, 0, 1] + name.octets
            + [UInt8(number >> 8), UInt8(number & 0xFF), 0, 1]
            + [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]
    }

    /// The parts of a reply.
    static func report(of reply: [UInt8]) -> ExplainReport {
        var report = ExplainReport()
        let message = reply.span
        guard let header = try? MessageHeader(message),
            let questionEnd = try? MessageReader.endOfName(in: message, at: MessageHeader.size)
        else { return report }
        report.responseCode = "\(header.flags.lowResponseCode)"
        report.flags = words(header.flags)
        var position = questionEnd + 4
        let answers = Int(header.answerCount)
        let authorities = answers + Int(header.authorityCount)
        for index in 0..<(authorities + Int(header.additionalCount)) {
            guard let record = try? MessageReader.record(in: message, at: position) else { break }
            position = record.end
            if record.type == .opt {
                report.extendedError = extendedError(record, message)
            } else if index < answers {
                report.answer.append(text(of: record, message))
            } else if index < authorities {
                report.authority.append(text(of: record, message))
            }
        }
        return report
    }

    private static func words(_ flags: MessageFlags) -> [String] {
        let names: [(Bool, String)] = [
            (flags.isResponse, "qr"), (flags.isAuthoritative, "aa"), (flags.isTruncated, "tc"),
            (flags.recursionDesired, "rd"), (flags.recursionAvailable, "ra"),
            (flags.authenticData, "ad"), (flags.checkingDisabled, "cd"),
        ]
        return names.filter(\.0).map(\.1)
    }

    private static func extendedError(
        _ record: MessageRecord, _ message: Span<UInt8>
    ) -> String? {
        guard let options = try? QueryOptions(record, in: message),
            let option = options.first(.extendedError, in: message), option.end - option.start >= 2
        else { return nil }
        let text = (option.start + 2..<option.end).map { message[$0] }
        return "\(message.uint16(at: option.start)) \(String(decoding: text, as: UTF8.self))"
    }

    /// One record as a line of a zone file.
    private static func text(of record: MessageRecord, _ message: Span<UInt8>) -> String {
        var name = NameBuffer(hasher: NameHasher(key: 0))
        guard (try? name.read(from: message, at: record.ownerOffset)) != nil,
            let data = try? record.uncompressedData(in: message)
        else { return "" }
        let owner = Name(name)
        return ZoneRecord(
            owner: owner, type: record.type, recordClass: record.recordClass, ttl: record.ttl,
            data: data
        ).description
    }
}
