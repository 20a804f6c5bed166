// A record's data outside its message, with the names that pointed elsewhere in the message written out. For
// what is shown or kept; a message that is passed on is copied by MessageWriter.

extension MessageRecord {
    /// The data with every name in full; `message` is what the record was read from.
    public func uncompressedData(in message: Span<UInt8>) throws(WireError) -> [UInt8] {
        try MessageReader.checkData(of: self, in: message)
        var data: [UInt8] = []
        var name = NameBuffer(hasher: NameHasher(key: 0))
        var position = dataStart
        for field in RecordDataLayout.of(type)?.fields ?? [] {
            guard
                let next = try MessageReader.endOfField(
                    field, in: message, at: position, within: end)
            else { break }
            if field.isName {
                try name.read(from: message, at: position)
                for index in name.originalCase.indices { data.append(name.originalCase[index]) }
            } else {
                for index in position..<next { data.append(message[index]) }
            }
            position = next
        }
        for index in position..<end { data.append(message[index]) }
        return data
    }
}
