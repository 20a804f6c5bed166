// Why an answer is as it is, for people who read dig's output (RFC 8914).

/// An extended DNS error: a code, and a few words.
public struct ExtendedError: Equatable, Sendable, BitwiseCopyable {
    /// The INFO-CODE (RFC 8914, section 4).
    public enum Code: UInt16, Sendable, BitwiseCopyable {
        /// Other: the text says what.
        case other = 0
        /// The answer is older than its TTL.
        case staleAnswer = 3
        /// The servers failed a moment ago and are not asked again yet.
        case cachedError = 13
        /// The client may not ask.
        case prohibited = 18
        /// The denial is older than its TTL.
        case staleNameError = 19
        /// The server does not answer for this name, and asks nobody.
        case notAuthoritative = 20
        /// The kind of question is not supported.
        case notSupported = 21
        /// No server that could know gave an answer.
        case noReachableAuthority = 22
        /// The network failed on the way to a server.
        case networkError = 23
        /// The zone could not be loaded.
        case invalidData = 24
        /// No question can have this type.
        case invalidQueryType = 30
    }

    /// What the text says.
    ///
    /// A closed list, so that an error is a plain value and nothing is allocated for it.
    public enum Text: String, Sendable, BitwiseCopyable {
        case addressMayNotAsk = "the client may not ask"
        case notTold = "not told"
        case noTransfers = "zones are not transferred"
        case noSuchType = "nothing has this type"
        case classNotSupported = "the class is not supported"
        case tooManyQuestions = "too many questions wait"
        case notAnsweredHere = "not answered here"
        case zoneNotLoaded = "the zone could not be loaded"
        /// Completed with the record's name.
        case noRecord = "no record for "
        case chainTooLong = "the alias chain is too long"
        case aliasWithoutTarget = "an alias has no target"
        case aliasOfLocalZone = "the servers make a local zone's name an alias"
        case serversSilent = "no server answered in time"
        case serversFailed = "the servers cannot answer"
        case serversUnreachable = "the servers cannot be reached"
        case serversFailedBefore = "the servers failed a moment ago"
        case cameBack = "forwarded back to its sender"
        case forwardedBack = "the servers forward the question back here"
        case staleAnswer = "stale answer, the servers do not answer"
        case staleDenial = "stale denial, the servers do not answer"
    }

    /// Which error it is.
    public var code: Code
    /// A short sentence.
    public var text: Text
    /// Whether the text is completed with a name that the reply's maker has.
    public var isNamed: Bool { text == .noRecord }

    /// An error.
    public init(_ code: Code, _ text: Text) {
        self.code = code
        self.text = text
    }
}
