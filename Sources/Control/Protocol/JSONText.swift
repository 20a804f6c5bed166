// Writes JSON (RFC 8259) in the order of the fields and without blanks, so equal reports give equal
// texts. It does not read JSON.

/// Writes JSON.
public enum JSONText {
    /// An object of the fields in their order.
    public static func render(_ fields: [ReportField]) -> String {
        var text = ""
        append(fields, to: &text)
        return text
    }

    /// A string in quotes, with control characters, quotes and backslashes escaped.
    public static func quote(_ string: String) -> String {
        var text = ""
        append(string, to: &text)
        return text
    }

    private static func append(_ fields: [ReportField], to text: inout String) {
        text.append("{")
        for (index, field) in fields.enumerated() {
            if index > 0 { text.append(",") }
            append(field.key, to: &text)
            text.append(":")
            append(field.value, to: &text)
        }
        text.append("}")
    }

    private static func append(_ value: ReportValue, to text: inout String) {
        switch value {
        case .absent: text.append("null")
        case .text(let string): append(string, to: &text)
        case .integer(let number), .seconds(let number), .octets(let number):
            text.append(String(number))
        case .perMille(let number):
            let digits = String(number % 1_000 + 1_000).dropFirst()
            text.append("\(number / 1_000).\(digits)")
        case .decimal(let nanoseconds): text.append(nanoseconds.asSeconds)
        case .boolean(let flag), .outcome(let flag, _, _):
            text.append(flag ? "true" : "false")
        case .list(let strings):
            append(array: strings, to: &text) { string, text in append(string, to: &text) }
        case .rows(let rows):
            append(array: rows, to: &text) { row, text in append(row, to: &text) }
        }
    }

    private static func append<Element>(
        array: [Element], to text: inout String, element: (Element, inout String) -> Void
    ) {
        text.append("[")
        for (index, member) in array.enumerated() {
            if index > 0 { text.append(",") }
            element(member, &text)
        }
        text.append("]")
    }

    private static func append(_ string: String, to text: inout String) {
        text.append("\"")
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text.append("\\\"")
            case "\\": text.append("\\\\")
            case "\n": text.append("\\n")
            case "\r": text.append("\\r")
            case "\t": text.append("\\t")
            case let active where VisibleText.isActive(active):
                let digits = String(scalar.value, radix: 16)
                text.append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: text.unicodeScalars.append(scalar)
            }
        }
        text.append("\"")
    }
}
