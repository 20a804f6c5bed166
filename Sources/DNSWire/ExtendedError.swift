// Why an answer is as it is, for people who read dig's output (RFC 8914).

/// An extended DNS error: a code, and a few words.
public struct ExtendedError: Equatable, Sendable {
    /// The INFO-CODE (RFC 8914, section 4).
    public enum Code: UInt16, Sendable {
        /// Other: the text says what.
        case other = 0
        /// The answer is older than its TTL.
        case staleAnswer = 3
        /// The servers failed a moment ago and are not asked again yet.
        case cachedError = 13
        /// The server is not ready yet.
        case notReady = 14
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

    /// Which error it is.
    public var code: Code
    /// A short sentence; constant text, so that nothing is allocated for it.
    public var text: String
    /// Whether the text is completed with a name that the reply's maker has.
    public var isNamed: Bool

    /// An error whose text is complete.
    public init(_ code: Code, _ text: String) {
        self.code = code
        self.text = text
        isNamed = false
    }

    /// An error whose text ends with a name.
    public init(_ code: Code, _ text: String, named: Bool) {
        self.code = code
        self.text = text
        isNamed = named
    }
}
