// A record as a line of a zone file, either in the layout of a neighbouring line or plain.

internal import DNSWire
internal import Zones

/// Makes lines for records.
struct RecordLine {
    /// The text that the line is for.
    let text: [UInt8]
    /// `\n`, or `\r\n` where the text has that.
    let lineEnd: [UInt8]
    /// Whether the text is one of Azure's exports, where a backslash is no escape.
    private let isExport: Bool

    init(text: [UInt8]) {
        self.text = text
        isExport = ZoneReader.isExport(text.span)
        let first = text.firstIndex(of: 0x0A)
        let hasReturn = first.map { $0 > 0 && text[$0 - 1] == 0x0D } ?? false
        lineEnd = hasReturn ? [0x0D, 0x0A] : [0x0A]
    }

    /// `owner ttl IN type data`, the owner relative to `origin` where it is below it.
    func plain(_ record: ZoneRecord, origin: Name?) -> [UInt8] {
        Self.owner(record.owner, relativeTo: origin)
            + Array(" \(record.ttl) IN \(record.type) ".utf8) + data(of: record) + lineEnd
    }

    /// The record in the layout of `neighbour`; nil if that has more than one line.
    func line(_ record: ZoneRecord, like neighbour: ZoneEntry) -> [UInt8]? {
        guard case .record(let words) = neighbour.form, let data = words.data.first else {
            return nil
        }
        let head = text[neighbour.range.lowerBound..<data.lowerBound]
        let layoutBreaks = Array("()\n\";\\".utf8)
        guard !head.contains(where: { layoutBreaks.contains($0) }) else { return nil }
        let owner = Self.owner(record.owner, relativeTo: neighbour.origin)
        let gapStart = words.owner?.upperBound ?? neighbour.range.lowerBound
        let gap = text[gapStart..<words.header]
        let column = Self.column(of: text[neighbour.range.lowerBound..<words.header])
        var line = owner
        if gap.contains(0x09) {
            repeat { line.append(0x09) } while Self.column(of: line[...]) < column
        } else {
            repeat { line.append(0x20) } while line.count < column
        }
        let needsTTL = words.ttl == nil && neighbour.defaultTTL != record.ttl
        if needsTTL { line += Array("\(record.ttl) ".utf8) }
        var position = words.header
        for range in [words.ttl, words.type].compactMap({ $0 }).sorted(by: {
            $0.lowerBound < $1.lowerBound
        }) {
            line += text[position..<range.lowerBound]
            let word = range == words.ttl ? "\(record.ttl)" : "\(record.type)"
            line += Array(word.utf8)
            position = range.upperBound
            // What the word is longer or shorter than the neighbour's is taken from, or put to, the blanks.
            var difference = word.utf8.count - range.count
            while difference > 0, position + 1 < data.lowerBound, text[position] == 0x20,
                text[position + 1] == 0x20
            {
                position += 1
                difference -= 1
            }
            if difference < 0, text[position] == 0x20, text[position + 1] == 0x20 {
                line += [UInt8](repeating: 0x20, count: -difference)
            }
        }
        line += text[position..<data.lowerBound]
        return line + self.data(of: record) + lineEnd
    }

    /// The data of a record as text.
    func data(of record: ZoneRecord) -> [UInt8] {
        var printer = RecordPrinter()
        // Data that would need escapes are written in the form without any (RFC 3597, section 5).
        if isExport, record.type == .txt {
            printer.append(generic: record.data.span)
        } else {
            printer.append(data: record.data.span, of: record.type)
        }
        return printer.text
    }

    /// An owner as text: `@` and relative names at and below `origin`, else absolute.
    static func owner(_ owner: Name, relativeTo origin: Name?) -> [UInt8] {
        if let origin, !origin.isRoot {
            if owner == origin { return [UInt8(ascii: "@")] }
            let labels = owner.labels.dropLast(origin.labelCount)
            if owner.isAtOrBelow(origin), let relative = try? Name(labels: labels) {
                return Array("\(relative)".utf8.dropLast())
            }
        }
        return Array("\(owner)".utf8)
    }

    /// The column after a text, with a tab stop every eight columns.
    private static func column(of text: ArraySlice<UInt8>) -> Int {
        text.reduce(0) { column, octet in octet == 0x09 ? column / 8 * 8 + 8 : column + 1 }
    }
}
