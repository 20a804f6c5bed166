// Why a socket towards a server stopped working.

/// Why nothing comes through a port any longer.
public enum PortFailure: Equatable, Sendable {
    /// The server, or the way to it, refuses what is sent.
    case unreachable
    /// A connection that was made has ended; `hasAnswered` when something came through it before.
    case closed(hasAnswered: Bool)

    /// The same for one of several queries: it may be that it had nothing to do with it.
    var ofOthers: PortFailure {
        if case .closed = self { .closed(hasAnswered: true) } else { self }
    }
}
