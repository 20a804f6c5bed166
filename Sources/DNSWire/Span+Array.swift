// Octets out of borrowed storage. For what is kept, never for a packet that passes through.

extension [UInt8] {
    /// A copy of `octets`.
    public init(copying octets: Span<UInt8>) {
        self.init(capacity: octets.count) { target in
            for index in octets.indices { target.append(octets[index]) }
        }
    }
}
