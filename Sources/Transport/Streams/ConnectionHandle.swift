// The names of connections and ports: a slot of a table and a generation. A generation is used
// once, so a name that outlives what it named leads nowhere, and never to the slot's next owner.

/// A connection of a `StreamServer` or `UnixStreamServer`.
public struct ConnectionHandle: Hashable, Sendable, BitwiseCopyable {
    /// The handle as a number: the slot in the low 20 bits, the generation above.
    public let rawValue: UInt64

    /// A handle from its number.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}
