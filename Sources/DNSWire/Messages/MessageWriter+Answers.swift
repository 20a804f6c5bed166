// Writes records of the question's name and of its alias without searching for names, because their
// offsets are known. The result is the same as that of `append(owner:...)`.

extension MessageWriter {
    /// The offset of the question's name.
    public static var questionName: Int { MessageHeader.size }

    /// A name that is the question's, as two bytes.
    public static var pointerToQuestion: UInt16 { 0xC000 | UInt16(MessageHeader.size) }

    /// Appends a record to the set that was begun, as `append(owner:...)` does, where its owner is at `offset`
    /// of the message already.
    ///
    /// `encoded` is the rest of the record: type, class, TTL, length and data, which hold no names.
    @discardableResult
    public mutating func append(encoded: Span<UInt8>, ownerAt offset: Int) -> Bool {
        if isTruncated { return false }
        guard hasRoom(2 + encoded.count) else {
            takeBackRecordSet()
            return false
        }
        write(0xC000 | UInt16(truncatingIfNeeded: offset))
        copy(encoded)
        countRecord()
        return true
    }

    /// Appends a record to the set that was begun, as `append(owner:...)` does, where its owner is at `offset`
    /// of the message already.
    @discardableResult
    public mutating func append(
        ownerAt offset: Int, type: RecordType, ttl: UInt32, data: Span<UInt8>,
        range: Range<Int>? = nil
    ) -> Bool {
        if isTruncated { return false }
        let fits = hasRoom(2)
        if fits { write(0xC000 | UInt16(truncatingIfNeeded: offset)) }
        return finishRecord(fits, type, .in, ttl, data, range ?? 0..<data.count)
    }

    /// Appends all records of `message` after its question, from `start` on, with their TTLs
    /// reduced by `age` seconds.
    ///
    /// Its question is the one that this message has too, in whatever case, so that names may stay as they are,
    /// pointers and all.
    ///
    /// - Returns: false, with nothing appended, when they do not fit or there are records already.
    public mutating func append(
        recordsOf message: Span<UInt8>, from start: Int, answers: Int, authorities: Int, age: UInt32
    ) -> Bool {
        guard count == start, !isTruncated, hasRoom(message.count - start) else { return false }
        copy(message.extracting(start..<message.count))
        countRecords(answers: answers, authorities: authorities)
        if age > 0 { lowerTTLs(from: start, by: age) }
        return true
    }

    private mutating func lowerTTLs(from start: Int, by age: UInt32) {
        var position = start
        while position < count,
            let record = try? MessageReader.recordSkippingOwner(in: octets, at: position)
        {
            lowerTTL(at: record.ttlOffset, from: record.ttl, by: age)
            position = record.end
        }
    }

    /// Appends a record set that makes the question's name an alias: of a name that is `head`, some of the
    /// question's first labels, then `middle`, then the question's name from `tail` bytes on.
    ///
    /// Without a tail, which is then -1, `middle` ends with the root.
    ///
    /// - Returns: the offset of the alias's target in the message; nil if the set did not fit.
    public mutating func appendAlias(
        ttl: UInt32, head: Span<UInt8>, middle: Span<UInt8>, tail: Int
    ) -> Int? {
        beginRecordSet(in: .answer)
        let size = head.count + middle.count + (tail < 0 ? 0 : 2)
        guard !isTruncated, hasRoom(12 + size) else {
            takeBackRecordSet()
            return nil
        }
        write(0xC000 | UInt16(truncatingIfNeeded: Self.questionName))
        writeFixedParts(.cname, .in, ttl)
        write(UInt16(truncatingIfNeeded: size))
        let target = count
        copy(head)
        copy(middle)
        if tail >= 0 { write(0xC000 | UInt16(truncatingIfNeeded: Self.questionName + tail)) }
        note(nameAt: target)
        countRecord()
        return target
    }
}
