// An owner while a zone is built: its labels below the zone's origin. It is the builder's
// counterpart of NameBuffer, and does not process the origin again for each record.

import DNSWire

/// One owner; it is refilled for each record, so nothing is allocated per record.
struct OwnerName {
    /// The whole uncompressed name in original case, including the root.
    private(set) var wire: [UInt8] = []
    /// The labels below the origin in lower case.
    private(set) var folded: [UInt8] = []
    /// For each label below the origin the offset of its length byte; then the number of bytes.
    private(set) var starts: [UInt8] = []
    private let foldedOrigin: [UInt8]

    /// The name of the apex.
    init(origin: Name) {
        foldedOrigin = origin.folded.octets
        wire = origin.octets
        starts = [0]
    }

    /// The number of labels below the origin.
    var labelCount: Int { starts.count - 1 }

    /// The number of bytes of those labels.
    var count: Int { folded.count }

    /// The offset of label `index`; the number of bytes for `labelCount`.
    func start(ofLabel index: Int) -> Int { Int(starts[index]) }

    /// Whether label `index` is `*`.
    func isWildcard(label index: Int) -> Bool {
        let start = start(ofLabel: index)
        return folded[start] == 1 && folded[start + 1] == UInt8(ascii: "*")
    }

    /// Takes the name that `text` spells, completed with `origin`; false when it is not in the zone.
    mutating func read(_ text: Span<UInt8>, origin: Name) throws(NameTextError) -> Bool {
        wire.removeAll(keepingCapacity: true)
        if text.count == 1, text[0] == UInt8(ascii: "@") {
            wire.append(contentsOf: origin.octets)
        } else {
            try Name.read(text, origin: origin, into: &wire)
        }
        return takeApart()
    }

    /// Takes the labels below the origin, in wire form without the root.
    mutating func set(_ relative: Span<UInt8>) {
        wire.removeAll(keepingCapacity: true)
        for index in relative.indices { wire.append(relative[index]) }
        wire.append(contentsOf: foldedOrigin)
        let isInZone = takeApart()
        precondition(isInZone, "the name ends with the origin")
    }

    private mutating func takeApart() -> Bool {
        folded.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        let end = wire.count - foldedOrigin.count
        var position = 0
        while position < end {
            starts.append(UInt8(position))
            position += 1 + Int(wire[position])
        }
        guard position == end else { return false }
        for index in foldedOrigin.indices
        where wire[end + index].lowercasedASCII != foldedOrigin[index] { return false }
        for index in 0..<end { folded.append(wire[index].lowercasedASCII) }
        starts.append(UInt8(end))
        return true
    }
}
