// Names in a message: each suffix that was written before is a pointer to where it stands, whatever
// its case (RFC 1035, section 4.1.4).

extension MessageWriter {
    /// Pointers have fourteen bits.
    static var farthestPointer: Int { 0x3FFF }

    /// Writes the name at `offset` of `source`, whose own pointers are followed; false without room.
    mutating func writeName(from source: Span<UInt8>, at offset: Int, compress: Bool) -> Bool {
        let start = count
        if compress { listNames() }
        var position = offset
        while true {
            let octet = source[position]
            if octet >= 0xC0 {
                position = Int(octet & 0x3F) << 8 | Int(source[position + 1])
                continue
            }
            if octet == 0 {
                guard hasRoom(1) else { return false }
                note(labelsFrom: start, to: count)
                write(UInt8(0))
                return true
            }
            if compress, let earlier = earlierName(equalTo: source, at: position) {
                guard hasRoom(2) else { return false }
                note(labelsFrom: start, to: count)
                write(0xC000 | earlier)
                return true
            }
            let size = Int(octet) + 1
            guard hasRoom(size) else { return false }
            copy(source.extracting(position..<(position + size)))
            position += size
        }
    }

    /// Notes the labels written between two offsets, for pointers to them. Only labels of a whole name may
    /// be noted: a later comparison reads on to the name's end.
    mutating func note(labelsFrom start: Int, to end: Int) {
        guard end > start, start <= Self.farthestPointer else { return }
        if unlistedCount == unlistedNames.scalarCount { listNames() }
        unlistedNames[unlistedCount] =
            UInt32(truncatingIfNeeded: start) << 16 | UInt32(truncatingIfNeeded: end)
        unlistedCount += 1
    }

    /// Lists where each of the labels starts that were noted.
    private mutating func listNames() {
        for place in 0..<unlistedCount {
            var offset = Int(unlistedNames[place] >> 16)
            let end = Int(unlistedNames[place] & 0xFFFF)
            while offset < end, offset <= Self.farthestPointer,
                nameCount < nameOffsets.scalarCount
            {
                nameOffsets[nameCount] = UInt16(truncatingIfNeeded: offset)
                nameCount += 1
                offset += Int(octet(at: offset)) + 1
            }
        }
        unlistedCount = 0
    }

    /// Forgets names that were taken back: all that start beyond what is left.
    mutating func forgetNames() {
        var kept = 0
        for place in 0..<nameCount where Int(nameOffsets[place]) < count {
            nameOffsets[kept] = nameOffsets[place]
            kept += 1
        }
        nameCount = kept
        kept = 0
        for place in 0..<unlistedCount where Int(unlistedNames[place] >> 16) < count {
            unlistedNames[kept] = unlistedNames[place]
            kept += 1
        }
        unlistedCount = kept
    }

    /// Where the name at `position` of `source` was written before, or nil.
    private func earlierName(equalTo source: Span<UInt8>, at position: Int) -> UInt16? {
        let length = source[position]
        let first = source[position + 1].lowercasedASCII
        for index in 0..<nameCount {
            let offset = Int(nameOffsets[index])
            if octet(at: offset) == length, octet(at: offset + 1).lowercasedASCII == first,
                name(at: offset, equals: source, at: position)
            {
                return nameOffsets[index]
            }
        }
        return nil
    }

    private func name(at offset: Int, equals source: Span<UInt8>, at position: Int) -> Bool {
        let written = target.span.extracting(first: count)
        var offset = offset
        var position = position
        while true {
            while written[offset] >= 0xC0 {
                offset = Int(written[offset] & 0x3F) << 8 | Int(written[offset + 1])
            }
            while source[position] >= 0xC0 {
                position = Int(source[position] & 0x3F) << 8 | Int(source[position + 1])
            }
            let length = Int(written[offset])
            if length != Int(source[position]) { return false }
            if length == 0 { return true }
            offset += 1
            position += 1
            let end = offset + length
            while offset < end {
                let size = min(8, end - offset)
                let left = written.word(at: offset, size: size).lowercasedASCII
                if left != source.word(at: position, size: size).lowercasedASCII { return false }
                offset += size
                position += size
            }
        }
    }
}
