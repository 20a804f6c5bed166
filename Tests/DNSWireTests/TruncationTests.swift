// Messages at every limit: what is left out, whether TC is set, and that there is always space for
// the OPT record.

import DNSWire
import Testing

@Suite struct TruncationTests {
    /// Three answers in two sets, a SOA, and an additional record.
    private static func reply(limit: Int, hasOptions: Bool) throws -> [UInt8] {
        try written(capacity: limit) { writer in
            try writer.beginReply(
                limit: 65_535, reserve: hasOptions ? ReplyOptions.emptySize : 0)
            try writer.append("www.example.com.", .cname, wire("target.example.com."))
            writer.beginRecordSet(in: .answer)
            try writer.append("target.example.com.", .a, [10, 0, 0, 7])
            try writer.append("target.example.com.", .a, [10, 0, 0, 8])
            writer.beginRecordSet(in: .authority)
            try writer.append("example.com.", .ns, wire("ns.example.com."))
            writer.beginRecordSet(in: .additional)
            try writer.append("ns.example.com.", .a, [10, 0, 0, 9])
            writer.finish(
                options: hasOptions ? ReplyOptions(payloadSize: 1232, dnssecOK: true) : nil)
        }
    }

    @Test(
        "at every limit the message is whole, no longer, and says what it lacks",
        arguments: [
            false, true,
        ])
    func everyLimit(hasOptions: Bool) throws {
        let full = try Self.reply(limit: 512, hasOptions: hasOptions)
        let fullText = try MessageText(full)
        #expect(fullText.records.count == (hasOptions ? 6 : 5))
        let least = 12 + 21 + (hasOptions ? 11 : 0)
        var seen: Set<Int> = []
        for limit in least...full.count {
            let message = try Self.reply(limit: limit, hasOptions: hasOptions)
            #expect(message.count <= limit)
            let text = try MessageText(message)
            let records = text.records.filter { !$0.contains(" OPT ") }
            #expect(Array(fullText.records.prefix(records.count)) == records)
            // Sets are whole: the two addresses come and go together.
            #expect(records.count != 2)
            #expect(text.header.contains(" tc ") == (records.count < 4))
            #expect(text.records.count == records.count + (hasOptions ? 1 : 0))
            seen.insert(records.count)
        }
        #expect(seen == [0, 1, 3, 4, 5])
    }

    @Test("after a set that did not fit nothing follows, small as it may be")
    func nothingAfterAGap() throws {
        let message = try written { writer in
            try writer.beginReply(limit: 80)
            writer.beginRecordSet(in: .answer)
            let fits = try writer.append("a.", .txt, [UInt8](repeating: 1, count: 60))
            #expect(!fits)
            writer.beginRecordSet(in: .authority)
            let fitsLater = try writer.append("a.", .a, [10, 0, 0, 7])
            #expect(!fitsLater)
            writer.finish()
        }
        #expect(try MessageText(message).records == [])
        #expect(try MessageText(message).header.contains(" tc "))
    }

    @Test("an additional set that does not fit leaves room for a smaller one")
    func optionalSets() throws {
        let message = try written { writer in
            try writer.beginReply(limit: 80)
            writer.beginRecordSet(in: .additional)
            let fits = try writer.append("a.", .txt, [UInt8](repeating: 1, count: 60))
            #expect(!fits)
            writer.beginRecordSet(in: .additional)
            let fitsLater = try writer.append("a.", .a, [10, 0, 0, 7])
            #expect(fitsLater)
            writer.finish()
        }
        #expect(try MessageText(message).records == ["additional a. 300 IN A 0a000007"])
        #expect(try !MessageText(message).header.contains(" tc "))
    }

    // MARK: The OPT record

    private static func options(
        _ options: ReplyOptions, code: ResponseCode = .noError, limit: Int = 512,
        named name: String = "."
    ) throws -> [UInt8] {
        try written(capacity: 512) { writer in
            try writer.beginReply(limit: limit, reserve: ReplyOptions.emptySize)
            var buffer = NameBuffer(hasher: NameHasher(key: 1))
            buffer.set(try Name(text: name))
            writer.finish(responseCode: code, options: options, named: buffer)
        }
    }

    @Test("an RCODE above 15 stands in two places")
    func extendedResponseCode() throws {
        let message = try Self.options(
            ReplyOptions(payloadSize: 1232, dnssecOK: true), code: .badVersion)
        #expect(message[3] & 15 == 0)
        #expect(hexadecimal(message.suffix(11)) == "00002904d0010080000000")
        let plain = try Self.options(
            ReplyOptions(payloadSize: 4096, dnssecOK: false), code: .nameError)
        #expect(plain[3] & 15 == 3)
        #expect(hexadecimal(plain.suffix(11)) == "0000291000000000000000")
    }

    @Test("an extended error has its code and its text, and a name where it is for one")
    func extendedErrors() throws {
        var options = ReplyOptions(payloadSize: 1232, dnssecOK: false)
        options.extendedError = ExtendedError(.prohibited, .notTold)
        let message = try Self.options(options)
        #expect(
            hexadecimal(message.suffix(30))
                == "00002904d000000000" + "0013" + "000f000f0012" + "6e6f7420646973636c6f736564")
        options.extendedError = ExtendedError(noRecordInZoneAt: 2)
        let named = try Self.options(options, named: "A\\032b.\\255.azurecr.io.")
        #expect(
            String(decoding: named.suffix(44), as: UTF8.self)
                == "no record for a?b.?.azurecr.io in azurecr.io")
    }

    @Test("an extended error loses its text, then itself, before the message is too long")
    func cutErrors() throws {
        var options = ReplyOptions(payloadSize: 1232, dnssecOK: false)
        options.extendedError = ExtendedError(.invalidData, .zoneNotLoaded)
        let bare = 12 + 21 + 11
        for limit in bare...(bare + 40) {
            let message = try Self.options(options, limit: limit)
            #expect(message.count <= limit)
            let text = try MessageText(message)
            #expect(text.records.count == 1 && !text.header.contains(" tc "))
            let expected = limit < bare + 6 ? bare : limit < bare + 30 ? bare + 6 : bare + 30
            #expect(message.count == expected)
        }
    }

    // MARK: Property

    @Test("random messages are written, read, written again, and stay the same")
    func randomMessages() throws {
        var random = SeededGenerator(state: 9)
        let labels = ["a", "B", "cc", "example", "COM"]
        func randomName() -> String {
            let count = Int.random(in: 0...4, using: &random)
            return count == 0
                ? "."
                : (0..<count).map { _ in (labels.randomElement(using: &random) ?? "a") + "." }
                    .joined()
        }
        func randomData(_ layout: RecordDataLayout) throws -> [UInt8] {
            try layout.fields.flatMap { field -> [UInt8] in
                if field.isName { return try wire(randomName()) }
                if let size = field.fixedSize {
                    return (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
                }
                return field.isCounted ? [2, 0x61, 0xC0] : [0xC0, 0x0C]
            }
        }
        for _ in 0..<500 {
            let limit = Int.random(in: 60...600, using: &random)
            let message = try written { writer in
                try writer.beginReply(limit: limit)
                for section in [MessageSection.answer, .authority, .additional] {
                    for _ in 0..<Int.random(in: 0...6, using: &random) {
                        if Bool.random(using: &random) { writer.beginRecordSet(in: section) }
                        guard let layout = RecordDataLayout.rows.randomElement(using: &random)
                        else { continue }
                        try writer.append(randomName(), layout.type, randomData(layout))
                    }
                }
                writer.finish()
            }
            #expect(message.count <= limit)
            let text = try MessageText(message)
            #expect(try MessageText(rewritten(message)).records == text.records)
        }
    }

    /// A message's records read from it and written into another.
    private func rewritten(_ message: [UInt8]) throws -> [UInt8] {
        let header = try MessageHeader(message.span)
        return try written { writer in
            try writer.beginReply()
            var position = 12 + 21
            let counts = [header.answerCount, header.authorityCount, header.additionalCount]
            let sections: [MessageSection] = [.answer, .authority, .additional]
            for (section, count) in zip(sections, counts) {
                for _ in 0..<count {
                    let record = try MessageReader.record(in: message.span, at: position)
                    writer.beginRecordSet(in: section)
                    writer.append(
                        owner: message.span, at: record.ownerOffset, type: record.type,
                        class: record.recordClass, ttl: record.ttl, data: message.span,
                        range: record.dataStart..<record.end)
                    position = record.end
                }
            }
            writer.finish()
        }
    }
}
