// The lookup: RFC 1034, section 4.3.2 with wildcards (RFC 4592), DNAME (RFC 6672) and empty
// non-terminals (RFC 8020). An exact hit costs one probe of the table of names; a miss finds the closest
// encloser by halving, since every ancestor of a node is a node.

public import DNSWire

extension ZoneTables {
    /// What the zone says of `name`, which is at or below the origin, and `type`.
    ///
    /// DS at a zone cut is answered from this side of the cut (RFC 4035, section 3.1.4.1). Nothing is allocated
    /// or retained.
    public borrowing func lookup(
        _ name: borrowing NameBuffer, type: RecordType
    ) -> ZoneAnswer {
        let node = find(name, fromLabel: 0)
        if node != NameTable.none { return answer(exact: node, name, type: type) }
        let label = closestEncloser(of: name)
        return answer(
            below: find(name, fromLabel: label), at: label, name, type: type)
    }

    /// The answer for the name formed by the first `labels` labels of `name` below the origin; nil
    /// if it needs a lookup of the whole name, because the name is not a node or a zone cut or a
    /// DNAME applies.
    ///
    /// It spares a private link the making of a name that is then found in most cases.
    @inline(__always)
    public borrowing func lookup(
        first labels: Int, of name: borrowing NameBuffer, type: RecordType
    ) -> ZoneAnswer? {
        let owner = name.folded.extracting(first: name.start(ofLabel: labels))
        let node = find(owner)
        if node == NameTable.none { return nil }
        let head = self.head(of: node)
        if !head.traits.isDisjoint(with: [.belowCut, .zoneCut]) { return nil }
        return answer(from: node, head, type: type, isFromWildcard: false)
    }

    /// Whether a lookup of `name`, which is at or below the origin, would not say `nameError`.
    public borrowing func exists(_ name: borrowing NameBuffer) -> Bool {
        if case .nameError = lookup(name, type: .any).outcome { return false }
        return true
    }

    /// Whether `name` is at or below the origin.
    public borrowing func contains(_ name: borrowing NameBuffer) -> Bool {
        let label = name.labelCount - facts.originLabels
        let origin = facts.foldedOrigin
        return label >= 0 && name.suffix(fromLabel: label, equals: origin.span)
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
        return node == NameTable.none ? nil : recordSet(of: type, node: node)
    }

    /// Whether a name with the same leftmost label as `name` owns records; the apex, wildcards and
    /// empty non-terminals do not count.
    ///
    /// `name` is below the origin.
    public borrowing func hasRecordsWithLeftmostLabel(of name: borrowing NameBuffer) -> Bool {
        guard name.labelCount > facts.originLabels else { return false }
        let folded = name.folded
        let count = Int(folded[0])
        if count == 1, folded[1] == UInt8(ascii: "*") { return false }
        let label = folded.extracting(first: count + 1)
        let child = find(label)
        if child != NameTable.none, self.head(of: child).setCount > 0 { return true }
        return holdsLeftmostLabel(label)
    }
}

extension ZoneTables {
    @inline(__always)
    borrowing func head(of node: UInt32) -> NodeHead {
        NodeHead(octets.span.word(at: Int(node)), at: Int(node))
    }

    /// The answer if the queried name is a node.
    private borrowing func answer(
        exact node: UInt32, _ name: borrowing NameBuffer, type: RecordType
    ) -> ZoneAnswer {
        let head = head(of: node)
        if head.traits.contains(.belowCut) { return answer(cut: cut(of: head), name) }
        if head.traits.contains(.zoneCut),
            type != .ds || isSwitchedOff("RFC 4035: DS at a cut is the zone's own")
        {
            return answer(cut: node, name)
        }
        return answer(from: node, head, type: type, isFromWildcard: false)
    }

    /// The answer if the queried name is not a node; `encloser`, its closest encloser, is the name
    /// from `label` on.
    private borrowing func answer(
        below encloser: UInt32, at label: Int, _ name: borrowing NameBuffer, type: RecordType
    ) -> ZoneAnswer {
        let head = head(of: encloser)
        if head.traits.contains(.belowCut) { return answer(cut: cut(of: head), name) }
        if !head.traits.isDisjoint(with: [.zoneCut, .dname]) {
            return answer(cut: encloser, name)
        }
        guard head.traits.contains(.hasWildcard), !isSwitchedOff("RFC 4592: wildcards") else {
            return ZoneAnswer(.nameError)
        }
        let wildcard = wildcardChild(of: head)
        return answer(from: wildcard, self.head(of: wildcard), type: type, isFromWildcard: true)
    }

    /// The topmost zone cut or DNAME above a node that is below one.
    private borrowing func cut(of head: NodeHead) -> UInt32 {
        octets.span.halfWord(at: head.owner - NodeHead.cutSize)
    }

    /// The referral or dname that `cut`, at or above the name, gives.
    private borrowing func answer(
        cut: UInt32, _ name: borrowing NameBuffer
    ) -> ZoneAnswer {
        let head = head(of: cut)
        let label = name.labelCount - facts.originLabels - head.labelCount
        if head.traits.contains(.zoneCut), let set = recordSet(of: .ns, node: cut) {
            return ZoneAnswer(.delegation(set, ownerLabel: label))
        }
        guard let set = recordSet(of: .dname, node: cut) else {
            preconditionFailure("a cut owns NS or DNAME records")
        }
        return ZoneAnswer(.dname(set, ownerLabel: label))
    }

    /// What the records of `node` say of `type`.
    @inline(__always)
    private borrowing func answer(
        from node: UInt32, _ head: NodeHead, type: RecordType, isFromWildcard: Bool
    ) -> ZoneAnswer {
        if type == .any {
            let outcome: ZoneAnswer.Outcome =
                head.setCount == 0 ? .noData : .allRecords(ZoneNode(place: node))
            return ZoneAnswer(outcome, isFromWildcard: isFromWildcard)
        }
        let octets = octets.span
        var place = head.sets
        var left = head.setCount
        var alias = -1
        while left > 0 {
            left -= 1
            let word = octets.word(at: place)
            let found = UInt16(truncatingIfNeeded: word >> 48).byteSwapped
            if found == type.rawValue {
                let set = RecordSet(word, at: place, node: node, octets: octets, followers: left)
                return ZoneAnswer(.records(set), isFromWildcard: isFromWildcard)
            }
            if found == RecordType.cname.rawValue { alias = place }
            place += NodeHead.setSize + Int(word & 0xFFFF_FFFF)
        }
        guard alias >= 0 else { return ZoneAnswer(.noData, isFromWildcard: isFromWildcard) }
        let set = RecordSet(
            octets.word(at: alias), at: alias, node: node, octets: octets, followers: 0)
        return ZoneAnswer(.alias(set), isFromWildcard: isFromWildcard)
    }

    /// The set of `type` that `node` owns.
    borrowing func recordSet(of type: RecordType, node: UInt32) -> RecordSet? {
        var next = firstSet(of: ZoneNode(place: node))
        while let set = next {
            if set.type == type { return set }
            next = self.set(after: set)
        }
        return nil
    }

    /// The label from which on the name, itself no node, is one: its closest encloser.
    private borrowing func closestEncloser(of name: borrowing NameBuffer) -> Int {
        var missing = 0
        var present = name.labelCount - facts.originLabels
        while present - missing > 1 {
            let middle = (missing + present) / 2
            if find(name, fromLabel: middle) == NameTable.none {
                missing = middle
            } else {
                present = middle
            }
        }
        return present
    }

    /// The node that is `name` from label `label` on, or `NameTable.none`.
    borrowing func find(_ name: borrowing NameBuffer, fromLabel label: Int) -> UInt32 {
        let end = name.start(ofLabel: name.labelCount - facts.originLabels)
        return find(name.folded.extracting(name.start(ofLabel: label)..<end))
    }

    /// The node whose name relative to the origin is `folded`, or `NameTable.none`.
    @inline(__always)
    borrowing func find(_ folded: Span<UInt8>) -> UInt32 {
        let hash = facts.hasher.hash(folded)
        let slots = names.slots.span
        let tag = UInt32(truncatingIfNeeded: hash)
        var place = names.start(of: hash)
        while true {
            let slot = slots[place]
            if slot.node == NameTable.none { return NameTable.none }
            if slot.tag == tag, owner(of: slot.node, equals: folded) { return slot.node }
            place = names.next(after: place)
        }
    }

    /// The node `*` below `parent`, which is known to have it.
    private borrowing func wildcardChild(of parent: NodeHead) -> UInt32 {
        let octets = octets.span
        var owner = InlineArray<256, UInt8>(repeating: 0)
        (owner[0], owner[1]) = (octets[0], octets[1])
        for index in 0..<parent.ownerCount { owner[2 + index] = octets[parent.owner + index] }
        let wildcard = find(owner.span.extracting(first: 2 + parent.ownerCount))
        precondition(wildcard != NameTable.none, "the wildcard was there when the trait was set")
        return wildcard
    }

    @inline(__always)
    private borrowing func owner(of node: UInt32, equals folded: Span<UInt8>) -> Bool {
        let head = head(of: node)
        return head.ownerCount == folded.count && octets.span.holds(folded, at: head.owner)
    }

    /// Whether a node deeper than a child of the apex has `label`, length byte included, leftmost.
    private borrowing func holdsLeftmostLabel(_ label: Span<UInt8>) -> Bool {
        let hash = facts.hasher.hash(label)
        let slots = leftmostLabels.slots.span
        let tag = UInt32(truncatingIfNeeded: hash)
        var place = leftmostLabels.start(of: hash)
        while slots[place].node != NameTable.none {
            let slot = slots[place]
            if slot.tag == tag, octets.span.holds(label, at: head(of: slot.node).owner) {
                return true
            }
            place = leftmostLabels.next(after: place)
        }
        return false
    }
}
