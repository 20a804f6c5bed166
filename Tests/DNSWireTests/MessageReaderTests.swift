// Walking over records that a server sent: their parts, their data by the layout of their type, and messages
// that were made to mislead.

import DNSWire
import Testing

extension RecordDataLayout {
    /// Data of this type as a message has them, each name the one that starts at `name` when that is given.
    func sampleData(pointingTo name: Int?) -> [UInt8] {
        fields.flatMap { field -> [UInt8] in
            if field.isName {
                guard let name else { return octets("0178 0165 00") }
                return octets("0178") + [0xC0, UInt8(name)]
            }
            if let size = field.fixedSize { return [UInt8](repeating: 0, count: size) }
            return field.isCounted ? octets("02 6162") : octets("02 6364")
        }
    }

    /// Whether the last field takes whatever is left.
    var endsWithRest: Bool {
        fields.last.map { !$0.isName && $0.fixedSize == nil && !$0.isCounted } ?? true
    }
}

@Suite struct MessageReaderTests {
    /// A response with one answer to `e. A`.
    private static func message(
        type: RecordType, data: [UInt8], length: Int? = nil
    ) -> [UInt8] {
        let number = type.rawValue
        let count = length ?? data.count
        return octets("0001 8180 0001 0001 0000 0000 0165 00 0001 0001 c00c")
            + [UInt8(number >> 8), UInt8(number & 255)] + octets("0001 0000012c")
            + [UInt8(count >> 8), UInt8(count & 255)] + data
    }

    private static func check(_ message: [UInt8]) throws(WireError) {
        let record = try MessageReader.record(in: message.span, at: 19)
        try MessageReader.checkData(of: record, in: message.span)
    }

    @Test("a record is its positions")
    func positions() throws {
        let message = Self.message(type: .a, data: [10, 0, 0, 7]) + [1, 2]
        let record = try MessageReader.record(in: message.span, at: 19)
        #expect(record.ownerOffset == 19 && record.type == .a && record.recordClass == .in)
        #expect(record.ttl == 300 && record.dataStart == 31 && record.end == 35)
        #expect(message.span.uint32(at: record.ttlOffset) == 300)
    }

    @Test("data have the shape of their type, names compressed or not")
    func shapes() throws {
        for layout in RecordDataLayout.rows {
            for name in [nil, 12] {
                let data = layout.sampleData(pointingTo: name)
                try Self.check(Self.message(type: layout.type, data: data))
                guard !layout.endsWithRest else { continue }
                #expect(throws: WireError.badRecordData, "\(layout.mnemonic)") {
                    try Self.check(Self.message(type: layout.type, data: data + [0]))
                }
            }
        }
    }

    @Test("data that end inside a field are a fault, whatever follows the record")
    func shortData() throws {
        for layout in RecordDataLayout.rows {
            let data = layout.sampleData(pointingTo: nil)
            // A rest may be empty, so only what comes before it has to be there.
            let needed = layout.endsWithRest ? data.count - 3 : data.count
            for length in 0..<max(needed, 0) {
                let message = Self.message(type: layout.type, data: data, length: length)
                #expect(throws: WireError.badRecordData, "\(layout.mnemonic) \(length)") {
                    try Self.check(message)
                }
            }
        }
    }

    @Test("data stand alone when every name in them is written out")
    func uncompressed() throws {
        // The second name of the SOA points to the first one's suffix.
        let data = octets("026e73c00c 02686dc022 00000001 00000002 00000003 00000004 00000005")
        let message = Self.message(type: .soa, data: data)
        let record = try MessageReader.record(in: message.span, at: 19)
        #expect(
            try hexadecimal(record.uncompressedData(in: message.span))
                == "026e73016500" + "02686d016500" + "0000000100000002000000030000000400000005")
        for layout in RecordDataLayout.rows {
            let compressed = Self.message(
                type: layout.type, data: layout.sampleData(pointingTo: 12))
            let record = try MessageReader.record(in: compressed.span, at: 19)
            #expect(
                try record.uncompressedData(in: compressed.span)
                    == layout.sampleData(pointingTo: nil))
        }
    }

    @Test("types without a layout are opaque")
    func opaque() throws {
        try Self.check(Self.message(type: RecordType(rawValue: 65280), data: octets("c0ff 40")))
        try Self.check(Self.message(type: RecordType(rawValue: 10), data: []))
    }

    @Test(
        "records that mislead",
        arguments: [
            (
                "a length beyond the end", "c00c 0001 0001 0000012c 0005 0a000007",
                WireError.endsEarly
            ),
            ("no fixed part", "c00c 0001 0001 0000012c 00", .endsEarly),
            ("no owner", "", .endsEarly),
            (
                "an owner that points at itself", "c013 0001 0001 0000012c 0004 0a000007",
                .badPointer
            ),
            ("an owner that points forwards", "c0ff 0001 0001 0000012c 0004 0a000007", .badPointer),
            ("an owner of label type 10", "8000 0001 0001 0000012c 0004 0a000007", .badLabel),
            (
                "a target that points at its own record's data",
                "c00c 0005 0001 0000012c 0002 c01f", .badPointer
            ),
            (
                "a target that points forwards", "c00c 0005 0001 0000012c 0002 c021 0165 00",
                .badPointer
            ),
            (
                "a target that goes on behind the data", "c00c 0005 0001 0000012c 0002 0165 00",
                .badRecordData
            ),
            (
                "a target behind which something follows", "c00c 0005 0001 0000012c 0003 c00c 00",
                .badRecordData
            ),
            ("two targets", "c00c 0005 0001 0000012c 0004 c00c c00c", .badRecordData),
            ("a SOA without its numbers", "c00c 0006 0001 0000012c 0004 c00c c00c", .badRecordData),
            (
                "a string beyond the data", "c00c 000d 0001 0000012c 0003 01 61 05 616161",
                .badRecordData
            ),
            (
                "three octets of an address", "c00c 0001 0001 0000012c 0003 0a0000 07",
                .badRecordData
            ),
        ])
    func misleading(what: String, hex: String, fault: WireError) {
        let message = octets("0001 8180 0001 0001 0000 0000 0165 00 0001 0001") + octets(hex)
        #expect(throws: fault) { try Self.check(message) }
    }

    @Test("a long chain of pointers ends, and costs its length once")
    func pointerChain() throws {
        // A root, then pointers each of which points to the one before it.
        var message: [UInt8] = [0]
        while message.count < 0x3F00 {
            let target = message.count == 1 ? 0 : message.count - 2
            message += [0xC0 | UInt8(target >> 8), UInt8(target & 255)]
        }
        let last = message.count - 2
        #expect(try MessageReader.endOfName(in: message.span, at: last) == message.count)
        #expect(try name(in: message, at: last).name.isRoot)
    }

    @Test("random tables of records are walked to an end or a fault")
    func randomTables() {
        var random = SeededGenerator(state: 21)
        let types: [UInt16] = [1, 2, 5, 6, 15, 16, 28, 33, 35, 41, 46, 47, 50, 64, 257]
        var walked = 0
        for _ in 0..<5_000 {
            var message = octets("0001 8180 0001 0003 0000 0000 0165 00 0001 0001")
            for _ in 0..<3 {
                message += [0xC0, UInt8.random(in: 10...40, using: &random), 0]
                message.append(UInt8(truncatingIfNeeded: types.randomElement(using: &random) ?? 1))
                message += [0, 1, 0, 0, 0, 1, 0, UInt8.random(in: 0...12, using: &random)]
                for _ in 0..<Int.random(in: 0...12, using: &random) {
                    let octet: UInt8 = Bool.random(using: &random) ? 0xC0 : 0
                    message.append(octet | UInt8.random(in: 0...30, using: &random))
                }
            }
            if (try? MessageText(message)) != nil { walked += 1 }
            var position = 19
            while let record = try? MessageReader.record(in: message.span, at: position) {
                #expect(record.end > position && record.end <= message.count)
                position = record.end
            }
        }
        #expect(walked < 5_000)
    }
}
