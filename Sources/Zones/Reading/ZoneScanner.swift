// The words of a zone file (RFC 1035, section 5.1): an entry is a line, or several within parentheses;
// a word is a range of the text, never a copy. What a word means is not known here.

import DNSWire

/// The position of a word, and whether it was quoted.
struct ZoneWord: BitwiseCopyable {
    /// The first byte of its content, the quote not counted.
    let start: Int
    /// The end of its content.
    let end: Int
    /// The line, from 1.
    let line: Int
    /// The column of its first byte or quote, from 1.
    let column: Int
    /// Whether it stood in quotes.
    let isQuoted: Bool

    /// The number of bytes, escapes not resolved.
    var count: Int { end - start }
}

/// Walks over the entries of a text and their words.
struct ZoneScanner: ~Escapable {
    /// All bytes of the file.
    let text: Span<UInt8>
    /// Whose rules they follow.
    var dialect = ZoneDialect.masterFile
    /// The next byte to read.
    private(set) var position = 0
    /// The line of `position`, from 1.
    private(set) var line = 1
    /// Where the line of `position` starts.
    private var lineStart = 0
    /// How many parentheses are open.
    private var depth = 0
    /// The first of the open parentheses.
    private var opening = ZoneWord(start: 0, end: 0, line: 0, column: 0, isQuoted: false)

    /// A scanner at the start of `text`.
    @_lifetime(copy text)
    init(_ text: Span<UInt8>) { self.text = text }

    /// Whether nothing is left.
    var isAtEnd: Bool { position >= text.count }

    /// The position of the next byte, as an empty word.
    var here: ZoneWord { word(from: position, to: position, isQuoted: false) }

    /// The line of the entry's open parenthesis; nil if there is none, or if it is on this line.
    var openLine: Int? { depth > 0 && opening.line < line ? opening.line : nil }

    /// Whether the next byte is a space or a tab, as at the start of an entry without owner.
    var isAtBlank: Bool {
        position < text.count && (text[position] == 0x20 || text[position] == 0x09)
    }

    /// The next word of the entry; nil at its end, which is not passed.
    mutating func next() throws(ZoneFault) -> ZoneWord? {
        guard try skipBlanks() else { return nil }
        return text[position] == UInt8(ascii: "\"") ? try quotedWord() : try plainWord()
    }

    /// The next word of the entry, which may be `key="value"` (RFC 9460, section 2.1): quotes that follow
    /// an equals sign belong to the word, and are left in it.
    mutating func nextParameter() throws(ZoneFault) -> ZoneWord? {
        guard let word = try next() else { return nil }
        if word.isQuoted { throw ZoneFault(.bad(.serviceParameters), at: word) }
        guard word.count > 0, text[word.end - 1] == UInt8(ascii: "="), position < text.count,
            text[position] == UInt8(ascii: "\"")
        else { return word }
        _ = try quotedWord()
        return ZoneWord(
            start: word.start, end: position, line: word.line, column: word.column, isQuoted: false)
    }

    /// Whether the next word of the entry is `\#` without quotes (RFC 3597, section 5); passes it if so.
    mutating func skipGenericMark() throws(ZoneFault) -> Bool {
        guard try skipBlanks(), text[position] == UInt8(ascii: "\\"), position + 1 < text.count,
            text[position + 1] == UInt8(ascii: "#")
        else { return false }
        if position + 2 < text.count, text[position + 2] > 0x20,
            text[position + 2] != UInt8(ascii: ";")
        {
            return false
        }
        position += 2
        return true
    }

    /// Whether the entry has another word.
    mutating func hasMore() throws(ZoneFault) -> Bool { try skipBlanks() }

    /// Goes to the start of the next entry; whatever is wrong on the way is ignored.
    mutating func skipEntry() {
        while position < text.count {
            do throws(ZoneFault) {
                while try next() != nil {}
                break
            } catch {
                continue
            }
        }
        depth = 0
        if position < text.count { passNewline() }
    }

    /// Passes blanks, comments, parentheses and, within these, line ends; false at the entry's end.
    private mutating func skipBlanks() throws(ZoneFault) -> Bool {
        while position < text.count {
            switch text[position] {
            case 0x20, 0x09:
                position += 1
            case 0x0A:
                if depth == 0 { return false }
                passNewline()
            case 0x0D where position + 1 < text.count && text[position + 1] == 0x0A:
                position += 1
            case UInt8(ascii: ";"):
                while position < text.count, text[position] != 0x0A { position += 1 }
            case UInt8(ascii: "("):
                if depth == 0 { opening = here }
                depth += 1
                position += 1
            case UInt8(ascii: ")"):
                position += 1
                if depth == 0 {
                    throw ZoneFault(
                        .unopenedParenthesis, at: word(from: position - 1, to: position))
                }
                depth -= 1
            case 0..<0x20, 0x7F:
                position += 1
                throw ZoneFault(
                    .controlOctet(text[position - 1]), at: word(from: position - 1, to: position))
            default:
                return true
            }
        }
        if depth > 0 {
            depth = 0
            throw ZoneFault(.unclosedParenthesis, at: opening)
        }
        return false
    }

    /// The word at the next byte, which begins one.
    private mutating func plainWord() throws(ZoneFault) -> ZoneWord {
        let start = position
        while position < text.count {
            switch text[position] {
            case 0...0x20, 0x7F, UInt8(ascii: "\""), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: ";"):
                return word(from: start, to: position)
            case UInt8(ascii: "\\"):
                try passBackslash(in: start)
            default:
                position += 1
            }
        }
        return word(from: start, to: position)
    }

    /// The quoted string at the next byte, a quote; it must end on the same line.
    private mutating func quotedWord() throws(ZoneFault) -> ZoneWord {
        let quote = here
        position += 1
        let start = position
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                position += 1
                return ZoneWord(
                    start: start, end: position - 1, line: quote.line, column: quote.column,
                    isQuoted: true)
            case 0x0A:
                throw ZoneFault(.unclosedQuote, at: quote)
            case UInt8(ascii: "\\"):
                try passBackslash(in: start)
            case 0x00...0x08, 0x0B, 0x0C, 0x0E...0x1F, 0x7F:
                position += 1
                throw ZoneFault(
                    .controlOctet(text[position - 1]), at: word(from: position - 1, to: position))
            default:
                position += 1
            }
        }
        throw ZoneFault(.unclosedQuote, at: quote)
    }

    private mutating func passBackslash(in start: Int) throws(ZoneFault) {
        position += 1
        guard position < text.count, text[position] != 0x0A, text[position] != 0x0D else {
            throw ZoneFault(.badEscape, at: word(from: start, to: position))
        }
        position += 1
    }

    private mutating func passNewline() {
        position += 1
        line += 1
        lineStart = position
    }

    private func word(from start: Int, to end: Int, isQuoted: Bool = false) -> ZoneWord {
        ZoneWord(
            start: start, end: end, line: line, column: start - lineStart + 1, isQuoted: isQuoted)
    }
}

extension ZoneScanner {
    /// Whether `word` is `text` in any case; `text` is in lower case.
    func word(_ word: ZoneWord, is text: String) -> Bool {
        guard !word.isQuoted, word.count == text.utf8.count else { return false }
        var index = word.start
        for octet in text.utf8 {
            if self.text[index].lowercasedASCII != octet { return false }
            index += 1
        }
        return true
    }

    /// The byte at `index`, which then moves past it; an escape counts as one byte.
    func octet(at index: inout Int, of word: ZoneWord) throws(ZoneFault) -> UInt8 {
        let octet = text[index]
        index += 1
        guard octet == UInt8(ascii: "\\") else { return octet }
        guard index < word.end else { throw ZoneFault(.badEscape, at: word) }
        let first = text[index]
        guard first >= 0x30, first <= 0x39 else {
            index += 1
            return first
        }
        guard index + 2 < word.end else { throw ZoneFault(.badEscape, at: word) }
        var value = 0
        for offset in 0..<3 {
            let digit = text[index + offset]
            guard digit >= 0x30, digit <= 0x39 else { throw ZoneFault(.badEscape, at: word) }
            value = value * 10 + Int(digit - 0x30)
        }
        guard value <= 255 else { throw ZoneFault(.badEscape, at: word) }
        index += 3
        return UInt8(value)
    }

    /// Appends the bytes of `word` to `octets`, escapes resolved.
    func append(_ word: ZoneWord, to octets: inout [UInt8]) throws(ZoneFault) {
        var index = word.start
        while index < word.end { octets.append(try octet(at: &index, of: word)) }
    }

    /// The bytes of `word`, escapes not resolved, as text for a mnemonic or a notice.
    func string(_ word: ZoneWord) -> String {
        String(decoding: [UInt8](copying: text.extracting(word.start..<word.end)), as: UTF8.self)
    }

    /// The decimal number that `word` is, at most `limit`; nil for anything else.
    func number(_ word: ZoneWord, limit: UInt64) -> UInt64? {
        guard !word.isQuoted, word.count > 0, word.count <= 20 else { return nil }
        var value: UInt64 = 0
        for index in word.start..<word.end {
            let digit = text[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow, product <= limit else { return nil }
            value = product + UInt64(digit)
        }
        return value <= limit ? value : nil
    }

    /// Whether `word` is `[AGE:` with a number and `]`, as in the files of Windows' DNS server.
    func isAge(_ word: ZoneWord) -> Bool {
        guard word.count > 6, text[word.end - 1] == UInt8(ascii: "]") else { return false }
        let digits = ZoneWord(
            start: word.start + 5, end: word.end - 1, line: word.line, column: word.column + 5,
            isQuoted: word.isQuoted)
        let mark = ZoneWord(
            start: word.start, end: word.start + 5, line: word.line, column: word.column,
            isQuoted: word.isQuoted)
        return self.word(mark, is: "[age:") && number(digits, limit: .max / 10) != nil
    }

    /// The seconds that `word` is: a number, or numbers with units such as `1w2d3h4m5s` in any order;
    /// nil for anything else, and for 2^32 and more.
    func seconds(_ word: ZoneWord) -> UInt32? {
        guard !word.isQuoted, word.count > 0 else { return nil }
        var total: UInt64 = 0
        var part: UInt64 = 0
        var digits = 0
        var units = 0
        for index in word.start..<word.end {
            let octet = text[index]
            let digit = octet &- 0x30
            if digit <= 9 {
                part = part * 10 + UInt64(digit)
                digits += 1
            } else {
                guard digits > 0, let unit = Self.secondsPerUnit(octet.lowercasedASCII)
                else { return nil }
                total += part * unit
                part = 0
                digits = 0
                units += 1
            }
            guard part <= UInt64(UInt32.max), total <= UInt64(UInt32.max) else { return nil }
        }
        if digits > 0 {
            if units > 0 { return nil }
            total = part
        }
        return UInt32(exactly: total)
    }

    private static func secondsPerUnit(_ unit: UInt8) -> UInt64? {
        switch unit {
        case UInt8(ascii: "s"): 1
        case UInt8(ascii: "m"): 60
        case UInt8(ascii: "h"): 3600
        case UInt8(ascii: "d"): 86400
        case UInt8(ascii: "w"): 604800
        default: nil
        }
    }
}
