// Reports as text: labels in one column and values in the next, rows as a table. The values come
// from packets and files, so terminal control characters are escaped.

/// Writes reports as aligned lines.
enum ReportText {
    /// The fields, one to a line or more.
    static func render(_ fields: [ReportField]) -> String {
        let width = fields.filter { !$0.value.isTable }.map(\.label.count).max() ?? 0
        var lines: [String] = []
        for field in fields {
            if case .rows(let rows) = field.value {
                append(table: rows, label: field.label, to: &lines)
            } else {
                append(field, labelWidth: width, to: &lines)
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func append(
        _ field: ReportField, labelWidth: Int, to lines: inout [String]
    ) {
        let label = field.label.isEmpty ? "" : field.label + ":"
        let values: [String] =
            if case .list(let texts) = field.value {
                texts.isEmpty ? ["none"] : texts.map(visible)
            } else { [text(of: field.value)] }
        let indent = label.isEmpty ? 0 : labelWidth + 3
        for (index, value) in values.enumerated() {
            lines.append(padded(index == 0 ? label : "", to: indent) + value)
        }
    }

    private static func append(
        table rows: [[ReportField]], label: String, to lines: inout [String]
    ) {
        guard let first = rows.first else {
            lines.append(label.isEmpty ? "none" : label + ": none")
            return
        }
        if !label.isEmpty { lines.append(label + ":") }
        let cells = [first.map(\.label)] + rows.map { row in row.map { text(of: $0.value) } }
        let widths = first.indices.map { column in
            cells.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        for line in cells {
            let columns = zip(line, widths).enumerated().map { index, cell in
                index == line.count - 1 ? cell.0 : padded(cell.0, to: cell.1)
            }
            let indent = label.isEmpty ? "" : "  "
            lines.append(trimmed(indent + columns.joined(separator: "  ")))
        }
    }

    static func text(of value: ReportValue) -> String {
        switch value {
        case .absent: "-"
        case .text(let string): visible(string)
        case .integer(let number): String(number)
        case .seconds(let seconds): duration(seconds)
        case .decimal(let nanoseconds): nanoseconds.asSeconds
        case .octets(let octets): size(octets)
        case .perMille(let number): "\(number / 10).\(number % 10) %"
        case .boolean(let flag): flag ? "yes" : "no"
        case .outcome(let flag, let yes, let no): flag ? yes : no
        case .list(let strings):
            strings.isEmpty ? "-" : strings.map(visible).joined(separator: "; ")
        case .rows(let rows): String(rows.count)
        }
    }

    /// The two largest units, such as `3d 4h`.
    private static func duration(_ seconds: Int) -> String {
        if seconds < 0 { return "\(seconds)s" }
        let parts = [
            (seconds / 86400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"),
            (seconds % 60, "s"),
        ]
        let used = parts.drop { $0.0 == 0 }.prefix(2)
        return used.isEmpty ? "0s" : used.map { "\($0.0)\($0.1)" }.joined(separator: " ")
    }

    /// In the largest unit that leaves a whole part, rounded down to a tenth.
    private static func size(_ octets: Int) -> String {
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        guard let unit = units.first(where: { octets >= $0.0 }) else { return "\(octets) bytes" }
        let tenths = octets / unit.0 * 10 + octets % unit.0 * 10 / unit.0
        return "\(tenths / 10).\(tenths % 10) \(unit.1)"
    }

    /// The text with control characters escaped, as in `\u{1b}`.
    private static func visible(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                shown.append("\\u{" + String(scalar.value, radix: 16) + "}")
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func trimmed(_ text: String) -> String {
        var text = text
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }
}

extension ReportValue {
    fileprivate var isTable: Bool {
        if case .rows = self { true } else { false }
    }
}
