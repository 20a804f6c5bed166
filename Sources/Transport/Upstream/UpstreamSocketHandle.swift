// The name of one local port, or one stream, towards one upstream server: a slot of a table and a generation, which is
// used once, so that a name that outlives its socket leads nowhere.

/// One local port, or one stream, towards one upstream server.
public struct UpstreamSocketHandle: Hashable, Sendable, BitwiseCopyable {
    /// The token as a number: the slot in the low 20 bits, the generation above.
    public let rawValue: UInt64

    /// A token from its number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}
