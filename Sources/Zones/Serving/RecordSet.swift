// A record set of a zone, as a position in the zone's tables.

public import DNSWire

/// The records of one owner and one type: a reference into the tables of the zone that gave it.
///
/// It means nothing to another zone.
public struct RecordSet: Sendable, BitwiseCopyable {
    /// The type of all its records.
    public let type: RecordType
    /// The number of records: 1 to 65535.
    public let count: Int
    /// The seconds that the records may be kept: the lowest TTL of the set (RFC 2181, section 5.2).
    public let ttl: UInt32
    /// The offset of the owner's node in the bytes.
    let node: UInt32
    /// The offset of the first record in the bytes.
    let first: UInt32
    /// The number of bytes of all its records.
    let size: UInt32
    /// The number of the node's sets that follow.
    let followers: UInt16

    /// The set with the head `word` at `place`.
    @inline(__always)
    init(_ word: UInt64, at place: Int, node: UInt32, octets: Span<UInt8>, followers: Int) {
        let records = octets.word(at: place + NodeHead.setSize)
        type = RecordType(rawValue: UInt16(truncatingIfNeeded: records).byteSwapped)
        ttl = UInt32(truncatingIfNeeded: records >> 32).byteSwapped
        count = Int(truncatingIfNeeded: word >> 32 & 0xFFFF)
        size = UInt32(truncatingIfNeeded: word)
        first = UInt32(truncatingIfNeeded: place + NodeHead.setSize)
        self.node = node
        self.followers = UInt16(truncatingIfNeeded: followers)
    }
}
