// The lookup for most queries, which ask for records of an existing name. It takes the name
// directly from a message, and finds bytes that can be sent unchanged, unless they have names that
// a message would compress. All other cases are left to `lookup`.

public import DNSWire

/// Records as bytes of a zone, or the SOA record of a denial.
public struct FoundRecords: BitwiseCopyable, Sendable {
    /// The offset of the records in the zone's bytes, one after the other, in the form of
    /// `encoded(_:)`.
    public let start: UInt32
    /// How many bytes they are.
    public let size: UInt32
    /// How many records there are.
    public let count: Int
    /// Whether the name has no records of the type, and this is the zone's SOA record, whose TTL is to be
    /// `negativeTTL`.
    public let isDenial: Bool
}

extension ZoneTables {
    /// The records of `type` of the name whose labels below the origin are `owner` in `message`;
    /// nil if this needs `lookup`.
    @inline(__always)
    public borrowing func records(
        _ owner: FoldedKey, in message: Span<UInt8>, type: RecordType
    ) -> FoundRecords? {
        let octets = octets.span
        let slots = names.slots
        let tag = UInt32(truncatingIfNeeded: owner.hash(facts.hasher, in: message))
        var slot = Int(tag) & (slots.count &- 1)
        while true {
            let found = slots[slot]
            if found.node == NameTable.none { return nil }
            if found.tag == tag {
                let place = Int(found.node)
                // Four words of the node, and of the bytes after it, can always be read.
                let node = octets.extracting(place..<(place &+ NodeHead.padding))
                let head = NodeHead(node.word(at: 0), at: place)
                // A cut would be before the owner.
                if head.traits.contains(.belowCut) { return nil }
                if head.ownerCount == owner.size,
                    owner.areHeld(
                        node.doubleWord(at: NodeHead.size), in: octets, at: head.owner, message)
                {
                    return records(of: head, type: type)
                }
            }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
    }

    @inline(__always)
    private borrowing func records(of head: NodeHead, type: RecordType) -> FoundRecords? {
        if head.traits.contains(.zoneCut) { return nil }
        let octets = octets.span
        var place = head.sets
        var left = head.setCount
        while left > 0 {
            let word = octets.word(at: place)
            let found = RecordType(rawValue: UInt16(truncatingIfNeeded: word >> 48).byteSwapped)
            if found == .cname { return nil }
            let size = UInt32(truncatingIfNeeded: word)
            if found == type {
                return FoundRecords(
                    start: UInt32(truncatingIfNeeded: place &+ NodeHead.setSize), size: size,
                    count: Int(truncatingIfNeeded: word >> 32 & 0xFFFF), isDenial: false)
            }
            place &+= NodeHead.setSize &+ Int(size)
            left &-= 1
        }
        let soa = facts.soa
        return FoundRecords(start: soa.first, size: soa.size, count: 1, isDenial: true)
    }

    /// The zone's bytes, in which found records are.
    @inline(__always)
    public var allOctets: Span<UInt8> {
        @_lifetime(borrow self) get { octets.span }
    }

    /// Whether the zone has a node whose labels below the origin are `folded`.
    public borrowing func hasNode(_ folded: [UInt8]) -> Bool {
        find(folded.span) != NameTable.none
    }
}
