// How many queries one connection to a server is good for, as far as the server was seen to end connections early. Most
// answer any number, at any time (RFC 7766, section 6.2.1.1); some close after each answer, or answer one and no more.

/// What is known of one server's connections.
struct Pipelining {
    private enum Cause {
        /// It closed connections with queries on them.
        case closing
        /// It left connections open and answered nothing more.
        case silence
    }

    /// How long a limit learned from silence is kept, in nanoseconds.
    private static let memory: UInt64 = 900_000_000_000
    /// How long a connection that is used up has to stay open to show that its server does not close it.
    static let proofNanoseconds: UInt64 = 200_000_000

    /// Queries in all that a connection gets; nil for any number.
    private var limit: Int?
    private var cause = Cause.closing
    private var end: UInt64 = 0
    /// How many answers came through the connection that fell silent last, and when.
    private var lastSilence: (answers: Int, instant: UInt64)?

    /// The queries in all that one connection gets; nil if there is no limit.
    func queriesPerStream(at now: UInt64) -> Int? {
        cause == .silence && now >= end ? nil : limit
    }

    /// Whether a used-up connection is useless, because it would fall silent.
    var closesUsedStreams: Bool { cause == .silence }

    /// The server closed a connection, with queries on it that had no answer.
    ///
    /// One query alone may have been what it did not like.
    mutating func noteClosure(after answers: Int, unanswered: Int) {
        guard unanswered > 0, answers + unanswered > 1 else { return }
        limit = max(1, answers)
        cause = .closing
    }

    /// Nothing more came through a connection. A firewall that forgot it does that too: only twice after the same number
    /// of answers is it the server's way.
    mutating func noteSilence(after answers: Int, at now: UInt64) {
        guard answers > 0 else { return }
        defer { lastSilence = (answers, now) }
        guard let last = lastSilence, last.answers == answers, now - last.instant < Self.memory
        else { return }
        limit = answers
        cause = .silence
        end = now + Self.memory
    }

    /// A connection that is used up was not closed: the server takes more, and from `most` on any number.
    ///
    /// - Returns: false if that shows nothing.
    mutating func noteOpenStream(enough most: Int) -> Bool {
        guard cause == .closing, let limit else { return false }
        self.limit = limit * 2 >= most ? nil : limit * 2
        return true
    }
}
