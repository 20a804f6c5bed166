// What the resolver reports to the administrator, for the log.

public import Addresses
public import DNSWire

/// A server that forwards what a forward zone asks it back to this daemon.
public struct LoopNotice: Hashable, Sendable {
    /// The forward zone's name.
    public var zone: Name
    /// The server.
    public var server: Endpoint
}

/// Something an administrator may want to read.
public enum Notice: Equatable, Sendable {
    /// The private zone has the registry, but not this record.
    case missingRecord(Name)
    /// A server leads back here.
    case loop(LoopNotice)
    /// It does so no longer.
    case loopEnded(LoopNotice)
}
