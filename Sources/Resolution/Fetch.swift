// A question on its way to a group of servers, whoever waits for it.

internal import Addresses
internal import DNSWire

/// What makes two questions the same one.
struct FetchKey: Hashable {
    /// The group's identity.
    var group: UInt64
    /// The folded name.
    var name: [UInt8]
    /// The keyed hash of the name.
    var nameHash: UInt64
    var type: RecordType
    var dnssecOK: Bool
    var checkingDisabled: Bool

    /// The name's hash is keyed; the rest tells apart what shares a name.
    func hash(into hasher: inout Hasher) {
        hasher.combine(nameHash)
        hasher.combine(group)
        hasher.combine(type)
    }

    /// What the cache keeps the answer under.
    var cacheKey: CacheKey {
        CacheKey(
            group: group, type: type, dnssecOK: dnssecOK, checkingDisabled: checkingDisabled)
    }
}

/// One query that was or will be sent.
struct FetchSending {
    /// Which of the group's servers.
    var server: Int
    var transport: TransportProtocol
    /// Whether it goes to a server that was not asked, before an earlier one has had its time.
    var isEarly = false
    /// Where it left from; nil before it was sent and after it was given up.
    var port: UpstreamPort?
    var id: UInt16 = 0
    /// Whether nothing can come of it any more: answered, or refused by the network.
    var isOver = false
    var sentAt = Instant(nanoseconds: 0)
}

/// What one server has to say so far.
struct FetchServer {
    var key: ServerKey
    /// When it may be asked again; nil when there is no more to ask it.
    var nextSending: Instant?
    /// How long after that it may be asked once more.
    var backoff = TimeSpan.seconds(1)
    /// Whether it said that it cannot answer, or cannot be reached.
    var hasFailed = false
    var wasAsked = false
    /// How often the network said that it cannot be reached.
    var refusals = 0
}

/// A question to a group of servers.
struct Fetch {
    /// The most queries that are sent for one question.
    static let maximumSendings = 4

    let key: FetchKey
    let group: Snapshot.ServerGroup
    /// The servers in the order in which they are asked.
    var servers: [FetchServer]
    var sendings: [FetchSending] = []
    /// Clients' questions that wait for the answer.
    var waiters: [SlabHandle] = []
    /// When another server may be asked before the earlier ones have had their time.
    var hedgeAt: Instant?
    /// The worst that a server said, if that is all there is in the end.
    var lastFailure: ResponseCode?
    let started: Instant
    /// When it counts as silence for all who wait.
    let end: Instant
    /// Whether it goes on with nobody waiting, to renew what the cache has.
    var isRefresh = false
    /// UDP and TCP queries count alike, except the one repetition of a truncated answer.
    var sendingsLeft = Fetch.maximumSendings
}

/// How one hop of a question ended.
enum HopOutcome {
    /// With an answer, whatever its lifetime.
    case answer(KeptResponse)
    /// Every server said that it cannot answer, or could not be reached; the RCODE, if one was given.
    case failed(ResponseCode?)
    /// Nobody answered in time.
    case silence
    /// Nobody has answered in the time after which a client is given what is stale; they are still asked.
    case late
    /// Every server failed, or none answered, a moment ago.
    case keptFailure

    /// What happened, for `explain`.
    func words(at now: Instant) -> String {
        switch self {
        case .answer(let response): response.words(at: now)
        case .failed(let code?): "every server failed, the last with \(code)"
        case .failed(nil): "no server could be reached"
        case .silence: "no server answered in time"
        case .late: "no server has answered yet"
        case .keptFailure: "the servers failed a moment ago"
        }
    }
}

/// An outcome with the question that it belongs to.
struct ReceivedHop {
    let key: FetchKey
    let outcome: HopOutcome
}
