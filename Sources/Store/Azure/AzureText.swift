// The text of an input before anything is read of it: its encoding, and whether it is JSON, a zone file or one of the
// other things that az, a shell or a terminal make of an output. Those end in one sentence that says what to do.

internal import Zones

/// An input as text.
struct AzureText {
    /// What it is read as.
    enum Form {
        case json
        case masterFile
    }

    /// The text in UTF-8, without a mark at its start.
    let octets: [UInt8]
    let form: Form

    /// Decodes an input and determines its form; refuses anything else.
    init(_ octets: [UInt8], file: String) throws(StoreError) {
        guard let text = Self.decoded(octets) else {
            throw .refused("\(file): this is neither UTF-8 nor UTF-16")
        }
        self.octets = text
        guard let first = text.first(where: { !Self.isBlank($0) }) else {
            throw .refused("\(file): the output is empty; if az failed, standard error says why")
        }
        if text.contains(0x1B) {
            throw .refused(
                "\(file): this contains a terminal's color codes and cannot be read: "
                    + "run az with -o json and keep standard error out of the file")
        }
        if let sentence = Self.messageOfAzure(in: text) { throw .refused("\(file): \(sentence)") }
        let isJSON = [UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\"")].contains(first)
        if isJSON || Self.isLiteral(text) {
            form = .json
            return
        }
        if let sentence = Self.otherFormat(of: text) { throw .refused("\(file): \(sentence)") }
        form = .masterFile
    }

    private static func isBlank(_ octet: UInt8) -> Bool {
        octet == 0x20 || (0x09...0x0D).contains(octet)
    }

    /// Whether the whole text is one of JSON's words or a number, as a `--query` may leave.
    private static func isLiteral(_ text: [UInt8]) -> Bool {
        guard text.count < 64 else { return false }
        let words = text.split(whereSeparator: isBlank)
        guard words.count == 1, let word = words.first else { return false }
        let spelled = String(decoding: word, as: UTF8.self)
        return ["null", "true", "false"].contains(spelled) || Double(spelled) != nil
    }

    // MARK: Encodings

    /// The bytes as UTF-8 without a mark at the start; PowerShell writes UTF-16, some shells without a mark.
    private static func decoded(_ octets: [UInt8]) -> [UInt8]? {
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(octets.dropFirst(3)) }
        if octets.starts(with: [0xFF, 0xFE]) { return utf16(octets.dropFirst(2), isLittle: true) }
        if octets.starts(with: [0xFE, 0xFF]) { return utf16(octets.dropFirst(2), isLittle: false) }
        guard octets.count > 1, octets.count.isMultiple(of: 2) else { return octets }
        if octets[0] != 0, octets[1] == 0 { return utf16(octets[...], isLittle: true) }
        if octets[0] == 0, octets[1] != 0 { return utf16(octets[...], isLittle: false) }
        return octets
    }

    private static func utf16(_ octets: ArraySlice<UInt8>, isLittle: Bool) -> [UInt8]? {
        guard octets.count.isMultiple(of: 2) else { return nil }
        let units = stride(from: octets.startIndex, to: octets.endIndex, by: 2).map { index in
            let (low, high) =
                isLittle
                ? (octets[index], octets[index + 1]) : (octets[index + 1], octets[index])
            return UInt16(high) << 8 | UInt16(low)
        }
        return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
    }

    // MARK: What is no output

    /// The advice for a line that az writes to standard error; nil if there is none.
    ///
    /// No line of JSON and none of a zone file begins like these.
    private static func messageOfAzure(in text: [UInt8]) -> String? {
        var warning: String? = nil
        for line in lines(of: text, beginningWith: [UInt8(ascii: "E"), UInt8(ascii: "W")]) {
            if line.hasPrefix("ERROR:") {
                return "az failed, and this is its message instead of output: "
                    + shortened(line.dropFirst("ERROR:".count))
            }
            guard line.hasPrefix("WARNING:") else { continue }
            if line.contains("Token of next page") {
                return
                    "the listing continues after these entries (--max-items), and this includes az's "
                    + "warning about it: list everything, and keep standard error out of the file"
            }
            warning = warning ?? shortened(line.dropFirst("WARNING:".count))
        }
        return warning.map {
            "this includes a warning of az beside its output: keep standard error out of the file "
                + "(no 2>&1), or run az with --only-show-errors; the warning is: \($0)"
        }
    }

    /// The lines whose first byte is one of `first`, as text.
    private static func lines(of text: [UInt8], beginningWith first: [UInt8]) -> [String] {
        var found: [String] = []
        var start = 0
        while start < text.count {
            let end = text[start...].firstIndex(of: 0x0A) ?? text.count
            if first.contains(text[start]) {
                found.append(String(decoding: text[start..<end].prefix(512), as: UTF8.self))
            }
            start = end + 1
        }
        return found
    }

    private static func shortened(_ text: Substring) -> String {
        let line = text.filter { $0 != "\r\n" && $0 != "\r" }
        let words = line.split(separator: " ").joined(separator: " ")
        return words.count > 200 ? words.prefix(200) + "..." : words
    }

    /// The advice for another format, recognised by the first lines; nil for a possible zone file.
    private static func otherFormat(of text: [UInt8]) -> String? {
        let lines = text.prefix(8192).split(
            maxSplits: 40, omittingEmptySubsequences: true,
            whereSeparator: { $0 == 0x0A || $0 == 0x0D }
        ).map { String(decoding: $0, as: UTF8.self) }.filter { line in
            line.contains { !$0.isWhitespace }
        }
        guard let first = lines.first else { return nil }
        if lines.count > 1, isRule(lines[1]) { return "this is a table; \(advice)" }
        if first.hasPrefix("---") || isYAML(first) { return "this is YAML; \(advice)" }
        if first.hasPrefix("<") { return "this is HTML or XML; \(advice)" }
        let columns = first.split(separator: "\t", omittingEmptySubsequences: false)
        if columns.count > 1, first.contains("/subscriptions/") || columns.contains("None") {
            return "these are values separated by tabs (-o tsv); \(advice)"
        }
        if let words = values(lines) { return "\(words); \(advice)" }
        return nil
    }

    private static let advice =
        "run az with -o json (the default is in az config get core.output), without --query"

    /// Whether a line is a table's rule, `----  ----`.
    private static func isRule(_ line: String) -> Bool {
        line.hasPrefix("-") && line.allSatisfy { $0 == "-" || $0 == " " }
    }

    /// Whether a line is one of YAML: `key: value`, `key:` or `- key: value`.
    private static func isYAML(_ line: String) -> Bool {
        var rest = line[...]
        while rest.hasPrefix("- ") { rest = rest.dropFirst(2) }
        guard let colon = rest.firstIndex(of: ":"), colon != rest.startIndex else { return false }
        let key = rest[..<colon]
        let behind = rest[rest.index(after: colon)...]
        return key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "@" }
            && (behind.isEmpty || behind.hasPrefix(" "))
    }

    /// What lines of one word each are, which no zone file has: addresses or paths that a `--query` left.
    private static func values(_ lines: [String]) -> String? {
        let words = lines.map { $0.split(whereSeparator: \.isWhitespace) }
        guard words.allSatisfy({ $0.count == 1 }), let first = words.first?.first,
            !first.hasPrefix("$"), !first.hasPrefix(";")
        else { return nil }
        return "this contains only values such as \"\(first.prefix(80))\" in it"
    }
}
