// Writes records of another message. That message's names have numbers, so the offset of each in
// the written message is determined once.

extension MessageWriter {
    /// Appends a record of `message` to the set that was begun; false when the set did not fit and was removed.
    ///
    /// The record must have been checked. `owner` is the offset of its owner's name in the written
    /// message, if known.
    @discardableResult
    public mutating func append(
        _ record: MessageRecord, of message: Span<UInt8>, ttl: UInt32,
        ownerAt owner: Int? = nil, names source: inout MessageNames
    ) -> Bool {
        if isTruncated { return false }
        let fits: Bool
        if let owner {
            fits = hasRoom(2)
            if fits { write(0xC000 | UInt16(truncatingIfNeeded: owner)) }
        } else {
            fits = writeName(from: message, at: record.ownerOffset, &source, compress: true)
        }
        guard fits, let length = beginData(record.type, record.recordClass, ttl),
            writeData(of: record, message, &source)
        else {
            takeBackRecordSet()
            return false
        }
        endRecord(length)
        return true
    }

    private mutating func writeData(
        of record: MessageRecord, _ message: Span<UInt8>, _ source: inout MessageNames
    ) -> Bool {
        guard let fields = RecordDataFields.of(record.type), fields.holdsNames else {
            return copy(message, record.dataStart..<record.end)
        }
        var position = record.dataStart
        for index in 0..<fields.count {
            let field = fields[index]
            guard let end = Self.end(of: field, in: message, at: position, record.end) else {
                return false
            }
            let fits =
                field.isName
                ? writeName(
                    from: message, at: position, &source, compress: field == .compressibleName)
                : copy(message, position..<end)
            guard fits else { return false }
            position = end
        }
        return true
    }

    /// Writes the name at `offset` of `message`; false without room.
    private mutating func writeName(
        from message: Span<UInt8>, at offset: Int, _ source: inout MessageNames, compress: Bool
    ) -> Bool {
        guard let name = try? source.read(message, at: offset).name else { return false }
        locate(name, message, &source)
        let start = count
        var rest = name
        var position: Int? = offset
        while rest != .root {
            if compress, let suffix = source.offset(rest) {
                return endName(from: start, suffix)
            }
            position = position.flatMap { Self.followPointer(message, at: $0) }
            let size: Int
            if let label = position {
                size = copyLabel(of: message, at: label)
                position = label + size
            } else {
                size = copyLabel(rest, message, source)
            }
            guard size > 0 else { return false }
            source.note(rest, at: count - size)
            rest = source.parent(rest)
        }
        return endName(from: start, nil)
    }

    /// The offset of the label at `offset` or at the target of a pointer there; nil if that is a
    /// pointer again, which no writer produces. The label is then taken from where the name was
    /// first read.
    private static func followPointer(_ message: Span<UInt8>, at offset: Int) -> Int? {
        guard message[offset] >= 0xC0 else { return offset }
        let target = message.pointer(at: offset)
        return message[target] >= 0xC0 ? nil : target
    }

    /// Writes the first label of a name; returns its bytes, or 0 without room.
    private mutating func copyLabel(
        _ name: MessageNames.Number, _ message: Span<UInt8>, _ source: borrowing MessageNames
    ) -> Int {
        let label = source.nodes[Int(name.index)].label
        if label < MessageNames.madeStart { return copyLabel(of: message, at: Int(label)) }
        return copyLabel(of: source.made.span, at: Int(label - MessageNames.madeStart))
    }

    private mutating func copyLabel(of source: Span<UInt8>, at position: Int) -> Int {
        let size = Int(source[position]) + 1
        return copy(source, position..<(position + size)) ? size : 0
    }

    // MARK: Where names are

    /// Determines the offsets of a name and its suffixes in this message, as far as they are not
    /// known.
    private mutating func locate(
        _ name: MessageNames.Number, _ message: Span<UInt8>, _ source: inout MessageNames
    ) {
        if source.takenBack != takenBack {
            source.forgetOffsets()
            source.takenBack = takenBack
        }
        var suffix = source.listUnlocated(name)
        guard source.unlocatedCount > 0 else { return }
        listNames()
        for index in stride(from: source.unlocatedCount - 1, through: 0, by: -1) {
            let number = source.unlocated(index)
            var node = 0
            if suffix != Int(MessageNames.unlisted) {
                let label = source.nodes[Int(number)].label
                node =
                    label < MessageNames.madeStart
                    ? names.child(of: suffix, message, at: Int(label), in: octets)
                    : names.child(
                        of: suffix, source.made.span, at: Int(label - MessageNames.madeStart),
                        in: octets)
            }
            suffix = node == 0 ? Int(MessageNames.unlisted) : node
            source.locate(number, node, at: node == 0 ? nil : names.offset(of: node))
        }
    }
}

extension MessageNames {
    /// The offset of a name in the written message; nil if it is not known to be there.
    func offset(_ name: Number) -> Int? {
        let written = nodes[Int(name.index)].written
        return written == 0 || written == Self.absent ? nil : Int(written)
    }

    /// Notes that a name was written, if it is the first time and pointers reach it.
    mutating func note(_ name: Number, at offset: Int) {
        guard offset <= WrittenNames.farthestPointer, self.offset(name) == nil else { return }
        nodes[Int(name.index)].written = UInt16(truncatingIfNeeded: offset)
    }

    /// Discards the offsets of names.
    mutating func forgetOffsets() {
        for index in 1..<nodes.count {
            nodes[index].written = 0
            nodes[index].listed = Self.unlisted
        }
    }

    /// Lists the name and those of its suffixes whose offsets are not known, longest first; returns
    /// the node of the next shorter one in the written message.
    mutating func listUnlocated(_ name: Number) -> WrittenNames.Node {
        path.removeAll(keepingCapacity: true)
        var index = name.index
        while index != 0, nodes[Int(index)].written == 0 {
            path.append(index)
            index = nodes[Int(index)].parent
        }
        return Int(nodes[Int(index)].listed)
    }

    var unlocatedCount: Int { path.count }
    func unlocated(_ index: Int) -> UInt16 { path[index] }

    /// Records the offset of a name, if it has one.
    mutating func locate(_ index: UInt16, _ node: WrittenNames.Node, at offset: Int?) {
        nodes[Int(index)].listed = node == 0 ? Self.unlisted : UInt8(truncatingIfNeeded: node)
        nodes[Int(index)].written = offset.map { UInt16(truncatingIfNeeded: $0) } ?? Self.absent
    }
}
