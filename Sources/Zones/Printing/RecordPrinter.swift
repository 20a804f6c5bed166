// Prints records as text that reads back to the same bytes: absolute names, the type's own text
// form if the data are valid, else `\#` (RFC 3597).

import Addresses
public import DNSWire

/// Appends records, and parts of records, to a text of bytes.
public struct RecordPrinter: Sendable {
    /// Which of the spellings that read back alike are taken.
    public enum Spelling: Sendable {
        /// The usual ones, in ASCII.
        case usual
        /// Those that az reads too: mapped IPv4 addresses in hexadecimal, UTF-8 in texts as it is.
        case azure
    }

    /// What was printed.
    public var text: [UInt8] = []
    private let spelling: Spelling

    /// Whether only the spellings are used that BIND 9.18, Knot 3.2 and NSD 4.6 can all read.
    var isPortable = false

    /// A printer with an empty text.
    public init(spelling: Spelling = .usual) { self.spelling = spelling }

    /// Appends the data of a record in its type's own text form, or as `\#` if that is not
    /// possible.
    public mutating func append(data: Span<UInt8>, of type: RecordType) {
        let begin = text.count
        if let layout = RecordDataLayout.of(type), !isPortable || type.isWidelyKnown,
            RecordDataLayout.isWellFormed(data, of: type)
        {
            var position = 0
            var isPrinted = true
            for field in layout.fields where isPrinted {
                guard let end = field.end(in: data, at: position) else { break }
                if text.count > begin, end > position || field == .quotedRest { append(" ") }
                isPrinted = append(field, data.extracting(position..<end))
                position = end
            }
            if isPrinted, text.count > begin { return }
            text.removeLast(text.count - begin)
        }
        append(generic: data)
    }

    /// Appends data as `\#` and hexadecimal digits (RFC 3597, section 5).
    public mutating func append(generic data: Span<UInt8>) {
        append("\\# \(data.count)")
        if data.count > 0 { append(" ") }
        appendHex(data)
    }

    /// Appends a whole record with a line end, in spellings that BIND 9.18, Knot 3.2 and NSD 4.6 can read; `owner` is
    /// in uncompressed wire form.
    public mutating func append(
        owner: Span<UInt8>, ttl: UInt32, type: RecordType, data: Span<UInt8>
    ) {
        isPortable = true
        append(name: owner)
        append(" \(ttl) IN ")
        append(mnemonic: type)
        append(" ")
        append(data: data, of: type)
        text.append(0x0A)
        isPortable = false
    }

    /// Appends a name with its final dot; `wire` is uncompressed.
    public mutating func append(name wire: Span<UInt8>) {
        if wire.count <= 1 {
            append(".")
            return
        }
        var next = 0
        for index in 0..<(wire.count - 1) {
            if index == next {
                if index > 0 { append(".") }
                next += Int(wire[index]) + 1
            } else {
                append(nameOctet: wire[index])
            }
        }
        append(".")
    }

    /// Appends `text`.
    mutating func append(_ text: String) { self.text.append(contentsOf: text.utf8) }

    private mutating func append(nameOctet octet: UInt8) {
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "$"):
            text.append(UInt8(ascii: "\\"))
            text.append(octet)
        case 0x21...0x7E:
            if isPortable, !octet.isPlainInNames { text.append(UInt8(ascii: "\\")) }
            text.append(octet)
        default: append(escape: octet)
        }
    }

    /// Appends a type's mnemonic, or its number where a reader may not know that.
    private mutating func append(mnemonic type: RecordType) {
        append(isPortable && !type.isWidelyKnown ? "TYPE\(type.rawValue)" : type.description)
    }

    /// Appends a byte as a backslash and three digits.
    private mutating func append(escape octet: UInt8) {
        text.append(UInt8(ascii: "\\"))
        text.append(0x30 + octet / 100)
        text.append(0x30 + octet / 10 % 10)
        text.append(0x30 + octet % 10)
    }

    /// Appends bytes in quotes.
    mutating func append(quoted octets: Span<UInt8>) {
        append("\"")
        let isUTF8 =
            spelling == .azure
            && String(validating: [UInt8](copying: octets), as: UTF8.self) != nil
        for index in octets.indices {
            switch octets[index] {
            case 0x80... where isUTF8: text.append(octets[index])
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text.append(UInt8(ascii: "\\"))
                text.append(octets[index])
            case 0x20...0x7E: text.append(octets[index])
            default: append(escape: octets[index])
            }
        }
        append("\"")
    }

    mutating func appendHex(_ octets: Span<UInt8>) {
        for index in octets.indices {
            text.append(Self.hexDigit(octets[index] >> 4))
            text.append(Self.hexDigit(octets[index] & 15))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : UInt8(ascii: "a") + value - 10
    }
}

extension RecordPrinter {
    /// Appends one field; false if it has no text form.
    private mutating func append(_ field: RecordDataField, _ octets: Span<UInt8>) -> Bool {
        switch field {
        case .compressibleName, .name: append(name: octets)
        case .uint8, .algorithm, .syncScheme: append(String(octets[0]))
        case .uint16, .certificateType: append(String(octets.bigEndian16(at: 0)))
        case .uint32, .duration: append(String(octets.bigEndian32(at: 0)))
        case .timestamp:
            append(String(CalendarTime(seconds: octets.bigEndian32(at: 0)).decimal))
        case .recordType:
            append(mnemonic: RecordType(rawValue: UInt16(octets.bigEndian16(at: 0))))
        case .ipv4: append(IPAddress(ipv4: octets.bigEndian32(at: 0)).description)
        case .ipv6: append(ipv6: octets)
        case .characterString: append(quoted: octets.extracting(1...))
        case .characterStrings: appendStrings(octets)
        case .quotedRest: append(quoted: octets)
        case .tag: text.append(contentsOf: [UInt8](copying: octets.extracting(1...)))
        case .hexRest: appendHex(octets)
        case .base64Rest: appendBase64(octets)
        case .hexCounted:
            if octets.count == 1 { append("-") } else { appendHex(octets.extracting(1...)) }
        case .base32Counted: appendBase32(octets.extracting(1...))
        case .typeBitmap: appendTypes(octets)
        case .serviceParameters: appendServiceParameters(octets)
        case .location: return appendLocation(octets)
        case .addressPrefixes: return appendPrefixes(octets)
        case .eui48, .eui64: appendGroups(octets, size: 1, separator: "-")
        case .nodeIdentifier: appendGroups(octets, size: 2, separator: ":")
        case .ipsecKey: appendIPsecKey(octets)
        case .hostIdentity: appendHostIdentity(octets)
        case .relay: appendRelay(octets)
        }
        return true
    }

    private mutating func append(ipv6 octets: Span<UInt8>) {
        let address = Self.ipv6(octets)
        let isMapped = address.high == 0 && address.low >> 32 == 0xFFFF
        guard spelling == .azure, isMapped else {
            append(address.description)
            return
        }
        let (first, second) = (
            UInt16(octets.bigEndian16(at: 12)), UInt16(octets.bigEndian16(at: 14))
        )
        append("::ffff:\(String(first, radix: 16)):\(String(second, radix: 16))")
    }

    static func ipv6(_ octets: Span<UInt8>) -> IPAddress {
        IPAddress(
            ipv6High: UInt64(octets.bigEndian32(at: 0)) << 32 | UInt64(octets.bigEndian32(at: 4)),
            low: UInt64(octets.bigEndian32(at: 8)) << 32 | UInt64(octets.bigEndian32(at: 12)))
    }

    private mutating func appendStrings(_ octets: Span<UInt8>) {
        var position = 0
        while position < octets.count {
            if position > 0 { append(" ") }
            let end = position + 1 + Int(octets[position])
            append(quoted: octets.extracting((position + 1)..<end))
            position = end
        }
    }

    private mutating func appendGroups(_ octets: Span<UInt8>, size: Int, separator: String) {
        for index in stride(from: 0, to: octets.count, by: size) {
            if index > 0 { append(separator) }
            appendHex(octets.extracting(index..<(index + size)))
        }
    }

    private mutating func appendTypes(_ octets: Span<UInt8>) {
        var position = 0
        var isFirst = true
        while position < octets.count {
            for offset in 0..<(Int(octets[position + 1]) * 8)
            where octets[position + 2 + offset / 8] & (0x80 >> UInt8(offset % 8)) != 0 {
                if !isFirst { append(" ") }
                isFirst = false
                let number = UInt16(octets[position]) << 8 | UInt16(offset)
                append(mnemonic: RecordType(rawValue: number))
            }
            position += 2 + Int(octets[position + 1])
        }
    }

    mutating func appendBase64(_ octets: Span<UInt8>) {
        let digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        appendDigits(octets, Array(digits.utf8), bits: 6)
        for _ in 0..<((3 - octets.count % 3) % 3) { append("=") }
    }

    private mutating func appendBase32(_ octets: Span<UInt8>) {
        appendDigits(octets, Array("0123456789abcdefghijklmnopqrstuv".utf8), bits: 5)
    }

    private mutating func appendDigits(_ octets: Span<UInt8>, _ digits: [UInt8], bits: UInt32) {
        var held: UInt32 = 0
        var count: UInt32 = 0
        for index in octets.indices {
            held = held << 8 | UInt32(octets[index])
            count += 8
            while count >= bits {
                count -= bits
                text.append(digits[Int(held >> count) & (digits.count - 1)])
            }
        }
        if count > 0 { text.append(digits[Int(held << (bits - count)) & (digits.count - 1)]) }
    }
}
