// The JSON reader: what is a text and what is not, where its mistake is, and, over mutated outputs of az, what
// Foundation says of the same text.

import Foundation
import Testing

@testable import Store

/// What the reader makes of a text, or `LINE:COLUMN: sentence`.
private func read(_ bytes: [UInt8]) -> Result<[JSONValue], JSONReader.Fault> {
    do throws(JSONReader.Fault) {
        return .success(try JSONReader.readAll(bytes))
    } catch {
        return .failure(error)
    }
}

private func read(_ text: String) -> [JSONValue]? { try? read(Array(text.utf8)).get() }

private func fault(_ text: String) -> String? {
    guard case .failure(let fault) = read(Array(text.utf8)) else { return nil }
    return "\(fault.line):\(fault.column): \(fault.sentence)"
}

@Suite struct JSONTests {
    @Test(
        arguments: [
            ("null", .null), ("true", .boolean(true)), (" false\n", .boolean(false)),
            ("0", .number(0)), ("-0.5e+2", .number(-50)), ("12E1", .number(120)),
            ("\"\"", .text("")), (#""\"\\\/\b\f\n\r\t""#, .text("\"\\/\u{8}\u{C}\n\r\t")),
            (#""\u00e9\uD83D\ude00é""#, .text("\u{e9}\u{1F600}\u{e9}")),
            ("[]", .list([])), ("[ 1 , [\t] ]", .list([.number(1), .list([])])),
            ("{ }", .object([:])),
            ("{\"A\":{\"b\" : 1}}", .object(["a": .object(["b": .number(1)])])),
        ] as [(String, JSONValue)]) func valuesOfEveryKind(_ text: String, _ value: JSONValue)
    {
        #expect(read(text) == [value])
    }

    @Test func valuesBehindOneAnother() {
        #expect(read("{}[]\r\n{\"a\":1}") == [.object([:]), .list([]), .object(["a": .number(1)])])
        #expect(read(" \n") == [])
    }

    @Test(arguments: [
        ("[1,]", "1:4: a value cannot begin like this"),
        ("[1 2]", "1:4: a comma or ] is missing before this"),
        ("{\n \"a\": 1,\n}", "3:1: a key in quotes is missing here"),
        ("{a: 1}", "1:2: a key in quotes is missing here"),
        ("{\"a\" 1}", "1:6: a colon is missing before this"),
        ("{\"a\": 1 \"b\": 2}", "1:9: a comma or } is missing before this"),
        ("[1}", "1:3: a comma or ] is missing before this"),
        ("{} }", "1:4: a value cannot begin like this"),
        ("[nul]", "1:2: a value cannot begin like this"),
        ("[NaN]", "1:2: a value cannot begin like this"),
        ("[// a\n1]", "1:2: a value cannot begin like this"),
        ("['a']", "1:2: a value cannot begin like this"),
        ("[01]", "1:3: a comma or ] is missing before this"),
        ("[-]", "1:3: a digit is missing before this"),
        ("[1.]", "1:4: a digit is missing before this"),
        ("[.5]", "1:2: a value cannot begin like this"),
        ("[1e]", "1:4: a digit is missing before this"),
        ("[1e999]", "1:2: this number is too large"),
        ("[\"\\x\"]", "1:3: there is no such escape"),
        ("[\"\\u12g4\"]", "1:7: a hexadecimal digit is missing before this"),
        ("[\"é\\uD800\"]", "1:5: this is half of a surrogate pair"),
        ("[\"\\uDC00\\uD800\"]", "1:3: this is half of a surrogate pair"),
        ("[\"a\nb\"]", "1:4: a control character in a string must be escaped"),
        ("[\u{B}]", "1:2: a value cannot begin like this"),
        ("{}\n [{\"a\":", "2:2: the value that begins here is not complete"),
        ("[\"a", "1:1: the value that begins here is not complete"),
        ("\n[\"\\u12", "2:1: the value that begins here is not complete"),
        ("[1", "1:1: the value that begins here is not complete"),
    ]) func mistakesAreReportedWhereTheyAre(_ text: String, _ expected: String) {
        #expect(fault(text) == expected)
    }

    @Test func aStringThatIsNotUTF8() {
        let bytes = Array("[\"a\", \"é".utf8) + [0xFF] + Array("\"]".utf8)
        #expect(
            read(bytes)
                == .failure(
                    JSONReader.Fault(
                        line: 1, column: 7, sentence: "the string that begins here is not UTF-8")))
    }

    @Test func depthIsBounded() {
        let most = JSONReader.maximumDepth
        let deep = String(repeating: "[", count: most) + String(repeating: "]", count: most)
        #expect(read(deep)?.count == 1)
        #expect(read("[\(deep)]") == nil)
        let sentence = "more than 64 objects and lists are nested"
        #expect(fault("[\(deep)]") == "1:65: \(sentence)")
        #expect(fault(String(repeating: "{\"a\":", count: 70)) == "1:321: \(sentence)")
    }

    @Test func theNumberOfValuesIsBounded() throws {
        let text = Array("[1, {\"a\": null}] []".utf8)
        #expect(try JSONReader.readAll(text, maximumCount: 5).count == 2)
        let fault = #expect(throws: JSONReader.Fault.self) {
            try JSONReader.readAll(text, maximumCount: 4)
        }
        #expect(fault?.column == 18)
        #expect(fault?.sentence == "there are more than 4 values")
    }

    @Test(arguments: [
        // null counts as absent everywhere.
        ("{\"a\": 1, \"a\": null}", 1), ("{\"a\": null, \"A\": 1}", 1), ("{\"A\": 1, \"a\": 1}", 1),
        ("{\"a\": null, \"a\": 1, \"a\": null}", 1),
    ]) func aKeyThatIsRepeated(_ text: String, _ number: Double) {
        #expect(read(text) == [.object(["a": .number(number)])])
    }

    @Test(arguments: [
        "{\"a\": 1, \"a\": 2}", "{\"a\": 1, \"A\": 2}", "{\"A\": 2, \"a\": 1}",
        "{\"a\": [1], \"a\": []}",
    ]) func aKeyWithTwoValuesIsRefused(_ text: String) {
        #expect(fault(text)?.contains("this key already has a value") == true)
    }

    @Test(arguments: UInt64(1)...200) func whatIsWrittenIsRead(_ seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        let value = Self.randomValue(depth: 5, &numbers)
        #expect(read(Self.written(value, &numbers)) == [value])
    }

    /// A reader of another hand agrees on what is a text, but for a comma before a bracket, which it lets pass.
    @Test(arguments: [
        "nic-list.json", "private-endpoint-list.json", "record-set-list-api.json",
        "acr-show-endpoints.json",
    ]) func foundationTakesTheSameTexts(_ file: String) throws {
        let original = try fixture("az/\(file)")
        var taken = 0
        for seed in UInt64(1)...1500 {
            var numbers = SeededNumbers(seed: seed)
            var bytes = original
            for _ in 0..<Int.random(in: 1...2, using: &numbers) { Self.mutate(&bytes, &numbers) }
            let found = read(bytes)
            if case .failure(let fault) = found,
                fault.sentence.contains("another value") || Self.isCommaBeforeBracket(fault, bytes)
            {
                continue
            }
            let isTaken = (try? found.get())?.count == 1
            let other = try? JSONSerialization.jsonObject(
                with: Data(bytes), options: .fragmentsAllowed)
            #expect(isTaken == (other != nil), "seed \(seed): \(found)")
            taken += isTaken ? 1 : 0
        }
        #expect((300...1200).contains(taken))
    }
}

// MARK: - Texts

extension JSONTests {
    private static func pick<Value>(_ values: [Value], _ numbers: inout SeededNumbers) -> Value {
        values[Int.random(in: values.indices, using: &numbers)]
    }

    private static func isCommaBeforeBracket(
        _ fault: JSONReader.Fault, _ bytes: [UInt8]
    ) -> Bool {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        let index = lines[fault.line - 1].startIndex + fault.column - 1
        return "]}".utf8.contains(bytes[index])
            && bytes[..<index].last { $0 > 0x20 } == UInt8(ascii: ",")
    }

    private static func mutate(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        let index = Int.random(in: 0..<bytes.count, using: &numbers)
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0:
            bytes[index] = pick(Array("{}[],:\".-09aeE+\\/ \n\tnu\u{e9}".utf8), &numbers)
        case 1: bytes.remove(at: index)
        case 2:
            let words = [
                "1", "-", "\"a\"", ",", "null", "\\u0041", "\\ud83d\\ude00", "{}", "\\n", " ",
                "\u{1}",
            ]
            bytes.insert(contentsOf: Array(pick(words, &numbers).utf8), at: index)
        default: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &numbers))
        }
    }

    private static func randomValue(depth: Int, _ numbers: inout SeededNumbers) -> JSONValue {
        switch Int.random(in: 0..<(depth == 0 ? 4 : 8), using: &numbers) {
        case 0: return .null
        case 1: return .boolean(Bool.random(using: &numbers))
        case 2: return .number(Double(Int32.random(in: .min ... .max, using: &numbers)) / 8)
        case 3: return .text(randomText(&numbers))
        case 4, 5:
            return .list(
                (0..<Int.random(in: 0...4, using: &numbers)).map { _ in
                    randomValue(depth: depth - 1, &numbers)
                })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &numbers) {
                members[randomText(&numbers).lowercased()] = randomValue(
                    depth: depth - 1, &numbers)
            }
            return .object(members)
        }
    }

    private static func randomText(_ numbers: inout SeededNumbers) -> String {
        let characters = Array("ab\"\\/\n\u{7f}\u{e9}\u{1F600}[]{}:,\0 ")
        return String(
            (0..<Int.random(in: 0...6, using: &numbers)).map { _ in
                pick(characters, &numbers)
            })
    }

    /// The value as one of its many texts.
    private static func written(_ value: JSONValue, _ numbers: inout SeededNumbers) -> String {
        func blank() -> String { pick(["", "", " ", "\n", "\r\n\t"], &numbers) }
        func quoted(_ text: String) -> String {
            var written = "\""
            for scalar in text.unicodeScalars {
                let mustEscape = scalar.value < 0x20 || scalar == "\"" || scalar == "\\"
                if mustEscape || Bool.random(using: &numbers) {
                    for unit in String(scalar).utf16 {
                        let digits = String(
                            unit, radix: 16, uppercase: Bool.random(using: &numbers))
                        written += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                } else {
                    written.unicodeScalars.append(scalar)
                }
            }
            return written + "\""
        }
        let text: String
        switch value {
        case .null: text = "null"
        case .boolean(let flag): text = flag ? "true" : "false"
        case .number(let number): text = "\(number)"
        case .text(let string): text = quoted(string)
        case .list(let values):
            text = "[" + blank() + values.map { written($0, &numbers) }.joined(separator: ",") + "]"
        case .object(let members):
            let pairs = members.map {
                blank() + quoted($0.key) + blank() + ":" + written($0.value, &numbers)
            }
            text = "{" + pairs.joined(separator: ",") + blank() + "}"
        }
        return blank() + text + blank()
    }
}
