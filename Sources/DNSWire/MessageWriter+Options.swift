// The OPT record of a message that we make (RFC 6891, section 6.1): what was asked for in the space that was
// kept for it, then an extended error where there is room for one (RFC 8914).

/// What the OPT record of a message says.
public struct ReplyOptions: Sendable {
    /// The octets of an OPT record without options.
    public static let emptySize = 11

    /// The most octets that we take over UDP.
    public var payloadSize: UInt16
    /// DO, copied from the query (RFC 3225, section 3).
    public var dnssecOK: Bool
    /// The client's cookie and ours (RFC 7873, section 5.2).
    public var cookie: Cookie?
    /// Which of several servers this is: NSID (RFC 5001).
    public var identifier: [UInt8]?
    /// How long the connection may idle, in tenths of a second (RFC 7828, section 3.3.2).
    public var idleTimeout: UInt16?
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

    /// The octets that the record takes without the extended errors.
    public var size: Int {
        var size = Self.emptySize
        if cookie != nil { size += Cookie.optionSize }
        if let identifier { size += 4 + identifier.count }
        if idleTimeout != nil { size += 6 }
        return size
    }
}

extension MessageWriter {
    /// Appends the OPT record in the space that was kept for it.
    mutating func appendOptions(
        _ options: ReplyOptions, responseCode: ResponseCode, named name: borrowing NameBuffer
    ) {
        releaseReserve()
        guard hasRoom(options.size) else { return }
        write(UInt8(0))
        write(RecordType.opt.rawValue)
        write(options.payloadSize)
        write(UInt8(truncatingIfNeeded: responseCode.rawValue >> 4))
        write(UInt8(0))
        write(UInt16(options.dnssecOK ? 0x8000 : 0))
        let lengthOffset = count
        write(UInt16(0))
        if let cookie = options.cookie { append(cookie) }
        if let identifier = options.identifier { append(identifier: identifier) }
        if let idleTimeout = options.idleTimeout {
            beginOption(.keepalive, count: 2)
            write(idleTimeout)
        }
        if let error = options.staleness { append(error, named: name) }
        if let error = options.extendedError { append(error, named: name) }
        put(UInt16(truncatingIfNeeded: count - lengthOffset - 2), at: lengthOffset)
        countAdditionalRecord()
    }

    private mutating func beginOption(_ code: EDNSOption.Code, count: Int) {
        write(code.rawValue)
        write(UInt16(truncatingIfNeeded: count))
    }

    private mutating func append(_ cookie: Cookie) {
        beginOption(.cookie, count: cookie.server == nil ? 8 : 24)
        write(cookie.client)
        if let server = cookie.server {
            write(server.stamp)
            write(server.hash)
        }
    }

    private mutating func append(identifier: [UInt8]) {
        beginOption(.identifier, count: identifier.count)
        for octet in identifier { write(octet) }
    }

    private mutating func write(_ value: UInt64) {
        write(UInt32(truncatingIfNeeded: value >> 32))
        write(UInt32(truncatingIfNeeded: value))
    }

    /// Appends an EXTENDED-ERROR option; the text is cut at the limit, the code is what matters.
    private mutating func append(_ error: ExtendedError, named name: borrowing NameBuffer) {
        guard hasRoom(6) else { return }
        write(EDNSOption.Code.extendedError.rawValue)
        let lengthOffset = count
        write(UInt16(0))
        write(error.code.rawValue)
        let text = error.text.utf8
        if hasRoom(text.count + (error.isNamed ? name.count : 0)) {
            for octet in text { write(octet) }
            if error.isNamed { appendText(of: name) }
        }
        put(UInt16(truncatingIfNeeded: count - lengthOffset - 2), at: lengthOffset)
    }

    /// Appends a name's labels with dots between; octets that do not print become `?`.
    private mutating func appendText(of name: borrowing NameBuffer) {
        for label in 0..<name.labelCount {
            if label > 0 { write(UInt8(ascii: ".")) }
            let start = name.start(ofLabel: label)
            for index in (start + 1)..<name.start(ofLabel: label + 1) {
                let octet = name.folded[index]
                write(octet > 0x20 && octet < 0x7F ? octet : UInt8(ascii: "?"))
            }
        }
    }
}
