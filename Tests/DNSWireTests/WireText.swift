// Octets as hexadecimal text and messages as lines, so that tests are rows that a reader can check against an
// RFC. Nothing here is used outside of tests.

import DNSWire

/// Octets from hexadecimal digits; blanks between them mean nothing.
func octets(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
}

/// Octets as hexadecimal digits.
func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// The wire form of a name in text.
func wire(_ name: String) throws -> [UInt8] { try Name(text: name).octets }

/// The name at an offset of a message, or why there is none.
func name(in message: [UInt8], at offset: Int) throws(WireError) -> (name: Name, end: Int) {
    var buffer = NameBuffer(hasher: NameHasher(key: 1))
    let end = try buffer.read(from: message.span, at: offset)
    return (Name(buffer), end)
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// A message as lines: header, question, and each record with its names written out.
struct MessageText: Equatable {
    var header = ""
    var question = ""
    /// `answer www.example. 300 IN A 0a000007`.
    var records: [String] = []

    /// Reads a whole message; whatever is wrong with it is thrown.
    init(_ message: [UInt8]) throws(WireError) {
        let header = try MessageHeader(message.span)
        let words = Self.words(header.flags)
        self.header = "\(header.id) \(words) \(header.flags.lowResponseCode)"
        var position = MessageHeader.size
        for _ in 0..<header.questionCount {
            let (name, end) = try DNSWireTests.name(in: message, at: position)
            guard end + 4 <= message.count else { throw .endsEarly }
            question += "\(name) \(RecordType(rawValue: message.span.uint16(at: end)))"
            position = end + 4
        }
        let sections = [
            ("answer", header.answerCount), ("authority", header.authorityCount),
            ("additional", header.additionalCount),
        ]
        for (section, count) in sections {
            for _ in 0..<count {
                let record = try MessageReader.record(in: message.span, at: position)
                let owner = try DNSWireTests.name(in: message, at: record.ownerOffset).name
                let data = try record.uncompressedData(in: message.span)
                let recordClass =
                    record.recordClass == .in ? "IN" : "CLASS\(record.recordClass.rawValue)"
                records.append(
                    "\(section) \(owner) \(record.ttl) \(recordClass) \(record.type) "
                        + hexadecimal(data))
                position = record.end
            }
        }
        guard position == message.count else { throw .trailingOctets }
    }

    private static func words(_ flags: MessageFlags) -> String {
        let names = [
            (flags.isResponse, "qr"), (flags.isAuthoritative, "aa"), (flags.isTruncated, "tc"),
            (flags.recursionDesired, "rd"), (flags.recursionAvailable, "ra"),
            (flags.authenticData, "ad"), (flags.checkingDisabled, "cd"),
        ]
        return (["opcode\(flags.opcode.rawValue)"] + names.filter(\.0).map(\.1))
            .joined(separator: " ")
    }
}
