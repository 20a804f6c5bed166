// Record data in text to bytes, field by field of the type's layout. Each reader appends to an arena
// and leaves it to the caller to cut the arena back when one of them throws.

import Addresses
import DNSWire

extension ZoneScanner {
    /// Appends the data that the rest of the entry spells, in the type's own words or as `\#` (RFC 3597).
    mutating func readData(
        of type: RecordType, fields: RecordDataFields?, origin: Name, into octets: inout [UInt8]
    ) throws(ZoneFault) {
        let begin = octets.count
        let place = here
        if try skipGenericMark() {
            try readGenericData(into: &octets)
            guard RecordDataLayout.isWellFormed(octets.span.extracting(begin...), of: type) else {
                throw ZoneFault(.wrongShape(type), at: place)
            }
        } else {
            guard let fields else {
                guard let word = try next() else { throw ZoneFault(.missing(.hexRest), at: here) }
                throw ZoneFault(.bad(.hexRest), at: word)
            }
            for index in 0..<fields.count {
                try readField(fields[index], origin: origin, into: &octets)
            }
        }
        if octets.count - begin > 65535 { throw ZoneFault(.dataTooLong, at: place) }
        guard let word = try next() else { return }
        throw ZoneFault(openLine.map { .extraWordInParentheses(since: $0) } ?? .extraWord, at: word)
    }

    /// The rest of `\# 4 0a000001`.
    private mutating func readGenericData(into octets: inout [UInt8]) throws(ZoneFault) {
        guard let word = try next() else { throw ZoneFault(.badGenericLength, at: here) }
        guard let count = number(word, limit: 65535) else {
            throw ZoneFault(.badGenericLength, at: word)
        }
        let begin = octets.count
        if count > 0 { try readHexRest(into: &octets) }
        guard octets.count - begin == Int(count) else { throw ZoneFault(.badGenericData, at: word) }
    }

    /// The next word, which must not be quoted.
    mutating func plain(for field: RecordDataField) throws(ZoneFault) -> ZoneWord {
        guard let word = try next() else { throw ZoneFault(.missing(field), at: here) }
        if word.isQuoted { throw ZoneFault(.bad(field), at: word) }
        return word
    }

    private mutating func readField(
        _ field: RecordDataField, origin: Name, into octets: inout [UInt8]
    ) throws(ZoneFault) {
        switch field {
        case .ipv4, .ipv6: try readAddress(field, into: &octets)
        case .compressibleName, .name: try readName(origin: origin, into: &octets)
        case .uint8: octets.append(UInt8(try readNumber(field, limit: 255)))
        case .uint16: octets.append(bigEndian: UInt16(try readNumber(field, limit: 65535)))
        case .uint32: octets.append(bigEndian: UInt32(try readNumber(field, limit: 0xFFFF_FFFF)))
        case .duration, .timestamp: try readTime(field, into: &octets)
        case .recordType, .algorithm, .certificateType, .syncScheme:
            try readMnemonic(field, into: &octets)
        case .characterString: try readString(into: &octets)
        case .characterStrings:
            try readStrings(into: &octets)
            while try hasMore() { try readStrings(into: &octets) }
        case .quotedRest:
            guard let word = try next() else { throw ZoneFault(.missing(field), at: here) }
            try append(text: word, to: &octets)
        case .tag: try readTag(into: &octets)
        case .hexRest:
            if try !hasMore() { throw ZoneFault(.missing(field), at: here) }
            try readHexRest(into: &octets)
        case .base64Rest: try readBase64Rest(into: &octets)
        case .hexCounted, .base32Counted: try readCounted(field, into: &octets)
        case .typeBitmap: try readTypeBitmap(into: &octets)
        case .serviceParameters: try readServiceParameters(into: &octets)
        case .location: try readLocation(into: &octets)
        case .addressPrefixes: try readAddressPrefixes(into: &octets)
        case .eui48: try readGroups(field, octets: 1, separator: "-", count: 6, into: &octets)
        case .eui64: try readGroups(field, octets: 1, separator: "-", count: 8, into: &octets)
        case .nodeIdentifier: try readNodeIdentifier(into: &octets)
        case .ipsecKey: try readIPsecKey(origin: origin, into: &octets)
        case .hostIdentity: try readHostIdentity(origin: origin, into: &octets)
        case .relay: try readRelay(origin: origin, into: &octets)
        }
    }

    mutating func readAddress(
        _ field: RecordDataField, into octets: inout [UInt8]
    ) throws(ZoneFault) {
        let word = try plain(for: field)
        guard let address = IPAddress(ascii: text.extracting(word.start..<word.end)),
            address.isIPv6 == (field == .ipv6)
        else { throw ZoneFault(.bad(field), at: word) }
        if address.isIPv6 {
            octets.append(bigEndian: address.high)
            octets.append(bigEndian: address.low)
        } else {
            octets.append(bigEndian: UInt32(truncatingIfNeeded: address.low))
        }
    }

    mutating func readName(
        origin: Name, into octets: inout [UInt8]
    ) throws(ZoneFault) {
        let word = try plain(for: .name)
        if word.count == 1, text[word.start] == UInt8(ascii: "@") {
            octets.append(contentsOf: origin.octets)
            return
        }
        let spelled = text.extracting(word.start..<word.end)
        do throws(NameTextError) {
            try Name.read(
                spelled, origin: dialect.origin(ofData: spelled, origin), into: &octets)
        } catch {
            throw ZoneFault(.name(error), at: word)
        }
    }

    mutating func readNumber(
        _ field: RecordDataField, limit: UInt64
    ) throws(ZoneFault) -> UInt64 {
        let word = try plain(for: field)
        guard let value = number(word, limit: limit) else { throw ZoneFault(.bad(field), at: word) }
        return value
    }

    private mutating func readTime(
        _ field: RecordDataField, into octets: inout [UInt8]
    ) throws(ZoneFault) {
        let word = try plain(for: field)
        let value =
            field == .duration
            ? seconds(word)
            : (word.count == 14
                ? secondsSince1970(word) : number(word, limit: 0xFFFF_FFFF).map { UInt32($0) })
        guard let value else { throw ZoneFault(.bad(field), at: word) }
        octets.append(bigEndian: value)
    }

    /// `YYYYMMDDHHmmSS` as seconds since 1970, modulo 2^32 (RFC 4034, section 3.2).
    private func secondsSince1970(_ word: ZoneWord) -> UInt32? {
        guard let number = number(word, limit: 99_991_231_235_959) else { return nil }
        return CalendarTime(decimal: number)?.seconds
    }

    private mutating func readMnemonic(
        _ field: RecordDataField, into octets: inout [UInt8]
    ) throws(ZoneFault) {
        let word = try plain(for: field)
        let capitals = string(word).uppercased()
        switch field {
        case .algorithm:
            let value =
                number(word, limit: 255).map { UInt8($0) } ?? RecordMnemonics.algorithms[capitals]
            guard let value else { throw ZoneFault(.bad(field), at: word) }
            octets.append(value)
        case .syncScheme:
            let value = capitals == "NOTIFY" ? 1 : number(word, limit: 255)
            guard let value else { throw ZoneFault(.bad(field), at: word) }
            octets.append(UInt8(value))
        case .certificateType:
            let value =
                number(word, limit: 65535).map { UInt16($0) }
                ?? RecordMnemonics.certificateTypes[capitals]
            guard let value else { throw ZoneFault(.bad(field), at: word) }
            octets.append(bigEndian: value)
        default:
            guard let type = RecordType(capitals) else { throw ZoneFault(.bad(field), at: word) }
            octets.append(bigEndian: type.rawValue)
        }
    }

    private mutating func readString(into octets: inout [UInt8]) throws(ZoneFault) {
        guard let word = try next() else {
            throw ZoneFault(.missing(.characterString), at: here)
        }
        let start = octets.count
        octets.append(0)
        try append(word, to: &octets)
        let count = octets.count - start - 1
        guard count <= 255 else { throw ZoneFault(.stringTooLong, at: word) }
        octets[start] = UInt8(count)
    }

    /// One string of a text, which in an export may be several.
    private mutating func readStrings(into octets: inout [UInt8]) throws(ZoneFault) {
        guard let word = try next() else {
            throw ZoneFault(.missing(.characterString), at: here)
        }
        try appendStrings(of: word, to: &octets)
    }

    private mutating func readTag(into octets: inout [UInt8]) throws(ZoneFault) {
        let word = try plain(for: .tag)
        guard word.count > 0, word.count <= 255 else { throw ZoneFault(.bad(.tag), at: word) }
        octets.append(UInt8(word.count))
        for index in word.start..<word.end {
            guard text[index].isASCIIAlphanumeric else { throw ZoneFault(.bad(.tag), at: word) }
            octets.append(text[index])
        }
    }
}

extension UInt8 {
    /// Whether this is a letter or digit of ASCII.
    var isASCIIAlphanumeric: Bool {
        (lowercasedASCII &- UInt8(ascii: "a")) < 26 || (self &- 0x30) <= 9
    }

    /// The value of a hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}

extension [UInt8] {
    /// Appends a number, the most significant byte first.
    mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        var shift = Number.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }
}
