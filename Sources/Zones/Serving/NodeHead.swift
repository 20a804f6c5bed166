// The fixed part of a node in a zone's tables: what is known of a name before its record sets are looked at.

internal import DNSWire

/// What a lookup must know of a node besides its records.
struct NodeTraits: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt8

    /// It owns NS records and is not the apex.
    static let zoneCut = NodeTraits(rawValue: 1)
    /// It owns a DNAME record.
    static let dname = NodeTraits(rawValue: 2)
    /// Its child `*` exists.
    static let hasWildcard = NodeTraits(rawValue: 4)
    /// A zone cut or a DNAME is above it, and the node has the offset of the topmost one.
    static let belowCut = NodeTraits(rawValue: 8)
    /// The owner has capitals, and is also stored in original case.
    static let isSpelled = NodeTraits(rawValue: 16)
}

/// A node's first bytes, taken apart.
struct NodeHead: BitwiseCopyable {
    /// The bytes before the cut or the owner.
    static let size = 5
    /// The number of bytes after the last node.
    static let padding = 32
    /// The number of bytes of a cut's offset.
    static let cutSize = 4
    /// The bytes before a set's records.
    static let setSize = 6

    let traits: NodeTraits
    /// The number of the owner's labels, those of the origin not counted: 0 to 127.
    let labelCount: Int
    /// The number of the owner's bytes: 0 (the apex) to 254.
    let ownerCount: Int
    let setCount: Int
    /// Where the owner starts, folded.
    let owner: Int

    /// The head in the eight bytes at `place`.
    @inline(__always)
    init(_ word: UInt64, at place: Int) {
        traits = NodeTraits(rawValue: UInt8(truncatingIfNeeded: word))
        labelCount = Int(truncatingIfNeeded: word >> 8 & 0xFF)
        ownerCount = Int(truncatingIfNeeded: word >> 16 & 0xFF)
        setCount = Int(truncatingIfNeeded: word >> 24 & 0xFFFF)
        let cut = traits.contains(.belowCut) ? Self.cutSize : 0
        owner = place + Self.size + cut
    }

    /// The start of the owner's bytes in original case.
    var spelling: Int { traits.contains(.isSpelled) ? owner + ownerCount : owner }
    /// Where the sets start.
    @inline(__always)
    var sets: Int { owner &+ ownerCount &+ (traits.contains(.isSpelled) ? ownerCount : 0) }
}
