// Checks the text before libyaml gets it: size, encoding, depth, and the parts of YAML that
// settings do not use (anchors, aliases, tags, block text, quotes over several lines). If the
// meaning of a character is unclear, it reports a mistake: it may refuse unusual YAML, but never
// passes an alias.

/// The checks that need no parser.
enum SettingsText {
    /// The maximum size of a settings file in bytes.
    static let maximumLength = 1 << 20
    /// How deep lists and maps in brackets may be nested.
    static let maximumFlowDepth = 16
    /// The last column in which the text of a line may begin.
    static let maximumIndent = 64

    /// The text of the bytes; nil, with at least one more mistake, if it must not be parsed.
    static func check(_ octets: [UInt8], mistakes: inout MistakeList) -> String? {
        guard octets.count <= maximumLength else {
            mistakes.add("The file is longer than 1 MiB.", at: .start)
            return nil
        }
        guard let text = String(validating: octets, as: UTF8.self) else {
            mistakes.add("The file is not valid UTF-8 from here on.", at: firstBadOctet(octets))
            return nil
        }
        var scanner = Scanner()
        for scalar in text.unicodeScalars { scanner.take(scalar) }
        scanner.endLine()
        for entry in scanner.found { mistakes.add(entry.sentence, at: entry.mark) }
        return scanner.found.isEmpty ? text : nil
    }

    /// The character at `mark`; nil at a line's end.
    static func scalar(at mark: SettingsMark, of text: String) -> Unicode.Scalar? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard lines.indices.contains(mark.line - 1) else { return nil }
        return lines[mark.line - 1].unicodeScalars.dropFirst(mark.column - 1).first
    }

    /// The text in backquotes, shortened, with control characters escaped.
    static func quote(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars.prefix(60) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                shown.append("\\u{" + String(scalar.value, radix: 16) + "}")
            default: shown.unicodeScalars.append(scalar)
            }
        }
        return "`" + shown + (text.unicodeScalars.count > 60 ? "..." : "") + "`"
    }

    private static func firstBadOctet(_ octets: [UInt8]) -> SettingsMark {
        var mark = SettingsMark.start
        var decoder = UTF8()
        var iterator = octets.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            if scalar == "\n" {
                mark = SettingsMark(line: mark.line + 1, column: 1)
            } else {
                mark.column += 1
            }
        }
        return mark
    }
}

/// One pass over the text, a scalar at a time.
private struct Scanner {
    private enum State {
        case text
        case comment
        case singleQuoted
        case doubleQuoted
        case doubleQuotedAfterBackslash
    }

    private(set) var found: [(mark: SettingsMark, sentence: String)] = []
    private var state = State.text
    private var mark = SettingsMark.start
    private var quoteMark = SettingsMark.start
    private var depth = 0
    /// Whether only blanks and block indicators were seen on the line.
    private var isIndent = true
    /// The scalar before this one; a line feed at the start of a line.
    private var previous: Unicode.Scalar = "\n"
    /// The last scalar that is neither blank nor in a comment.
    private var significant: Unicode.Scalar = ","

    mutating func take(_ scalar: Unicode.Scalar) {
        if Self.isLineEnd(scalar) {
            if scalar == "\n", previous == "\r" {
                previous = scalar
                return
            }
            endLine()
            mark = SettingsMark(line: mark.line + 1, column: 1)
            isIndent = true
        } else {
            if !Self.isAllowed(scalar) {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                note("A control character (U+\(digits)) is not allowed in a settings file.")
            }
            step(scalar)
            if state != .comment, !Self.isBlank(scalar) { significant = scalar }
            mark.column += 1
        }
        previous = scalar
    }

    mutating func endLine() {
        switch state {
        case .singleQuoted, .doubleQuoted, .doubleQuotedAfterBackslash:
            found.append((quoteMark, "A quoted value must end on the line where it begins."))
        case .text, .comment: break
        }
        state = .text
    }

    private mutating func step(_ scalar: Unicode.Scalar) {
        switch state {
        case .comment: break
        case .singleQuoted: if scalar == "'" { state = .text }
        case .doubleQuoted:
            if scalar == "\"" { state = .text }
            if scalar == "\\" { state = .doubleQuotedAfterBackslash }
        case .doubleQuotedAfterBackslash: state = .doubleQuoted
        case .text: stepInText(scalar)
        }
    }

    private mutating func stepInText(_ scalar: Unicode.Scalar) {
        let startsToken = startsToken
        if isIndent, !Self.isBlank(scalar), !"-?:".unicodeScalars.contains(scalar) {
            isIndent = false
            if scalar != "#", mark.column > SettingsText.maximumIndent {
                note("This line is indented by more than \(SettingsText.maximumIndent) columns.")
            }
        }
        switch scalar {
        case "#" where Self.isBlank(previous) || Self.isLineEnd(previous): state = .comment
        case "'" where startsToken || previous == "'":
            state = .singleQuoted
            quoteMark = mark
        case "\"" where startsToken:
            state = .doubleQuoted
            quoteMark = mark
        case "[" where startsToken || depth > 0, "{" where startsToken || depth > 0:
            depth += 1
            if depth == SettingsText.maximumFlowDepth + 1 {
                note("Brackets are nested more than 16 deep.")
            }
        case "]", "}": depth = max(0, depth - 1)
        case "&" where startsToken: noteUnused("An anchor")
        case "*" where startsToken: noteUnused("An alias")
        case "!" where startsToken: noteUnused("A tag")
        case "|" where startsToken, ">" where startsToken: noteUnused("Block text")
        default: break
        }
    }

    /// Whether what comes now can be the first scalar of a YAML token.
    private var startsToken: Bool {
        switch significant {
        case "[", "{", ",", ":": true
        case "-", "?": Self.isBlank(previous) || Self.isLineEnd(previous)
        default: depth == 0 && isIndent
        }
    }

    private mutating func noteUnused(_ part: String) {
        note(
            "\(part) is not allowed in a settings file; put a value that begins like this in quotes."
        )
    }

    private mutating func note(_ sentence: String) {
        if found.count < MistakeList.limit { found.append((mark, sentence)) }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t"
    }

    private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r" || scalar == "\u{85}" || scalar == "\u{2028}"
            || scalar == "\u{2029}"
    }

    /// Whether the scalar is printable according to YAML 1.2, section 5.1.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
