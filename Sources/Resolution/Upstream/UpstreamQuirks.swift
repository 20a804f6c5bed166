// A server's quirks: EDNS, cookies, names in mixed case. They may have been learned from forged
// messages, so all of them expire, and none makes a forged answer acceptable.

internal import DNSWire

/// What a server was seen to do.
///
/// Its functions are mutating where they change nothing, too: one that only borrows it is given a copy of all that is
/// known of the server.
struct UpstreamQuirks {
    /// How long a server's EDNS quirks are kept.
    static let memory = TimeSpan.seconds(900)
    /// How long a server that changed a name's case over TCP gets names in lower case.
    static let caseMemory = TimeSpan.seconds(3_600)

    /// Our part of the cookie (RFC 7873, section 4.1): eight octets, random, for this server and source address alone.
    let clientCookie: [UInt8]
    /// Our part and then the server's, 8 to 32 bytes; empty when that is not known.
    private var wholeCookie: [UInt8] = []
    private var cookieEnd = Instant(nanoseconds: 0)
    private var refusals = OptionsRefusals()
    /// Datagrams in another case than was asked, in a row, and those among them with our part of the cookie.
    private var wrongCases = (all: 0, proven: 0)
    private var caseChangeEnd = Instant(nanoseconds: 0)

    /// A server of which nothing is known.
    init(clientCookie: UInt64) {
        self.clientCookie = (0..<8).map { UInt8(truncatingIfNeeded: clientCookie >> (56 - 8 * $0)) }
    }

    // MARK: EDNS

    /// Whether it is queried for a name without an OPT record.
    mutating func refusesOptions(for nameHash: UInt64, at now: Instant) -> Bool {
        refusals.include(nameHash, at: now)
    }

    /// It answered without an OPT record what it had refused with one; `isOfAll` when that refusal had none itself, as of
    /// a server that does not know EDNS.
    mutating func noteOptionsRefusal(for nameHash: UInt64, isOfAll: Bool, at now: Instant) {
        refusals.note(nameHash, isOfAll: isOfAll, at: now)
    }

    /// It answered a query with an OPT record with one of its own.
    mutating func noteOptions() { refusals.noteKnowledge() }

    // MARK: Cookies

    /// Whether it gave its part of a cookie a while ago, so that its replies have one.
    mutating func givesCookies(at now: Instant) -> Bool { now < cookieEnd && !wholeCookie.isEmpty }

    /// Records the cookie of a reply, which begins with our part; an empty one records that there
    /// was none.
    mutating func noteCookie(_ cookie: [UInt8], at now: Instant) {
        wholeCookie = cookie.count > 8 ? cookie : []
        cookieEnd = now + Self.memory
    }

    /// The cookie to send: our part, and the server's if it is known.
    mutating func cookie(at now: Instant) -> [UInt8] {
        givesCookies(at: now) ? wholeCookie : clientCookie
    }

    /// Whether a reply's cookie begins with our part.
    mutating func isOurs(_ cookie: [UInt8]) -> Bool {
        cookie.count >= 8 && cookie.span.word(at: 0) == clientCookie.span.word(at: 0)
    }

    // MARK: Case

    /// Whether a reply may have the question's name in another case than was asked.
    mutating func changesCase(at now: Instant) -> Bool { now < caseChangeEnd }

    /// A reply over TCP, where blind forgery is impossible, had a different case.
    mutating func noteCaseChange(at now: Instant) {
        caseChangeEnd = now + Self.caseMemory
        wrongCases = (0, 0)
    }

    /// A datagram had a different case; `isProven` if it carried our part of the cookie, which cannot be guessed. After
    /// three of those, the server gets lower-case queries, as after a reply over TCP.
    ///
    /// - Returns: whether this is worth a log line: at three in a row.
    mutating func noteWrongCase(isProven: Bool, at now: Instant) -> Bool {
        wrongCases.all = min(wrongCases.all + 1, 1_000)
        if isProven { wrongCases.proven += 1 }
        let isThird = wrongCases.all == 3
        guard wrongCases.proven >= 3 else { return isThird }
        noteCaseChange(at: now)
        return true
    }

    /// A datagram repeated the case.
    mutating func noteRightCase() { if wrongCases.all > 0 { wrongCases = (0, 0) } }
}
