// The directive `$GENERATE` as BIND has it: a range, a template of an owner, and a template of the rest of
// the record, each `$` in them replaced by the number. Made records are read as text.

import DNSWire

extension ZoneParser {
    /// The numbers of a `$GENERATE`.
    struct GenerateRange: BitwiseCopyable {
        var first: Int
        var last: Int
        var step: Int

        /// How many numbers there are.
        var count: Int { (last - first) / step + 1 }
    }

    /// Carries out a `$GENERATE` whose name, `directive`, was read.
    mutating func readGenerate(
        _ directive: ZoneWord, _ scanner: inout ZoneScanner
    ) throws(ZoneFault) {
        let rangeWord = try Self.argument(&scanner)
        guard let range = Self.range(rangeWord, scanner) else {
            throw ZoneFault(.badRange, at: rangeWord)
        }
        var words: [ZoneWord] = [try Self.argument(&scanner)]
        while let word = try scanner.next() { words.append(word) }
        guard words.count >= 3 else { throw ZoneFault(.missingArgument, at: scanner.here) }
        guard range.count <= Self.maximumGenerated - generated else {
            throw ZoneFault(.tooManyGenerated, at: rangeWord)
        }
        generated += range.count
        settleOwner()
        let outer = (owner, hasOwner)
        fixedPlace = place(of: directive)
        defer {
            fixedPlace = nil
            (owner, hasOwner) = outer
            isOwnerNew = false
        }
        var line: [UInt8] = []
        let start = builder.octets.count
        defer { generatedOctets += builder.octets.count - start }
        for step in 0..<range.count {
            guard generatedOctets + builder.octets.count - start < Self.maximumGeneratedOctets
            else {
                throw ZoneFault(.generatedTooLarge, at: rangeWord)
            }
            let number = range.first + step * range.step
            line.removeAll(keepingCapacity: true)
            for word in words { try Self.expand(word, number, scanner, into: &line) }
            guard readGenerated(line.span) else { return }
        }
    }

    /// Reads one generated record; false if it has a mistake, so the rest is not generated.
    private mutating func readGenerated(_ text: Span<UInt8>) -> Bool {
        var scanner = ZoneScanner(text)
        do throws(ZoneFault) {
            guard let first = try scanner.next() else { return true }
            try readRecord(first, inheritsOwner: false, &scanner)
            return true
        } catch {
            note(error, in: text)
            return false
        }
    }

    /// `first-last`, perhaps with `/step`.
    private static func range(
        _ word: ZoneWord, _ scanner: borrowing ZoneScanner
    ) -> GenerateRange? {
        let text = scanner.string(word)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2, ends.count == 2, let first = number(ends[0]),
            let last = number(ends[1]), first <= last
        else { return nil }
        guard parts.count == 2 else { return GenerateRange(first: first, last: last, step: 1) }
        guard let step = number(parts[1]), step > 0 else { return nil }
        return GenerateRange(first: first, last: last, step: step)
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ $0 &- 0x30 <= 9 }), let number = Int(text),
            number <= 0x7FFF_FFFF
        else { return nil }
        return number
    }

    /// Appends the template `word`, with each `$` replaced by `number`, and a blank.
    ///
    /// `$$` and `\$` mean a dollar sign. The content of a quoted template is separate text, in
    /// which `\"` is a quote.
    private static func expand(
        _ word: ZoneWord, _ number: Int, _ scanner: borrowing ZoneScanner,
        into line: inout [UInt8]
    ) throws(ZoneFault) {
        let text = scanner.text
        var index = word.start
        while index < word.end {
            let octet = text[index]
            index += 1
            let next = index < word.end ? text[index] : 0
            if octet == UInt8(ascii: "\\"), index < word.end {
                if !(next == UInt8(ascii: "\"") && word.isQuoted) { line.append(octet) }
                line.append(next)
                index += 1
            } else if octet != UInt8(ascii: "$") {
                line.append(octet)
            } else if next == UInt8(ascii: "$") {
                line.append(contentsOf: [UInt8(ascii: "\\"), next])
                index += 1
            } else if next == UInt8(ascii: "{") {
                var end = index + 1
                while end < word.end, text[end] != UInt8(ascii: "}") { end += 1 }
                guard end < word.end else { throw ZoneFault(.badTemplate, at: word) }
                let modifier = [UInt8](copying: text.extracting((index + 1)..<end))
                guard append(number, modifier: modifier, to: &line) else {
                    throw ZoneFault(.badTemplate, at: word)
                }
                index = end + 1
            } else {
                line.append(contentsOf: String(number).utf8)
            }
        }
        line.append(UInt8(ascii: " "))
    }

    /// Appends `number` as `offset,width,base` says: to the base d, o, x or X, filled with zeros to the width;
    /// n or N: the digits of x or X from the last to the first, with dots, as in ip6.arpa.
    private static func append(
        _ number: Int, modifier: [UInt8], to line: inout [UInt8]
    ) -> Bool {
        let parts = String(decoding: modifier, as: UTF8.self).split(
            separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= 3, let offset = Int32(parts[0]) else { return false }
        var width = 0
        if parts.count >= 2 {
            guard let given = Self.number(parts[1]), given <= 255 else { return false }
            width = given
        }
        let base = parts.count == 3 ? parts[2] : "d"
        let value = number + Int(offset)
        // Bases other than ten have no sign: as in BIND, they show the 32 bits of a negative number.
        let bits = value < 0 ? Int(UInt32(truncatingIfNeeded: value)) : value
        switch base {
        case "d":
            if value < 0 { line.append(UInt8(ascii: "-")) }
            pad(String(value.magnitude), to: value < 0 ? width - 1 : width, in: &line)
        case "o": pad(String(bits, radix: 8), to: width, in: &line)
        case "x": pad(String(bits, radix: 16), to: width, in: &line)
        case "X": pad(String(bits, radix: 16, uppercase: true), to: width, in: &line)
        case "n", "N": appendNibbles(bits, isUpper: base == "N", width: width, to: &line)
        default: return false
        }
        return true
    }

    private static func pad(_ digits: String, to width: Int, in line: inout [UInt8]) {
        for _ in digits.utf8.count..<max(width, digits.utf8.count) { line.append(0x30) }
        line.append(contentsOf: digits.utf8)
    }

    /// Appends hexadecimal digits, the last first, and dots until `width` characters are written.
    private static func appendNibbles(
        _ number: Int, isUpper: Bool, width: Int, to line: inout [UInt8]
    ) {
        let begin = line.count
        var value = number
        while true {
            line.append(contentsOf: String(value & 0xF, radix: 16, uppercase: isUpper).utf8)
            value >>= 4
            if value == 0, line.count - begin >= width { return }
            line.append(UInt8(ascii: "."))
            if value == 0, line.count - begin >= width { return }
        }
    }
}
