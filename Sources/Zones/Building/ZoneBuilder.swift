// The tables while they are filled: nodes and names directly, records as rows in order of
// appearance. Putting them in order and checking the rules between records is +Finish.

import DNSWire

/// A record as it was read.
struct EntryRow: BitwiseCopyable {
    /// The owner.
    var node: UInt32
    /// The TTL.
    var ttl: UInt32
    /// The offset of its length in the bytes; the data follow.
    var data: UInt32
    /// The line that its entry starts in.
    var line: UInt32
    /// The type.
    var type: RecordType
    /// The file.
    var file: UInt16
    /// Whether an earlier record of the set has the same data.
    var isDuplicate = false

    /// The start of its entry.
    var place: ZonePlace { ZonePlace(file: file, line: line, column: 1) }
}

/// A name while the zone is built.
struct NodeRow: BitwiseCopyable {
    /// Where in the bytes the owner starts: its labels without those of the origin.
    var owner: UInt32
    /// The number of its records so far; after all are read, the index of its first entry, and
    /// finally its offset in the zone's bytes.
    var place: UInt32
    /// The topmost node strictly above that is a zone cut or owns a DNAME, or `NameTable.none`.
    var cut: UInt32
    /// The number of the owner's bytes: 0 (the apex) to 254.
    var ownerCount: UInt8
    /// The number of the owner's labels, those of the origin not counted: 0 to 127.
    var labelCount: UInt8
    /// What is known of the node.
    var traits: NodeTraits
}

/// Takes names and records.
struct ZoneBuilder: ~Copyable {
    let origin: Name
    let originLabels: Int
    let foldedOrigin: [UInt8]
    let hasher: NameHasher
    /// The apex first, then the other nodes in order of appearance.
    var nodes: [NodeRow] = []
    var names: NameTable
    /// In order of appearance.
    var entries: [EntryRow] = []
    /// Whether they are in order of their nodes as well, as in most files.
    var isOrdered = true
    /// The label `*`, then owners and data.
    var octets: [UInt8] = [1, UInt8(ascii: "*")]

    /// A zone with nothing but its apex; `sizeHint` is the size of its text.
    init(origin: Name, hasher: NameHasher, sizeHint: Int) {
        self.origin = origin
        self.hasher = hasher
        originLabels = origin.labelCount
        foldedOrigin = origin.folded.octets
        names = NameTable(expected: 0)
        octets.reserveCapacity(sizeHint / 2)
        entries.reserveCapacity(sizeHint / 48)
        nodes.reserveCapacity(sizeHint / 48)
        _ = addNode(
            hash: hasher.hash(Span()), owner: octets.count, ownerCount: 0, labelCount: 0)
    }

    /// The maximum size of the tables so far, in bytes; offsets in them have 32 bits.
    private var tableSize = 0
    /// The most of them.
    var limit = Int(UInt32.max)

    /// Whether there is room for one more name with all that are above it, and for a record of the largest
    /// size.
    ///
    /// A name of 127 labels is as many nodes, so that the tables can be much larger than the text.
    var hasRoom: Bool { max(octets.count, tableSize) < limit - 110_000 }

    /// The node of `name`; made, with the nodes above it, if it is new.
    mutating func node(for name: OwnerName) -> UInt32 {
        let known = find(name, fromLabel: 0)
        if known != NameTable.none {
            if nodes[Int(known)].place == 0 { respell(known, as: name) }
            return known
        }
        let owner = octets.count
        for index in 0..<name.count { octets.append(name.wire[index]) }
        let node = UInt32(nodes.count)
        for label in 0..<name.labelCount {
            var above = label > 0 ? find(name, fromLabel: label) : NameTable.none
            let isThere = above != NameTable.none
            if !isThere {
                let start = name.start(ofLabel: label)
                above = addNode(
                    hash: hasher.hash(name.folded.span.extracting(start...)),
                    owner: owner + start,
                    ownerCount: name.count - start, labelCount: name.labelCount - label)
            }
            if label > 0, name.isWildcard(label: label - 1) {
                nodes[Int(above)].traits.insert(.hasWildcard)
            }
            if isThere { return node }
        }
        if name.isWildcard(label: name.labelCount - 1) { nodes[0].traits.insert(.hasWildcard) }
        return node
    }

    /// Adds the record whose length and data were appended to the bytes at `data`.
    mutating func add(
        _ type: RecordType, ttl: UInt32, data: Int, to node: UInt32, at place: ZonePlace
    ) {
        nodes[Int(node)].place += 1
        tableSize += NodeHead.setSize + StoredRecord.headSize + octets.count - data
        if let last = entries.last, node < last.node { isOrdered = false }
        entries.append(
            EntryRow(
                node: node, ttl: ttl, data: UInt32(data), line: place.line, type: type,
                file: place.file))
    }

    /// Gives an empty non-terminal the case of the owner of its first record.
    private mutating func respell(_ node: UInt32, as name: OwnerName) {
        if isSpelled(node, as: name) { return }
        nodes[Int(node)].owner = UInt32(octets.count)
        for index in 0..<name.count { octets.append(name.wire[index]) }
    }

    private func isSpelled(_ node: UInt32, as name: OwnerName) -> Bool {
        let owner = Int(nodes[Int(node)].owner)
        let old = octets.span.extracting(owner..<(owner + name.count))
        return old.equals(name.wire.span.extracting(first: name.count), folded: false)
    }

    /// The number in the last four bytes.
    var lastNumber: UInt32 { octets.span.bigEndian32(at: octets.count - 4) }

    private mutating func addNode(
        hash: UInt64, owner: Int, ownerCount: Int, labelCount: Int
    ) -> UInt32 {
        let node = UInt32(nodes.count)
        tableSize += NodeHead.size + NodeHead.cutSize + ownerCount
        nodes.append(
            NodeRow(
                owner: UInt32(owner), place: 0, cut: NameTable.none,
                ownerCount: UInt8(ownerCount), labelCount: UInt8(labelCount), traits: []))
        names.insert(node, hash: hash, count: Int(node))
        return node
    }

    /// The node that is `name` from `label` on, or `NameTable.none`.
    func find(_ name: OwnerName, fromLabel label: Int) -> UInt32 {
        if label == name.labelCount { return 0 }
        let owner = name.folded.span.extracting(name.start(ofLabel: label)...)
        let hash = hasher.hash(owner)
        let slots = names.slots.span
        let nodes = nodes.span
        let octets = octets.span
        let tag = UInt32(truncatingIfNeeded: hash)
        var place = names.start(of: hash)
        while slots[place].node != NameTable.none {
            let slot = slots[place]
            if slot.tag == tag {
                let row = nodes[Int(slot.node)]
                if Int(row.ownerCount) == owner.count, octets.matches(owner, at: Int(row.owner)) {
                    return slot.node
                }
            }
            place = names.next(after: place)
        }
        return NameTable.none
    }
}
