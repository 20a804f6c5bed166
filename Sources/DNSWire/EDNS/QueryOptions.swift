// The OPT record of a message that came in: its fixed parts, and where the options are that mean something
// to this server. Options that it does not know are ignored (RFC 6891, section 6.1.2).

/// An OPT record (RFC 6891, section 6.1).
public struct QueryOptions: Sendable, BitwiseCopyable {
    /// The most bytes that the sender takes over UDP, as it says: may be below 512.
    public var payloadSize: Int
    /// The upper eight bits of the RCODE; zero in a query.
    public var extendedResponseCode: UInt8
    /// The EDNS version.
    public var version: UInt8
    /// DO: the client requests DNSSEC records (RFC 3225).
    public var dnssecOK: Bool
    /// Where the options start in the message.
    public var start: Int
    /// Where the options end in the message.
    public var end: Int
    /// The first COOKIE option; later ones are ignored (RFC 7873, section 5.2).
    public var cookie: EDNSOption?
    /// The client's subnet (RFC 7871).
    public var subnet: EDNSOption?
    /// How long a connection may idle (RFC 7828).
    public var keepalive: EDNSOption?
    /// Whether the client requests the server's identifier (RFC 5001).
    public var wantsIdentifier = false

    /// Takes an OPT record apart and walks its options, each of which must fit.
    ///
    /// Of a version other than 0 the options are not looked at: they may have another form.
    public init(_ record: MessageRecord, in message: Span<UInt8>) throws(WireError) {
        self.init(fixedPartsOf: record)
        guard version == 0 else { return }
        var position = start
        while position < end {
            guard let option = EDNSOption(in: message, at: position, within: end) else {
                throw .badOptions
            }
            note(option)
            position = option.end
        }
    }

    private init(fixedPartsOf record: MessageRecord) {
        self.init(
            payloadSize: record.recordClass.rawValue, flags: record.ttl, start: record.dataStart,
            end: record.end)
    }

    /// Whether there is no option, and nothing newer.
    @inline(__always)
    public var isPlain: Bool { start == end && version == 0 }

    private mutating func note(_ option: EDNSOption) {
        switch option.code {
        case .cookie where cookie == nil: cookie = option
        case .clientSubnet where subnet == nil: subnet = option
        case .keepalive where keepalive == nil: keepalive = option
        case .identifier: wantsIdentifier = true
        default: break
        }
    }

    /// Whether the cookie, if there is one, has a length that a cookie may have: eight bytes of the
    /// client's, and eight to 32 of the server's or none (RFC 7873, section 5.2.2).
    private var hasUsableCookie: Bool {
        guard let cookie else { return true }
        let count = cookie.end - cookie.start
        return count == 8 || (count >= 16 && count <= 40)
    }

    /// The first option with this code, or nil.
    public func first(_ code: EDNSOption.Code, in message: Span<UInt8>) -> EDNSOption? {
        var position = start
        while let option = EDNSOption(in: message, at: position, within: end) {
            if option.code == code { return option }
            position = option.end
        }
        return nil
    }

    /// Reads the records that follow a query's question, of which only OPT has a meaning; nil without one.
    ///
    /// The header was admitted, so that there are three records at most.
    public static func read(
        _ message: Span<UInt8>, header: MessageHeader, from start: Int
    ) throws(WireError) -> QueryOptions? {
        if header.authorityCount == 0 {
            if header.additionalCount == 0 { return nil }
            if header.additionalCount == 1, let options = bareRecord(message, at: start) {
                return options
            }
        }
        var options: QueryOptions?
        var position = start
        for _ in 0..<header.authorityCount {
            position = try MessageReader.record(in: message, at: position).end
        }
        for _ in 0..<header.additionalCount {
            let record = try MessageReader.record(in: message, at: position)
            position = record.end
            guard record.type == .opt else { continue }
            guard options == nil || isSwitchedOff("RFC 6891: FORMERR to a second OPT record"),
                message[record.ownerOffset] == 0
            else { throw .badOptions }
            let read = try QueryOptions(record, in: message)
            guard
                read.hasUsableCookie
                    || isSwitchedOff("RFC 7873: FORMERR to a cookie of a wrong length")
            else { throw .badOptions }
            options = read
        }
        return options
    }

    /// An OPT record without options at `start`, which most queries have; nil for anything else.
    @inline(__always)
    private static func bareRecord(_ message: Span<UInt8>, at start: Int) -> QueryOptions? {
        guard start <= message.count &- ReplyOptions.emptySize else { return nil }
        let first = message.uint64(at: start)
        guard first >> 40 == UInt64(RecordType.opt.rawValue),
            message.uint16(at: start &+ 9) == 0
        else { return nil }
        return QueryOptions(
            payloadSize: UInt16(truncatingIfNeeded: first >> 24),
            flags: message.uint32(at: start &+ 5), start: start &+ ReplyOptions.emptySize,
            end: start &+ ReplyOptions.emptySize)
    }

    @inline(__always)
    private init(payloadSize: UInt16, flags: UInt32, start: Int, end: Int) {
        self.payloadSize = Int(payloadSize)
        extendedResponseCode = UInt8(truncatingIfNeeded: flags >> 24)
        version = UInt8(truncatingIfNeeded: flags >> 16)
        dnssecOK = flags & 0x8000 != 0
        self.start = start
        self.end = end
    }

    /// The fixed fields of the first OPT record after a query's question, which ends at `start`,
    /// even if the rest of the message is malformed; nil if none can be found.
    ///
    /// Who sends one gets one, in an error too (RFC 6891, section 6.1.1). It is looked for among a few records,
    /// whatever the header says.
    public static func search(
        _ message: Span<UInt8>, header: MessageHeader, from start: Int
    ) -> QueryOptions? {
        let others = Int(header.answerCount) + Int(header.authorityCount)
        let all = others + Int(header.additionalCount)
        var position = start
        for index in 0..<min(all, maximumSearched) {
            let record = try? MessageReader.recordSkippingOwner(in: message, at: position)
            guard let record else { return nil }
            position = record.end
            if index >= others, record.type == .opt { return QueryOptions(fixedPartsOf: record) }
        }
        return nil
    }

    /// More records than a query has, and than most other messages of clients have.
    private static var maximumSearched: Int { 8 }
}
