// Opcodes (RFC 6895, section 2.2).

/// What kind of query a message is (RFC 1035, section 4.1.1; RFC 6895, section 2.2).
public struct Opcode: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// Four bits: 0 to 15.
    public let rawValue: UInt8

    /// The opcode of these four bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue & 15 }

    /// A standard query.
    public static let query = Opcode(rawValue: 0)
    /// A notice that a zone changed (RFC 1996).
    public static let notify = Opcode(rawValue: 4)
    /// A dynamic update (RFC 2136).
    public static let update = Opcode(rawValue: 5)
}
