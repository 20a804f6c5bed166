// TXT records by their text. Azure's exports join the strings of a record and write two different
// contents alike, so an export and its zone have different data but the same texts.

internal import DNSWire
internal import Zones

/// The content of a TXT record: its strings joined.
struct TextContent: Equatable {
    /// The bytes of all strings.
    let octets: [UInt8]

    /// The content of well-formed data.
    init(_ data: [UInt8]) {
        var octets: [UInt8] = []
        var position = 0
        while position < data.count {
            let end = min(data.count, position + 1 + Int(data[position]))
            octets += data[(position + 1)..<end]
            position = end
        }
        self.octets = octets
    }

    /// The content as an export prints it: a quote has a backslash in front of it, unless it has one already; a
    /// backslash at the end is lost.
    var exported: [UInt8] {
        var text: [UInt8] = []
        var isEscaping = false
        for octet in octets {
            if octet == UInt8(ascii: "\"") {
                text += [UInt8(ascii: "\\"), octet]
                isEscaping = false
            } else if octet == UInt8(ascii: "\\") {
                if isEscaping { text += [octet, octet] }
                isEscaping.toggle()
            } else {
                if isEscaping { text.append(UInt8(ascii: "\\")) }
                text.append(octet)
                isEscaping = false
            }
        }
        return text
    }
}

/// Whether two records' data say the same.
struct DataComparison {
    let type: RecordType
    /// Whether one side comes from an export.
    var isExported = false

    /// Whether they do.
    func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        if RecordDataLayout.isSame(left.span, right.span, of: type) { return true }
        guard type == .txt else { return false }
        let (left, right) = (TextContent(left), TextContent(right))
        return left == right || isExported && left.exported == right.exported
    }

    /// Whether two sets of data say the same, in any order.
    func isSame(_ left: [[UInt8]], _ right: [[UInt8]]) -> Bool {
        left.allSatisfy { data in right.contains { isSame(data, $0) } }
            && right.allSatisfy { data in left.contains { isSame(data, $0) } }
    }
}
