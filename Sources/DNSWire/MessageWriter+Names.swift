// Names in a message: each suffix that was written before is a pointer to where it stands, whatever
// its case (RFC 1035, section 4.1.4).

extension MessageWriter {
    /// Pointers have fourteen bits.
    private static var farthestPointer: Int { 0x3FFF }

    /// Writes the name at `offset` of `source`, whose own pointers are followed; false without room.
    mutating func writeName(from source: Span<UInt8>, at offset: Int, compress: Bool) -> Bool {
        let start = count
        var position = offset
        while true {
            let octet = source[position]
            if octet >= 0xC0 {
                position = Int(octet & 0x3F) << 8 | Int(source[position + 1])
                continue
            }
            if octet == 0 {
                guard hasRoom(1) else { return false }
                rememberLabels(from: start, to: count)
                write(UInt8(0))
                return true
            }
            if compress, let earlier = earlierName(equalTo: source, at: position) {
                guard hasRoom(2) else { return false }
                rememberLabels(from: start, to: count)
                write(0xC000 | earlier)
                return true
            }
            guard hasRoom(Int(octet) + 1) else { return false }
            for step in 0...Int(octet) { write(source[position + step]) }
            position += Int(octet) + 1
        }
    }

    /// Remembers the labels written between two offsets. Only labels of a whole name may be
    /// remembered: a later comparison reads on to the name's end.
    mutating func rememberLabels(from start: Int, to end: Int) {
        var offset = start
        while offset < end, offset <= Self.farthestPointer, nameCount < nameOffsets.scalarCount {
            nameOffsets[nameCount] = UInt16(truncatingIfNeeded: offset)
            nameCount += 1
            offset += Int(octet(at: offset)) + 1
        }
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
        var written = offset
        var asked = position
        while true {
            while octet(at: written) >= 0xC0 {
                written = Int(octet(at: written) & 0x3F) << 8 | Int(octet(at: written + 1))
            }
            while source[asked] >= 0xC0 {
                asked = Int(source[asked] & 0x3F) << 8 | Int(source[asked + 1])
            }
            let length = octet(at: written)
            if length != source[asked] { return false }
            if length == 0 { return true }
            for step in 1...Int(length)
            where octet(at: written + step).lowercasedASCII != source[asked + step].lowercasedASCII
            {
                return false
            }
            written += Int(length) + 1
            asked += Int(length) + 1
        }
    }
}
