// The header's bits, and what is decided by them alone.

import DNSWire
import Testing

@Suite struct HeaderTests {
    @Test("the twelve octets in their order")
    func fields() throws {
        let header = try MessageHeader(octets("1234 8180 0001 0002 0003 0004").span)
        #expect(header.id == 0x1234)
        #expect(header.flags.bits == 0x8180)
        #expect(header.questionCount == 1)
        #expect(header.answerCount == 2)
        #expect(header.authorityCount == 3)
        #expect(header.additionalCount == 4)
    }

    @Test("fewer than twelve octets are no header", arguments: 0..<12)
    func endsEarly(count: Int) {
        let message = [UInt8](repeating: 0, count: count)
        #expect(throws: WireError.endsEarly) { try MessageHeader(message.span) }
    }

    @Test("each flag is one bit, and setting it touches no other")
    func flags() {
        let flags: [(UInt16, WritableKeyPath<MessageFlags, Bool>)] = [
            (0x8000, \.isResponse), (0x0400, \.isAuthoritative), (0x0200, \.isTruncated),
            (0x0100, \.recursionDesired), (0x0080, \.recursionAvailable),
            (0x0020, \.authenticData), (0x0010, \.checkingDisabled),
        ]
        for (mask, path) in flags {
            #expect(MessageFlags(bits: mask)[keyPath: path])
            #expect(!MessageFlags(bits: ~mask)[keyPath: path])
            var clear = MessageFlags(bits: 0)
            clear[keyPath: path] = true
            #expect(clear.bits == mask)
            var full = MessageFlags(bits: 0xFFFF)
            full[keyPath: path] = false
            #expect(full.bits == ~mask)
        }
    }

    @Test("opcode and RCODE stay within their four bits")
    func numbers() {
        for number in 0..<16 {
            var flags = MessageFlags(bits: 0)
            flags.opcode = Opcode(rawValue: UInt8(number))
            #expect(flags.bits == UInt16(number) << 11)
            #expect(flags.opcode.rawValue == UInt8(number))
            flags.lowResponseCode = ResponseCode(rawValue: UInt16(number))
            #expect(flags.bits == UInt16(number) << 11 | UInt16(number))
            #expect(flags.lowResponseCode.rawValue == UInt16(number))
        }
        var flags = MessageFlags(bits: 0xFFFF)
        flags.opcode = .query
        flags.lowResponseCode = .badVersion
        #expect(flags.bits == 0x87F0)
    }

    @Test(
        "what a client's message gets by its header alone",
        arguments: [
            ("0001 0100 0001 0000 0000 0000", MessageHeader.Admission.read),
            ("0001 0000 0001 0000 0000 0001", .read),
            ("0001 0100 0001 0000 0001 0000", .read),
            ("0001 8180 0001 0001 0000 0000", .ignore),
            ("0001 A800 0000 0000 0000 0000", .ignore),
            ("0001 0800 0001 0000 0000 0000", .reject(.notImplemented)),
            ("0001 1000 0001 0000 0000 0000", .reject(.notImplemented)),
            ("0001 2000 0000 0000 0000 0000", .reject(.notImplemented)),
            ("0001 2800 0001 0000 0000 0000", .reject(.notImplemented)),
            ("0001 7800 0001 0000 0000 0000", .reject(.notImplemented)),
            ("0001 0100 0000 0000 0000 0001", .readOptions),
            ("0001 0100 0000 0001 0000 0001", .reject(.formatError)),
            ("0001 0100 0002 0000 0000 0000", .reject(.formatError)),
            ("0001 0100 FFFF 0000 0000 0000", .reject(.formatError)),
            ("0001 0100 0001 0001 0000 0000", .reject(.formatError)),
            ("0001 0100 0001 0000 0001 0002", .read),
            ("0001 0100 0001 0000 0002 0000", .reject(.formatError)),
            ("0001 0100 0001 0000 0000 0003", .reject(.formatError)),
            ("0001 0100 0001 0000 0000 FFFF", .reject(.formatError)),
            ("0001 0100 0000 0000 0000 0002", .readOptions),
            ("0001 0100 0000 0000 0001 0001", .reject(.formatError)),
            ("0001 0100 0000 0000 0000 0003", .reject(.formatError)),
        ])
    func admission(message: String, expected: MessageHeader.Admission) throws {
        #expect(try MessageHeader(octets(message).span).admission == expected)
    }

    @Test("numbers have their mnemonics, and unknown ones say what they are")
    func mnemonics() {
        #expect("\(RecordType.https) \(RecordType.any) \(RecordType.axfr)" == "HTTPS ANY AXFR")
        #expect("\(RecordType(rawValue: 65280)) \(ResponseCode.nameError)" == "TYPE65280 NXDOMAIN")
        #expect("\(ResponseCode(rawValue: 4095))" == "RCODE4095")
        for number in UInt16.min...UInt16.max {
            let type = RecordType(rawValue: number)
            #expect(RecordType("\(type)") == type)
            #expect(RecordType("TYPE\(number)") == type)
        }
        for text in ["", "TYPE", "TYPE-1", "TYPE+1", "TYPE65536", "NOPE", "TYPE 1", "A "] {
            #expect(RecordType(text) == nil)
        }
        #expect(RecordType("aaaa") == .aaaa)
    }
}
