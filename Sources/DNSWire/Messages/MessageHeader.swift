// The twelve octets that every message starts with (RFC 1035, section 4.1.1), and the decision that
// they alone allow: is this something that gets an answer at all?

/// The second and third pair of a header's bytes, as one number.
public struct MessageFlags: Hashable, Sendable, BitwiseCopyable {
    /// The sixteen bits, QR first.
    public var bits: UInt16

    /// Flags of these sixteen bits.
    public init(bits: UInt16) { self.bits = bits }

    /// The message is a response.
    public var isResponse: Bool {
        get { has(0x8000) }
        set { set(0x8000, newValue) }
    }
    /// AA: the answer comes from the zone itself.
    public var isAuthoritative: Bool {
        get { has(0x0400) }
        set { set(0x0400, newValue) }
    }
    /// TC: not all of the answer fitted.
    public var isTruncated: Bool {
        get { has(0x0200) }
        set { set(0x0200, newValue) }
    }
    /// RD: the asker wants the whole answer.
    public var recursionDesired: Bool {
        get { has(0x0100) }
        set { set(0x0100, newValue) }
    }
    /// RA: the server can give it.
    public var recursionAvailable: Bool {
        get { has(0x0080) }
        set { set(0x0080, newValue) }
    }
    /// AD: the data was validated (RFC 4035, section 3.1.6).
    public var authenticData: Bool {
        get { has(0x0020) }
        set { set(0x0020, newValue) }
    }
    /// CD: the asker validates by itself (RFC 4035, section 3.2.2).
    public var checkingDisabled: Bool {
        get { has(0x0010) }
        set { set(0x0010, newValue) }
    }
    /// The flags of a reply to a message with these: AA, TC and AD are for the answer's maker to set.
    @inline(__always)
    public var ofReply: MessageFlags { MessageFlags(bits: bits & 0x7910 | 0x8080) }
    /// The kind of query.
    public var opcode: Opcode {
        get { Opcode(rawValue: UInt8(truncatingIfNeeded: bits >> 11)) }
        set { bits = bits & 0x87FF | UInt16(newValue.rawValue) << 11 }
    }
    /// The low four bits of the RCODE.
    public var lowResponseCode: ResponseCode {
        get { ResponseCode(rawValue: bits & 0x000F) }
        set { bits = bits & 0xFFF0 | newValue.rawValue & 0x000F }
    }

    private func has(_ mask: UInt16) -> Bool { bits & mask != 0 }
    private mutating func set(_ mask: UInt16, _ on: Bool) { bits = on ? bits | mask : bits & ~mask }
}

/// A message's header.
public struct MessageHeader: Hashable, Sendable, BitwiseCopyable {
    /// The number of bytes: 12.
    public static let size = 12

    /// The number that the asker chose to know the answer by.
    public var id: UInt16
    /// QR to RCODE.
    public var flags: MessageFlags
    /// QDCOUNT.
    public var questionCount: UInt16
    /// ANCOUNT.
    public var answerCount: UInt16
    /// NSCOUNT.
    public var authorityCount: UInt16
    /// ARCOUNT.
    public var additionalCount: UInt16

    /// Reads the first twelve bytes of `message`.
    public init(_ message: Span<UInt8>) throws(WireError) {
        guard message.count >= Self.size else { throw .endsEarly }
        let first = message.uint64(at: 0)
        id = UInt16(truncatingIfNeeded: first >> 48)
        flags = MessageFlags(bits: UInt16(truncatingIfNeeded: first >> 32))
        questionCount = UInt16(truncatingIfNeeded: first >> 16)
        answerCount = UInt16(truncatingIfNeeded: first)
        let second = message.uint32(at: 8)
        authorityCount = UInt16(truncatingIfNeeded: second >> 16)
        additionalCount = UInt16(truncatingIfNeeded: second)
    }

    /// How to handle a client's message, according to its header.
    public enum Admission: Equatable, Sendable {
        /// Not a query: no answer, or two servers could keep each other busy forever.
        case ignore
        /// To be answered with this RCODE and nothing more.
        case reject(ResponseCode)
        /// To be read on.
        case read
        /// Without a question: only an OPT record with a cookie makes sense of it (RFC 7873,
        /// section 5.4).
        case readOptions
    }

    /// Decides about a client's message:
    ///
    /// 1. A response is ignored.
    /// 2. An opcode other than QUERY is not implemented.
    /// 3. QDCOUNT above 1 is a format error (RFC 9619); so is 0, unless a cookie comes with it.
    /// 4. More records than a query has are a format error.
    public var admission: Admission {
        if flags.isResponse { return .ignore }
        if isSwitchedOff("RFC 8906: flags without a meaning are ignored"), flags.bits & 0x0240 != 0
        {
            return .reject(.formatError)
        }
        if flags.opcode != .query, !isSwitchedOff("RFC 1035: NOTIMP to other opcodes") {
            return .reject(.notImplemented)
        }
        if questionCount > 1 && !isSwitchedOff("RFC 9619: FORMERR to two questions")
            || !hasRecordsOfQuery
        {
            return .reject(.formatError)
        }
        return questionCount == 0 ? .readOptions : .read
    }

    /// Whether there are no more records than a query has: none in the answer section; one in the authority
    /// section, where it asks for IXFR (RFC 1995, section 3); two in the additional section, which are OPT and
    /// TSIG or SIG(0).
    var hasRecordsOfQuery: Bool {
        answerCount == 0 && authorityCount <= min(1, questionCount) && additionalCount <= 2
    }
}
