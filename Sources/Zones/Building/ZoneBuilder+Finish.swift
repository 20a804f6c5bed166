// From rows in order of appearance to sets in order of name and type: record sets are composed, the rules
// between records checked (they are in +Rules), and what can be paid at load is worked out. The tables
// themselves are written in +Tables.

import DNSWire

extension ZoneBuilder {
    /// Makes the tables; nil if there is any mistake.
    mutating func finish(
        notices: inout ZoneNotices, duplicateCount: inout Int
    ) -> ZoneTables? {
        if !entries.contains(where: { $0.type == .soa && $0.node == 0 }) {
            if notices.mistakeCount == 0 { addStandInSOA(&notices) }
        }
        orderEntries()
        var hosts = mergeSets(&notices, &duplicateCount)
        markBarriers()
        checkBarriers(&notices)
        guard notices.mistakeCount == 0 else { return nil }
        let repeating = checkRepetitions(&notices)
        hosts.removeAll { repeating.contains($0) }
        let tables = makeTables(recordCount: entries.count - duplicateCount)
        for index in hosts {
            let entry = entries[Int(index)]
            tables.checkHost(
                data(at: entry.data), of: entry.type, node: nodes[Int(entry.node)].place,
                at: entry.place, &notices)
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
        var scanner = ZoneScanner(Self.defaultSOA.span)
        do throws(ZoneFault) {
            try scanner.readData(
                of: .soa, fields: .of(.soa), origin: .root, into: &octets)
        } catch {
            preconditionFailure("the text of the SOA record is fixed")
        }
        octets[start + 1] = UInt8(octets.count - start - 2)
        add(.soa, ttl: 3600, data: start, to: 0, at: place)
    }

    private static let defaultSOA = Array(
        "azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10".utf8)

    // MARK: Order

    /// Puts the entries in order of node, and those of each node in order of type.
    private mutating func orderEntries() {
        var start: UInt32 = 0
        for node in nodes.indices {
            let count = nodes[node].place
            nodes[node].place = start
            start += count
        }
        if !isOrdered { groupByNode() }
        for node in nodes.indices {
            let range = range(of: node)
            if range.count > 1 { sortByType(range) }
        }
    }

    private mutating func groupByNode() {
        let absent = EntryRow(
            node: 0, ttl: 0, data: 0, line: 0, type: RecordType(rawValue: 0), file: 0)
        var next = nodes.map(\.place)
        var ordered = [EntryRow](repeating: absent, count: entries.count)
        for entry in entries {
            ordered[Int(next[Int(entry.node)])] = entry
            next[Int(entry.node)] += 1
        }
        entries = ordered
    }

    /// Sorts by type and then by appearance, which is the order of the data.
    private mutating func sortByType(_ range: Range<Int>) {
        var previous = entries[range.lowerBound].type.rawValue
        for index in range {
            let type = entries[index].type.rawValue
            if type < previous {
                entries[range].sort { ($0.type.rawValue, $0.data) < ($1.type.rawValue, $1.data) }
                return
            }
            previous = type
        }
    }

    /// Where the entries of a node are, once they are in order.
    func range(of node: Int) -> Range<Int> {
        let end = node + 1 < nodes.count ? Int(nodes[node + 1].place) : entries.count
        return Int(nodes[node].place)..<end
    }

    /// The end of the entries from `start` on that have the node and the type of the first.
    func endOfSet(from start: Int, in range: Range<Int>) -> Int {
        let type = entries[start].type
        var end = start + 1
        while end < range.upperBound, entries[end].type == type { end += 1 }
        return end
    }

    // MARK: Sets

    /// Checks each node's sets, gives all entries of a set its TTL and drops those that occur twice.
    ///
    /// - Returns: the entries that name a host.
    private mutating func mergeSets(
        _ notices: inout ZoneNotices, _ duplicateCount: inout Int
    ) -> [UInt32] {
        var hosts: [UInt32] = []
        for node in nodes.indices {
            let range = range(of: node)
            var start = range.lowerBound
            while start < range.upperBound {
                let type = entries[start].type
                let end = endOfSet(from: start, in: range)
                if end - start > 1 { mergeSet(start..<end, &notices, &duplicateCount) }
                checkDoubts(start..<end, &notices)
                if type == .mx || type == .ns || type == .srv {
                    for index in start..<end where !entries[index].isDuplicate {
                        hosts.append(UInt32(index))
                    }
                }
                if type == .soa, node != 0 {
                    notices.addMistake(
                        entries[start].place, "a SOA record is only allowed at the zone's apex")
                }
                if type == .ns, node != 0 { nodes[node].traits.insert(.zoneCut) }
                if type == .dname { nodes[node].traits.insert(.dname) }
                start = end
            }
            if range.count > 1 { checkNode(node, range, &notices) }
            checkWildcard(node, range, &notices)
        }
        return hosts
    }

    /// Makes one set of the entries at `range`, which have one owner and one type.
    private mutating func mergeSet(
        _ range: Range<Int>, _ notices: inout ZoneNotices, _ duplicateCount: inout Int
    ) {
        let first = entries[range.lowerBound]
        var ttl = first.ttl
        var differing: EntryRow? = nil
        var known: [UInt64: [UInt32]] = [:]
        var count = 0
        for index in range {
            let entry = entries[index]
            if entry.ttl != first.ttl, differing == nil { differing = entry }
            ttl = min(ttl, entry.ttl)
            let isDuplicate =
                range.count <= Self.smallSet
                ? holds(entry, among: range.lowerBound..<index) : holds(entry, &known)
            entries[index].isDuplicate = isDuplicate
            if isDuplicate { duplicateCount += 1 } else { count += 1 }
        }
        if let differing {
            for index in range { entries[index].ttl = ttl }
            notices.addWarning(
                differing.place,
                "the TTLs of \(name(of: first.node)) \(first.type) differ; the lowest, \(ttl), is used"
            )
        }
        if count > 1, first.type == .soa || first.type == .cname || first.type == .dname {
            reportSecond(range, &notices)
        }
        if count > 65535 {
            notices.addMistake(
                first.place, "\(name(of: first.node)) \(first.type) has more than 65535 records")
        }
    }

    /// How many records a set may have whose data are compared pair by pair.
    private static let smallSet = 8

    /// Whether an entry of `range` has data like the entry's.
    private func holds(_ entry: EntryRow, among range: Range<Int>) -> Bool {
        for index in range
        where RecordDataLayout.isSame(
            data(at: entry.data), data(at: entries[index].data), of: entry.type)
        {
            return true
        }
        return false
    }

    /// Whether data like the entry's are `known` by their hash; they are from now on.
    private func holds(_ entry: EntryRow, _ known: inout [UInt64: [UInt32]]) -> Bool {
        let data = data(at: entry.data)
        var digest = RecordDigest()
        digest.feed(data, isFolded: false)
        for other in known[digest.low] ?? []
        where RecordDataLayout.isSame(data, self.data(at: other), of: entry.type) {
            return true
        }
        known[digest.low, default: []].append(entry.data)
        return false
    }

    /// The data whose length is at `offset`.
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
        let cuts: NodeTraits = [.zoneCut, .dname]
        guard nodes.contains(where: { !$0.traits.isDisjoint(with: cuts) }) else { return }
        var owner = OwnerName(origin: origin)
        let fewest = nodes[0].traits.isDisjoint(with: cuts) ? 2 : 1
        for node in nodes.indices where nodes[node].labelCount >= fewest {
            let start = Int(nodes[node].owner)
            owner.set(octets.span.extracting(start..<(start + Int(nodes[node].ownerCount))))
            var label = Int(nodes[node].labelCount)
            while label > 0 {
                let above = find(owner, fromLabel: label)
                if above != NameTable.none, !nodes[Int(above)].traits.isDisjoint(with: cuts) {
                    nodes[node].cut = above
                    nodes[node].traits.insert(.belowCut)
                    break
                }
                label -= 1
            }
        }
    }
}
