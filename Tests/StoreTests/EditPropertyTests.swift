// Edits of random files in random layouts: the content is exactly as desired, and every unrelated
// line is unchanged, byte for byte.

import DNSWire
import Store
import Testing
import Zones

/// Numbers from a seed.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// A random master file of the zone `example.`.
struct RandomFile {
    var text = ""
    private var numbers: SeededNumbers
    private let hasDirective: Bool
    private let lineEnd: String

    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
        hasDirective = Bool.random(using: &numbers)
        lineEnd = Int.random(in: 0..<8, using: &numbers) == 0 ? "\r\n" : "\n"
        if hasDirective { line("$TTL \(pick(["5", "1h", "0"]))") }
        line("@ 30 IN SOA ns host ( 7 1h", "2 3 4 ) ; end")
        for _ in 0..<Int.random(in: 0..<14, using: &numbers) { entry() }
        if Int.random(in: 0..<4, using: &numbers) == 0 { text = String(text.dropLast()) }
    }

    private mutating func pick(_ choices: [String]) -> String {
        choices.randomElement(using: &numbers) ?? ""
    }

    private mutating func line(_ parts: String...) {
        text += parts.joined(separator: lineEnd) + lineEnd
    }

    private mutating func blank() -> String { pick([" ", "  ", "\t", "      ", "\t\t"]) }

    private mutating func entry() {
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0: line("; \(pick(["a comment", "( not open", "\"quote"]))")
        case 1: line("")
        case 2: line("$ORIGIN \(pick(["example.", "sub", "sub.example.", "."]))\(blank()); origin")
        case 3 where hasDirective: line("$TTL \(pick(["5", "60", "1d"]))")
        default: record()
        }
    }

    private mutating func record() {
        let owner = pick([
            "a.example.", "b.example.", "c.d.example.", "Long-Name-Of-It.example.", "", "",
        ])
        let ttl = pick(["", "", "30", "1m"]) + blank()
        let recordClass = pick(["", "IN"]) + blank()
        let data = pick([
            "A 10.0.0.\(Int.random(in: 1...3, using: &numbers))",
            "A\t(\(lineEnd) 10.0.1.\(Int.random(in: 1...3, using: &numbers)) ; in )\(lineEnd) )",
            "AAAA   2001:db8::\(Int.random(in: 1...3, using: &numbers))",
            "TXT \"a;b\" \(pick(["c", "\"d e\""]))",
            "MX 10 mail.example.",
        ])
        line(owner + blank() + ttl + recordClass + data + pick(["", " ; note", "\t"]))
    }
}

@Suite struct EditPropertyTests {
    @Test func editsChangeWhatTheyShouldAndNothingElse() throws {
        var edits = 0
        for seed in UInt64(1)...200 {
            let scratch = try TemporaryDirectory()
            let file = RandomFile(seed: seed)
            try scratch.write(file.text, to: "example.zone")
            let directory = ZoneDirectory(scratch.path, clock: { fixedTime })
            let origin = try Name(text: "example.")
            guard let before = try? directory.content(of: origin) else { continue }
            var numbers = SeededNumbers(seed: seed &+ 7777)
            let after = try changed(before, &numbers)
            let outline = directory.reader.outline(
                Array(file.text.utf8), as: "\(scratch.path)/example.zone", origin: origin)
            let update = try directory.lock().update(origin) { _ throws(StoreError) in after }
            edits += 1
            let text = try scratch.text(of: "example.zone")
            let read = try #require(try directory.content(of: origin))
            #expect(ZoneDifference(before: read, after: after).isEmpty, "seed \(seed)\n\(text)")
            if update.difference.isEmpty {
                #expect(text == file.text)
            } else {
                #expect(read.serial == 8, "seed \(seed)")
                expectKept(file.text, text, outline, update.difference, seed)
            }
        }
        #expect(edits > 100)
    }

    /// A content with a few sets changed, added and removed.
    private func changed(
        _ content: ZoneContent, _ numbers: inout SeededNumbers
    ) throws -> ZoneContent {
        var content = content
        let a = try Name(text: "a.example.")
        for key in content.sortedKeys where key.type != .soa {
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0: content.sets[key] = nil
            case 1: content.sets[key]?.ttl = 77
            case 2 where key.type == .a: content.sets[key]?.data.append([10, 9, 9, 9])
            case 3 where key.type == .a: content.sets[key]?.data = [[10, 8, 8, 8]]
            default: break
            }
        }
        if Bool.random(using: &numbers) {
            content.sets[RecordSetKey(owner: a, type: .aaaa)] = RecordSetContent(
                ttl: 5, data: [[UInt8](repeating: 1, count: 16)])
        }
        if Bool.random(using: &numbers) {
            content.sets[RecordSetKey(owner: try Name(text: "new.example."), type: .a)] =
                RecordSetContent(ttl: 60, data: [[10, 7, 7, 7], [10, 7, 7, 8]])
        }
        return content
    }

    /// Every line outside of the changed entries, of the SOA's, and of those that lost what they inherited
    /// from is there, in its order.
    private func expectKept(
        _ old: String, _ new: String, _ outline: ZoneOutline, _ difference: ZoneDifference,
        _ seed: UInt64
    ) {
        let changedKeys = Set(difference.sets.map(\.key))
        var free = Set<Int>()
        let octets = Array(old.utf8)
        var previousChanged = false
        for entry in outline.entries {
            guard let record = entry.records.first else { continue }
            let isChanged =
                record.type == .soa
                || changedKeys.contains(RecordSetKey(owner: record.owner, type: record.type))
            var inherits = entry.ttlSource == .lastRecord
            if case .record(let words) = entry.form { inherits = inherits || words.owner == nil }
            if isChanged || (previousChanged && inherits) { free.formUnion(entry.range) }
            previousChanged = isChanged
        }
        var kept: [[UInt8]] = []
        var start = 0
        for line in octets.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if !free.contains(start) { kept.append(Array(line)) }
            start += line.count + 1
        }
        var rest = new.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)[...]
        for line in kept {
            guard let place = rest.firstIndex(where: { trimmed($0) == trimmed(line[...]) }) else {
                Issue.record(
                    "seed \(seed): lost \(String(decoding: line, as: UTF8.self))\n\(old)\n->\n\(new)"
                )
                return
            }
            rest = rest[(place + 1)...]
        }
    }

    /// Without a carriage return, which the last line may lack.
    private func trimmed(_ line: some BidirectionalCollection<UInt8>) -> [UInt8] {
        Array(line.last == 0x0D ? line.dropLast() : line.dropLast(0))
    }
}
