// Names that are kept, their text, and the buffer that takes them apart.

import DNSWire
import Testing

@Suite struct NameTests {
    @Test(
        "text and wire form",
        arguments: [
            (".", "00"), ("a.", "016100"), ("www.Example.", "03777777074578616d706c6500"),
            ("a\\.b.c.", "03612e62016300"), ("\\065.", "014100"), ("\\000\\255.", "0200ff00"),
            ("\\\\.", "015c00"), ("\\a.", "016100"), ("\\@.", "014000"), ("*.a.", "012a016100"),
            ("a\\ b.", "0361206200"), ("_sip._udp.", "045f736970045f75647000"),
            ("\u{E4}.", "02c3a400"),
        ])
    func text(text: String, hex: String) throws {
        let name = try Name(text: text)
        #expect(hexadecimal(name.octets) == hex)
        #expect(try Name(text: name.description).octets == name.octets)
    }

    @Test(
        "text that is no name",
        arguments: [
            ("", NameTextError.empty), ("..", .emptyLabel), (".a", .emptyLabel),
            ("a..b", .emptyLabel), ("a..", .emptyLabel), ("\\", .badEscape), ("a\\", .badEscape),
            ("\\1", .badEscape), ("\\12", .badEscape), ("\\256.", .badEscape),
            ("\\1a2.", .badEscape), (String(repeating: "a", count: 64), .labelTooLong),
            (String(repeating: "a", count: 64) + ".b.", .labelTooLong),
            (String(repeating: "a.", count: 128), .nameTooLong),
            (String(repeating: "a", count: 4_000), .nameTooLong),
        ])
    func badText(text: String, expected: NameTextError) {
        #expect(throws: expected) { try Name(text: text) }
    }

    @Test("a name without a final dot is completed, and the whole has its limit")
    func completion() throws {
        let origin = try Name(text: "azurecr.io.")
        #expect(try Name(text: "a", origin: origin).description == "a.azurecr.io.")
        #expect(try Name(text: "a.", origin: origin).description == "a.")
        let long = String(repeating: "a.", count: 120) + "bb"
        #expect(try Name(text: long, origin: origin).octets.count == 255)
        #expect(throws: NameTextError.nameTooLong) {
            try Name(text: "c" + long, origin: origin)
        }
    }

    @Test(
        "octets that are no name",
        arguments: [
            ("", WireError.endsEarly), ("01", .endsEarly), ("0161", .endsEarly),
            ("c000", .badLabel), ("40", .badLabel), ("0000", .trailingOctets),
            ("016100ff", .trailingOctets),
            (String(repeating: "0161", count: 127) + "016100", .nameTooLong),
        ])
    func badWire(hex: String, expected: WireError) {
        #expect(throws: expected) { try Name(wire: octets(hex).span) }
    }

    @Test("names of labels have the same limits")
    func labels() throws {
        let name = try Name(labels: [[0x61], [0x62, 0x2E]])
        #expect(name.description == "a.b\\..")
        #expect(name.labels == [[0x61], [0x62, 0x2E]])
        #expect(try Name(labels: []).isRoot)
        #expect(throws: WireError.badLabel) { try Name(labels: [[]]) }
        #expect(throws: WireError.badLabel) {
            try Name(labels: [[UInt8](repeating: 1, count: 64)])
        }
        #expect(throws: WireError.nameTooLong) {
            try Name(labels: [[UInt8]](repeating: [1], count: 128))
        }
    }

    @Test("names are equal, and hash alike, whatever their case")
    func equality() throws {
        let name = try Name(text: "wWw.eXample.")
        #expect(name == (try Name(text: "www.example.")))
        #expect(Set([name, try Name(text: "WWW.EXAMPLE.")]).count == 1)
        #expect(name != (try Name(text: "ww.example.")))
        // The octets agree and the labels do not.
        #expect(try Name(labels: [[0x61, 1, 0x62]]) != Name(labels: [[0x61], [0x62]]))
        #expect(name.description == "wWw.eXample.")
        #expect(name.folded.description == "www.example.")
    }

    @Test("canonical order, by the example of RFC 4034, section 6.1")
    func order() throws {
        let sorted = [
            "example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.",
            "z.example.", "\\001.z.example.", "*.z.example.", "\\200.z.example.",
        ]
        let names = try sorted.map { try Name(text: $0) }
        #expect(names.reversed().sorted().map(\.description) == sorted)
        #expect(Name.root < names[0])
    }

    @Test(
        "what lies at or below a name",
        arguments: [
            ("a.b.", "b.", true), ("a.b.", "a.B.", true), ("a.b.", ".", true), (".", ".", true),
            ("b.", "a.b.", false), ("ab.", "b.", false), ("a.bb.", "b.", false),
            ("x\\001b.", "b.", false),
        ])
    func ancestry(name: String, ancestor: String, expected: Bool) throws {
        #expect(try Name(text: name).isAtOrBelow(Name(text: ancestor)) == expected)
    }

    @Test("the parent is the rest behind the first label")
    func parent() throws {
        #expect(try Name(text: "a.b.").parent == Name(text: "b."))
        #expect(try Name(text: "b.").parent == .root)
        #expect(Name.root.parent == nil)
    }

    // MARK: The buffer

    @Test("the hash of every suffix is the hash of that name, whatever its case")
    func suffixHashes() throws {
        let hasher = NameHasher(key: 0x1234_5678_9ABC_DEF0)
        var buffer = NameBuffer(hasher: hasher)
        buffer.set(try Name(text: "Registry.westeurope.data.azurecr.io."))
        var other = NameBuffer(hasher: hasher)
        var suffix: Name? = try Name(text: "rEGISTRY.WESTEUROPE.data.azurecr.io.")
        var label = 0
        var hashes: Set<UInt64> = []
        while let name = suffix {
            other.set(name)
            let (hash, expected) = (buffer.hash(fromLabel: label), other.hash)
            #expect(hash == expected)
            let isEqual = buffer.suffix(fromLabel: label, equals: name.folded.octets.span)
            #expect(isEqual)
            let (start, count) = (buffer.start(ofLabel: label), buffer.count)
            #expect(start == count - name.octets.count)
            hashes.insert(other.hash)
            suffix = name.parent
            label += 1
        }
        #expect(hashes.count == 6)
        var keyed = NameBuffer(hasher: NameHasher(key: 2))
        keyed.set(try Name(text: "registry.westeurope.data.azurecr.io."))
        let (foreign, own) = (keyed.hash, buffer.hash)
        #expect(foreign != own)
    }

    @Test("a suffix is replaced, up to 255 octets")
    func replacement() throws {
        let hasher = NameHasher(key: 3)
        var asked = NameBuffer(hasher: hasher)
        var counterpart = NameBuffer(hasher: hasher)
        asked.set(try Name(text: "My.westeurope.data.azurecr.io."))
        let suffix = try Name(text: "privatelink.azurecr.io.")
        var isMade = counterpart.set(first: 3, of: asked, then: suffix)
        #expect(isMade)
        let name = Name(counterpart)
        #expect(name.description == "My.westeurope.data.privatelink.azurecr.io.")
        var read = NameBuffer(hasher: hasher)
        read.set(name)
        let isSame = read.hash == counterpart.hash && read.labelCount == counterpart.labelCount
        #expect(isSame)
        isMade = counterpart.set(first: 0, of: asked, then: .root)
        #expect(isMade)
        let root = Name(counterpart)
        #expect(root.isRoot)

        let label = String(repeating: "a", count: 63) + "."
        let long = label + label + label + String(repeating: "b", count: 38)
        asked.set(try Name(text: long + ".azurecr.io."))
        isMade = counterpart.set(first: 4, of: asked, then: suffix)
        #expect(isMade)
        let count = counterpart.count
        #expect(count == 255)
        asked.set(try Name(text: long + "b.azurecr.io."))
        isMade = counterpart.set(first: 4, of: asked, then: suffix)
        #expect(!isMade)
    }

    @Test("a buffer holds its latest name and nothing of an earlier one")
    func reuse() throws {
        var buffer = NameBuffer(hasher: NameHasher(key: 4))
        buffer.set(try Name(text: "a.long.name.with.many.labels."))
        let broken: Int? = try? buffer.read(from: [1].span, at: 0)
        #expect(broken == nil)
        try buffer.read(from: octets("0162 00").span, at: 0)
        let (name, labelCount) = (Name(buffer), buffer.labelCount)
        #expect(name.description == "b." && labelCount == 1)
        try buffer.read(from: [0].span, at: 0)
        let (root, hash) = (Name(buffer), buffer.hash)
        #expect(root.isRoot && hash == 4)
    }

    @Test("random names survive text, wire form and the buffer")
    func roundTrip() throws {
        var random = SeededGenerator(state: 5)
        for _ in 0..<2_000 {
            let labels = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                (0..<Int.random(in: 1...30, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            }
            let made = try Name(labels: labels)
            #expect(try Name(text: made.description).octets == made.octets)
            #expect(try Name(wire: made.octets.span).octets == made.octets)
            #expect(try name(in: made.octets, at: 0).name.octets == made.octets)
            #expect(made.labels == labels)
        }
    }
}
