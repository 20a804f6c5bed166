// Records of a message whose names are numbers: the same walk and the same checks as MessageReader's, at a cost that
// pointers cannot raise.

extension MessageNames {
    /// The record at `offset`, its owner checked and its data inside the message; and the owner.
    public mutating func record(
        in message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> (record: MessageRecord, owner: Number) {
        if let question, offset + 2 <= message.count,
            message.uint16(at: offset) == MessageWriter.pointerToQuestion
        {
            return (
                try MessageReader.record(in: message, at: offset, behindOwner: offset + 2), question
            )
        }
        if offset < message.count, message[offset] == 0 {
            return (
                try MessageReader.record(in: message, at: offset, behindOwner: offset + 1), .root
            )
        }
        let (owner, end) = try read(message, at: offset)
        return (try MessageReader.record(in: message, at: offset, behindOwner: end), owner)
    }

    /// Checks that the data of `record` has the fixed parts and names of its type, and that they fit.
    ///
    /// What a resolver passes through it need not judge: the inside of opaque fields is not looked at.
    public mutating func checkData(
        of record: MessageRecord, in message: Span<UInt8>
    ) throws(WireError) {
        guard let fields = RecordDataFields.of(record.type) else { return }
        guard fields.holdsNames else {
            return try MessageReader.check(fields, of: record, in: message)
        }
        var position = record.dataStart
        for index in 0..<fields.count {
            let field = fields[index]
            if field.isName {
                position = try read(message, at: position).end
                guard position <= record.end else { throw .badRecordData }
                continue
            }
            guard
                let end = try MessageReader.endOfField(
                    field, in: message, at: position, within: record.end)
            else { return }
            position = end
        }
        guard position == record.end else { throw .badRecordData }
    }
}
