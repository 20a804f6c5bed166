// The fixed part of a node in a zone's tables: what is known of a name before its record sets are looked at.

internal import DNSWire

/// What a look-up must know of a node besides its records.
struct NodeTraits: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt8

    /// It owns NS records and is not the apex.
    static let zoneCut = NodeTraits(rawValue: 1)
    /// It owns a DNAME record.
    static let dname = NodeTraits(rawValue: 2)
    /// Its child `*` exists.
    static let hasWildcard = NodeTraits(rawValue: 4)
    /// A zone cut or a DNAME is above it, and the node holds the place of the topmost one.
    static let belowCut = NodeTraits(rawValue: 8)
    /// The owner has capitals, and stands there as spelled too.
    static let isSpelled = NodeTraits(rawValue: 16)
}

/// A node's first octets, taken apart.
struct NodeHead: BitwiseCopyable {
    /// The octets before the cut or the owner.
    static let size = 5
    /// The octets behind the last node.
    static let padding = 32
    /// The octets that a cut's place takes.
    static let cutSize = 4
    /// The octets before a set's records.
    static let setSize = 6

    let traits: NodeTraits
    /// The number of the owner's labels, those of the origin not counted: 0 to 127.
    let labelCount: Int
    /// The number of the owner's octets: 0 (the apex) to 254.
    let ownerCount: Int
    let setCount: Int
    /// Where the owner starts, folded.
    let owner: Int

    /// The head that the eight octets at `place` hold.
    @inline(__always)
    init(_ word: UInt64, at place: Int) {
        traits = NodeTraits(rawValue: UInt8(truncatingIfNeeded: word))
        labelCount = Int(truncatingIfNeeded: word >> 8 & 0xFF)
        ownerCount = Int(truncatingIfNeeded: word >> 16 & 0xFF)
        setCount = Int(truncatingIfNeeded: word >> 24 & 0xFFFF)
        let cut = traits.contains(.belowCut) ? Self.cutSize : 0
        owner = place + Self.size + cut
    }

    /// Where the owner's octets as spelled start.
    var spelling: Int { traits.contains(.isSpelled) ? owner + ownerCount : owner }
    /// Where the sets start.
    @inline(__always)
    var sets: Int { owner &+ ownerCount &+ (traits.contains(.isSpelled) ? ownerCount : 0) }
}
