// The look-up: RFC 1034, section 4.3.2 with wildcards (RFC 4592), DNAME (RFC 6672) and empty
// non-terminals (RFC 8020). An exact hit costs one probe of the table of names; a miss finds the closest
// encloser by halving, since every ancestor of a node is a node.

public import DNSWire

extension ZoneTables {
    /// What the zone says of `name`, which is at or below the origin, and `type`.
    ///
    /// `name` must have been made with the zone's `hasher`. DS at a zone cut is answered from this side
    /// of the cut (RFC 4035, section 3.1.4.1). Nothing is allocated or retained.
    public borrowing func lookup(
        _ name: borrowing NameBuffer, type: RecordType
    ) -> ZoneAnswer {
        let node = find(name, fromLabel: 0)
        if node != NodeRow.none { return answer(exact: node, name, type: type) }
        let label = closestEncloser(of: name)
        return answer(
            below: find(name, fromLabel: label), at: label, name, type: type)
    }

    /// Whether a look-up of `name`, which is at or below the origin, would not say `noSuchName`.
    public borrowing func exists(_ name: borrowing NameBuffer) -> Bool {
        if case .noSuchName = lookup(name, type: .any).outcome { return false }
        return true
    }

    /// Whether `name` is at or below the origin.
    public borrowing func contains(_ name: borrowing NameBuffer) -> Bool {
        let label = name.labelCount - originLabels
        return label >= 0 && name.suffix(fromLabel: label, equals: foldedOrigin.span)
    }

    /// The records of `type` that `name` itself owns, zone cuts above it ignored: the glue of a
    /// referral (RFC 1034, section 4.3.2, step 3b).
    ///
    /// `name` may be any name; one outside of the zone has no glue.
    public borrowing func glue(
        of name: borrowing NameBuffer, type: RecordType
    ) -> RecordSet? {
        guard contains(name) else { return nil }
        let node = find(name, fromLabel: 0)
        return node == NodeRow.none ? nil : recordSet(of: type, node: node)
    }

    /// Whether a name with the same leftmost label as `name` owns records; the apex, wildcards and
    /// empty non-terminals do not count.
    ///
    /// `name` is below the origin.
    public borrowing func hasRecordsWithLeftmostLabel(of name: borrowing NameBuffer) -> Bool {
        guard name.labelCount > originLabels else { return false }
        let folded = name.folded
        let count = Int(folded[0])
        if count == 1, folded[1] == UInt8(ascii: "*") { return false }
        let hash = hasher.hash(
            label: folded, from: 1, count: count,
            under: name.hash(fromLabel: name.labelCount - originLabels))
        let child = find(folded.extracting(first: count + 1), hash: hash)
        if child != NodeRow.none, !setRange(of: child).isEmpty { return true }
        return holdsLeftmostLabel(folded.extracting(first: count + 1), hash: hash)
    }
}

extension ZoneTables {
    /// The answer when the name asked for is a node.
    private borrowing func answer(
        exact node: UInt32, _ name: borrowing NameBuffer, type: RecordType
    ) -> ZoneAnswer {
        let row = nodes.span[Int(node)]
        if row.barrier != NodeRow.none { return answer(barrier: row.barrier, name) }
        if row.traits.contains(.zoneCut), type != .ds { return answer(barrier: node, name) }
        return answer(from: node, type: type, isFromWildcard: false)
    }

    /// The answer when the name asked for is no node; `encloser`, its closest encloser, is the name from
    /// `label` on.
    private borrowing func answer(
        below encloser: UInt32, at label: Int, _ name: borrowing NameBuffer, type: RecordType
    ) -> ZoneAnswer {
        let row = nodes.span[Int(encloser)]
        if row.barrier != NodeRow.none { return answer(barrier: row.barrier, name) }
        if !row.traits.isDisjoint(with: [.zoneCut, .redirection]) {
            return answer(barrier: encloser, name)
        }
        guard row.traits.contains(.hasWildcard) else { return ZoneAnswer(.noSuchName) }
        let wildcard = wildcardChild(of: row, hash: name.hash(fromLabel: label))
        return answer(from: wildcard, type: type, isFromWildcard: true)
    }

    /// The referral or redirection that `barrier`, at or above the name, gives.
    private borrowing func answer(
        barrier: UInt32, _ name: borrowing NameBuffer
    ) -> ZoneAnswer {
        let row = nodes.span[Int(barrier)]
        let label = name.labelCount - originLabels - Int(row.labelCount)
        if row.traits.contains(.zoneCut), let set = recordSet(of: .ns, node: barrier) {
            return ZoneAnswer(.delegation(set, ownerLabel: label))
        }
        guard let set = recordSet(of: .dname, node: barrier) else {
            preconditionFailure("a barrier owns NS or DNAME records")
        }
        return ZoneAnswer(.redirection(set, ownerLabel: label))
    }

    /// What the records of `node` say of `type`.
    private borrowing func answer(
        from node: UInt32, type: RecordType, isFromWildcard: Bool
    ) -> ZoneAnswer {
        let range = setRange(of: node)
        if type == .any {
            let outcome: ZoneAnswer.Outcome =
                range.isEmpty ? .noData : .allRecords(ZoneNode(index: node))
            return ZoneAnswer(outcome, isFromWildcard: isFromWildcard)
        }
        var alias: RecordSet? = nil
        for row in range {
            let found = sets.span[row].type
            if found == type {
                return ZoneAnswer(
                    .records(recordSet(row: row, node: node)), isFromWildcard: isFromWildcard)
            }
            if found == .cname { alias = recordSet(row: row, node: node) }
        }
        if let alias { return ZoneAnswer(.alias(alias), isFromWildcard: isFromWildcard) }
        return ZoneAnswer(.noData, isFromWildcard: isFromWildcard)
    }

    /// The set of `type` that `node` owns.
    borrowing func recordSet(of type: RecordType, node: UInt32) -> RecordSet? {
        for row in setRange(of: node) where sets.span[row].type == type {
            return recordSet(row: row, node: node)
        }
        return nil
    }

    /// The label from which on the name, itself no node, is one: its closest encloser.
    private borrowing func closestEncloser(of name: borrowing NameBuffer) -> Int {
        var missing = 0
        var present = name.labelCount - originLabels
        while present - missing > 1 {
            let middle = (missing + present) / 2
            if find(name, fromLabel: middle) == NodeRow.none {
                missing = middle
            } else {
                present = middle
            }
        }
        return present
    }

    /// The node that is `name` from label `label` on, or `NodeRow.none`.
    borrowing func find(_ name: borrowing NameBuffer, fromLabel label: Int) -> UInt32 {
        let end = name.start(ofLabel: name.labelCount - originLabels)
        return find(
            name.folded.extracting(name.start(ofLabel: label)..<end),
            hash: name.hash(fromLabel: label))
    }

    /// The node whose name relative to the origin is `folded`, or `NodeRow.none`.
    private borrowing func find(_ folded: Span<UInt8>, hash: UInt64) -> UInt32 {
        let slots = names.slots.span
        let tag = UInt32(truncatingIfNeeded: hash)
        var place = names.start(of: hash)
        while slots[place].node != NodeRow.none {
            let slot = slots[place]
            if slot.tag == tag, owner(of: slot.node, equals: folded) { return slot.node }
            place = names.next(after: place)
        }
        return NodeRow.none
    }

    /// The node `*` below `parent`, which is known to have it and whose name has `hash`.
    private borrowing func wildcardChild(of parent: NodeRow, hash: UInt64) -> UInt32 {
        let octets = octets.span
        let hash = hasher.hash(label: octets, from: 1, count: 1, under: hash)
        let slots = names.slots.span
        let tag = UInt32(truncatingIfNeeded: hash)
        var place = names.start(of: hash)
        while slots[place].node != NodeRow.none {
            let slot = slots[place]
            if slot.tag == tag, isWildcard(slot.node, below: parent) { return slot.node }
            place = names.next(after: place)
        }
        preconditionFailure("the wildcard was there when the trait was set")
    }

    private borrowing func isWildcard(_ node: UInt32, below parent: NodeRow) -> Bool {
        let row = nodes.span[Int(node)]
        let octets = octets.span
        let start = Int(row.owner)
        guard row.ownerCount == parent.ownerCount + 2, octets[start] == 1,
            octets[start + 1] == UInt8(ascii: "*")
        else { return false }
        for index in 0..<Int(parent.ownerCount)
        where octets[start + 2 + index].lowercasedASCII
            != octets[Int(parent.owner) + index].lowercasedASCII
        { return false }
        return true
    }

    private borrowing func owner(of node: UInt32, equals folded: Span<UInt8>) -> Bool {
        let row = nodes.span[Int(node)]
        guard Int(row.ownerCount) == folded.count else { return false }
        return begins(Int(row.owner), with: folded)
    }

    /// Whether the octets at `start`, folded, are `folded`.
    private borrowing func begins(_ start: Int, with folded: Span<UInt8>) -> Bool {
        let octets = octets.span
        for index in folded.indices where octets[start + index].lowercasedASCII != folded[index] {
            return false
        }
        return true
    }

    /// Whether a node deeper than a child of the apex has `label`, length octet included, leftmost.
    private borrowing func holdsLeftmostLabel(_ label: Span<UInt8>, hash: UInt64) -> Bool {
        let slots = leftmostLabels.slots.span
        let tag = UInt32(truncatingIfNeeded: hash)
        var place = leftmostLabels.start(of: hash)
        while slots[place].node != NodeRow.none {
            let slot = slots[place]
            if slot.tag == tag, begins(Int(nodes.span[Int(slot.node)].owner), with: label) {
                return true
            }
            place = leftmostLabels.next(after: place)
        }
        return false
    }
}
