// Why an answer is as it is, for people who read dig's output (RFC 8914).

/// An extended DNS error: a code, and a few words.
public struct ExtendedError: Equatable, Sendable, BitwiseCopyable {
    /// The INFO-CODE (RFC 8914, section 4).
    public enum Code: UInt16, Sendable, BitwiseCopyable {
        /// Other: the text says what.
        case other = 0
        /// The answer is older than its TTL.
        case staleAnswer = 3
        /// The servers failed recently and are not queried again yet.
        case cachedError = 13
        /// The client may not ask.
        case prohibited = 18
        /// The denial is older than its TTL.
        case staleNameError = 19
        /// The server does not answer for this name and does not forward it.
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
        case addressMayNotAsk = "query refused by access list"
        case notTold = "not disclosed"
        case noTransfers = "zone transfer refused"
        case noSuchType = "no record can have this type"
        case classNotSupported = "class not supported"
        case tooManyQuestions = "too many pending queries"
        case notAnsweredHere = "no local zone, link or forward zone answers this name"
        case zoneNotLoaded = "zone could not be loaded"
        /// Completed with the record's name and the zone's.
        case noRecord = "no record for "
        case chainTooLong = "alias chain too long"
        case aliasWithoutTarget = "alias without a target"
        case aliasOfLocalZone = "upstream servers return an alias for a local zone's name"
        case serversSilent = "no upstream server answered in time"
        case serversFailed = "every upstream server failed"
        case serversRefused = "every upstream server failed, the last with REFUSED"
        case serversSERVFAIL = "every upstream server failed, the last with SERVFAIL"
        case serversUnreachable = "no upstream server can be reached"
        case serversFailedBefore = "upstream servers failed a moment ago"
        case cameBack = "forwarding loop: the query came back to its sender"
        case forwardedBack = "forwarding loop: the upstream servers send the query back here"
        case staleAnswer = "stale answer: the upstream servers do not answer"
        case staleDenial = "stale denial: the upstream servers do not answer"
    }

    /// Which error it is.
    public var code: Code
    /// A short sentence.
    public var text: Text
    /// Of a named error's name, the label that the zone's name starts at.
    public var zoneLabel: UInt8 = 0
    /// Whether the text is completed with a name that the reply's maker has.
    public var isNamed: Bool { text == .noRecord }

    /// An error.
    public init(_ code: Code, _ text: Text) {
        self.code = code
        self.text = text
    }

    /// A zone has no record for a name, whose labels from `zoneLabel` on are the zone's name.
    public init(noRecordInZoneAt zoneLabel: Int) {
        self.init(.other, .noRecord)
        self.zoneLabel = UInt8(truncatingIfNeeded: zoneLabel)
    }
}
