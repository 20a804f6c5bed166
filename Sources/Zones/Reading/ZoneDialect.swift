// The dialect of a zone file. Azure's exports, az's and the portal's, are zone files except for the
// names in their data, the escapes in their texts and two kinds of lines. The daemon and the import
// both follow the decision made here. Only the comment at the start of an export identifies it.

import DNSWire

/// Whose rules a zone's text follows.
enum ZoneDialect: Sendable {
    /// RFC 1035, section 5.
    case masterFile
    /// An export of `az network dns` or `private-dns zone export`: names in data, and `$ORIGIN`, are absolute without a final
    /// dot too; a text is its value, with no other escape than a backslash before a quote, and may be longer than one
    /// string; alias record sets of Azure resources and empty record sets are lines of their own.
    case azureExport
    /// The portal's: the same, but a name of one label in data is relative.
    case portalExport

    /// Whether it is one of Azure's.
    var isExport: Bool { self != .masterFile }
}

extension ZoneDialect {
    /// How far into a text the comment is looked for.
    private static let searchLimit = 4096
    private static let mark = Array("Exported zone file from Azure".utf8)

    /// The dialect of `text`: an export says what it is in a comment before its first entry.
    ///
    /// The portal's export differs from az's in its `$ORIGIN` (see ZoneParser).
    init(of text: Span<UInt8>) {
        self = .masterFile
        var position = 0
        let end = min(text.count, Self.searchLimit)
        while position < end {
            var lineEnd = position
            while lineEnd < end, text[lineEnd] != 0x0A { lineEnd += 1 }
            var start = position
            while start < lineEnd, text[start] == 0x20 || text[start] == 0x09 || text[start] == 0x0D
            {
                start += 1
            }
            if start < lineEnd {
                guard text[start] == UInt8(ascii: ";") else { return }
                if Self.holdsMark(text.extracting(start..<lineEnd)) {
                    self = .azureExport
                    return
                }
            }
            position = lineEnd + 1
        }
    }

    private static func holdsMark(_ line: Span<UInt8>) -> Bool {
        guard line.count >= mark.count else { return false }
        for start in 0...(line.count - mark.count) {
            var index = 0
            while index < mark.count, line[start + index] == mark[index] { index += 1 }
            if index == mark.count { return true }
        }
        return false
    }

    /// What completes the name that `word` spells in a record's data without a final dot.
    func origin(ofData word: Span<UInt8>, _ origin: Name) -> Name {
        switch self {
        case .masterFile: return origin
        case .azureExport: return .root
        case .portalExport:
            for index in word.indices where word[index] == UInt8(ascii: ".") { return .root }
            return origin
        }
    }
}

extension ZoneScanner {
    /// Whether `word` spells a name without a final dot.
    func isRelative(_ word: ZoneWord) -> Bool {
        guard word.count > 0, text[word.end - 1] == UInt8(ascii: ".") else { return true }
        // A dot after an odd number of backslashes belongs to the last label.
        var index = word.end - 1
        while index > word.start, text[index - 1] == UInt8(ascii: "\\") { index -= 1 }
        return (word.end - 1 - index) % 2 == 1
    }

    /// Appends the bytes of a text as it is meant: in an export a backslash is one, but before a quote.
    func append(text word: ZoneWord, to octets: inout [UInt8]) throws(ZoneFault) {
        guard dialect.isExport else { return try append(word, to: &octets) }
        for index in word.start..<word.end {
            let isEscape =
                text[index] == UInt8(ascii: "\\") && index + 1 < word.end
                && text[index + 1] == UInt8(ascii: "\"")
            if !isEscape { octets.append(text[index]) }
        }
    }

    /// Appends the strings that `word` is: one, or in an export as many as its length needs (RFC 1035, section 3.3).
    mutating func appendStrings(
        of word: ZoneWord, to octets: inout [UInt8]
    ) throws(ZoneFault) {
        let start = octets.count
        octets.append(0)
        try append(text: word, to: &octets)
        if dialect.isExport, octets.count - start > 65535 {
            throw ZoneFault(.dataTooLong, at: word)
        }
        var string = start
        while octets.count - string - 1 > 255 {
            guard dialect.isExport else { throw ZoneFault(.stringTooLong, at: word) }
            octets[string] = 255
            string += 256
            octets.insert(0, at: string)
        }
        octets[string] = UInt8(octets.count - string - 1)
    }
}
