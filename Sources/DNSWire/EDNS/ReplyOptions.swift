// The OPT record of a reply, before it is written.

/// What the OPT record of a message says.
public struct ReplyOptions: Sendable, BitwiseCopyable {
    /// The bytes of an OPT record without options.
    public static let emptySize = 11

    /// The most bytes that we take over UDP.
    public var payloadSize: UInt16
    /// DO, copied from the query (RFC 3225, section 3).
    public var dnssecOK: Bool
    /// The client's cookie and ours (RFC 7873, section 5.2).
    public var cookie: Cookie?
    /// The bytes of a cookie that is sent to a server: our part, and the server's if it gave one. They are
    /// given apart, instead of an identifier, which only replies have.
    public var sentCookieSize: Int?
    /// The size of the server's identifier in octets, if requested: NSID (RFC 5001).
    public var identifierSize: Int?
    /// How long the connection may idle, in tenths of a second (RFC 7828, section 3.3.2).
    public var idleTimeout: UInt16?
    /// The bytes of further options, which are given apart and whole.
    public var furtherSize: UInt8 = 0
    /// Why the answer is as it is.
    public var extendedError: ExtendedError?
    /// That it is older than its TTL, where it is.
    public var staleness: ExtendedError?

    /// An OPT record without options, or with extended errors.
    public init(
        payloadSize: UInt16, dnssecOK: Bool, extendedError: ExtendedError? = nil,
        staleness: ExtendedError? = nil
    ) {
        self.payloadSize = payloadSize
        self.dnssecOK = dnssecOK
        self.extendedError = extendedError
        self.staleness = staleness
    }

    /// The bytes that the record takes without the extended errors.
    public var size: Int {
        var size = Self.emptySize
        if cookie != nil { size += Cookie.optionSize }
        if let sentCookieSize { size += 4 + sentCookieSize }
        if let identifierSize { size += 4 + identifierSize }
        if idleTimeout != nil { size += 6 }
        return size + Int(furtherSize)
    }
}
