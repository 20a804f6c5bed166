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

/// A server that was silent, or answers again.
public struct ServerNotice: Hashable, Sendable {
    /// The server.
    public var server: Endpoint
    /// The address to ask it from, when the settings name one.
    public var source: IPAddress?
}

/// A server whose responses have names in another case than they were asked in.
public struct CaseNotice: Hashable, Sendable {
    /// The server.
    public var server: Endpoint
    /// Whether it has shown that it does so itself, and is asked in lower case from now on.
    public var isExempt: Bool
}

/// What a server of a forward zone said when no server had an answer.
public struct FailureNotice: Hashable, Sendable {
    /// The forward zone's name.
    public var zone: Name
    /// The server that said it last.
    public var server: Endpoint
    /// The RCODE; nil for a response that cannot be used.
    public var code: ResponseCode?
}

/// Something an administrator may want to read.
public enum Notice: Equatable, Sendable {
    /// The private zone has the registry, but not this record.
    case missingRecord(Name)
    /// A server leads back here.
    case loop(LoopNotice)
    /// It does so no longer.
    case loopEnded(LoopNotice)
    /// A server does not answer.
    case serverSilent(ServerNotice)
    /// It answers again.
    case serverAnswers(ServerNotice)
    /// A server's responses have another case.
    case serverChangesCase(CaseNotice)
    /// No server had an answer to a question.
    case serversFailed(FailureNotice)
}
