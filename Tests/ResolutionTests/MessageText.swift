// A message as scenarios write it: RCODE, flags, what OPT says, and records. The same words make the message
// that a server sends and the expectation of one that a client gets.

import DNSWire
import Zones

/// A message in words.
struct MessageText {
    /// The RCODE, all twelve bits.
    var code: ResponseCode?
    /// Header flags by their names in dig.
    var flags: Set<String> = []
    /// Whether there is a question section.
    var hasQuestion = true
    /// The payload size of the OPT record, where one was given.
    var payloadSize: Int?
    var hasNoOptions = false
    var dnssecOK = false
    /// The extended error's code.
    var extendedError: Int?
    /// Its text, where the scenario gives it.
    var extendedErrorText: String?
    /// Other EDNS options: codes and octets.
    var options: [EDNSOptionText] = []
    /// Answer, authority, additional without OPT.
    var sections: [[ZoneRecord]] = [[], [], []]

    /// The header's flags and the bits they have.
    static let flagBits: [(name: String, bit: UInt16)] = [
        ("qr", 0x8000), ("aa", 0x0400), ("tc", 0x0200), ("rd", 0x0100), ("ra", 0x0080),
        ("ad", 0x0020), ("cd", 0x0010),
    ]
    private static let sectionNames = ["answer", "authority", "additional"]

    init() {}

    /// Reads the rest of a statement and its block; `special` is offered every word that is not one of
    /// the message's own, and says whether it took it.
    init(
        _ words: inout ScenarioWords, _ block: [BlockLine],
        special: (inout ScenarioWords) throws -> Bool = { _ in false }
    ) throws {
        while let word = words.peek {
            if try special(&words) { continue }
            if try readWord(&words) { continue }
            guard word.contains(".") || word == "repeat" || Self.sectionNames.contains(word) else {
                throw words.mistake("\(word) is not understood here")
            }
            try readRecords(&words)
        }
        for line in block {
            var words = ScenarioWords(line.text, line: line.line)
            if !words.isEmpty { try readRecords(&words) }
        }
    }

    private mutating func readWord(_ words: inout ScenarioWords) throws -> Bool {
        guard let word = words.peek else { return false }
        if Self.flagBits.contains(where: { $0.name == word }) {
            flags.insert(try words.next("a flag"))
        } else if let code = Self.code(word) {
            self.code = code
            _ = try words.next("an RCODE")
        } else if words.take("no-question") {
            hasQuestion = false
        } else if words.take("edns") {
            payloadSize = words.peek.flatMap { Int($0) } == nil ? 1_232 : try words.number()
        } else if words.take("no-edns") {
            hasNoOptions = true
        } else if words.take("do") {
            dnssecOK = true
        } else if words.take("ede") {
            extendedError = try words.number("an extended error")
            extendedErrorText = words.quoted()
        } else if words.take("option") {
            let code = try words.number("an option's code")
            options.append(EDNSOptionText(code: code, octets: try words.hexadecimal()))
        } else {
            return false
        }
        return true
    }

    private mutating func readRecords(_ words: inout ScenarioWords) throws {
        var section = 0
        for (index, name) in Self.sectionNames.enumerated() where words.take(name) {
            section = index
        }
        sections[section] += try words.records()
    }

    /// `noerror`, `nxdomain` and so on, or `rcode` and a number.
    private static func code(_ word: String) -> ResponseCode? {
        if word.hasPrefix("rcode") {
            return UInt16(word.dropFirst(5)).map(ResponseCode.init(rawValue:))
        }
        return (0...23).map { ResponseCode(rawValue: $0) }.first {
            "\($0)".lowercased() == word
        }
    }
}

/// An EDNS option of a message.
struct EDNSOptionText: Equatable, CustomStringConvertible {
    var code: Int
    var octets: [UInt8]

    var description: String { "option \(code) \(digits)" }

    /// The octets in hexadecimal.
    var digits: String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
