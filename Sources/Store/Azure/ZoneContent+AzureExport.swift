// The output of `zone export`: a zone file that every reader accepts, written so that `az network
// private-dns zone import` reads the same records from it; also lists what az would refuse, leave
// out or read differently.

internal import Addresses
internal import DNSWire
internal import Zones

extension ZoneContent {
    /// The canonical form (see `canonicalText`) in the spellings that az reads: mapped addresses in hexadecimal, and
    /// letters beyond ASCII as they are.
    public var exportedText: [UInt8] {
        var printer = RecordPrinter(spelling: .azure)
        printCanonically(with: &printer)
        return printer.text
    }

    /// What az makes something else of when it imports the exported text, each a sentence.
    public var azureImportWarnings: [String] {
        var warnings: [String] = []
        for key in sortedKeys {
            guard let set = sets[key] else { continue }
            let label = "\(key.owner) \(key.type)"
            guard let known = AzureRecordType.allCases.first(where: { $0.type == key.type }) else {
                warnings.append("\(label): az refuses a file with a record of this type")
                continue
            }
            if known == .ns || known == .caa {
                warnings.append("\(label): az leaves it out of a private zone")
                continue
            }
            if !Self.isPlain(key.owner) {
                warnings.append("\(label): az refuses a file with such a name")
            }
            for data in set.data {
                if let target = Self.target(in: data, of: known), !Self.isPlain(target) {
                    warnings.append("\(label): az cuts the name \(target) short")
                }
                if known == .txt, !Self.isPlainText(data) {
                    warnings.append(
                        "\(label): az reads a text with a quote, a backslash, a control character or "
                            + "nothing in it otherwise than it is")
                }
            }
        }
        return warnings
    }

    /// Whether a name has no character beyond those that az reads in one.
    private static func isPlain(_ name: Name) -> Bool {
        name.isRoot
            || name.labels.allSatisfy { label in
                label.allSatisfy { octet in
                    octet &- 0x30 < 10 || (octet | 0x20) &- 0x61 < 26
                        || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "*")].contains(octet)
                }
            }
    }

    private static func target(in data: [UInt8], of type: AzureRecordType) -> Name? {
        let offset: Int
        switch type {
        case .cname, .ptr, .soa: offset = 0
        case .mx: offset = 2
        case .srv: offset = 6
        default: return nil
        }
        var end = offset
        while end < data.count, data[end] != 0 { end += 1 + Int(data[end]) }
        guard end < data.count else { return nil }
        return try? Name(wire: data.span.extracting(offset...end))
    }

    /// Whether az reads the text of a record as it is.
    private static func isPlainText(_ data: [UInt8]) -> Bool {
        let octets = TextContent(data).octets
        let special = [UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x7F]
        return !octets.isEmpty && !octets.contains { $0 < 0x20 || special.contains($0) }
            && String(validating: octets, as: UTF8.self) != nil
    }
}
