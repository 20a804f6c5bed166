// Zone text: whatever it holds, it is a zone or a list of mistakes with their places. A zone prints to text that
// reads back as the same zone, and answers for each of its own names.

import DNSWire
import FuzzSupport
import Zones

private let hasher = NameHasher(key: 0x5EED)

/// One run of libFuzzer.
@c(fuzz_zone)
public func fuzzZone(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe FuzzInput(start, count)
    // Behind a line of one control octet stands what $INCLUDE gets.
    let parts = input.rest().split(separator: 1, maxSplits: 1, omittingEmptySubsequences: false)
    let text = Array(parts.first ?? [])
    let included = parts.count > 1 ? Array(parts[1]) : nil
    guard let origin = try? Name(text: "privatelink.azurecr.io.") else { return 0 }
    let reading = ZoneReader.read(text.span, file: "a.zone", origin: origin, hasher: hasher) {
        path, _ in
        guard let included, path.utf8.count < 64 else {
            return .unreadable("there is no such file", file: path)
        }
        return .octets(included, file: path)
    }
    checkNotices(reading)
    guard let zone = reading.zone else {
        check(!reading.mistakes.isEmpty, "no zone and no mistake")
        return 0
    }
    check(reading.mistakeCount == 0, "a zone with mistakes")
    checkPrinting(zone)
    checkLookups(zone)
    return 0
}

private func checkNotices(_ reading: ZoneReading) {
    check(reading.mistakes.count <= ZoneReading.maximumNotices, "too many mistakes are kept")
    check(reading.mistakeCount >= reading.mistakes.count, "fewer mistakes than are kept")
    for notice in reading.mistakes + reading.warnings {
        check(notice.line >= 1 && notice.column >= 1, "a place before the first")
        check(
            !notice.sentence.isEmpty && !notice.sentence.contains("\n"), "a sentence of \(notice)")
    }
}

private func checkPrinting(_ zone: Zone) {
    let text = masterFile(of: zone)
    let again = ZoneReader.read(text.span, file: "printed", origin: zone.origin, hasher: hasher)
    guard let printed = again.zone else {
        fatalError("finding: \(again.mistakes.map(\.description)) in a printed zone")
    }
    check(printed.fingerprint == zone.fingerprint, "a printed zone is another")
    check(printed.recordCount == zone.recordCount, "a printed zone has other records")
}

private func checkLookups(_ zone: Zone) {
    var name = NameBuffer(hasher: hasher)
    for owner in Set(readRecords(of: zone).prefix(200).map(\.owner)) {
        name.set(owner)
        let answer = zone.tables.lookup(name, type: .any)
        if case .nameError = answer.outcome {
            fatalError("finding: \(owner) is in the zone and does not exist")
        }
        ask(zone, name)
        guard let below = try? Name(labels: [[0x78]] + owner.labels) else { continue }
        name.set(below)
        ask(zone, name)
        _ = zone.tables.hasRecordsWithLeftmostLabel(of: name)
        _ = zone.tables.glue(of: name, type: .a)
    }
}

private func ask(_ zone: Zone, _ name: borrowing NameBuffer) {
    for number: UInt16 in [1, 2, 5, 6, 28, 39, 43, 255] {
        _ = zone.tables.lookup(name, type: RecordType(rawValue: number))
    }
}
