// Requests and heads of answers as lines: what is sent arrives, and what a hostile caller sends is refused with
// the right word.

import Control
import Testing

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

private let requests: [ControlRequest] = [
    .status, .reload(force: .none), .reload(force: .all),
    .reload(force: .zones(["a.example.", "b"])), .previewReload, .zones, .cache, .statistics,
    .flush(name: "."), .flush(name: "a b."),
    .explain(name: "myregistry.azurecr.io.", type: "AAAA"),
    .explain(name: "", type: ""), .explain(name: "a b\n%41%", type: "\u{0}\r\u{7F}"),
    .explain(name: "\u{FC}ber.\u{1F433}\u{2028}", type: "TYPE65280"),
]

@Suite struct ControlCallTests {
    @Test("a request arrives as it was sent, in either format", arguments: requests)
    func roundTrip(request: ControlRequest) throws {
        for format in ControlFormat.allCases {
            let call = ControlCall(request, format: format)
            let line = try call.encoded()
            #expect(line.last == 0x0A)
            #expect(line.dropLast().allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            #expect(try ControlCall(line: Array(line.dropLast())) == call)
        }
    }

    @Test(
        "the line as it stands",
        arguments: [
            (ControlRequest.status, "privatelinkd/1 json status"),
            (.explain(name: "a b", type: "A"), "privatelinkd/1 json explain a%20b A"),
            (.explain(name: "%", type: "\u{E4}"), "privatelinkd/1 json explain %25 %C3%A4"),
        ])
    func spelling(request: ControlRequest, line: String) throws {
        #expect(try ControlCall(request, format: .json).encoded() == Array((line + "\n").utf8))
    }

    @Test(
        "lines that are no request",
        arguments: [
            ("", ControlError.unknownProtocol), (" ", .unknownProtocol),
            ("status", .unknownProtocol),
            ("GET / HTTP/1.1", .unknownProtocol), ("privatelinkd/2 text status", .unknownProtocol),
            ("PRIVATELINKD/1 text status", .unknownProtocol), ("privatelinkd/1", .missingWord),
            ("privatelinkd/1 text", .missingWord), ("privatelinkd/1 xml status", .unknownFormat),
            ("privatelinkd/1  status", .unknownFormat), ("privatelinkd/1 text ", .unknownCommand),
            ("privatelinkd/1 text Status", .unknownCommand),
            ("privatelinkd/1 text shutdown", .unknownCommand),
            ("privatelinkd/1 text status ", .wrongArguments),
            ("privatelinkd/1 text status x", .wrongArguments),
            ("privatelinkd/1 text zones a b", .wrongArguments),
            ("privatelinkd/1 text explain", .wrongArguments),
            ("privatelinkd/1 text explain a", .wrongArguments),
            ("privatelinkd/1 text explain a A b", .wrongArguments),
            ("privatelinkd/1 text status\r", .badText), ("privatelinkd/1\ttext status", .badText),
            ("privatelinkd/1 text status\u{0}", .badText),
            ("privatelinkd/1 text explain \u{E4} A", .badText),
            ("privatelinkd/1 text explain a% A", .badText),
            ("privatelinkd/1 text explain a%4 A", .badText),
            ("privatelinkd/1 text explain a%4g A", .badText),
            ("privatelinkd/1 text explain %FF A", .badText),
            ("privatelinkd/1 text explain %C3 A", .badText),
            ("privatelinkd/1 text explain %ED%A0%80 A", .badText),
            (
                "privatelinkd/1 text explain " + String(repeating: "a", count: 5_000) + " A",
                .tooLong
            ),
        ])
    func hostileLines(line: String, expected: ControlError) {
        #expect(throws: expected) { try ControlCall(line: Array(line.utf8)) }
    }

    @Test("a line may have 4096 octets, its line feed not counted")
    func lengthLimit() throws {
        let fixed = "privatelinkd/1 text explain  A".utf8.count
        let longest = String(repeating: "a", count: ControlCall.maximumLength - fixed)
        let call = ControlCall(.explain(name: longest, type: "A"), format: .text)
        let line = try call.encoded()
        #expect(line.count == ControlCall.maximumLength + 1)
        #expect(try ControlCall(line: Array(line.dropLast())) == call)
        let longer = ControlCall(.explain(name: longest + "a", type: "A"), format: .text)
        #expect(throws: ControlError.tooLong) { try longer.encoded() }
        #expect(throws: ControlError.tooLong) {
            try ControlCall(line: [UInt8](repeating: 0x61, count: ControlCall.maximumLength + 1))
        }
    }

    @Test("random octets are refused or read, and what is read is sent alike")
    func randomLines() throws {
        var random = SeededGenerator(state: 4)
        let whole = Array("privatelinkd/1 text explain a%20b.example AAAA".utf8)
        var read = 0
        for _ in 0..<20_000 {
            var line = whole
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<line.count, using: &random)
                line[index] = UInt8.random(in: 0...255, using: &random)
            }
            guard let call = try? ControlCall(line: line) else { continue }
            read += 1
            let again = try call.encoded()
            #expect(try ControlCall(line: Array(again.dropLast())) == call)
        }
        #expect(read > 100)
    }

    // MARK: Answers

    @Test(
        "heads of answers",
        arguments: [("ok 0", true, 0), ("failed 17", false, 17), ("ok 67108864", true, 67_108_864)])
    func heads(line: String, succeeded: Bool, length: Int) throws {
        let head = try ControlAnswerHead(line: Array(line.utf8))
        #expect(head.succeeded == succeeded && head.bodyLength == length)
    }

    @Test(
        "what is no head",
        arguments: [
            ("", ControlError.badAnswer), ("ok", .badAnswer), ("ok ", .badAnswer),
            (" 5", .badAnswer),
            ("OK 5", .badAnswer), ("ok 5 ", .badAnswer), ("ok  5", .badAnswer),
            ("ok -5", .badAnswer),
            ("ok +5", .badAnswer), ("ok 0x5", .badAnswer), ("ok 5\r", .badAnswer),
            ("yes 5", .badAnswer), ("ok 67108865", .tooLong),
            ("ok 99999999999999999999", .tooLong),
            ("ok 00000000000000000000000000000000001", .tooLong),
        ])
    func hostileHeads(line: String, expected: ControlError) {
        #expect(throws: expected) { try ControlAnswerHead(line: Array(line.utf8)) }
    }

    @Test("an answer is its head and its body")
    func answers() throws {
        let refusal = ControlAnswer(refusal: "No such zone: \u{FC}.", format: .text)
        #expect(
            String(decoding: refusal.encoded(), as: UTF8.self)
                == "failed 18\nNo such zone: \u{FC}.\n")
        let json = ControlAnswer(refusal: "No.", format: .json)
        #expect(
            String(decoding: json.encoded(), as: UTF8.self) == "failed 16\n{\"error\":\"No.\"}\n")
        let report = ControlAnswer(ReloadReport(), format: .text, succeeded: true)
        let octets = report.encoded()
        let end = try #require(octets.firstIndex(of: 0x0A))
        let head = try ControlAnswerHead(line: Array(octets[..<end]))
        #expect(head.succeeded && head.bodyLength == octets.count - end - 1)
        #expect(String(decoding: octets[(end + 1)...], as: UTF8.self) == report.body)
    }

    @Test("each error has its sentence")
    func sentences() {
        let errors: [ControlError] = [
            .tooLong, .badText, .unknownProtocol, .unknownFormat, .missingWord, .unknownCommand,
            .wrongArguments, .badAnswer,
        ]
        let sentences = Set(errors.map { "\($0)" })
        #expect(sentences.count == errors.count)
        #expect(sentences.allSatisfy { $0.hasPrefix("the ") || $0.hasPrefix("this ") })
    }
}
