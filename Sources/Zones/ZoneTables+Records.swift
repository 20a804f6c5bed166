// The look-up of most questions, which ask for records of a name that is there: the name is taken as it stands in a
// message, and what is found are octets that can be sent as they are, but for names in them that a message would
// compress. Whatever is not so simple is for `lookup`.

public import DNSWire

/// Records as octets of a zone, or the SOA record of a denial.
public struct FoundRecords: BitwiseCopyable, Sendable {
    /// Where the records are among the zone's octets, one behind the other, as `encoded(_:)` gives each.
    public let start: UInt32
    /// How many octets they are.
    public let size: UInt32
    /// How many records there are.
    public let count: Int
    /// Whether the name has no records of the type, and this is the zone's SOA record.
    public let isDenial: Bool
    /// The TTL that the records get; of a denial it is not their own.
    public let ttl: UInt32
}

extension ZoneTables {
    /// The records of `type` that the name owns whose labels below the origin are `owner` in `message`; nil where
    /// only `lookup` can tell.
    @inline(__always)
    public borrowing func records(
        _ owner: SoughtOctets, in message: Span<UInt8>, type: RecordType
    ) -> FoundRecords? {
        let octets = octets.span
        let slots = names.slots.span
        let tag = UInt32(truncatingIfNeeded: owner.hash(facts.hasher, in: message))
        var slot = Int(tag) & (slots.count &- 1)
        while true {
            let found = slots[slot]
            if found.node == NameTable.none { return nil }
            if found.tag == tag {
                let node = Int(found.node)
                let head = NodeHead(octets.word(at: node), at: node)
                if head.ownerCount == owner.size,
                    owner.areHeld(by: octets, at: head.owner, message)
                {
                    return records(of: head, type: type)
                }
            }
            slot = (slot &+ 1) & (slots.count &- 1)
        }
    }

    @inline(__always)
    private borrowing func records(of head: NodeHead, type: RecordType) -> FoundRecords? {
        if !head.traits.isDisjoint(with: [.belowBarrier, .zoneCut]) { return nil }
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
                    count: Int(truncatingIfNeeded: word >> 32 & 0xFFFF), isDenial: false,
                    ttl: octets.uint32(at: place &+ NodeHead.setSize &+ 4))
            }
            place &+= NodeHead.setSize &+ Int(size)
            left &-= 1
        }
        let soa = facts.soa
        return FoundRecords(
            start: soa.first, size: soa.size, count: 1, isDenial: true, ttl: facts.negativeTTL)
    }

    /// The zone's octets, in which found records are.
    @inline(__always)
    public var allOctets: Span<UInt8> {
        @_lifetime(borrow self) get { octets.span }
    }

    /// Whether the zone has a node whose labels below the origin are `folded`.
    public borrowing func hasNode(_ folded: [UInt8]) -> Bool {
        find(folded.span) != NameTable.none
    }
}
