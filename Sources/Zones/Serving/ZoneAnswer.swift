// What a lookup says, as plain values without bytes: which record sets, and why. Turning them into
// a message is the resolver's work; their bytes stay in ZoneTables, which hands out borrowed views.

internal import DNSWire

/// A record of a set: a reference into the tables of the zone that gave it.
public struct StoredRecord: Sendable, BitwiseCopyable {
    /// The bytes before its data.
    static let headSize = 10

    let place: UInt32
    /// Where the next record starts.
    let next: UInt32
    /// Where the set ends.
    let end: UInt32
}

/// A name that exists in a zone: a reference into the tables of the zone that gave it.
public struct ZoneNode: Sendable, BitwiseCopyable, Equatable {
    /// The offset in the bytes.
    let place: UInt32

    /// The apex of any zone.
    static let apex = ZoneNode(place: 2)
}

/// The answer of a zone to one name and type (RFC 1034, section 4.3.2).
public struct ZoneAnswer: Sendable, BitwiseCopyable {
    /// What there is.
    public enum Outcome: Sendable, BitwiseCopyable {
        /// The records requested.
        case records(RecordSet)
        /// All record sets of the node, at least one: the answer to QTYPE ANY.
        case allRecords(ZoneNode)
        /// The name is an alias; the set is its one CNAME record.
        case alias(RecordSet)
        /// A DNAME above the name redirects it (RFC 6672); its owner is the asked name from label
        /// `ownerLabel` on, which is at least 1.
        case dname(RecordSet, ownerLabel: Int)
        /// The NS records of the zone cut at or above the name, whose owner is the asked name from
        /// label `ownerLabel` on; 0 when the name is the cut itself.
        case delegation(RecordSet, ownerLabel: Int)
        /// The name exists, or a wildcard covers it, without records of this type.
        case noData
        /// The name does not exist, and nothing exists below it (RFC 8020).
        case nameError
    }

    /// What there is.
    public let outcome: Outcome
    /// Whether a wildcard gave the outcome (RFC 4592); the owner to be written is then the asked
    /// name. Never true for `dname`, `delegation` and `nameError`.
    public let isFromWildcard: Bool

    /// Whether it has the requested records, or says that the name has none of them.
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
