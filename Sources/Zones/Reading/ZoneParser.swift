// The entries of a zone file: owner, TTL, class, type and data, each with its default. Words come from
// ZoneScanner, directives are in +Directives and +Generate, and records go to ZoneBuilder.

import DNSWire

/// Reads one zone's files into a builder, and keeps what a file's next entry depends on.
struct ZoneParser: ~Copyable {
    /// How deep files may include one another.
    static let maximumDepth = 16
    /// How many `$INCLUDE` a zone may have, those of included files counted: two files that include the
    /// next one twice each would else be 65536 readings, sixteen deep.
    static let maximumInclusions = 4096
    /// How many records all `$GENERATE` of a zone may make together.
    static let maximumGenerated = 65536
    /// How many bytes of names and data these may have: a short line can else make gigabytes.
    static let maximumGeneratedOctets = 64 << 20
    /// The TTL of a record without any applicable TTL.
    static let fallbackTTL: UInt32 = 3600
    /// The largest TTL (RFC 2181, section 8).
    static let maximumTTL: UInt32 = 0x7FFF_FFFF

    var builder: ZoneBuilder
    var notices = ZoneNotices()
    /// What completes names without a final dot.
    var origin: Name
    /// The node of the last owner; nil if there was none, it was wrong, or it has no record yet.
    var owner: UInt32? = nil
    /// Whether the last owner is right and has no node yet: it gets one with its first record.
    var isOwnerNew = false
    /// Whether an entry with an owner was seen; if it was wrong, entries that inherit it are dropped.
    var hasOwner = false
    /// What `$TTL` said.
    var defaultTTL: UInt32? = nil
    /// The last TTL that a record gave itself.
    var lastTTL: UInt32? = nil
    /// The files that are being read, the innermost last.
    var stack: [UInt16] = []
    /// How many files were included.
    var inclusions = 0
    /// How many records were generated.
    var generated = 0
    /// How many bytes they took.
    var generatedOctets = 0
    /// Where all notices point to while a `$GENERATE` is carried out.
    var fixedPlace: ZonePlace? = nil
    /// Records the positions of entries; nil unless requested.
    var outline: OutlineRecorder? = nil
    private var warnedOfTTL = false
    private let types: TypeTable
    private var name: OwnerName

    init(origin: Name, hasher: NameHasher, sizeHint: Int) {
        self.origin = origin
        builder = ZoneBuilder(origin: origin, hasher: hasher, sizeHint: sizeHint)
        types = TypeTable()
        name = OwnerName(origin: origin)
    }

    /// Reads all entries of a file, which is the last of the stack.
    mutating func read(
        _ text: Span<UInt8>, include: (_ path: String, _ file: String) -> ZoneInclusion
    ) {
        var scanner = ZoneScanner(text)
        scanner.dialect = ZoneDialect(of: text)
        if let fault = Self.encodingFault(of: text, at: scanner.here) {
            note(fault, in: text)
            return
        }
        while !scanner.isAtEnd {
            let began = outline == nil ? nil : beginning(scanner)
            do throws(ZoneFault) {
                try readEntry(&scanner, include: include)
                scanner.skipEntry()
                if let began { takeDown(began, upTo: scanner.position, of: text) }
            } catch {
                note(error, in: text)
                scanner.skipEntry()
            }
        }
    }

    /// A mark of UTF-8 or UTF-16 at the start of the text.
    private static func encodingFault(of text: Span<UInt8>, at place: ZoneWord) -> ZoneFault? {
        guard text.count >= 2 else { return nil }
        let isUTF16 = (text[0] == 0xFF && text[1] == 0xFE) || (text[0] == 0xFE && text[1] == 0xFF)
        let isUTF8 = text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF
        return isUTF8 || isUTF16 ? ZoneFault(.byteOrderMark, at: place) : nil
    }

    private mutating func readEntry(
        _ scanner: inout ZoneScanner,
        include: (_ path: String, _ file: String) -> ZoneInclusion
    ) throws(ZoneFault) {
        let inheritsOwner = scanner.isAtBlank
        guard let first = try scanner.next() else { return }
        if !inheritsOwner, !first.isQuoted, scanner.text[first.start] == UInt8(ascii: "$") {
            try readDirective(first, &scanner, include: include)
        } else {
            try readRecord(first, inheritsOwner: inheritsOwner, &scanner)
        }
    }

    /// Reads a record whose first word was read; the rest of its entry is in `scanner`.
    mutating func readRecord(
        _ first: ZoneWord, inheritsOwner: Bool, _ scanner: inout ZoneScanner
    ) throws(ZoneFault) {
        guard builder.hasRoom else { throw ZoneFault(.zoneTooLarge, at: first) }
        var word: ZoneWord? = first
        if !inheritsOwner {
            hasOwner = true
            owner = nil
            isOwnerNew = false
            try setOwner(first, scanner)
            word = try scanner.next()
        } else if !hasOwner {
            throw ZoneFault(.missingOwner, at: first)
        }
        guard let header = try readHeader(word, &scanner) else { return }
        if scanner.dialect.isExport, try leavesOut(emptySetOf: header.type, first, &scanner) {
            return
        }
        settleOwner()
        let start = builder.octets.count
        builder.octets.append(0)
        builder.octets.append(0)
        do throws(ZoneFault) {
            try scanner.readData(
                of: header.type, fields: header.fields, origin: origin, into: &builder.octets)
        } catch {
            builder.octets.removeLast(builder.octets.count - start)
            throw error
        }
        guard let owner else {
            builder.octets.removeLast(builder.octets.count - start)
            return
        }
        let count = builder.octets.count - start - 2
        builder.octets[start] = UInt8(truncatingIfNeeded: count >> 8)
        builder.octets[start + 1] = UInt8(truncatingIfNeeded: count)
        let place = place(of: first)
        let ttl = header.ttl ?? inheritedTTL(of: header.type, at: place)
        builder.add(header.type, ttl: ttl, data: start, to: owner, at: place)
    }

    private mutating func setOwner(
        _ word: ZoneWord, _ scanner: borrowing ZoneScanner
    ) throws(ZoneFault) {
        if word.isQuoted { throw ZoneFault(.quotedOwner, at: word) }
        do throws(NameTextError) {
            let text = scanner.text.extracting(word.start..<word.end)
            isOwnerNew = try name.read(text, origin: origin)
        } catch {
            throw ZoneFault(.name(error), at: word)
        }
        if !isOwnerNew { throw ZoneFault(.ownerOutsideZone, at: word) }
    }

    /// Gives the last owner its node.
    mutating func settleOwner() {
        if isOwnerNew { owner = builder.node(for: name) }
        isOwnerNew = false
    }

    /// The last owner, which may have no node.
    var lastOwner: Name? {
        if let owner { return builder.name(of: owner) }
        return isOwnerNew ? try? Name(wire: name.wire.span) : nil
    }

    /// The type and, if given, the TTL of a record.
    private struct Header {
        var type: RecordType
        var fields: RecordDataFields?
        var ttl: UInt32?
    }

    /// Reads TTL and class, in either order and each at most once, and the type (RFC 1035, section 5.1); nil for a
    /// line that an export has and that is left out.
    private mutating func readHeader(
        _ first: ZoneWord?, _ scanner: inout ZoneScanner
    ) throws(ZoneFault) -> Header? {
        var next = first
        var ttl: UInt32? = nil
        var hasClass = false
        while let word = next {
            if word.isQuoted { throw ZoneFault(.unknownType, at: word) }
            if scanner.text[word.start] == UInt8(ascii: "["), scanner.isAge(word) {
                // When Windows last refreshed the record; its own servers leave it out of what they serve.
            } else if scanner.text[word.start] &- 0x30 <= 9 {
                if ttl != nil { throw ZoneFault(.secondTTL, at: word) }
                ttl = try readTTL(word, scanner)
            } else if let isInternet = Self.internetClass(word, scanner) {
                if !isInternet { throw ZoneFault(.wrongClass, at: word) }
                if hasClass { throw ZoneFault(.secondClass, at: word) }
                hasClass = true
            } else if scanner.dialect.isExport, scanner.word(word, is: "azure") {
                try leaveOut(resource: word, &scanner)
                return nil
            } else {
                let (type, fields) = try types.read(word, scanner)
                if let ttl { lastTTL = ttl }
                return Header(type: type, fields: fields, ttl: ttl)
            }
            next = try scanner.next()
        }
        throw ZoneFault(.missingType, at: scanner.here)
    }

    /// A TTL, of which one with the highest bit set means 0 (RFC 2181, section 8).
    mutating func readTTL(
        _ word: ZoneWord, _ scanner: borrowing ZoneScanner
    ) throws(ZoneFault) -> UInt32 {
        guard let seconds = scanner.seconds(word) else { throw ZoneFault(.badTTL, at: word) }
        guard seconds > Self.maximumTTL else { return seconds }
        notices.addWarning(
            place(of: word), "the TTL \(seconds) is larger than \(Self.maximumTTL) and means 0")
        return 0
    }

    /// Whether `word` is class IN; nil if it is no class.
    static func internetClass(
        _ word: ZoneWord, _ scanner: borrowing ZoneScanner
    ) -> Bool? {
        if word.count == 2 {
            if scanner.word(word, is: "in") { return true }
            if scanner.word(word, is: "ch") || scanner.word(word, is: "hs")
                || scanner.word(word, is: "cs")
            {
                return false
            }
        }
        guard word.count > 5, scanner.text[word.start].lowercasedASCII == UInt8(ascii: "c") else {
            return nil
        }
        let text = scanner.string(word).uppercased()
        guard text.hasPrefix("CLASS"), text.dropFirst(5).utf8.allSatisfy({ $0 &- 0x30 <= 9 })
        else { return nil }
        return UInt16(text.dropFirst(5)) == RecordClass.in.rawValue
    }

    /// The TTL of a record that gives none: `$TTL`'s, else the last record's (RFC 2308, section 4), else
    /// for a SOA its MINIMUM, else an hour.
    private mutating func inheritedTTL(of type: RecordType, at place: ZonePlace) -> UInt32 {
        if let ttl = defaultTTL ?? lastTTL { return ttl }
        if type == .soa {
            let minimum = min(builder.lastNumber, Self.maximumTTL)
            defaultTTL = minimum
            notices.addWarning(place, "the SOA record has no TTL; its MINIMUM, \(minimum), is used")
            return minimum
        }
        if !warnedOfTTL {
            warnedOfTTL = true
            notices.addWarning(
                place, "there is no TTL here or before; \(Self.fallbackTTL) is used")
        }
        return Self.fallbackTTL
    }

    /// The place of `word` in the file being read.
    func place(of word: ZoneWord) -> ZonePlace {
        if let fixedPlace { return fixedPlace }
        return ZonePlace(
            file: stack.last ?? 0, line: UInt32(truncatingIfNeeded: word.line),
            column: UInt32(truncatingIfNeeded: word.column))
    }

    /// Adds a mistake.
    mutating func note(_ fault: ZoneFault, in text: Span<UInt8>) {
        let end = min(fault.word.end, fault.word.start + 64)
        let octets = [UInt8](copying: text.extracting(fault.word.start..<end))
        notices.addMistake(
            place(of: fault.word),
            fault.sentence(quoting: Self.legible(octets, isCut: fault.word.count > 64)))
    }

    /// Bytes as a notice shows them.
    static func legible(_ octets: [UInt8], isCut: Bool) -> String {
        var text = ""
        for octet in octets {
            if octet >= 0x20, octet < 0x7F {
                text.unicodeScalars.append(Unicode.Scalar(octet))
            } else {
                let digits = String(octet)
                text += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }
        }
        return isCut ? text + "..." : text
    }
}

/// Types by their mnemonics, searched without making strings.
struct TypeTable {
    private var mnemonics: [UInt128] = []
    private let fields = RecordDataFields.rows

    init() {
        for layout in RecordDataLayout.rows {
            var packed: UInt128 = 0
            for octet in layout.mnemonic.utf8 {
                packed = packed << 8 | UInt128(octet.lowercasedASCII)
            }
            mnemonics.append(packed)
        }
    }

    /// The type that `word` names, and its fields when it has a layout.
    func read(
        _ word: ZoneWord, _ scanner: borrowing ZoneScanner
    ) throws(ZoneFault) -> (RecordType, RecordDataFields?) {
        if word.count <= 16 {
            var packed: UInt128 = 0
            for index in word.start..<word.end {
                packed = packed << 8 | UInt128(scanner.text[index].lowercasedASCII)
            }
            for row in mnemonics.indices where mnemonics[row] == packed {
                return (fields[row].type, fields[row])
            }
        }
        guard let type = RecordType(scanner.string(word)) else {
            throw ZoneFault(.unknownType, at: word)
        }
        if type.isMeta || type.rawValue == 0 { throw ZoneFault(.metaType(type), at: word) }
        return (type, .of(type))
    }
}
