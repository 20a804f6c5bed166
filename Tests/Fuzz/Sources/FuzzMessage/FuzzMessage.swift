// Messages: what can be read is written again and read again, and is then the same; what cannot be read is a fault
// and nothing worse. Records in text read back as well.

import DNSWire
import FuzzSupport
import Zones

/// One run of libFuzzer.
@c(fuzz_message)
public func fuzzMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    let message = input.rest()
    readQuery(message)
    for offset in 0..<min(message.count, 64) { _ = try? readName(message, at: offset) }
    guard let read = try? ReadMessage(message) else { return 0 }
    let size = checkEncoding(of: read, message, limit: 65_535)
    for limit in [size - 1, size * 3 / 4, size / 2, 64] {
        _ = checkEncoding(of: read, message, limit: limit)
    }
    for record in read.sections.joined() { checkText(of: record) }
    return 0
}

/// The client's side: one pass, then every option.
private func readQuery(_ message: [UInt8]) {
    guard let header = try? MessageHeader(message.span) else { return }
    _ = header.admission
    var name = NameBuffer(hasher: NameHasher(key: 1))
    guard var query = try? Query(question: message.span, header: header, name: &name) else {
        return
    }
    check(query.questionEnd <= message.count, "a question behind the end")
    guard (try? query.readOptions(message.span)) != nil, let options = query.options else { return }
    check(options.start <= options.end && options.end <= message.count, "options behind the end")
    for code in 0..<20 {
        let option = options.first(EDNSOption.Code(rawValue: UInt16(code)), in: message.span)
        guard let option else { continue }
        check(
            option.start >= options.start && option.start <= option.end
                && option.end <= options.end, "an option outside of its record")
    }
}

/// The records that fit are the same after they were written into another message, whose size is returned.
private func checkEncoding(of read: ReadMessage, _ message: [UInt8], limit: Int) -> Int {
    var buffer = [UInt8](repeating: 0, count: 65_535)
    var count = 0
    var expected = read.sections
    do {
        var writer = MessageWriter(into: buffer.mutableSpan)
        let question = read.header.questionCount == 1 && isPlain(read.question) ? read.question : []
        writer.begin(
            id: read.header.id, flags: read.header.flags, question: question.span, limit: limit,
            reserve: 0)
        let sections: [MessageSection] = [.answer, .authority, .additional]
        for (index, section) in sections.enumerated() {
            var written: [ReadRecord] = []
            for (record, place) in zip(read.sections[index], read.places[index]) {
                writer.beginRecordSet(in: section)
                let fits = writer.append(
                    owner: message.span, at: place.ownerOffset, type: place.type,
                    class: place.recordClass, ttl: place.ttl, data: message.span,
                    range: place.dataStart..<place.end)
                if fits { written.append(record) }
            }
            expected[index] = written
        }
        writer.finish(
            responseCode: read.header.flags.lowResponseCode, options: nil,
            named: NameBuffer(hasher: NameHasher(key: 1)))
        count = writer.count
    }
    check(count <= max(limit, 0), "\(count) octets of \(limit)")
    if count == 0 { return 0 }
    guard let again = try? ReadMessage(Array(buffer[..<count])) else {
        fatalError("finding: what was written cannot be read: \(hexadecimal(buffer[..<count]))")
    }
    check(again.trailing == 0, "octets behind the last record")
    check(again.header.id == read.header.id, "another id")
    check(again.sections == expected, "other records: \(hexadecimal(buffer[..<count]))")
    let lacks =
        expected[0].count + expected[1].count < read.sections[0].count + read.sections[1].count
    check(again.header.flags.isTruncated == lacks, "TC is wrong")
    return count
}

/// Whether the question's name is not compressed, so that it can stand in another message.
private func isPlain(_ question: [UInt8]) -> Bool {
    guard question.count > 4 else { return false }
    return (try? Name(wire: question.span.extracting(first: question.count - 4))) != nil
}

/// A record whose data have the shape of their type reads back from its text.
private func checkText(of record: ReadRecord) {
    let isWellFormed = RecordDataLayout.isWellFormed(record.spelledData.span, of: record.type)
    let shown = ZoneRecord(
        owner: record.owner, type: record.type, recordClass: record.recordClass,
        ttl: record.ttl & 0x7FFF_FFFF, data: record.spelledData)
    let text = shown.description
    check(!text.isEmpty && text.utf8.allSatisfy { $0 != 0x0A }, "a record is not one line")
    guard isWellFormed, record.recordClass == .in, !record.type.isMeta, record.type.rawValue > 0
    else { return }
    do {
        let again = try ZoneRecord(text)
        check(again.owner.octets == shown.owner.octets, "the owner of \(text)")
        check(again.data == shown.data && again.ttl == shown.ttl, "the data of \(text)")
    } catch {
        fatalError("finding: \(error) in \(text)")
    }
}
