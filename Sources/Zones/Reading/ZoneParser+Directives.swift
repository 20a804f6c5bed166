// The directives `$ORIGIN` and `$INCLUDE` (RFC 1035, section 5.1) and `$TTL` (RFC 2308, section 4).

import DNSWire

extension ZoneParser {
    /// Carries out the directive whose name was read; its arguments are the rest of the entry.
    mutating func readDirective(
        _ name: ZoneWord, _ scanner: inout ZoneScanner,
        include: (_ path: String, _ file: String) -> ZoneInclusion
    ) throws(ZoneFault) {
        if scanner.word(name, is: "$origin") {
            let word = try Self.argument(&scanner)
            origin = try readOrigin(word, scanner)
            if scanner.dialect == .azureExport, scanner.isRelative(word) {
                scanner.dialect = .portalExport
            }
            try Self.expectEnd(&scanner)
        } else if scanner.word(name, is: "$ttl") {
            let word = try Self.argument(&scanner)
            defaultTTL = try readTTL(word, scanner)
            try Self.expectEnd(&scanner)
        } else if scanner.word(name, is: "$include") {
            try readInclude(&scanner, include: include)
        } else if scanner.word(name, is: "$generate") {
            try readGenerate(name, &scanner)
        } else {
            throw ZoneFault(.unknownDirective, at: name)
        }
    }

    static func argument(_ scanner: inout ZoneScanner) throws(ZoneFault) -> ZoneWord {
        guard let word = try scanner.next() else {
            throw ZoneFault(.missingArgument, at: scanner.here)
        }
        return word
    }

    private static func expectEnd(_ scanner: inout ZoneScanner) throws(ZoneFault) {
        if let word = try scanner.next() { throw ZoneFault(.extraArgument, at: word) }
    }

    /// The name in an argument. It is relative to the origin, unless it is in an export or ends
    /// with the zone's own name, which is never meant twice.
    private mutating func readOrigin(
        _ word: ZoneWord, _ scanner: borrowing ZoneScanner
    ) throws(ZoneFault) -> Name {
        if word.isQuoted { throw ZoneFault(.badOrigin, at: word) }
        if word.count == 1, scanner.text[word.start] == UInt8(ascii: "@") { return origin }
        guard scanner.isRelative(word) else {
            return try Self.name(word, scanner, below: .root)
        }
        let absolute = try Self.name(word, scanner, below: .root)
        if scanner.dialect.isExport { return absolute }
        let zone = builder.origin
        guard !zone.isRoot, absolute.isAtOrBelow(zone) else {
            return try Self.name(word, scanner, below: origin)
        }
        notices.addWarning(
            place(of: word), "$ORIGIN lacks its final dot and is read as \(absolute)")
        return absolute
    }

    private static func name(
        _ word: ZoneWord, _ scanner: borrowing ZoneScanner, below origin: Name
    ) throws(ZoneFault) -> Name {
        var wire: [UInt8] = []
        do throws(NameTextError) {
            try Name.read(
                scanner.text.extracting(word.start..<word.end), origin: origin, into: &wire)
        } catch {
            throw ZoneFault(.name(error), at: word)
        }
        do throws(WireError) {
            return try Name(wire: wire.span)
        } catch {
            throw ZoneFault(.badOrigin, at: word)
        }
    }

    private mutating func readInclude(
        _ scanner: inout ZoneScanner,
        include: (_ path: String, _ file: String) -> ZoneInclusion
    ) throws(ZoneFault) {
        let path = try Self.argument(&scanner)
        var inner = origin
        if let word = try scanner.next() {
            inner = try readOrigin(word, scanner)
        }
        try Self.expectEnd(&scanner)
        guard stack.count <= Self.maximumDepth else { throw ZoneFault(.includeTooDeep, at: path) }
        guard inclusions < Self.maximumInclusions else {
            throw ZoneFault(.tooManyInclusions, at: path)
        }
        inclusions += 1
        var octets: [UInt8] = []
        try scanner.append(path, to: &octets)
        let text = String(decoding: octets, as: UTF8.self)
        switch include(text, notices.files[Int(stack.last ?? 0)]) {
        case .unreadable(let why, let file):
            _ = notices.index(of: file)
            notices.addMistake(place(of: path), "cannot include \"\(text)\": \(why)")
        case .octets(let octets, let file):
            guard let index = notices.index(of: file) else {
                throw ZoneFault(.includeTooDeep, at: path)
            }
            if stack.contains(index) { throw ZoneFault(.includeCycle, at: path) }
            readIncluded(octets.span, index, origin: inner, include: include)
        }
    }

    /// Reads an included file; origin and owner are then as they were.
    private mutating func readIncluded(
        _ text: Span<UInt8>, _ file: UInt16, origin inner: Name,
        include: (_ path: String, _ file: String) -> ZoneInclusion
    ) {
        settleOwner()
        let outer = (origin, owner, hasOwner)
        origin = inner
        owner = nil
        hasOwner = false
        stack.append(file)
        read(text, include: include)
        stack.removeLast()
        (origin, owner, hasOwner) = outer
        isOwnerNew = false
    }
}
