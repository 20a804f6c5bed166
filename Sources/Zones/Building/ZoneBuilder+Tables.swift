// The zone's bytes, written once all is known of each node: ZoneTables says what they look like.

import DNSWire

extension ZoneBuilder {
    /// Writes the tables of a zone without mistakes; the nodes then have their offsets in them.
    mutating func makeTables(recordCount: Int) -> ZoneTables {
        var fingerprint = ZoneFingerprint()
        let arena = writeNodes(&fingerprint)
        let soa = Self.startOfAuthority(arena.span)
        let leftmost = leftmostLabels(in: arena.span)
        let facts = ZoneFacts(
            self, soa: soa, octets: arena.span, recordCount: recordCount,
            fingerprint: fingerprint)
        let nodes = nodes
        names.replaceNodes { nodes[Int($0)].place }
        return ZoneTables(octets: arena, names: names, leftmostLabels: leftmost, facts: facts)
    }

    /// The SOA record of the apex.
    private static func startOfAuthority(_ octets: Span<UInt8>) -> RecordSet {
        let apex = ZoneNode.apex.place
        let head = NodeHead(octets.word(at: Int(apex)), at: Int(apex))
        var place = head.sets
        for index in 0..<head.setCount {
            let set = RecordSet(
                octets.word(at: place), at: place, node: apex, octets: octets,
                followers: head.setCount - 1 - index)
            if set.type == .soa { return set }
            place = Int(set.first) + Int(set.size)
        }
        preconditionFailure("a zone without mistakes has a SOA record")
    }

    // MARK: Nodes

    /// Writes the bytes of all nodes, and their offsets into the nodes' rows.
    private mutating func writeNodes(_ fingerprint: inout ZoneFingerprint) -> [UInt8] {
        var arena = [UInt8](repeating: 0, count: arenaSize())
        var writer = ArenaWriter(into: arena.mutableSpan)
        writer.append(octets.span.extracting(first: Int(ZoneNode.apex.place)))
        var zone = RecordDigest()
        zone.feed(foldedOrigin.span)
        for node in nodes.indices {
            let range = range(of: node)
            // Its range is not needed again, so its offset replaces the range's start.
            nodes[node].place = UInt32(writer.count)
            writeNode(node, range, zone, &fingerprint, into: &writer)
        }
        linkBarriers(&writer)
        return arena
    }

    /// Whether the owner has capitals, so its original case is stored in addition to its folded
    /// bytes.
    private func isSpelled(_ row: NodeRow) -> Bool {
        let octets = octets.span
        var index = 0
        while index < Int(row.ownerCount) {
            let word = octets.word(
                at: Int(row.owner) + index, size: min(8, Int(row.ownerCount) - index))
            if word != word.lowercasedASCII { return true }
            index += 8
        }
        return false
    }

    /// The number of bytes of all nodes, including those before and after them; also determines
    /// which owners have capitals.
    private mutating func arenaSize() -> Int {
        var size = Int(ZoneNode.apex.place) + NodeHead.padding
        for node in nodes.indices {
            let isSpelled = isSpelled(nodes[node])
            if isSpelled { nodes[node].traits.insert(.isSpelled) }
            size += NodeHead.size + Int(nodes[node].ownerCount) * (isSpelled ? 2 : 1)
            if nodes[node].traits.contains(.belowCut) { size += NodeHead.cutSize }
            var previous: RecordType? = nil
            for index in range(of: node) where !entries[index].isDuplicate {
                if entries[index].type != previous { size += NodeHead.setSize }
                previous = entries[index].type
                size += StoredRecord.headSize + data(at: entries[index].data).count
            }
        }
        return size
    }

    private func writeNode(
        _ node: Int, _ range: Range<Int>, _ zone: RecordDigest,
        _ fingerprint: inout ZoneFingerprint, into writer: inout ArenaWriter
    ) {
        let row = nodes[node]
        let start = Int(row.owner)
        let owner = octets.span.extracting(start..<(start + Int(row.ownerCount)))
        let head = writer.count
        writer.append(row.traits.rawValue)
        writer.append(row.labelCount)
        writer.append(row.ownerCount)
        writer.append(UInt16(0))
        if row.traits.contains(.belowCut) { writer.append(UInt32(0)) }
        writer.append(owner)
        if row.traits.contains(.isSpelled) {
            writer.fold(from: writer.count - owner.count)
            writer.append(owner)
        }
        if range.isEmpty { return }
        var named = zone
        named.feed(owner, isFolded: false)
        var setCount = 0
        var first = range.lowerBound
        while first < range.upperBound {
            let end = endOfSet(from: first, in: range)
            writeSet(first..<end, named, &fingerprint, into: &writer)
            setCount += 1
            first = end
        }
        writer.put(UInt16(setCount), at: head + 3)
    }

    private func writeSet(
        _ range: Range<Int>, _ named: RecordDigest, _ fingerprint: inout ZoneFingerprint,
        into writer: inout ArenaWriter
    ) {
        let head = writer.count
        var count = 0
        writer.append(UInt32(0))
        writer.append(UInt16(0))
        for index in range where !entries[index].isDuplicate {
            let entry = entries[index]
            let start = writer.count
            writer.append(entry.type.rawValue.byteSwapped)
            writer.append(RecordClass.in.rawValue.byteSwapped)
            writer.append(entry.ttl.byteSwapped)
            let data = Int(entry.data)
            writer.append(
                octets.span.extracting(data..<(data + 2 + octets.span.bigEndian16(at: data))))
            var digest = named
            digest.feed(writer.octets(from: start))
            fingerprint.add(digest)
            count += 1
        }
        writer.put(UInt32(writer.count - head - NodeHead.setSize), at: head)
        writer.put(UInt16(count), at: head + 4)
    }

    /// Writes the offsets of cuts, now that all are known.
    private func linkBarriers(_ writer: inout ArenaWriter) {
        for row in nodes where row.cut != NameTable.none {
            writer.put(nodes[Int(row.cut)].place, at: Int(row.place) + NodeHead.size)
        }
    }

    // MARK: Leftmost labels

    /// The index of leftmost labels of nodes that own records, are no wildcards and are two or more labels
    /// below the apex; a child of the apex is found by its own name.
    private func leftmostLabels(in arena: Span<UInt8>) -> NameTable {
        var table = NameTable(expected: 0)
        var count = 0
        for row in nodes where row.labelCount > 1 {
            let head = NodeHead(arena.word(at: Int(row.place)), at: Int(row.place))
            let size = Int(arena[head.owner])
            if head.setCount == 0 { continue }
            if size == 1, arena[head.owner + 1] == UInt8(ascii: "*") { continue }
            let label = arena.extracting(head.owner...(head.owner + size))
            let hash = hasher.hash(label)
            if Self.holds(label, hash: hash, table, arena) { continue }
            table.insert(row.place, hash: hash, count: count)
            count += 1
        }
        return table
    }

    private static func holds(
        _ label: Span<UInt8>, hash: UInt64, _ table: borrowing NameTable, _ arena: Span<UInt8>
    ) -> Bool {
        var place = table.start(of: hash)
        while table.slots[place].node != NameTable.none {
            let slot = table.slots[place]
            if slot.tag == UInt32(truncatingIfNeeded: hash) {
                let head = NodeHead(arena.word(at: Int(slot.node)), at: Int(slot.node))
                if arena.matches(label, at: head.owner) { return true }
            }
            place = table.next(after: place)
        }
        return false
    }
}

/// Bytes written one after another; numbers with the lowest byte first.
struct ArenaWriter: ~Copyable, ~Escapable {
    private var target: MutableSpan<UInt8>
    /// The number of bytes written so far.
    private(set) var count = 0

    @_lifetime(copy target)
    init(into target: consuming MutableSpan<UInt8>) { self.target = target }

    mutating func append(_ value: UInt8) {
        target[count] = value
        count += 1
    }

    mutating func append(_ value: UInt16) {
        put(value, at: count)
        count += 2
    }

    mutating func append(_ value: UInt32) {
        put(value, at: count)
        count += 4
    }

    mutating func append(_ octets: Span<UInt8>) {
        target.copy(octets, at: count)
        count += octets.count
    }

    /// Folds what was written from `place` on.
    mutating func fold(from place: Int) {
        for index in place..<count { target[index] = target[index].lowercasedASCII }
    }

    mutating func put(_ value: UInt16, at place: Int) {
        target[place] = UInt8(truncatingIfNeeded: value)
        target[place + 1] = UInt8(truncatingIfNeeded: value >> 8)
    }

    mutating func put(_ value: UInt32, at place: Int) { target.storeHalf(value, at: place) }

    /// What was written from `place` on.
    @_lifetime(borrow self)
    borrowing func octets(from place: Int) -> Span<UInt8> {
        target.span.extracting(place..<count)
    }
}
