// The rules between the records of a zone. Records that must not coexist are a mistake (RFC 1034,
// section 3.6.2; RFC 2181, section 10.1; RFC 6672, section 2.4); records that work but are
// suspicious are a warning.

import DNSWire

extension ZoneBuilder {
    /// Reports the first of the entries at `range` whose data differ from those of the first entry.
    func reportSecond(_ range: Range<Int>, _ notices: inout ZoneNotices) {
        let first = entries[range.lowerBound]
        for index in range.dropFirst() {
            let entry = entries[index]
            let isSame = RecordDataLayout.isSame(
                data(at: entry.data), data(at: first.data), of: entry.type)
            if isSame { continue }
            notices.addMistake(
                entry.place,
                "\(name(of: entry.node)) can have only one \(entry.type) record, and this is another"
            )
        }
    }

    /// Checks what the entries at `range`, all of one node, may not be together.
    func checkNode(_ node: Int, _ range: Range<Int>, _ notices: inout ZoneNotices) {
        var alias: EntryRow? = nil
        var other: EntryRow? = nil
        var dname: EntryRow? = nil
        for index in range {
            let entry = entries[index]
            switch entry.type {
            case .cname: alias = alias ?? entry
            case .rrsig, .nsec: break
            default: other = other ?? entry
            }
            if entry.type == .dname { dname = dname ?? entry }
        }
        if let alias, let other {
            notices.addMistake(
                Self.later(alias, other).place,
                "\(name(of: alias.node)) has a CNAME record and other records")
        }
        if let dname, nodes[node].traits.contains(.zoneCut) {
            notices.addMistake(
                dname.place,
                "\(name(of: dname.node)) is delegated and cannot have a DNAME record")
        }
    }

    private static func later(_ left: EntryRow, _ right: EntryRow) -> EntryRow {
        (left.file, left.line) < (right.file, right.line) ? right : left
    }

    /// Checks what a wildcard may not own: NS records, as BIND has it, since what they would mean is not
    /// defined (RFC 4592, section 4.2); a DNAME record is suspicious (section 4.4).
    func checkWildcard(_ node: Int, _ range: Range<Int>, _ notices: inout ZoneNotices) {
        let row = nodes[node]
        guard row.labelCount > 0, !row.traits.isDisjoint(with: [.zoneCut, .dname]),
            octets[Int(row.owner)] == 1, octets[Int(row.owner) + 1] == UInt8(ascii: "*")
        else { return }
        for index in range {
            let entry = entries[index]
            if entry.type == .ns {
                notices.addMistake(entry.place, "a wildcard cannot be delegated")
            } else if entry.type == .dname {
                notices.addWarning(
                    entry.place, "the meaning of a wildcard's DNAME record is not defined")
            }
        }
    }

    /// Checks the names at and below zone cuts and DNAME records.
    func checkBarriers(_ notices: inout ZoneNotices) {
        for node in nodes.indices {
            let row = nodes[node]
            let isCut = row.traits.contains(.zoneCut)
            guard row.cut != NameTable.none || isCut else { continue }
            let cut = row.cut == NameTable.none ? UInt32(node) : row.cut
            for index in range(of: node) {
                let entry = entries[index]
                if !nodes[Int(cut)].traits.contains(.zoneCut) {
                    notices.addMistake(
                        entry.place,
                        "\(name(of: UInt32(node))) is below the DNAME record of \(name(of: cut))")
                    break
                }
                if Self.isHidden(entry.type, atCut: cut == UInt32(node)) {
                    notices.addWarning(
                        entry.place,
                        "\(name(of: UInt32(node))) \(entry.type) is hidden by the delegation of "
                            + "\(name(of: cut))")
                    break
                }
            }
        }
    }

    /// Warns of names that end with the zone's own name twice, as a name without its final dot does.
    ///
    /// - Returns: the entries whose data are such a name.
    func checkRepetitions(_ notices: inout ZoneNotices) -> Set<UInt32> {
        var repeating: Set<UInt32> = []
        guard !origin.isRoot else { return repeating }
        for node in nodes.indices {
            let range = range(of: node)
            guard let first = range.first else { continue }
            let row = nodes[node]
            let owner = octets.span.extracting(
                Int(row.owner)..<(Int(row.owner) + Int(row.ownerCount)))
            if endsWithOrigin(owner) {
                notices.addWarning(
                    entries[first].place,
                    "\(name(of: UInt32(node))) repeats the zone's name, as an owner without its final "
                        + "dot does")
            }
            for index in range where !entries[index].isDuplicate {
                guard let offset = Self.offsetOfTarget(entries[index].type) else { continue }
                let target = data(at: entries[index].data).extracting(offset...)
                guard let length = Self.lengthOfName(target),
                    length >= foldedOrigin.count,
                    endsWithOrigin(target.extracting(..<(length - foldedOrigin.count))),
                    endsWithOrigin(target.extracting(..<(length - 1)))
                else { continue }
                repeating.insert(UInt32(index))
                notices.addWarning(
                    entries[index].place,
                    "\(Self.name(target.extracting(..<length))), which the \(entries[index].type) record "
                        + "names, repeats the zone's name, as a name without its final dot does")
            }
        }
        return repeating
    }

    /// Where in the data of a type the name is that the record leads to; nil if it leads nowhere.
    private static func offsetOfTarget(_ type: RecordType) -> Int? {
        switch type {
        case .cname, .dname, .ns, .ptr, .soa: 0
        case .mx: 2
        case .srv: 6
        default: nil
        }
    }

    /// The number of bytes of the name that data begin with, the root's included.
    private static func lengthOfName(_ data: Span<UInt8>) -> Int? {
        var position = 0
        while position < data.count {
            if data[position] == 0 { return position + 1 }
            position += 1 + Int(data[position])
        }
        return nil
    }

    private static func name(_ wire: Span<UInt8>) -> Name {
        (try? Name(wire: wire)) ?? .root
    }

    /// Whether labels, without a root, end with all of the origin's.
    private func endsWithOrigin(_ labels: Span<UInt8>) -> Bool {
        let count = foldedOrigin.count - 1
        let start = labels.count - count
        guard start >= 0 else { return false }
        for index in 0..<count
        where labels[start + index].lowercasedASCII != foldedOrigin[index] { return false }
        var position = 0
        while position < start { position += 1 + Int(labels[position]) }
        return position == start
    }

    /// Whether records of `type` at or below a zone cut can be in no answer.
    private static func isHidden(_ type: RecordType, atCut: Bool) -> Bool {
        if type == .a || type == .aaaa { return false }
        return !(atCut && (type == .ns || type == .ds || type == .nsec || type == .rrsig))
    }
}

extension ZoneTables {
    /// Warns when the host that an MX, NS or SRV record of `node` names, with these data, should be in the
    /// zone and has no address.
    func checkHost(
        _ data: Span<UInt8>, of type: RecordType, node: UInt32, at place: ZonePlace,
        _ notices: inout ZoneNotices
    ) {
        var host = NameBuffer(hasher: hasher)
        do throws(WireError) {
            try host.read(from: data, at: type == .ns ? 0 : type == .mx ? 2 : 6)
        } catch {
            preconditionFailure("data of the tables were checked when they were added")
        }
        guard host.count > 1, contains(host) else { return }
        let name = Name(host)
        switch lookup(host, type: .a).outcome {
        case .nameError:
            notices.addWarning(place, "\(name), which the \(type) record names, does not exist")
        case .alias:
            notices.addWarning(place, "\(name), which the \(type) record names, is an alias")
        case .noData:
            if case .records = lookup(host, type: .aaaa).outcome { return }
            notices.addWarning(place, "\(name), which the \(type) record names, has no address")
        case .delegation(let cut, _):
            guard type == .ns, cut.node == node, glue(of: host, type: .a) == nil,
                glue(of: host, type: .aaaa) == nil
            else { return }
            notices.addWarning(place, "\(name), which the NS record names, has no glue")
        default: return
        }
    }
}
