// How one hop of a client's question ended, whether servers were asked for it or not.

internal import Addresses
internal import DNSWire

/// What a server said that is no answer.
struct ServerFailure: BitwiseCopyable {
    /// The RCODE; nil for a response that cannot be used, such as a referral.
    let code: ResponseCode?
    let server: Endpoint
}

/// How one hop of a question ended.
enum HopResult {
    /// With an answer, whatever its lifetime.
    case answer(CachedResponse)
    /// Every server said that it cannot answer, or could not be reached; what the last of those said that said anything.
    case failed(ServerFailure?)
    /// No server answered in time.
    case silence
    /// No server has answered within the time after which a client gets a stale answer; the servers
    /// are still being asked.
    case late
    /// Every server failed, or none answered, a few seconds ago.
    case cachedFailure
    /// The answer is a chain of aliases that has no end, or one too far.
    case endlessAliases
    /// The servers lead back here.
    case loop
    /// The client had too many queries are pendinging when others came.
    case evicted

    /// What happened, for `explain`.
    func description(at now: Instant) -> String {
        switch self {
        case .answer(let response): response.description(at: now)
        case .failed(let failure?): "every server failed: \(failure)"
        case .failed(nil): "no server could be reached"
        case .silence: "no server answered in time"
        case .late: "no server has answered yet"
        case .cachedFailure: "the servers failed a moment ago"
        case .endlessAliases: "the servers answer with too long a chain of aliases"
        case .loop: "the servers forward the query back to this daemon"
        case .evicted: "too many queries are pending"
        }
    }
}

extension ServerFailure: CustomStringConvertible {
    var description: String {
        guard let code else { return "the response of \(server) cannot be used" }
        return "\(server) responded with \(code)"
    }
}

/// An outcome with the question that it belongs to.
struct ResolvedHop {
    let question: CacheKey
    let nameHash: UInt64
    let outcome: HopResult

    /// Whether this is the result of the question of `key` for `name`. An answer contains its
    /// question; for other results the keyed hash is enough.
    func ended(_ key: CacheKey, _ name: borrowing NameBuffer) -> Bool {
        guard nameHash == name.hash, question == key else { return false }
        if case .answer(let response) = outcome { return response.isAbout(name.folded) }
        return true
    }
}
