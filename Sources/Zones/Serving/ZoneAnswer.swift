// What a look-up says, as plain values without octets: which record sets, and why. Turning them into
// a message is the resolver's work; their octets stay in ZoneTables, which hands out borrowed views.

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
    /// The place of the owner's node in the octets.
    let node: UInt32
    /// The place of the first record in the octets.
    let first: UInt32
    /// The number of octets of all its records.
    let size: UInt32
    /// The number of the node's sets that follow.
    let followers: UInt16

    /// The set whose head at `place` is `word`.
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

/// A record of a set: a reference into the tables of the zone that gave it.
public struct StoredRecord: Sendable, BitwiseCopyable {
    /// The octets before its data.
    static let headSize = 10

    let place: UInt32
    /// Where the next record starts.
    let next: UInt32
    /// Where the set ends.
    let end: UInt32
}

/// A name that exists in a zone: a reference into the tables of the zone that gave it.
public struct ZoneNode: Sendable, BitwiseCopyable, Equatable {
    /// The place in the octets.
    let place: UInt32

    /// The apex of any zone.
    static let apex = ZoneNode(place: 2)
}

/// The answer of a zone to one name and type (RFC 1034, section 4.3.2).
public struct ZoneAnswer: Sendable, BitwiseCopyable {
    /// What there is.
    public enum Outcome: Sendable, BitwiseCopyable {
        /// The records asked for.
        case records(RecordSet)
        /// All record sets of the node, at least one: the answer to QTYPE ANY.
        case allRecords(ZoneNode)
        /// The name is an alias; the set is its one CNAME record.
        case alias(RecordSet)
        /// A DNAME above the name redirects it (RFC 6672); its owner is the asked name from label
        /// `ownerLabel` on, which is at least 1.
        case redirection(RecordSet, ownerLabel: Int)
        /// The NS records of the zone cut at or above the name, whose owner is the asked name from
        /// label `ownerLabel` on; 0 when the name is the cut itself.
        case delegation(RecordSet, ownerLabel: Int)
        /// The name exists, or a wildcard covers it, without records of this type.
        case noData
        /// The name does not exist, and nothing exists below it (RFC 8020).
        case noSuchName
    }

    /// What there is.
    public let outcome: Outcome
    /// Whether a wildcard gave the outcome (RFC 4592); the owner to be written is then the asked
    /// name. Never true for `redirection`, `delegation` and `noSuchName`.
    public let isFromWildcard: Bool

    /// Whether it is the records asked for, or that the name has none of them.
    @inline(__always)
    public var isRecordsOrNoData: Bool {
        switch outcome {
        case .records, .noData: true
        default: false
        }
    }

    init(_ outcome: Outcome, isFromWildcard: Bool = false) {
        self.outcome = outcome
        self.isFromWildcard = isFromWildcard
    }
}
