// Bytes out of borrowed storage. For what is kept, never for a packet that passes through.

extension [UInt8] {
    /// A copy of `octets`.
    public init(copying octets: Span<UInt8>) {
        self.init()
        append(copying: octets)
    }

    /// Appends a copy of `octets`.
    public mutating func append(copying octets: Span<UInt8>) {
        append(addingCapacity: octets.count) { room in
            room.append(repeating: 0, count: octets.count)
            var target = room.mutableSpan
            target.copy(octets, at: 0)
        }
    }
}
