// How a server takes what we send: EDNS, cookies, names in mixed case. A forger may have written what this was
// learnt from, so all of it lasts for a while only, and none of it makes a forged answer believed.

/// What a server was seen to do.
struct ServerTraits {
    /// How long anything about a server's EDNS is remembered.
    static let memory = TimeSpan.seconds(900)
    /// How long names are asked in lower case of a server that changed the case of one over TCP.
    static let caseMemory = TimeSpan.seconds(3_600)

    /// Our part of the cookie (RFC 7873, section 4.1): random, for this server and source address alone.
    let clientCookie: UInt64
    /// The server's part, 8 to 32 octets; empty when none is known.
    private var serverCookie: [UInt8] = []
    private var cookieEnd = Instant(nanoseconds: 0)
    private var optionsRefusalEnd = Instant(nanoseconds: 0)
    private var caseChangeEnd = Instant(nanoseconds: 0)

    /// A server of which nothing is known.
    init(clientCookie: UInt64) { self.clientCookie = clientCookie }

    // MARK: EDNS

    /// Whether it is asked without an OPT record.
    func refusesOptions(at now: Instant) -> Bool { now < optionsRefusalEnd }

    /// It answered without an OPT record what it had refused with one.
    mutating func noteOptionsRefusal(at now: Instant) {
        optionsRefusalEnd = now + Self.memory
        serverCookie = []
    }

    // MARK: Cookies

    /// Whether it gave its part of a cookie a while ago, so that its replies have one.
    func givesCookies(at now: Instant) -> Bool { now < cookieEnd && !serverCookie.isEmpty }

    /// Remembers the server's part; an empty one is forgotten.
    mutating func noteCookie(_ cookie: [UInt8], at now: Instant) {
        serverCookie = cookie
        cookieEnd = now + Self.memory
    }

    /// The cookie to send: our part, and the server's if it is known.
    func appendCookie(to octets: inout [UInt8], at now: Instant) {
        for shift in stride(from: 56, through: 0, by: -8) {
            octets.append(UInt8(truncatingIfNeeded: clientCookie >> UInt64(shift)))
        }
        if now < cookieEnd { octets += serverCookie }
    }

    /// Whether a reply's cookie begins with our part.
    func isOurs(_ cookie: [UInt8]) -> Bool {
        guard cookie.count >= 8 else { return false }
        let bits = cookie.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return bits == clientCookie
    }

    // MARK: Case

    /// Whether a reply may have the question's name in another case than was asked.
    func changesCase(at now: Instant) -> Bool { now < caseChangeEnd }

    /// A reply over TCP, which nobody forges blindly, had another case.
    mutating func noteCaseChange(at now: Instant) { caseChangeEnd = now + Self.caseMemory }
}
