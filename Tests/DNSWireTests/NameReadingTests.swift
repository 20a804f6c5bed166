// Names in messages: labels, pointers and limits. There are three readers: one stores names, one
// only measures them, and one numbers them. Every row and every random table is checked against all
// three.

import DNSWire
import Testing

/// An offset in bytes and what is there: a name and its end, or an error.
struct NameRow: Sendable, CustomTestStringConvertible {
    var what: String
    var message: [UInt8]
    var offset: Int
    var name: String?
    var end = 0
    var fault: WireError?

    init(_ what: String, _ hex: String, at offset: Int = 0, _ name: String, end: Int) {
        (self.what, self.message, self.offset) = (what, octets(hex), offset)
        (self.name, self.end) = (name, end)
    }

    init(_ what: String, _ hex: String, at offset: Int = 0, _ fault: WireError) {
        (self.what, self.message, self.offset) = (what, octets(hex), offset)
        self.fault = fault
    }

    var testDescription: String { what }
}

private let longest = String(repeating: "3f" + String(repeating: "61", count: 63), count: 3)
private let fill = String(repeating: "62", count: 61)

private let nameRows = [
    NameRow("the root", "00", ".", end: 1),
    NameRow("two labels", "03777777 076578616d706c65 00", "www.example.", end: 13),
    NameRow("octets that follow are not the name's", "0161 00 ffff", "a.", end: 3),
    NameRow("a pointer to a whole name", "0161 00 c000", at: 3, "a.", end: 5),
    NameRow("a label and a pointer", "0161 00 0162 c000", at: 3, "b.a.", end: 7),
    NameRow("a pointer to a pointer", "0161 00 c000 0163 c003", at: 5, "c.a.", end: 9),
    NameRow("a pointer to the root", "00 0161 c000", at: 1, "a.", end: 5),
    NameRow("case is kept", "0341427a 00", "ABz.", end: 5),
    NameRow("dots and blanks inside a label", "03612e20 00", "a\\.\\032.", end: 5),
    NameRow("a zero octet inside a label", "0100 00", "\\000.", end: 3),
    NameRow(
        "a pointer's low octet above 0x3f", String(repeating: "00", count: 80) + "c04f",
        at: 80, ".", end: 82),
    NameRow("no octets", "", .endsEarly),
    NameRow("a label without its octets", "03 6161", .endsEarly),
    NameRow("no root at the end", "0161", .endsEarly),
    NameRow("half a pointer", "00 c0", at: 1, .endsEarly),
    NameRow("an offset behind the end", "00", at: 5, .endsEarly),
    NameRow("a pointer to itself", "c000", .badPointer),
    NameRow("a pointer forwards", "c002 00", .badPointer),
    NameRow("a pointer to the label before it", "0161 c000", .badPointer),
    NameRow("a pointer into its own name", "0161 0162 c002", .badPointer),
    NameRow("a pointer beyond the end", "c0ff", .badPointer),
    NameRow("two pointers at each other", "c002 c000", at: 2, .badPointer),
    NameRow("a second pointer that goes forwards again", "00 0161 c001 c001", at: 5, .badPointer),
    NameRow("label type 01", "4161 00", .badLabel),
    NameRow("label type 10", "8161 00", .badLabel),
    NameRow("a bit label of RFC 2673", "4108ff 00", .badLabel),
    NameRow(
        "255 octets", longest + "3d" + fill + "00",
        (String(repeating: String(repeating: "a", count: 63) + ".", count: 3)
            + String(repeating: "b", count: 61) + "."), end: 255),
    NameRow("256 octets", longest + "3e62" + fill + "00", .nameTooLong),
    NameRow(
        "256 octets by way of a pointer", longest + "00 3e62" + fill + "c000", at: 193,
        .nameTooLong),
]

@Suite struct NameReadingTests {
    @Test("names at a place of a message", arguments: nameRows)
    func rows(row: NameRow) throws {
        if let fault = row.fault {
            #expect(throws: fault) { try name(in: row.message, at: row.offset) }
            #expect(throws: fault) {
                try MessageReader.endOfName(in: row.message.span, at: row.offset)
            }
            var names = names(of: row.message)
            #expect(throws: fault) { _ = try names.read(row.message.span, at: row.offset) }
            return
        }
        let (found, end) = try name(in: row.message, at: row.offset)
        #expect(found.description == row.name)
        #expect(end == row.end)
        #expect(try MessageReader.endOfName(in: row.message.span, at: row.offset) == row.end)
        var names = names(of: row.message)
        let read = try names.read(row.message.span, at: row.offset)
        #expect(read.end == row.end)
        let labels = names.labelCount(read.name)
        #expect(labels == found.labelCount)
        let again = names.number(of: found.folded.octets.span, row.message.span)
        #expect(again == read.name)
    }

    @Test("a label has at most 63 octets, a name 127 labels")
    func limits() throws {
        let label = "3f" + String(repeating: "78", count: 63)
        #expect(try name(in: octets(label + "00"), at: 0).name.labels.first?.count == 63)
        let labels = String(repeating: "0161", count: 127)
        #expect(try name(in: octets(labels + "00"), at: 0).name.labelCount == 127)
        #expect(throws: WireError.nameTooLong) {
            try name(in: octets(labels + "016100"), at: 0)
        }
    }

    @Test("a label may hold any octet; only A to Z are folded")
    func anyOctet() throws {
        for octet in UInt8.min...UInt8.max {
            var buffer = NameBuffer(hasher: NameHasher(key: 1))
            try buffer.read(from: [1, octet, 0].span, at: 0)
            let (spelled, folded) = (buffer.originalCase[1], buffer.folded[1])
            #expect(spelled == octet)
            let isCapital = octet >= 0x41 && octet <= 0x5A
            #expect(folded == (isCapital ? octet + 0x20 : octet))
            let read = try Name(text: Name(buffer).description)
            #expect(read.octets == [1, octet, 0])
        }
    }

    @Test("every beginning of a name ends early")
    func beginnings() throws {
        let whole = try wire("www.example.com.")
        for count in 0..<whole.count {
            #expect(throws: WireError.endsEarly) {
                try name(in: Array(whole[..<count]), at: 0)
            }
        }
    }

    @Test("all readers agree about random octets, in whatever order names are read, and end")
    func randomTables() {
        var random = SeededGenerator(state: 11)
        // Lengths, pointers and roots are more frequent than chance has them.
        let choices: [UInt8] = [0, 0, 1, 1, 2, 3, 0xC0, 0xC0, 0xC0, 0x3F, 0x40, 0x80, 0xFF]
        var wellFormed = 0
        for _ in 0..<20_000 {
            let message = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? choices.randomElement(using: &random) ?? 0
                    : UInt8.random(in: 0...40, using: &random)
            }
            var names = names(of: message)
            var numbers: [Name: MessageNames.Number] = [:]
            for _ in 0..<6 {
                let offset = Int.random(in: 0...message.count, using: &random)
                let kept = try? name(in: message, at: offset)
                let measured = try? MessageReader.endOfName(in: message.span, at: offset)
                let numbered = try? names.read(message.span, at: offset)
                #expect(kept?.end == measured && measured == numbered?.end, "\(message) \(offset)")
                guard let kept, let numbered else { continue }
                wellFormed += 1
                let number = numbers[kept.name, default: numbered.name]
                #expect(number == numbered.name, "\(message) \(offset)")
                numbers[kept.name] = number
            }
            #expect(Set(numbers.values).count == numbers.count, "\(message)")
        }
        #expect(wellFormed > 6_000)
    }

    @Test(
        "a pointer back into labels that were read in one go is as good or bad as it would be alone"
    )
    func pointersIntoKnownNames() throws {
        // a.b. and a pointer to b.; then x and a pointer to a.
        let message = octets("0161 0162 00 0163 c002 0178 c000")
        var names = names(of: message)
        let whole = try names.read(message.span, at: 0).name
        let suffix = try names.read(message.span, at: 5).name
        let longer = try names.read(message.span, at: 9).name
        let parents = [longer, suffix, whole].map { names.parent($0) }
        #expect(parents[0] == whole)
        #expect(parents[1] == parents[2])
        // The name at 4 ends with a pointer to 2: read from 0 on, it leads into itself.
        let looping = octets("0161 0162 0163 c002 00")
        var others = self.names(of: looping)
        #expect(throws: WireError.badPointer) { _ = try others.read(looping.span, at: 4) }
        // The name at 4 points into the label at 0: it is well formed, and what is before it and goes on with it
        // is not.
        let inside = octets("03017800 0161 c001")
        var known = self.names(of: inside)
        let end = try known.read(inside.span, at: 4).end
        #expect(end == 8)
        #expect(throws: WireError.badPointer) { _ = try known.read(inside.span, at: 0) }
        #expect(throws: WireError.badPointer) {
            try MessageReader.endOfName(in: inside.span, at: 0)
        }
    }

    @Test("names of a message before mean nothing")
    func begunAgain() throws {
        let first = octets("0161 00")
        let second = octets("0162 0163 00")
        var names = names(of: first)
        _ = try names.read(first.span, at: 0)
        names.begin(second.span, hasQuestion: false)
        let read = try names.read(second.span, at: 0)
        #expect(read.end == 5)
        let labels = names.labelCount(read.name)
        #expect(labels == 2)
    }

    @Test(
        "the question's name has its number before it is read, and keeps it",
        arguments: [true, false])
    func question(isReadLate: Bool) throws {
        let message = octets(
            "0001 8180 0001 0002 0000 0000 0161 0142 00 0001 0001"
                + "c00c 0001 0001 0000012c 0004 0a000007"
                + "0141 0162 00 0001 0001 0000012c 0004 0a000007")
        var names = MessageNames(hasher: NameHasher(key: 1))
        names.begin(message.span, hasQuestion: true)
        if !isReadLate { _ = try names.read(message.span, at: 12) }
        let asked = names.question
        let first = try names.record(in: message.span, at: 21)
        #expect(first.owner == asked)
        #expect(first.record.end == 37)
        let second = try names.record(in: message.span, at: 37)
        #expect(second.owner == asked)
        let suffix = try names.read(message.span, at: 14).name
        let parent = names.parent(second.owner)
        #expect(parent == suffix)
        names.choose(second.owner)
        let isAbove = names.isAtOrAboveChosen(suffix)
        #expect(isAbove)
    }

    @Test("a question that asks for the root")
    func rootQuestion() throws {
        let message = octets(
            "0001 8180 0001 0001 0000 0000 00 0001 0001 c00c 0001 0001 0000012c 0000")
        var names = MessageNames(hasher: NameHasher(key: 1))
        names.begin(message.span, hasQuestion: true)
        let owner = try names.record(in: message.span, at: 17).owner
        #expect(owner == .root)
        let read = try names.read(message.span, at: 12).name
        #expect(read == .root)
    }

    @Test("which names are at or above a chosen one is known without their labels")
    func chosen() throws {
        let message = octets("0161 0162 00 0142 00 0163 c002 00")
        var names = names(of: message)
        let numbers = try [0, 2, 5, 8, 12].map { try names.read(message.span, at: $0).name }
        names.choose(numbers[0])
        let above = numbers.map { names.isAtOrAboveChosen($0) }
        #expect(above == [true, true, true, false, true])
        names.choose(numbers[3])
        let aboveOther = numbers.map { names.isAtOrAboveChosen($0) }
        #expect(aboveOther == [false, true, true, true, true])
    }

    private func names(of message: [UInt8]) -> MessageNames {
        var names = MessageNames(hasher: NameHasher(key: 1))
        names.begin(message.span, hasQuestion: false)
        return names
    }
}
