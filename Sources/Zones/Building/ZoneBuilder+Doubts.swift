// Warnings about records that are probably not intended, or that no resolver can use. They are
// served as written, because none of them is refused by all of BIND, Knot and NSD.

import DNSWire

extension ZoneBuilder {
    /// Warns of what is doubtful in the set of the entries at `range`.
    func checkDoubts(_ range: Range<Int>, _ notices: inout ZoneNotices) {
        let first = entries[range.lowerBound]
        switch first.type {
        case .ds where first.node == 0:
            notices.addWarning(
                first.place, "the DS record of \(origin) belongs to the parent zone, not here")
        case .ds, .cds, .nsec3, .svcb, .https:
            for index in range { checkDoubtfulData(entries[index], &notices) }
        default: break
        }
        let size = leastSize(ofMessageWith: range)
        if size > 65535 {
            notices.addWarning(
                first.place,
                "\(name(of: first.node)) \(first.type) takes at least \(size) bytes and fits in no "
                    + "message")
        }
    }

    private func checkDoubtfulData(_ entry: EntryRow, _ notices: inout ZoneNotices) {
        let data = data(at: entry.data)
        switch entry.type {
        case .ds, .cds:
            guard let count = Self.digestSize(data[3]), data.count - 4 != count else { return }
            notices.addWarning(
                entry.place,
                "a digest of type \(data[3]) has \(count) bytes, and this one has \(data.count - 4)"
            )
        case .nsec3:
            let count = Int(data[5 + Int(data[4])])
            guard data[0] == 1, count != 20 else { return }
            notices.addWarning(
                entry.place, "a hash of algorithm 1 has 20 bytes, and this one has \(count)")
        default:
            guard Self.lacksVariable(data) else { return }
            notices.addWarning(
                entry.place, "dohpath has no variable \"dns\", such as /dns-query{?dns} has")
        }
    }

    /// The size of a digest of a type of RFC 4509, 5933, 6605, 9558 and 9563; nil of one that is not known.
    private static func digestSize(_ type: UInt8) -> Int? {
        switch type {
        case 1: 20
        case 2, 3, 5, 6: 32
        case 4: 48
        default: nil
        }
    }

    /// Whether data of SVCB or HTTPS have a `dohpath` without `{?dns}` or `{&dns}` (RFC 9461, section 5).
    private static func lacksVariable(_ data: Span<UInt8>) -> Bool {
        guard let start = RecordDataField.nameEnd(in: data, at: 2) else { return false }
        var cursor = ServiceParameterCursor(position: start)
        while let (key, range) = cursor.next(in: data) {
            if key != .dohPath { continue }
            let template = String(decoding: [UInt8](copying: data.extracting(range)), as: UTF8.self)
            for expression in template.split(separator: "{").dropFirst() {
                let variables = expression.prefix { $0 != "}" }
                guard variables.count < expression.count else { continue }
                let names = variables.drop { "?&+#./;".contains($0) }
                if names.split(separator: ",").contains("dns") { return false }
            }
            return true
        }
        return false
    }

    /// The size of the smallest message that could answer with the entries at `range`: every
    /// compressible name counts as a pointer.
    private func leastSize(ofMessageWith range: Range<Int>) -> Int {
        let first = entries[range.lowerBound]
        let question = 12 + Int(nodes[Int(first.node)].ownerCount) + foldedOrigin.count + 4
        var size = question
        for index in range where !entries[index].isDuplicate {
            size += 12 + data(at: entries[index].data).count
        }
        guard size > 65535, let fields = RecordDataFields.of(first.type), fields.holdsNames else {
            return size
        }
        size = question
        for index in range where !entries[index].isDuplicate {
            size += 12 + Self.leastSize(of: data(at: entries[index].data), fields)
        }
        return size
    }

    private static func leastSize(of data: Span<UInt8>, _ fields: RecordDataFields) -> Int {
        var size = data.count
        var position = 0
        for index in 0..<fields.count {
            guard let end = fields[index].end(in: data, at: position) else { return 0 }
            if fields[index] == .compressibleName { size -= max(0, end - position - 2) }
            position = end
        }
        return size
    }
}
