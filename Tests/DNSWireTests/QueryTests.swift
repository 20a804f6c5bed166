// A client's query in one pass: question, EDNS, and everything that a hostile client can get wrong in them.

import DNSWire
import Testing

/// A query, and what is read from it or the fault in it.
struct QueryRow: Sendable, CustomTestStringConvertible {
    var what: String
    /// The counts of authority and additional records.
    var counts: String
    /// What follows the header.
    var rest: String
    var expected: String
    var fault: WireError?

    init(_ what: String, _ counts: String, _ rest: String, _ expected: String) {
        (self.what, self.counts, self.rest, self.expected) = (what, counts, rest, expected)
    }

    init(_ what: String, _ counts: String, _ rest: String, _ fault: WireError) {
        (self.what, self.counts, self.rest, self.expected) = (what, counts, rest, "")
        self.fault = fault
    }

    var testDescription: String { what }
    var message: [UInt8] { octets("0001 0100 0001 0000" + counts + rest) }
}

private let question = "03777777 0141 00 0001 0001"

private let queryRows = [
    QueryRow("no more than a question", "0000 0000", question, "www.A. A 1"),
    QueryRow("any type and class", "0000 0000", "00 ff7b 00fe", ". TYPE65403 254"),
    QueryRow(
        "an OPT record", "0000 0001", question + "00 0029 04d0 00 00 0000 0000",
        "www.A. A 1 opt 1232 v0 0..0"),
    QueryRow(
        "DO", "0000 0001", question + "00 0029 04d0 00 00 8000 0000",
        "www.A. A 1 opt 1232 v0 do 0..0"),
    QueryRow(
        "other bits beside DO mean nothing", "0000 0001", question + "00 0029 1000 00 00 7fff 0000",
        "www.A. A 1 opt 4096 v0 0..0"),
    QueryRow(
        "a version that is not known is told, not judged", "0000 0001",
        question + "00 0029 0200 ff 01 8000 0000", "www.A. A 1 opt 512 v1 do 0..0"),
    QueryRow(
        "a payload size below 512", "0000 0001", question + "00 0029 0000 00 00 0000 0000",
        "www.A. A 1 opt 0 v0 0..0"),
    QueryRow(
        "options are walked over", "0000 0001",
        question + "00 0029 04d0 00000000 000b 0003 0000 00ff 0003 414243",
        "www.A. A 1 opt 1232 v0 0..11"),
    QueryRow(
        "RFC 1995, section 3: OPT behind the SOA record of IXFR, before TSIG", "0001 0002",
        "0141 00 00fb 0001" + "c00c 0006 0001 00000000 0000" + "00 0029 04d0 00000000 0000"
            + "0161 00 00fa 00ff 00000000 0000", "A. IXFR 1 opt 1232 v0 0..0"),
    QueryRow(
        "OPT in the authority section is nobody's", "0001 0000",
        "0141 00 00fb 0001" + "00 0029 04d0 00000000 0000", "A. IXFR 1"),
    QueryRow(
        "a record in the authority section where no IXFR is asked for", "0001 0000",
        question + "c00c 0006 0001 00000000 0000", .badCount),
    QueryRow(
        "octets behind the last record are passed over", "0000 0001",
        question + "00 0029 04d0 00000000 0000 ffffff", "www.A. A 1 opt 1232 v0 0..0"),
    QueryRow("no question", "0000 0000", "", .endsEarly),
    QueryRow("a question without its class", "0000 0000", "0161 00 0001 00", .endsEarly),
    QueryRow("a compressed question", "0000 0000", "c00c 0001 0001", .badPointer),
    QueryRow(
        "a question that points into the header", "0000 0000", "0161 c004 0001 0001",
        .badPointer),
    QueryRow("a label of type 01", "0000 0000", "4161 00 0001 0001", .badLabel),
    QueryRow("a record less than announced", "0000 0001", question, .endsEarly),
    QueryRow(
        "an authority record less than announced", "0001 0000", "0141 00 00fb 0001", .endsEarly),
    QueryRow(
        "65535 records announced", "0000 ffff", question + "00 0029 04d0 00000000 0000",
        .endsEarly),
    QueryRow(
        "two OPT records", "0000 0002",
        question + "00 0029 04d0 00000000 0000 00 0029 04d0 00000000 0000", .badOptions),
    QueryRow(
        "an OPT record below a name", "0000 0001", question + "0161 00 0029 04d0 00000000 0000",
        .badOptions),
    QueryRow(
        "an OPT record whose owner is a pointer to the root", "0000 0001",
        question + "c012 0029 04d0 00000000 0000", .badOptions),
    QueryRow(
        "an option without its length", "0000 0001",
        question + "00 0029 04d0 00000000 0002 000a", .badOptions),
    QueryRow(
        "half an option header", "0000 0001",
        question + "00 0029 04d0 00000000 0003 000a00", .badOptions),
    QueryRow(
        "an option longer than the record", "0000 0001",
        question + "00 0029 04d0 00000000 0006 000a 0003 4142", .badOptions),
    QueryRow(
        "an option of 65535 octets", "0000 0001",
        question + "00 0029 04d0 00000000 0004 000a ffff", .badOptions),
    QueryRow(
        "a second option that is cut", "0000 0001",
        question + "00 0029 04d0 00000000 0006 000a 0000 000f", .badOptions),
    QueryRow(
        "a cookie of the client's alone", "0000 0001",
        question + "00 0029 04d0 00000000 000c 000a 0008 4142434445464748",
        "www.A. A 1 opt 1232 v0 cookie 0..12"),
    QueryRow(
        "the first of two cookies counts", "0000 0001",
        question + "00 0029 04d0 00000000 0013 000a 0008 4142434445464748 000a 0003 414243",
        "www.A. A 1 opt 1232 v0 cookie 0..19"),
    QueryRow(
        "RFC 7873, section 5.2.2: a cookie shorter than the client's part", "0000 0001",
        question + "00 0029 04d0 00000000 000b 000a 0007 41424344454647", .badOptions),
    QueryRow(
        "RFC 7873, section 5.2.2: a server's part shorter than eight octets", "0000 0001",
        question + "00 0029 04d0 00000000 0013 000a 000f 414243444546474849505152535455",
        .badOptions),
    QueryRow(
        "RFC 7873, section 5.2.2: a server's part longer than 32 octets", "0000 0001",
        question + "00 0029 04d0 00000000 002d 000a 0029"
            + String(repeating: "41", count: 41), .badOptions),
    QueryRow(
        "RFC 6891, section 6.1.3: options of another version are not judged", "0000 0001",
        question + "00 0029 04d0 00 01 0000 0003 000a00", "www.A. A 1 opt 1232 v1 0..3"),
    QueryRow(
        "an OPT record longer than the message", "0000 0001",
        question + "00 0029 04d0 00000000 0005 000a 0000", .endsEarly),
    QueryRow(
        "an OPT record without its fixed part", "0000 0001", question + "00 0029 04d0 0000",
        .endsEarly),
    QueryRow(
        "a record whose owner points forwards", "0000 0001",
        question + "c0ff 0001 0001 00000000 0000", .badPointer),
]

@Suite struct QueryTests {
    private static func read(_ message: [UInt8]) throws(WireError) -> String {
        var name = NameBuffer(hasher: NameHasher(key: 1))
        let header = try MessageHeader(message.span)
        var query = try Query(question: message.span, header: header, name: &name)
        try query.readOptions(message.span)
        var text = "\(Name(name)) \(query.type) \(query.recordClass.rawValue)"
        if let options = query.options {
            text += " opt \(options.payloadSize) v\(options.version)"
            if options.dnssecOK { text += " do" }
            if options.cookie != nil { text += " cookie" }
            text += " 0..\(options.end - options.start)"
        }
        return text
    }

    @Test("queries, whole and broken", arguments: queryRows)
    func rows(row: QueryRow) throws {
        if let fault = row.fault {
            #expect(throws: fault) { try Self.read(row.message) }
        } else {
            #expect(try Self.read(row.message) == row.expected)
        }
    }

    @Test("every beginning of a query is a fault, never a trap")
    func beginnings() throws {
        let whole = octets(
            "0001 0100 0001 0000 0001 0001 03777777 0141 00 00fb 0001"
                + "c00c 0006 0001 00000000 0002 abcd"
                + "00 0029 04d0 00000000 0008 00ff 0004 41424344")
        #expect(try Self.read(whole) == "www.A. IXFR 1 opt 1232 v0 0..8")
        for count in 0..<whole.count {
            #expect(throws: WireError.self) { try Self.read(Array(whole[..<count])) }
        }
    }

    @Test("the first option with a code is found, and no other")
    func options() throws {
        let message = octets(
            "0001 0100 0001 0000 0000 0001" + question
                + "00 0029 04d0 00000000 0014 00fe 0000 000f 0003 001241 00fe 0001 42 00ff 0000")
        var name = NameBuffer(hasher: NameHasher(key: 1))
        let header = try MessageHeader(message.span)
        var query = try Query(question: message.span, header: header, name: &name)
        try query.readOptions(message.span)
        let options = try #require(query.options)
        let found = options.first(.extendedError, in: message.span)
        let error = try #require(found)
        #expect(hexadecimal(message[error.start..<error.end]) == "001241")
        let code = EDNSOption.Code(rawValue: 254)
        let firstOfTwo = options.first(code, in: message.span)
        let first = try #require(firstOfTwo)
        #expect(first.start == first.end)
        let absent = options.first(EDNSOption.Code(rawValue: 3), in: message.span)
        #expect(absent == nil)
    }

    @Test(
        "a question's end is found without its name",
        arguments: [
            ("03777777 0141 00 0001 0001", 11), ("00 0001 0001", 5), ("00 0001 0001 ffff", 5),
            ("00 0001 00", nil), ("0161", nil), ("0161 c00c 0001 0001", nil),
            ("0161 c000 0001 0001", nil),
            ("41 00 0001 0001", nil),
        ] as [(String, Int?)])
    func endOfQuestion(rest: String, count: Int?) {
        let message = octets("0001 0100 0001 0000 0000 0000" + rest)
        #expect(Query.endOfQuestion(in: message.span) == count.map { MessageHeader.size + $0 })
    }

    @Test("a question of 255 octets has an end, a longer one has none")
    func longestQuestion() {
        let labels = [UInt8](repeating: 1, count: 254)
        let header = octets("0001 0100 0001 0000 0000 0000")
        let longest = header + labels + [0, 0, 1, 0, 1]
        #expect(Query.endOfQuestion(in: longest.span) == longest.count)
        let longer = header + labels + labels + [0, 0, 1, 0, 1]
        #expect(Query.endOfQuestion(in: longer.span) == nil)
    }

    @Test("random changes to a query are read or refused")
    func randomChanges() {
        let whole = octets(
            "0001 0100 0001 0000 0001 0002 03777777 0141 00 00fb 0001"
                + "c00c 0006 0001 00000000 0002 abcd"
                + "0161 c010 0001 0001 00000000 0004 0a000001"
                + "00 0029 04d0 00000000 0008 000a 0004 41424344")
        var random = SeededGenerator(state: 6)
        var readable = 0
        for _ in 0..<20_000 {
            var message = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<message.count, using: &random)
                message[index] = UInt8.random(in: 0...255, using: &random)
            }
            if (try? Self.read(message)) != nil { readable += 1 }
        }
        #expect(readable > 1_000 && readable < 19_000)
    }
}
