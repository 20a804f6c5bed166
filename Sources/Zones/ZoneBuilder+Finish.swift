// From rows in order of appearance to tables in order of name and type: record sets are put together and
// what can be paid at load is worked out. The rules between records are in +Rules.

import DNSWire

/// The record sets while they are put together.
struct SetTables {
    var sets: [SetRow] = []
    var records: [UInt32] = []
    /// How many records were dropped because they occur twice.
    var duplicateCount = 0
    /// Records that name a host: the set's row, the record's index in it, and the entry.
    var hosts: [(row: UInt32, index: UInt32, entry: UInt32)] = []
}

/// The entries of each node, in order of type and then of appearance.
struct EntryOrder {
    /// Places in the builder's entries.
    var entries: [UInt32]
    /// For each node where its entries start; then the end of the last.
    var starts: [UInt32]

    /// The places in `entries` that belong to `node`.
    func range(of node: Int) -> Range<Int> { Int(starts[node])..<Int(starts[node + 1]) }
}

extension ZoneBuilder {
    /// Makes the tables; nil when there is any mistake.
    consuming func finish(
        notices: inout ZoneNotices, duplicateCount: inout Int
    ) -> ZoneTables? {
        if !entries.contains(where: { $0.type == .soa && $0.node == 0 }) {
            if notices.mistakeCount == 0 { addStandInSOA(&notices) }
        }
        let order = orderEntries()
        var made = makeSets(order, &notices)
        duplicateCount = made.duplicateCount
        markBarriers()
        checkBarriers(order, &notices)
        guard notices.mistakeCount == 0 else { return nil }
        let hosts = made.hosts
        made.hosts = []
        let entries = self.entries
        let tables = makeTables(made)
        for host in hosts {
            tables.checkHost(
                row: Int(host.row), record: Int(host.index),
                at: entries[Int(host.entry)].place, &notices)
        }
        return tables
    }

    /// Adds a SOA record like those of Azure's private zones.
    private mutating func addStandInSOA(_ notices: inout ZoneNotices) {
        let place = ZonePlace(file: 0, line: 1, column: 1)
        notices.addWarning(
            place, "the zone has no SOA record; one like those of Azure's private zones is used")
        let start = octets.count
        octets.append(contentsOf: [0, 0])
        var scanner = ZoneScanner(Self.standInSOA.span)
        do throws(ZoneFault) {
            try scanner.readData(
                of: .soa, syntax: RecordDataLayout.of(.soa).map { RecordSyntax($0) },
                origin: .root, into: &octets)
        } catch {
            preconditionFailure("the text of the SOA record is fixed")
        }
        octets[start + 1] = UInt8(octets.count - start - 2)
        add(.soa, ttl: 3600, data: start, to: 0, at: place)
    }

    private static let standInSOA = Array(
        "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10".utf8)

    /// Groups the entries by node, and sorts those of each by type.
    private func orderEntries() -> EntryOrder {
        var starts = [UInt32](repeating: 0, count: nodes.count + 1)
        for entry in entries { starts[Int(entry.node) + 1] += 1 }
        for index in nodes.indices { starts[index + 1] += starts[index] }
        var next = starts
        var ordered = [UInt32](repeating: 0, count: entries.count)
        for (index, entry) in entries.enumerated() {
            ordered[Int(next[Int(entry.node)])] = UInt32(index)
            next[Int(entry.node)] += 1
        }
        var order = EntryOrder(entries: ordered, starts: starts)
        for node in nodes.indices {
            let range = order.range(of: node)
            if range.count > 1 { sortByType(&order.entries, range) }
        }
        return order
    }

    private func sortByType(_ ordered: inout [UInt32], _ range: Range<Int>) {
        var previous = entries[Int(ordered[range.lowerBound])].type.rawValue
        for index in range {
            let type = entries[Int(ordered[index])].type.rawValue
            if type < previous {
                ordered[range].sort {
                    (entries[Int($0)].type.rawValue, $0) < (entries[Int($1)].type.rawValue, $1)
                }
                return
            }
            previous = type
        }
    }

    /// Puts together the sets of all nodes, in order of node and type, and checks each node's.
    private mutating func makeSets(
        _ order: EntryOrder, _ notices: inout ZoneNotices
    ) -> SetTables {
        var made = SetTables()
        made.sets.reserveCapacity(entries.count)
        made.records.reserveCapacity(entries.count)
        for node in nodes.indices {
            let range = order.range(of: node)
            nodes[node].firstSet = UInt32(made.sets.count)
            var start = range.lowerBound
            while start < range.upperBound {
                let type = entries[Int(order.entries[start])].type
                var end = start + 1
                while end < range.upperBound, entries[Int(order.entries[end])].type == type {
                    end += 1
                }
                addSet(order.entries, start..<end, &made, &notices)
                if type == .soa, node != 0 {
                    notices.addMistake(
                        entries[Int(order.entries[start])].place,
                        "a SOA record can only be at the zone's apex")
                }
                if type == .ns, node != 0 { nodes[node].traits.insert(.zoneCut) }
                if type == .dname { nodes[node].traits.insert(.redirection) }
                start = end
            }
            if range.count > 1 { checkNode(node, order.entries, range, &notices) }
            checkWildcard(node, order.entries, range, &notices)
        }
        return made
    }

    /// Adds the set of the entries at `range` of `ordered`, which have one owner and one type.
    private func addSet(
        _ ordered: [UInt32], _ range: Range<Int>, _ made: inout SetTables,
        _ notices: inout ZoneNotices
    ) {
        let first = entries[Int(ordered[range.lowerBound])]
        let firstRecord = made.records.count
        let namesHost = first.type == .mx || first.type == .ns || first.type == .srv
        var ttl = first.ttl
        var differing: EntryRow? = nil
        var known: [UInt64: [UInt32]] = [:]
        for index in range {
            let entry = entries[Int(ordered[index])]
            if entry.ttl != first.ttl, differing == nil { differing = entry }
            ttl = min(ttl, entry.ttl)
            let isDuplicate =
                range.count <= Self.smallSet
                ? holds(entry, made.records, from: firstRecord)
                : holds(entry, &known)
            if isDuplicate {
                made.duplicateCount += 1
                continue
            }
            if namesHost {
                let record = UInt32(made.records.count - firstRecord)
                made.hosts.append((UInt32(made.sets.count), record, ordered[index]))
            }
            made.records.append(entry.data)
        }
        if let differing {
            notices.addWarning(
                differing.place,
                "the TTLs of \(name(of: first.node)) \(first.type) differ; the lowest, \(ttl), is used"
            )
        }
        let count = made.records.count - firstRecord
        if count > 1, first.type == .soa || first.type == .cname || first.type == .dname {
            reportSecond(ordered, range, &notices)
        }
        if count > 65535 {
            notices.addMistake(
                first.place, "\(name(of: first.node)) \(first.type) has more than 65535 records")
        }
        made.sets.append(
            SetRow(
                firstRecord: UInt32(firstRecord), ttl: ttl, type: first.type,
                count: UInt16(truncatingIfNeeded: count)))
    }

    /// How many records a set may have whose data are compared pair by pair.
    private static let smallSet = 8

    /// Whether `records` from `first` on have data like the entry's.
    private func holds(_ entry: EntryRow, _ records: [UInt32], from first: Int) -> Bool {
        for index in first..<records.count
        where RecordDataLayout.isSame(
            data(at: entry.data), data(at: records[index]), of: entry.type)
        {
            return true
        }
        return false
    }

    /// Whether data like the entry's are `known` by their hash; they are from now on.
    private func holds(_ entry: EntryRow, _ known: inout [UInt64: [UInt32]]) -> Bool {
        let data = data(at: entry.data)
        var digest = RecordDigest()
        digest.feed(data, folded: true)
        for other in known[digest.low] ?? []
        where RecordDataLayout.isSame(data, self.data(at: other), of: entry.type) {
            return true
        }
        known[digest.low, default: []].append(entry.data)
        return false
    }

    /// The data whose length stands at `offset`.
    @_lifetime(borrow self)
    func data(at offset: UInt32) -> Span<UInt8> {
        let octets = octets.span
        let start = Int(offset) + 2
        return octets.extracting(start..<(start + octets.bigEndian16(at: Int(offset))))
    }

    /// The whole name of `node`.
    func name(of node: UInt32) -> Name {
        let row = nodes[Int(node)]
        let relative = octets[Int(row.owner)..<(Int(row.owner) + Int(row.ownerCount))]
        let wire = Array(relative) + origin.octets
        do throws(WireError) {
            return try Name(wire: wire.span)
        } catch {
            preconditionFailure("a name of the tables was checked when it was added")
        }
    }

    /// Links each node to the topmost zone cut or DNAME above it.
    private mutating func markBarriers() {
        let barriers: NodeTraits = [.zoneCut, .redirection]
        guard nodes.contains(where: { !$0.traits.isDisjoint(with: barriers) }) else { return }
        var owner = OwnerName(origin: origin, hasher: hasher)
        let fewest = nodes[0].traits.isDisjoint(with: barriers) ? 2 : 1
        for node in nodes.indices where nodes[node].labelCount >= fewest {
            let start = Int(nodes[node].owner)
            owner.set(octets.span.extracting(start..<(start + Int(nodes[node].ownerCount))))
            var label = Int(nodes[node].labelCount)
            while label > 0 {
                let above = find(owner, fromLabel: label)
                if above != NodeRow.none, !nodes[Int(above)].traits.isDisjoint(with: barriers) {
                    nodes[node].barrier = above
                    break
                }
                label -= 1
            }
        }
    }

    private consuming func makeTables(_ made: consuming SetTables) -> ZoneTables {
        entries = []
        let leftmost = leftmostLabels(setCount: made.sets.count)
        let fingerprint = fingerprint(of: made)
        guard
            let row = made.sets[..<Int(firstSet(after: 0, made.sets.count))]
                .firstIndex(where: { $0.type == .soa })
        else { preconditionFailure("a zone without mistakes has a SOA record") }
        let soa = RecordSet(
            type: .soa, count: 1, ttl: made.sets[row].ttl, node: 0,
            first: made.sets[row].firstRecord)
        let data = data(at: made.records[Int(made.sets[row].firstRecord)])
        let serial = data.bigEndian32(at: data.count - 20)
        let minimum = data.bigEndian32(at: data.count - 4)
        return ZoneTables(
            origin: origin, originLabels: originLabels, foldedOrigin: foldedOrigin, hasher: hasher,
            nodes: nodes, sets: made.sets, records: made.records, octets: octets, names: names,
            leftmostLabels: leftmost, soa: soa, serial: serial,
            negativeTTL: min(soa.ttl, minimum), fingerprint: fingerprint)
    }

    private func firstSet(after node: Int, _ setCount: Int) -> UInt32 {
        node + 1 < nodes.count ? nodes[node + 1].firstSet : UInt32(setCount)
    }

    /// The index of leftmost labels of nodes that own records, are no wildcards and are two or more labels
    /// below the apex; a child of the apex is found by its own name.
    private func leftmostLabels(setCount: Int) -> NameTable {
        var table = NameTable(expected: 0)
        var apex = NameBuffer(hasher: hasher)
        apex.set(origin)
        var folded = InlineArray<64, UInt8>(repeating: 0)
        for node in nodes.indices where nodes[node].labelCount > 1 {
            let row = nodes[node]
            let owner = Int(row.owner)
            let count = Int(octets[owner])
            if row.firstSet == firstSet(after: node, setCount) { continue }
            if count == 1, octets[owner + 1] == UInt8(ascii: "*") { continue }
            for index in 0...count { folded[index] = octets[owner + index].lowercasedASCII }
            let hash = hasher.hash(label: folded.span, from: 1, count: count, under: apex.hash)
            if !holds(folded.span.extracting(first: count + 1), hash: hash, table) {
                table.insert(UInt32(node), hash: hash)
            }
        }
        return table
    }

    private func holds(_ label: Span<UInt8>, hash: UInt64, _ table: borrowing NameTable) -> Bool {
        var place = table.start(of: hash)
        while table.slots[place].node != NodeRow.none {
            let slot = table.slots[place]
            if slot.tag == UInt32(truncatingIfNeeded: hash) {
                let owner = Int(nodes[Int(slot.node)].owner)
                let other = octets.span.extracting(owner..<(owner + label.count))
                if label.equals(other, folded: true) { return true }
            }
            place = table.next(after: place)
        }
        return false
    }

    private func fingerprint(of made: borrowing SetTables) -> ZoneFingerprint {
        var fingerprint = ZoneFingerprint()
        var base = RecordDigest()
        base.feed(foldedOrigin.span, folded: false)
        for node in nodes.indices {
            let row = nodes[node]
            let owner = Int(row.owner)
            var named = base
            named.feed(
                octets.span.extracting(owner..<(owner + Int(row.ownerCount))), folded: true)
            for set in Int(row.firstSet)..<Int(firstSet(after: node, made.sets.count)) {
                let set = made.sets[set]
                var typed = named
                typed.feed(UInt64(set.type.rawValue) << 32 | UInt64(set.ttl))
                let first = Int(set.firstRecord)
                for record in first..<(first + Int(set.count)) {
                    var digest = typed
                    digest.feed(data(at: made.records[record]), folded: false)
                    fingerprint.add(digest)
                }
            }
        }
        return fingerprint
    }
}
