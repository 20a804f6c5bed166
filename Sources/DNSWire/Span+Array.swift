// Octets out of borrowed storage. For what is kept, never for a packet that passes through.

extension [UInt8] {
    /// A copy of `octets`.
    public init(copying octets: Span<UInt8>) {
        self.init(repeating: 0, count: octets.count)
        var target = mutableSpan
        target.copy(octets, at: 0)
    }

    /// Appends a copy of `octets`.
    public mutating func append(copying octets: Span<UInt8>) {
        let start = count
        append(contentsOf: repeatElement(0, count: octets.count))
        var target = mutableSpan
        target.copy(octets, at: start)
    }
}
