// What the tests of this target share: a zone from text, a question as text, an answer as one line of text.

import DNSWire
import Zones

/// The hasher of all zones in these tests.
let hasher = NameHasher(key: 0x0123_4567_89AB_CDEF)

/// The reading of `text` as the zone at `origin`, in file `zone`, with these other files.
func reading(
    _ text: String, origin: String = "example.", files: [String: String] = [:]
) throws -> ZoneReading {
    let octets = Array(text.utf8)
    return ZoneReader.read(
        octets.span, file: "zone", origin: try Name(text: origin), hasher: hasher
    ) { path, _ in
        guard let file = files[path] else { return .unreadable("no such file", file: path) }
        return .octets(Array(file.utf8), file: path)
    }
}

/// The zone that `text` is; a mistake in it fails the test.
func zone(_ text: String, origin: String = "example.") throws -> Zone {
    let reading = try reading(text, origin: origin)
    guard let zone = reading.zone else { throw TestFault(mistakes: reading.mistakes) }
    return zone
}

/// A zone that should have been good was not.
struct TestFault: Error {
    var mistakes: [ZoneNotice]
}

/// `name` made for look-ups.
func withBuffer<Result>(
    _ name: Name, _ body: (borrowing NameBuffer) throws -> Result
) rethrows -> Result {
    var buffer = NameBuffer(hasher: hasher)
    buffer.set(name)
    return try body(buffer)
}

extension Zone {
    /// What the zone says of `name` and `type`, in one line: the kind of answer, `*` if it came through a
    /// wildcard, and the owner and data of its records in order.
    func ask(_ name: String, _ type: String) throws -> String {
        let name = try Name(text: name)
        guard let type = RecordType(type) else { throw TestFault(mistakes: []) }
        return withBuffer(name) { buffer in describe(tables.lookup(buffer, type: type), name) }
    }

    private func describe(_ answer: ZoneAnswer, _ name: Name) -> String {
        let star = answer.isFromWildcard ? " *" : ""
        switch answer.outcome {
        case .records(let set): return "records\(star) " + text(of: set)
        case .alias(let set): return "alias\(star) " + text(of: set)
        case .allRecords(let node):
            var sets: [String] = []
            var next = tables.firstSet(of: node)
            while let set = next {
                sets.append(text(of: set))
                next = tables.set(after: set)
            }
            return "all\(star) " + sets.joined(separator: " ")
        case .dname(let set, let label):
            return "dname \(suffix(of: name, label)) " + text(of: set)
        case .delegation(let set, let label):
            return "delegation \(suffix(of: name, label)) " + text(of: set)
        case .noData: return "no data\(star)"
        case .nameError: return "no such name\(star)"
        }
    }

    private func suffix(of name: Name, _ label: Int) -> Name {
        var name = name
        for _ in 0..<label { name = name.parent ?? name }
        return name
    }

    /// `TYPE[data, data]`.
    func text(of set: RecordSet) -> String { Self.text(of: set, tables) }

    private static func text(of set: RecordSet, _ tables: borrowing ZoneTables) -> String {
        var data: [String] = []
        var next: StoredRecord? = tables.firstRecord(of: set)
        while let record = next {
            var printer = RecordPrinter()
            printer.append(data: tables.data(of: record), of: set.type)
            data.append(String(decoding: printer.text, as: UTF8.self))
            next = tables.record(after: record)
        }
        return "\(set.type)[\(data.joined(separator: ", "))]"
    }

    /// The zone as a master file.
    var masterFile: String {
        var octets: [UInt8] = []
        tables.writeMasterFile { (piece: Span<UInt8>) -> Void in
            octets.append(contentsOf: [UInt8](copying: piece))
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
