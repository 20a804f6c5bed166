// Outputs of az as files: whatever one holds, it is read, or refused with a sentence; and what was read of it depends
// on its text alone.

import FuzzSupport
import Store

/// One run of libFuzzer.
@c(fuzz_import)
public func fuzzImport(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let text = input.rest()
    let found = outcome(of: text)
    check(found == outcome(of: text), "not the same at the second time: \(found)")
    return 0
}

/// What is made of a text, each part as a line.
private func outcome(of text: [UInt8]) -> [String] {
    var reading = AzureReading()
    do throws(StoreError) {
        try reading.read(text, file: "file")
    } catch {
        let sentence = "\(error)"
        check(sentence.contains("file"), "refused without the file: \(sentence)")
        return [sentence]
    }
    for statement in reading.addresses {
        check(!statement.addresses.isEmpty, "a name without an address: \(statement.name)")
    }
    var lines: [String] = []
    for note in reading.notes { lines.append("\(note)") }
    for statement in reading.addresses {
        lines.append("\(statement.name) \(statement.addresses) \(statement.source.label)")
    }
    for set in reading.recordSets {
        lines.append("\(set.zone) \(set.key.owner) \(set.key.type) \(set.content.data)")
    }
    for name in reading.expected { lines.append("\(name.source.label): \(name)") }
    return lines
}
