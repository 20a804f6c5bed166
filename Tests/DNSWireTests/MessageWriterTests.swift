// What is written: the echo, compression, record sets that are taken back, and the OPT record. Messages are read
// back by MessageText, so that a row says what a client sees.

import DNSWire
import Testing

/// Writes one message of at most `capacity` octets into a larger buffer.
func written(
    capacity: Int = 65_535, _ body: (inout MessageWriter) throws -> Void
) rethrows -> [UInt8] {
    var buffer = [UInt8](repeating: 0xEE, count: capacity + 64)
    var count = 0
    do {
        var writer = MessageWriter(into: buffer.mutableSpan, limit: capacity)
        try body(&writer)
        count = writer.count
    }
    #expect(buffer[capacity...].allSatisfy { $0 == 0xEE }, "an octet behind the limit was written")
    return Array(buffer[..<count])
}

extension MessageWriter {
    /// Begins a reply to `www.Example.com. A`.
    mutating func beginReply(limit: Int = 65_535, reserve: Int = 0) throws {
        let question = try wire("www.Example.com.") + [0, 1, 0, 1]
        var flags = MessageFlags(bits: 0)
        flags.isResponse = true
        begin(id: 7, flags: flags, question: question.span, limit: limit, reserve: reserve)
    }

    /// Appends a record whose names are not compressed.
    @discardableResult
    mutating func append(_ owner: String, _ type: RecordType, _ data: [UInt8]) throws -> Bool {
        let name = try wire(owner)
        return append(
            owner: name.span, type: type, ttl: 300, data: data.span, range: 0..<data.count)
    }

    mutating func finish(
        _ code: ResponseCode = .noError, options: ReplyOptions? = nil
    ) {
        finish(
            responseCode: code, options: options, named: NameBuffer(hasher: NameHasher(key: 1)))
    }
}

@Suite struct MessageWriterTests {
    private static let questionSize = 12 + 17 + 4

    @Test("the question is echoed octet for octet")
    func echo() throws {
        let message = try written { writer in
            try writer.beginReply()
            writer.finish(.nameError)
        }
        #expect(
            hexadecimal(message)
                == "0007800300010000000000000377777707" + "4578616d706c6503636f6d0000010001")
    }

    @Test("a header alone, for what has no question")
    func headerAlone() {
        let message = written { writer in
            writer.begin(
                id: 0xABCD, flags: MessageFlags(bits: 0x8000), question: Span(), limit: 512,
                reserve: 0)
            writer.finish(.formatError)
        }
        #expect(hexadecimal(message) == "abcd80010000000000000000")
    }

    @Test("names are compressed with whatever was written before, in any case")
    func compression() throws {
        let message = try written { writer in
            try writer.beginReply()
            try writer.append("WWW.example.COM.", .cname, wire("a.b.Example.com."))
            try writer.append("a.B.example.com.", .a, [10, 0, 0, 7])
            writer.beginRecordSet(in: .authority)
            try writer.append("com.", .ns, wire("ns.b.example.com."))
            writer.finish()
        }
        #expect(
            hexadecimal(message[Self.questionSize...])
                == "c00c 0005 0001 0000012c 0006 0161 0162 c010".filter { $0 != " " }
                + "c02d 0001 0001 0000012c 0004 0a000007".filter { $0 != " " }
                + "c018 0002 0001 0000012c 0005 026e73 c02f".filter { $0 != " " })
        #expect(
            try MessageText(message).records == [
                "answer www.Example.com. 300 IN CNAME 01610162074578616d706c6503636f6d00",
                "answer a.b.Example.com. 300 IN A 0a000007",
                "authority com. 300 IN NS 026e730162074578616d706c6503636f6d00",
            ])
    }

    @Test("only the names of RFC 1035's types are compressed (RFC 3597, section 4)")
    func compressibleTypes() throws {
        for layout in RecordDataLayout.rows where layout.holdsNames {
            let source = try wire("www.example.com.")
            let data = layout.fields.flatMap { field -> [UInt8] in
                if field.isName { return source }
                if let size = field.fixedSize { return [UInt8](repeating: 1, count: size) }
                return field.isCounted ? [1, 0x61] : [1, 0x62]
            }
            let message = try written { writer in
                try writer.beginReply()
                try writer.append("www.example.com.", layout.type, data)
                writer.finish()
            }
            let isCompressed = layout.fields.contains(.compressibleName)
            let saved = isCompressed ? layout.fields.count { $0.isName } * (source.count - 2) : 0
            #expect(message.count == Self.questionSize + 12 + data.count - saved)
            let record = try MessageText(message).records[0]
            let folded = record.replacing("4578616d", with: "6578616d")
            #expect(folded.hasSuffix(" " + hexadecimal(data)))
        }
    }

    @Test("names that point into their own octets are written out and compressed anew")
    func sourcePointers() throws {
        // x.example. at 0, then y and a pointer to example., then a SOA whose names are pointers.
        let source = octets(
            "0178 07 6578616d706c65 00 0179 c002 c00b c000 00000001 00000002"
                + "00000003 00000004 00000005")
        let message = written { writer in
            writer.begin(
                id: 1, flags: MessageFlags(bits: 0x8000), question: Span(), limit: 512,
                reserve: 0)
            writer.append(
                owner: source.span, at: 11, type: .soa, ttl: 300, data: source.span,
                range: 15..<source.count)
            writer.finish()
        }
        #expect(
            try MessageText(message).records == [
                "answer y.example. 300 IN SOA 0179076578616d706c65000178076578616d706c6500"
                    + "0000000100000002000000030000000400000005"
            ])
        #expect(message.count == 12 + 11 + 10 + 2 + 4 + 20)
    }

    @Test("no pointer goes beyond 0x3fff, and names stay right there")
    func farNames() throws {
        let message = try written { writer in
            try writer.beginReply()
            for _ in 0..<66 {
                try writer.append("filler.", .txt, [UInt8](repeating: 0x20, count: 250))
            }
            for number in 0..<8 {
                try writer.append("n\(number).far.example.com.", .cname, wire("t.far.example.com."))
            }
            writer.finish()
        }
        #expect(message.count > 0x4000)
        let records = try MessageText(message).records
        #expect(records.count == 74)
        for number in 0..<8 {
            #expect(records[66 + number].hasPrefix("answer n\(number).far.Example.com. "))
        }
    }

    @Test("names are right when more were written than are remembered")
    func manyNames() throws {
        let owners = (0..<100).map { "a\($0).b\($0 % 7).c\($0 % 13).example.com." }
        let message = try written { writer in
            try writer.beginReply()
            for owner in owners { try writer.append(owner, .cname, wire("x." + owner)) }
            writer.finish()
        }
        let text = try MessageText(message)
        for (owner, record) in zip(owners, text.records) {
            let data = try hexadecimal(wire("x." + owner))
            let folded = record.lowercased().replacing("4578616d", with: "6578616d")
            #expect(folded == "answer \(owner) 300 in cname \(data)")
        }
    }

    @Test("data without the shape of their type are not written")
    func brokenData() throws {
        let message = try written { writer in
            try writer.beginReply()
            let isWritten = try writer.append("a.", .mx, [0])
            #expect(!isWritten)
            writer.finish()
        }
        #expect(try MessageText(message).records == [])
        #expect(try MessageText(message).header == "7 opcode0 qr tc NOERROR")
    }

    @Test("begun again, it is as if it were new, up to what it was made for")
    func beginAgain() throws {
        let message = try written(capacity: 600) { writer in
            try writer.beginReply(limit: 50)
            for _ in 0..<9 { try writer.append("a.example.com.", .a, [10, 0, 0, 7]) }
            let isTruncated = writer.isTruncated
            #expect(isTruncated)
            try writer.beginReply(limit: 65_535, reserve: 11)
            let (limit, isStillTruncated) = (writer.limit, writer.isTruncated)
            #expect(limit == 600 && !isStillTruncated)
            let count = writer.recordCount(in: .answer)
            #expect(count == 0)
            try writer.append("b.example.com.", .a, [10, 0, 0, 8])
            writer.finish()
        }
        #expect(
            try MessageText(message).records == ["answer b.Example.com. 300 IN A 0a000008"])
    }

    @Test("where the question does not fit, nothing is written", arguments: [0, 11, 12, 32, 43])
    func noRoomForTheQuestion(limit: Int) throws {
        let message = try written(capacity: 100) { writer in
            try writer.append("before.", .a, [10, 0, 0, 7])
            try writer.beginReply(limit: limit, reserve: 11)
            try writer.append(".", .a, [10, 0, 0, 7])
            writer.finish(options: ReplyOptions(payloadSize: 1232, dnssecOK: false))
        }
        #expect(message.isEmpty)
    }

    @Test("what was written since a position is taken back, names included")
    func rewinding() throws {
        let plain = try written { writer in
            try writer.beginReply()
            try writer.append("x.y.example.com.", .a, [10, 0, 0, 8])
            writer.finish()
        }
        let rewound = try written { writer in
            try writer.beginReply()
            let position = writer.position
            try writer.append("y.example.com.", .cname, wire("x.y.example.com."))
            writer.beginRecordSet(in: .authority)
            try writer.append("z.", .ns, wire("ns.z."))
            writer.rewind(to: position)
            try writer.append("x.y.example.com.", .a, [10, 0, 0, 8])
            writer.finish()
        }
        #expect(rewound == plain)
    }
}
