// Records of one message written into another: what is read back is what was there, whatever is a pointer in either.

import DNSWire
import Testing

/// A message with names of few labels, much of it pointers, in every way that pointers can be right.
private struct MessageMaker {
    var random: SeededGenerator
    var octets: [UInt8] = []
    /// The offsets of names that may be pointed to.
    var names: [Int] = []
    var count = 0

    init(seed: UInt64) {
        random = SeededGenerator(state: seed)
        octets = DNSWireTests.octets("0001 8180 0000 0000 0000 0000")
    }

    mutating func appendName() {
        let start = octets.count
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let isLong = Int.random(in: 0..<8, using: &random) == 0
            let length = isLong ? 20 : 1
            names.append(octets.count)
            octets.append(UInt8(length))
            for _ in 0..<length {
                let letter = UInt8.random(in: 0..<3, using: &random)
                octets.append((Bool.random(using: &random) ? 0x61 : 0x41) + letter)
            }
        }
        // Nearly always well formed; who makes the message looks whether it is.
        if let target = names.randomElement(using: &random), target < start,
            Bool.random(using: &random)
        {
            if Int.random(in: 0..<4, using: &random) == 0 { names.append(octets.count) }
            octets += [0xC0 | UInt8(target >> 8), UInt8(target & 0xFF)]
        } else {
            octets.append(0)
        }
    }

    mutating func appendRecord() {
        appendName()
        let types: [RecordType] = [.cname, .mx, .srv, .soa, .a, .rrsig]
        let type = types.randomElement(using: &random) ?? .a
        octets += [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xFF), 0, 1, 0, 0, 1, 44, 0, 0]
        let start = octets.count
        switch type {
        case .cname: appendName()
        case .mx:
            octets += [0, 7]
            appendName()
        case .srv:
            octets += [0, 1, 0, 2, 0, 3]
            appendName()
        case .soa:
            appendName()
            appendName()
            octets += [UInt8](repeating: 5, count: 20)
        case .rrsig:
            octets += [UInt8](repeating: 1, count: 18)
            appendName()
            octets += [9, 9, 9]
        default: octets += [10, 0, 0, 7]
        }
        let size = octets.count - start
        (octets[start - 2], octets[start - 1]) = (UInt8(size >> 8), UInt8(size & 0xFF))
        count += 1
    }
}

/// Writes all records of a message into another one, with the names by number or unchanged.
private func copied(
    _ message: [UInt8], records: Int, limit: Int = 65_535, byNumber: Bool,
    withOther: Bool = false
) throws -> [UInt8] {
    try written(capacity: limit) { writer in
        writer.begin(
            id: 1, flags: MessageFlags(bits: 0x8000), question: Span(), limit: limit,
            reserve: 0)
        var names = MessageNames(hasher: NameHasher(key: 3))
        names.begin(message.span, hasQuestion: false)
        var position = 12
        for number in 0..<records {
            let (record, _) = try names.record(in: message.span, at: position)
            try names.checkData(of: record, in: message.span)
            position = record.end
            writer.beginRecordSet(in: .answer)
            // A name of another source before.
            if withOther, number == 0 { try writer.append("a.b.other.", .cname, wire("A.B.a.b.")) }
            writer.beginRecordSet(in: .answer)
            if byNumber {
                writer.append(record, of: message.span, ttl: record.ttl, names: &names)
            } else {
                writer.append(
                    owner: message.span, at: record.ownerOffset, type: record.type,
                    ttl: record.ttl, data: message.span, range: record.dataStart..<record.end)
            }
        }
        writer.finish()
    }
}

@Suite struct CopiedRecordTests {
    @Test("records are the same however they are copied, and no longer by number", arguments: 0..<8)
    func random(_ seed: UInt64) throws {
        var kept = 0
        var sizes = (byNumber: 0, asTheyStand: 0)
        for number in 0..<400 {
            var maker = MessageMaker(seed: seed << 32 | UInt64(number))
            for _ in 0..<Int.random(in: 1...12, using: &maker.random) { maker.appendRecord() }
            let message = maker.octets
            guard
                let byNumber = try? copied(
                    message, records: maker.count, byNumber: true, withOther: true)
            else {
                continue
            }
            kept += 1
            let asTheyStand = try copied(
                message, records: maker.count, byNumber: false, withOther: true)
            let (left, right) = (try MessageText(byNumber), try MessageText(asTheyStand))
            #expect(folded(left.records) == folded(right.records), "\(message)")
            sizes.byNumber += byNumber.count
            sizes.asTheyStand += asTheyStand.count
            // If not everything fits, the written part is right.
            let limit = Int.random(in: 12...byNumber.count, using: &maker.random)
            let cut = try copied(
                message, records: maker.count, limit: limit, byNumber: true, withOther: true)
            #expect(
                folded(left.records).starts(with: folded(try MessageText(cut).records)),
                "\(message)")
        }
        #expect(kept > 200)
        #expect(sizes.byNumber <= sizes.asTheyStand)
    }

    private func folded(_ records: [String]) -> [String] {
        records.map { record in
            // Letters in data are hexadecimal: 41 to 43 are A to C.
            let words = record.split(separator: " ", maxSplits: 5).map(String.init)
            guard words.count == 6, words[4] != "A" else { return record.lowercased() }
            let data = octets(words[5]).map { $0 >= 0x41 && $0 <= 0x5A ? $0 + 0x20 : $0 }
            return (words[..<5] + [hexadecimal(data)]).joined(separator: " ").lowercased()
        }
    }

    @Test("a name keeps its case where it is written out")
    func originalCase() throws {
        // a.Ab. with a target, and the same name in other case in data that are not compressed.
        let message = octets(
            "0001 8180 0000 0002 0000 0000" + "0161 024162 00 0001 0001 0000012c 0004 0a000007"
                + "0142 c00e 0021 0001 0000012c 000c 0001 0002 0003 0141 026142 00")
        let text = try MessageText(copied(message, records: 2, byNumber: true))
        #expect(
            text.records == [
                "answer a.Ab. 300 IN A 0a000007",
                "answer B.Ab. 300 IN SRV 000100020003014102614200",
            ])
    }

    @Test("a pointer to a pointer is written as the name that it leads to")
    func pointersToPointers() throws {
        let message = octets(
            "0001 8180 0000 0003 0000 0000" + "0161 0162 00 0001 0001 0000012c 0004 0a000007"
                + "c00c 0001 0001 0000012c 0004 0a000008"
                + "0163 c01f 0021 0001 0000012c 0008 0001 0002 0003 c01f")
        let text = try MessageText(copied(message, records: 3, byNumber: true))
        #expect(
            text.records == [
                "answer a.b. 300 IN A 0a000007", "answer a.b. 300 IN A 0a000008",
                "answer c.a.b. 300 IN SRV 0001000200030161016200",
            ])
    }

    @Test("what was taken back is not pointed to")
    func takenBack() throws {
        let message = octets(
            "0001 8180 0000 0002 0000 0000"
                + "0161 0162 00 0010 0001 0000012c 0029 28" + String(repeating: "61", count: 40)
                + "0163 c00e 0001 0001 0000012c 0004 0a000007")
        let octets = try written(capacity: 60) { writer in
            writer.begin(
                id: 1, flags: MessageFlags(bits: 0x8000), question: Span(), limit: 60, reserve: 0)
            var names = MessageNames(hasher: NameHasher(key: 3))
            names.begin(message.span, hasQuestion: false)
            var position = 12
            for _ in 0..<2 {
                let (record, _) = try names.record(in: message.span, at: position)
                position = record.end
                // Neither is needed, so that the second is tried when the first did not fit.
                writer.beginRecordSet(in: .additional)
                writer.append(record, of: message.span, ttl: 300, names: &names)
            }
            writer.finish()
        }
        #expect(try MessageText(octets).records == ["additional c.b. 300 IN A 0a000007"])
    }
}
