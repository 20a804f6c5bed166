// One worker's knowledge of one server: its response times, recent failures, queries in flight, and
// quirks. The server's rating follows from this alone; the choice of servers is made elsewhere.

internal import Addresses

/// A server as one group asks it.
struct ServerKey: Hashable, BitwiseCopyable {
    var endpoint: Endpoint
    var source: IPAddress?
}

/// How much is to be expected of a server, the best first.
enum ServerRank: Int, Comparable {
    /// It answers, or was never asked, and has room for a query.
    case ready
    /// It answers, and as many queries as it may have are in flight.
    case busy
    /// It answers, but lately others could answer what it could not.
    case useless
    /// It was silent, or could not be reached.
    case dead

    static func < (left: ServerRank, right: ServerRank) -> Bool { left.rawValue < right.rawValue }
}

/// Round trips, failures and load of one server.
struct UpstreamStats {
    let key: ServerKey
    /// The srtt round trip (RFC 6298, section 2); nil before the first answer.
    private(set) var srtt: TimeSpan?
    /// How much round trips vary.
    private(set) var rttvar = TimeSpan(nanoseconds: 0)
    /// Since when it is silent or cannot be reached; an answer of any kind ends that.
    private var deadSince: Instant?
    private(set) var lastAnswer: Instant?
    /// Questions in a row that it could not answer and another server could.
    private var uselessAnswers = 0
    private var lastUseless = Instant(nanoseconds: 0)

    /// Queries in flight that have not had their time.
    var inFlight = 0
    /// When it may be probed again while it is dead.
    private(set) var nextProbe = Instant(nanoseconds: 0)
    /// How long after the next failure that is then.
    private var probePause = UpstreamStats.shortestProbePause
    /// Whether a probe is in flight.
    var isProbed = false
    /// Whether a question that another server has answered is still listened for.
    var isWatched = false
    /// How it takes what we send.
    var traits: UpstreamQuirks

    /// Fetches that name it.
    var references = 0
    /// Whether a group of the present snapshot names it.
    var isNamed = true

    /// A server that was never asked.
    init(_ key: ServerKey, clientCookie: UInt64) {
        self.key = key
        traits = UpstreamQuirks(clientCookie: clientCookie)
    }

    // MARK: What happened

    /// An answer of any kind came, after `trip` if that says something about the network.
    mutating func answered(after trip: TimeSpan?, at now: Instant) {
        deadSince = nil
        probePause = Self.shortestProbePause
        lastAnswer = now
        guard let sample = trip?.nanoseconds else { return }
        guard let srtt = srtt?.nanoseconds else {
            srtt = trip
            rttvar = TimeSpan(nanoseconds: sample / 2)
            return
        }
        let difference = srtt > sample ? srtt - sample : sample - srtt
        let old = rttvar.nanoseconds
        rttvar = TimeSpan(nanoseconds: old - old / 4 + difference / 4)
        self.srtt = TimeSpan(nanoseconds: srtt - srtt / 8 + sample / 8)
    }

    /// No answer came in time, or the network says that none will.
    ///
    /// However many queries fail over one outage, the pause until the next probe grows with each probe alone.
    mutating func failed(at now: Instant) {
        if deadSince == nil { deadSince = now } else if now < nextProbe { return }
        nextProbe = now + probePause
        let doubled = TimeSpan(nanoseconds: probePause.nanoseconds * 2)
        probePause = min(doubled, Self.longestProbePause)
    }

    private static let shortestProbePause = TimeSpan.seconds(1)
    private static let longestProbePause = TimeSpan.seconds(30)

    /// It could answer a question.
    mutating func wasUseful() { uselessAnswers = 0 }

    /// It could not answer a question that another server could.
    mutating func wasUseless(at now: Instant) {
        uselessAnswers = min(uselessAnswers + 1, 1_000)
        lastUseless = now
    }

    // MARK: What follows

    /// Whether it answered anything since `instant`: a query of that time was then lost on its own.
    func wasHeard(since instant: Instant) -> Bool { lastAnswer.map { $0 > instant } ?? false }

    var isDead: Bool { deadSince != nil }

    /// Whether it has been so for as long as a server needs to be started again.
    func hasLongBeenDead(at now: Instant) -> Bool {
        deadSince.map { now.since($0) >= .seconds(5) } ?? false
    }

    /// What is to be expected of it when it may have `room` queries at a time.
    func rank(room: Int, at now: Instant) -> ServerRank {
        if isDead { return .dead }
        if uselessAnswers >= 3, now.since(lastUseless) < .seconds(30) { return .useless }
        return inFlight < room ? .ready : .busy
    }

    /// The round trip by which servers are compared. One that was never asked comes first, and what is known of
    /// one that others are preferred to fades, so that it is tried again.
    func comparedTrip(at now: Instant) -> TimeSpan {
        guard let srtt, let lastAnswer else { return TimeSpan(nanoseconds: 0) }
        let minutes = now.since(lastAnswer).wholeSeconds / 60
        return TimeSpan(nanoseconds: srtt.nanoseconds >> min(minutes, 32))
    }

    /// How long a query counts among those in flight: a few round trips, after which it is rather a slow or a dead
    /// name than a busy server that has it.
    var slotTime: TimeSpan {
        guard let srtt else { return Self.unknownSlotTime }
        let trips = TimeSpan(nanoseconds: srtt.nanoseconds * 3)
        return min(max(trips, Self.shortestSlotTime), Self.longestSlotTime)
    }

    private static let shortestSlotTime = TimeSpan.milliseconds(10)
    private static let unknownSlotTime = TimeSpan.milliseconds(200)
    private static let longestSlotTime = TimeSpan.seconds(1)

    /// The time within which nearly all of its answers come; nil before the first.
    var rto: TimeSpan? {
        srtt.map { TimeSpan(nanoseconds: $0.nanoseconds + 4 * rttvar.nanoseconds) }
    }
}
