// Name compression: a suffix that was written before becomes a pointer to it, whatever its case
// (RFC 1035, section 4.1.4). The cost of a name depends on its labels, not on the number of other
// names.

extension MessageWriter {
    /// Writes the name at `offset` of `source`, whose own pointers are followed; false without room.
    mutating func writeName(from source: Span<UInt8>, at offset: Int, compress: Bool) -> Bool {
        let start = count
        let labels = LabelStarts(source, at: offset)
        var suffix: WrittenNames.Node = 0
        var written = labels.count
        if compress {
            listNames()
            while written > 0 {
                let longer = names.child(
                    of: suffix, source, at: labels[written - 1], in: octets)
                if longer == 0 { break }
                suffix = longer
                written -= 1
            }
        }
        for index in 0..<written {
            let size = Int(source[labels[index]]) + 1
            guard hasRoom(size) else { return false }
            copy(source.extracting(labels[index]..<(labels[index] + size)))
        }
        return endName(from: start, suffix == 0 ? nil : names.offset(of: suffix))
    }

    /// Writes a pointer to the rest of the name whose first labels were written from `start` on, or the root.
    mutating func endName(from start: Int, _ suffix: Int?) -> Bool {
        guard hasRoom(suffix == nil ? 1 : 2) else { return false }
        if count > start { note(nameAt: start) }
        if let suffix {
            write(0xC000 | UInt16(truncatingIfNeeded: suffix))
        } else {
            write(UInt8(0))
        }
        return true
    }

    /// Notes a name of at least one label for pointers to it and its suffixes. It is looked at when the next name is
    /// compressed, and must be whole by then.
    mutating func note(nameAt offset: Int) {
        guard offset <= WrittenNames.farthestPointer else { return }
        if unlistedCount == unlistedNames.scalarCount { listNames() }
        unlistedNames[unlistedCount] = UInt16(truncatingIfNeeded: offset)
        unlistedCount += 1
    }

    /// Lists the suffixes of the names that were noted.
    mutating func listNames() {
        for index in 0..<unlistedCount where !names.isFull {
            list(nameAt: Int(unlistedNames[index]))
        }
        unlistedCount = 0
    }

    private mutating func list(nameAt start: Int) {
        let labels = LabelStarts(octets, at: start)
        var suffix: WrittenNames.Node = 0
        for index in stride(from: labels.count - 1, through: 0, by: -1) {
            var longer = names.child(of: suffix, octets, at: labels[index], in: octets)
            // The pointer's target is already listed, or need not be.
            if longer == 0, labels[index] >= start {
                longer = names.add(labels[index], below: suffix)
            }
            if longer == 0 { return }
            suffix = longer
        }
    }

    /// Forgets names that were removed: all that start beyond what is left.
    mutating func forgetNames() {
        names.forget(from: count)
        while unlistedCount > 0, Int(unlistedNames[unlistedCount - 1]) >= count {
            unlistedCount -= 1
        }
        takenBack &+= 1
    }
}
