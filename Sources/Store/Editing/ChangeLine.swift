// A difference as lines that people read: `+`, `-` and `~`, one for each record.

public import DNSWire
internal import Zones

/// One line of a difference.
public struct ChangeLine: Sendable, Equatable {
    /// What happens to the record.
    public enum Sign: String, Sendable {
        /// It is new.
        case added = "+"
        /// It goes away.
        case removed = "-"
        /// Its data or its TTL change.
        case changed = "~"
    }

    /// What happens.
    public let sign: Sign
    /// The owner, relative to the zone; `@` for the apex.
    public let name: String
    /// The TTL, and the one after it where that is another.
    public let ttl: String
    /// The type.
    public let type: String
    /// The data, and those after them where they are others.
    public let data: String
}

extension ZoneDifference {
    /// All lines: those of the apex, then the names of each registry together; what a name loses
    /// comes before what it gains.
    ///
    /// Without `withSerial` the serial number of a SOA record is 0.
    public func lines(origin: Name, withSerial: Bool = true) -> [ChangeLine] {
        let ordered = sets.map { set -> (words: [String], set: RecordSetDifference) in
            let words = set.key.owner.words(below: origin)
            return ([words.first ?? ""] + [String(words.count)] + words.reversed(), set)
        }.sorted { left, right in
            left.words == right.words
                ? (left.set.after == nil ? 0 : 1, left.set.key.type.rawValue)
                    < (right.set.after == nil ? 0 : 1, right.set.key.type.rawValue)
                : left.words.lexicographicallyPrecedes(right.words)
        }
        return ordered.flatMap { $0.set.lines(origin: origin, withSerial: withSerial) }
    }
}

extension RecordSetDifference {
    /// A line for each record that differs.
    func lines(origin: Name, withSerial: Bool) -> [ChangeLine] {
        func text(_ data: [UInt8]) -> String {
            let shown =
                key.type == .soa && !withSerial ? StartOfAuthority(data).with(serial: 0).data : data
            return ZoneContent.text(of: shown, type: key.type)
        }
        let name = ZoneContent.relativeName(key.owner, origin: origin)
        func line(_ sign: ChangeLine.Sign, _ ttl: String, _ data: String) -> ChangeLine {
            ChangeLine(sign: sign, name: name, ttl: ttl, type: "\(key.type)", data: data)
        }
        guard let before else {
            return (after?.data ?? []).map { line(.added, "\(after?.ttl ?? 0)", text($0)) }
        }
        guard let after else {
            return before.data.map { line(.removed, "\(before.ttl)", text($0)) }
        }
        let ttl = before.ttl == after.ttl ? "\(after.ttl)" : "\(before.ttl) -> \(after.ttl)"
        let (removed, added) = (removed, added)
        var lines = zip(removed, added).map { old, new in
            line(.changed, ttl, "\(text(old)) -> \(text(new))")
        }
        lines += removed.dropFirst(added.count).map {
            line(.removed, "\(before.ttl)", text($0))
        }
        lines += added.dropFirst(removed.count).map { line(.added, "\(after.ttl)", text($0)) }
        if before.ttl != after.ttl {
            lines += after.data.filter { before.holds($0, of: key.type) }.map {
                line(.changed, ttl, text($0))
            }
        }
        return lines
    }
}

extension ZoneContent {
    /// An owner relative to the zone: `@` for the apex, without a final dot.
    public static func relativeName(_ owner: Name, origin: Name) -> String {
        String(decoding: RecordLine.owner(owner, relativeTo: origin), as: UTF8.self)
    }

    /// Data as a zone file has them.
    public static func text(of data: [UInt8], type: RecordType) -> String {
        var printer = RecordPrinter()
        printer.append(data: data.span, of: type)
        return String(decoding: printer.text, as: UTF8.self)
    }
}
