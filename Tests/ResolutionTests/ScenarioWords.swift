// The words of a statement, read one by one; each kind of word is read here and nowhere else.

import Addresses
import DNSWire
import Resolution
import Zones

/// What is left of a statement's words.
struct ScenarioWords {
    let line: Int
    private var rest: ArraySlice<String>

    init(_ words: [String], line: Int) {
        rest = words[...]
        self.line = line
    }

    init(_ text: String, line: Int) { self.init(Self.split(text[...]), line: line) }

    /// Words without the comment behind them; what stands in quotes is one word and keeps its quotes.
    static func split(_ text: Substring) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in text {
            if character == "\"" { isQuoted.toggle() }
            if !isQuoted, character == ";" { break }
            if !isQuoted, character == " " || character == "\t" {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    var isEmpty: Bool { rest.isEmpty }
    var peek: String? { rest.first }

    func mistake(_ sentence: String) -> ScenarioMistake {
        ScenarioMistake(line: line, sentence: sentence)
    }

    /// Takes the next word if it is this one.
    mutating func take(_ word: String) -> Bool {
        guard rest.first == word else { return false }
        rest.removeFirst()
        return true
    }

    /// Takes the next word, whatever it is.
    mutating func next(_ what: String) throws -> String {
        guard let word = rest.popFirst() else { throw mistake("\(what) is missing") }
        return word
    }

    /// Takes a word that must be this one.
    mutating func expect(_ word: String) throws {
        guard take(word) else { throw mistake("\(word) is expected, not \(peek ?? "the end")") }
    }

    /// Everything that is left as one text.
    mutating func remainder() -> String {
        defer { rest = [] }
        return rest.joined(separator: " ")
    }

    /// Nothing may be left.
    func end() throws {
        if let word = rest.first { throw mistake("\(word) is not understood here") }
    }

    // MARK: Kinds of words

    mutating func name() throws -> Name {
        let word = try next("a name")
        do throws(NameTextError) {
            return try Name(text: word)
        } catch {
            throw mistake("\(word) is not a name: \(error)")
        }
    }

    mutating func type() throws -> RecordType {
        let word = try next("a type")
        guard let type = RecordType(word) else { throw mistake("\(word) is not a type") }
        return type
    }

    mutating func number(_ what: String = "a number") throws -> Int {
        let word = try next(what)
        let number = word.hasPrefix("0x") ? Int(word.dropFirst(2), radix: 16) : Int(word)
        guard let number, number >= 0 else { throw mistake("\(word) is not \(what)") }
        return number
    }

    /// A number with a unit: `ns`, `us`, `ms`, `s`, `m`, `h` or `d`.
    mutating func span() throws -> TimeSpan {
        let word = try next("a length of time")
        let digits = word.prefix { $0.isNumber }
        let units: [Substring: UInt64] = [
            "ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
            "h": 3_600_000_000_000, "d": 86_400_000_000_000,
        ]
        guard let count = UInt64(digits), let unit = units[word.dropFirst(digits.count)] else {
            throw mistake("\(word) is not a length of time")
        }
        return TimeSpan(nanoseconds: count * unit)
    }

    mutating func address() throws -> IPAddress {
        let word = try next("an address")
        guard let address = IPAddress(word) else { throw mistake("\(word) is not an address") }
        return address
    }

    mutating func endpoint() throws -> Endpoint {
        let word = try next("a server")
        guard let endpoint = Endpoint(word, defaultPort: 53) else {
            throw mistake("\(word) is not an address")
        }
        return endpoint
    }

    /// All addresses that follow.
    mutating func endpoints() throws -> [Endpoint] {
        var endpoints: [Endpoint] = []
        while let word = peek, Endpoint(word, defaultPort: 53) != nil {
            endpoints.append(try endpoint())
        }
        return endpoints
    }

    /// A quoted text, if one follows.
    mutating func quoted() -> String? {
        guard let word = peek, word.hasPrefix("\""), word.hasSuffix("\""), word.count >= 2 else {
            return nil
        }
        rest.removeFirst()
        return String(word.dropFirst().dropLast())
    }

    /// The octets of one word of hexadecimal digits; `-` is none.
    mutating func hexadecimal() throws -> [UInt8] {
        let word = try next("octets")
        if word == "-" { return [] }
        guard let octets = Self.octets(hexadecimal: word) else {
            throw mistake("\(word) is not hexadecimal")
        }
        return octets
    }

    /// The octets that these digits spell, white space passed over.
    static func octets(hexadecimal text: String) -> [UInt8]? {
        let digits = Array(text.filter { !$0.isWhitespace })
        guard digits.count.isMultiple(of: 2) else { return nil }
        var octets: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let octet = UInt8(String(digits[index...(index + 1)]), radix: 16) else {
                return nil
            }
            octets.append(octet)
        }
        return octets
    }

    /// One record, or with `repeat FIRST-LAST` as many, as zone files write them: `$` is the number,
    /// `${N}` the number plus N.
    mutating func records() throws -> [ZoneRecord] {
        guard take("repeat") else { return [try Self.record(remainder(), line: line)] }
        let range = try range()
        let template = remainder()
        return try range.map { number in
            try Self.record(Self.fill(template, number), line: line)
        }
    }

    /// `FIRST-LAST`.
    mutating func range() throws -> ClosedRange<Int> {
        let word = try next("a range")
        let ends = word.split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] <= ends[1] else { throw mistake("\(word) is not a range") }
        return ends[0]...ends[1]
    }

    /// `template` with the number in place of `$`, and the number plus N in place of `${N}`.
    static func fill(_ template: String, _ number: Int) -> String {
        var text = ""
        var rest = template[...]
        while let dollar = rest.firstIndex(of: "$") {
            text += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            var offset = 0
            if rest.hasPrefix("{"), let close = rest.firstIndex(of: "}") {
                offset = Int(rest[rest.index(after: rest.startIndex)..<close]) ?? 0
                rest = rest[rest.index(after: close)...]
            }
            text += String(number + offset)
        }
        return text + rest
    }

    /// A record; its class may be CH, which zone files do not know.
    private static func record(_ text: String, line: Int) throws -> ZoneRecord {
        var words = split(text[...])
        let isChaos = words.count > 2 && words[2] == "CH"
        if isChaos { words[2] = "IN" }
        do throws(ZoneRecordError) {
            var record = try ZoneRecord(words.joined(separator: " "))
            if isChaos { record.recordClass = .ch }
            return record
        } catch {
            throw ScenarioMistake(line: line, sentence: "\(text): \(error.sentence)")
        }
    }
}
