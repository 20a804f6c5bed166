// Classes (RFC 6895, section 3.2).

/// A CLASS or QCLASS (RFC 1035, section 3.2.4).
public struct RecordClass: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The number on the wire.
    public let rawValue: UInt16

    /// The class with this number.
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The Internet.
    public static let `in` = RecordClass(rawValue: 1)
    /// Chaosnet, which lives on in `version.bind`.
    public static let ch = RecordClass(rawValue: 3)
    /// None (RFC 2136).
    public static let none = RecordClass(rawValue: 254)
    /// Any class, as a QCLASS.
    public static let any = RecordClass(rawValue: 255)
}
