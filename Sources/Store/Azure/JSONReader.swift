// A strict JSON reader (RFC 8259): no comments, no comma before a bracket. The result depends only
// on the text. A key with two values in one object could decide which address a name gets, so such
// a text is refused.

/// Reads the values of a text, which may be concatenated.
struct JSONReader {
    /// Why a text cannot be read.
    struct Fault: Error, Equatable {
        /// The line, from 1.
        let line: Int
        /// The column in bytes, from 1.
        let column: Int
        /// A sentence without a full stop.
        let sentence: String
    }

    /// How deep objects and lists may be nested; `az` prints fewer than 20 levels.
    static let maximumDepth = 64
    /// How many values a text may have; `az` prints fewer in `AzureReading.limit` bytes.
    static let maximumCount = 1 << 24

    private let text: [UInt8]
    private let maximumCount: Int
    private var index = 0
    /// How many objects and lists have begun and not ended.
    private var depth = 0
    /// How many values have begun.
    private var count = 0

    private init(_ text: [UInt8], maximumCount: Int) {
        self.text = text
        self.maximumCount = maximumCount
    }

    /// All values of a text: usually one, several for concatenated outputs.
    static func readAll(
        _ text: [UInt8], maximumCount: Int = Self.maximumCount
    ) throws(Fault) -> [JSONValue] {
        var reader = JSONReader(text, maximumCount: maximumCount)
        var values: [JSONValue] = []
        reader.skipBlanks()
        while reader.index < text.count {
            let start = reader.index
            do throws(Problem) {
                values.append(try reader.value())
            } catch {
                // The mistake of a truncated text is after its end; the start of its last value is
                // more useful.
                guard error.index < text.count else {
                    throw reader.fault("the value that begins here is not complete", at: start)
                }
                throw reader.fault(error.sentence, at: error.index)
            }
            reader.skipBlanks()
        }
        return values
    }

    private func fault(_ sentence: String, at index: Int) -> Fault {
        let before = text[..<index]
        return Fault(
            line: before.count { $0 == UInt8(ascii: "\n") } + 1,
            column: index - (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1), sentence: sentence)
    }
}

extension JSONReader {
    /// Where a text breaks the grammar or a limit, and how.
    private struct Problem: Error {
        let index: Int
        let sentence: String
    }

    private func problem(_ sentence: String) -> Problem {
        Problem(index: index, sentence: sentence)
    }

    // MARK: Values

    private mutating func value() throws(Problem) -> JSONValue {
        count += 1
        if count > maximumCount {
            throw problem("there are more than \(maximumCount) values")
        }
        guard let first = next else { throw problem("a value is missing") }
        switch first {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .list(try list())
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default:
            if take(word: "null") { return .null }
            if take(word: "true") { return .boolean(true) }
            if take(word: "false") { return .boolean(false) }
            throw problem("a value cannot begin like this")
        }
    }

    private mutating func list() throws(Problem) -> [JSONValue] {
        try begin()
        var values: [JSONValue] = []
        if take("]") { return end(values) }
        while true {
            values.append(try value())
            skipBlanks()
            if take("]") { return end(values) }
            guard take(",") else { throw problem("a comma or ] is missing before this") }
            skipBlanks()
        }
    }

    private mutating func object() throws(Problem) -> [String: JSONValue] {
        try begin()
        var members: [String: JSONValue] = [:]
        if take("}") { return end(members) }
        while true {
            let start = index
            guard next == UInt8(ascii: "\"") else {
                throw problem("a key in quotes is missing here")
            }
            let key = try string().lowercased()
            skipBlanks()
            guard take(":") else { throw problem("a colon is missing before this") }
            skipBlanks()
            let value = try value()
            let known = members[key] ?? .null
            if known == .null {
                members[key] = value
            } else if value != .null, value != known {
                throw Problem(
                    index: start,
                    sentence: "this key already has a value in the same object "
                        + "(case is ignored)")
            }
            skipBlanks()
            if take("}") { return end(members) }
            guard take(",") else { throw problem("a comma or } is missing before this") }
            skipBlanks()
        }
    }

    /// Takes the bracket that opens an object or a list.
    private mutating func begin() throws(Problem) {
        guard depth < Self.maximumDepth else {
            throw problem("more than \(Self.maximumDepth) objects and lists are nested")
        }
        depth += 1
        index += 1
        skipBlanks()
    }

    private mutating func end<Content>(_ content: Content) -> Content {
        depth -= 1
        return content
    }

    private mutating func number() throws(Problem) -> Double {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        let number = Double(String(decoding: text[start..<index], as: UTF8.self))
        guard let number, number.isFinite else {
            throw Problem(index: start, sentence: "this number is too large")
        }
        return number
    }

    private mutating func digits() throws(Problem) {
        let start = index
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        if index == start { throw problem("a digit is missing before this") }
    }

    // MARK: Strings

    private mutating func string() throws(Problem) -> String {
        let start = index
        index += 1
        var bytes: [UInt8] = []
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                guard let string = String(validating: bytes, as: UTF8.self) else {
                    throw Problem(
                        index: start, sentence: "the string that begins here is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): bytes.append(contentsOf: try escaped())
            case ..<0x20: throw problem("a control character in a string must be escaped")
            default:
                bytes.append(byte)
                index += 1
            }
        }
        throw problem("a quote is missing before this")
    }

    /// The character of an escape, in UTF-8.
    private mutating func escaped() throws(Problem) -> [UInt8] {
        let start = index
        index += 1
        guard let letter = next else { throw problem("an escape is not complete") }
        index += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [letter]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var units = [try unit()]
            if UTF16.isLeadSurrogate(units[0]), take(word: "\\u") { units.append(try unit()) }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw Problem(index: start, sentence: "this is half of a surrogate pair")
            }
            return Array(text.utf8)
        default: throw Problem(index: start, sentence: "there is no such escape")
        }
    }

    /// The four hexadecimal digits of an escape.
    private mutating func unit() throws(Problem) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw problem("a hexadecimal digit is missing before this")
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }

    // MARK: Bytes

    /// The byte that comes next; nil at the text's end.
    private var next: UInt8? { index < text.count ? text[index] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            index += 1
        }
    }

    /// Takes the next byte, if it is this character.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    /// Takes the next bytes, if they are this word.
    private mutating func take(word: String) -> Bool {
        guard text[index...].starts(with: word.utf8) else { return false }
        index += word.utf8.count
        return true
    }
}
