// Names as zone files write them (RFC 1035, section 5.1): dots between labels, `\.` and `\065` for what
// would otherwise mean something else.

/// What is wrong with a name in text.
public enum NameTextError: Error, Equatable, Sendable {
    /// No bytes at all.
    case empty
    /// Two dots in a row, or one at the start.
    case emptyLabel
    /// A label of more than 63 bytes.
    case labelTooLong
    /// More than 255 bytes in wire form.
    case nameTooLong
    /// A backslash at the end, or one before digits that are not a number from 000 to 255.
    case badEscape
}

extension Name {
    /// Reads a name; one that does not end with a dot is completed with `origin`.
    ///
    /// `@` has no meaning here.
    public init(
        text: some StringProtocol, origin: Name = .root
    ) throws(NameTextError) {
        var wire: [UInt8] = []
        let octets = Array(text.utf8)
        try Self.read(octets.span, origin: origin, into: &wire)
        do throws(WireError) {
            try self.init(wire: wire.span)
        } catch {
            throw error == .nameTooLong ? .nameTooLong : .labelTooLong
        }
    }

    /// Appends to `wire` the name that `text` spells, completed with `origin` unless it ends with a dot.
    ///
    /// On an error `wire` holds part of a name and is to be cut back by the caller.
    public static func read(
        _ text: Span<UInt8>, origin: Name, into wire: inout [UInt8]
    ) throws(NameTextError) {
        if text.isEmpty { throw .empty }
        let begin = wire.count
        if text.count == 1, text[0] == UInt8(ascii: ".") {
            wire.append(0)
            return
        }
        var labelStart = begin
        wire.append(0)
        var index = 0
        var endsWithDot = false
        while index < text.count {
            var octet = text[index]
            index += 1
            endsWithDot = octet == UInt8(ascii: ".")
            if endsWithDot {
                try close(label: labelStart, in: &wire)
                labelStart = wire.count
                wire.append(0)
                continue
            }
            if octet == UInt8(ascii: "\\") { octet = try readEscape(text, at: &index) }
            wire.append(octet)
            if wire.count - begin > 255 + 63 { throw .nameTooLong }
        }
        if !endsWithDot {
            try close(label: labelStart, in: &wire)
            wire.append(contentsOf: origin.octets)
        }
        if wire.count - begin > 255 { throw .nameTooLong }
    }

    private static func close(label start: Int, in wire: inout [UInt8]) throws(NameTextError) {
        let length = wire.count - start - 1
        if length == 0 { throw .emptyLabel }
        if length > 63 { throw .labelTooLong }
        wire[start] = UInt8(length)
    }

    /// The byte of an escape whose backslash is just before `index`.
    private static func readEscape(
        _ text: Span<UInt8>, at index: inout Int
    ) throws(NameTextError) -> UInt8 {
        guard index < text.count else { throw .badEscape }
        let first = text[index]
        guard first >= 0x30, first <= 0x39 else {
            index += 1
            return first
        }
        guard index + 2 < text.count else { throw .badEscape }
        var value = 0
        for offset in 0..<3 {
            let digit = text[index + offset]
            guard digit >= 0x30, digit <= 0x39 else { throw .badEscape }
            value = value * 10 + Int(digit - 0x30)
        }
        guard value <= 255 else { throw .badEscape }
        index += 3
        return UInt8(value)
    }
}

extension Name: CustomStringConvertible {
    /// The name with a final dot, escaped so that `init(text:)` reads it back byte for byte.
    public var description: String {
        if isRoot { return "." }
        var text = ""
        for label in labels {
            for octet in label { Self.append(octet, to: &text) }
            text.append(".")
        }
        return text
    }

    private static func append(_ octet: UInt8, to text: inout String) {
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "$"):
            text.append("\\")
            text.unicodeScalars.append(Unicode.Scalar(octet))
        case 0x21...0x7E:
            text.unicodeScalars.append(Unicode.Scalar(octet))
        default:
            let digits = String(octet)
            text.append("\\" + String(repeating: "0", count: 3 - digits.count) + digits)
        }
    }
}
