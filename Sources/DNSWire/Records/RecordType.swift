// The numbers of the DNS protocol as types of their own: TYPE, CLASS, OPCODE and RCODE. Which
// types have names, and what their data looks like, is RecordDataLayout's table alone.

/// A TYPE or QTYPE (RFC 1035, section 3.2.2; RFC 6895).
public struct RecordType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The number on the wire.
    public let rawValue: UInt16

    /// The type with this number.
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable init(_ number: UInt16) { rawValue = number }
}

/// The types whose meaning the resolver or the zones know.
extension RecordType {
    /// An IPv4 address.
    public static let a = RecordType(1)
    /// A name server of a zone.
    public static let ns = RecordType(2)
    /// The canonical name of an alias.
    public static let cname = RecordType(5)
    /// The start of a zone of authority.
    public static let soa = RecordType(6)
    /// A pointer to another name.
    public static let ptr = RecordType(12)
    /// A mail exchanger.
    public static let mx = RecordType(15)
    /// Text strings.
    public static let txt = RecordType(16)
    /// A signature of SIG(0) (RFC 2931).
    public static let sig = RecordType(24)
    /// An IPv6 address (RFC 3596).
    public static let aaaa = RecordType(28)
    /// A server of a service (RFC 2782).
    public static let srv = RecordType(33)
    /// The redirection of a subtree (RFC 6672).
    public static let dname = RecordType(39)
    /// The EDNS pseudo-record (RFC 6891).
    public static let opt = RecordType(41)
    /// A delegation signer (RFC 4034).
    public static let ds = RecordType(43)
    /// A signature (RFC 4034).
    public static let rrsig = RecordType(46)
    /// The next secure name (RFC 4034).
    public static let nsec = RecordType(47)
    /// A zone's public key (RFC 4034).
    public static let dnskey = RecordType(48)
    /// The next secure name, hashed (RFC 5155).
    public static let nsec3 = RecordType(50)
    /// A service binding (RFC 9460).
    public static let svcb = RecordType(64)
    /// A service binding for HTTPS (RFC 9460).
    public static let https = RecordType(65)
    /// A name that does not exist, in the NSEC record of a compact denial; no question has this type (RFC
    /// 9824, section 3.4).
    public static let nxname = RecordType(128)
    /// The key exchange pseudo-record (RFC 2930).
    public static let tkey = RecordType(249)
    /// The transaction signature pseudo-record (RFC 8945).
    public static let tsig = RecordType(250)
    /// An incremental zone transfer (RFC 1995), as a QTYPE.
    public static let ixfr = RecordType(251)
    /// A zone transfer (RFC 5936), as a QTYPE.
    public static let axfr = RecordType(252)
    /// Mailbox records, as a QTYPE; obsolete.
    public static let mailb = RecordType(253)
    /// Mail agent records, as a QTYPE; obsolete.
    public static let maila = RecordType(254)
    /// All types, as a QTYPE (RFC 8482).
    public static let any = RecordType(255)

    /// Whether a question for this type asks for one record set and nothing else: neither an alias nor a
    /// pseudo-record.
    @inline(__always)
    public var isOrdinary: Bool { rawValue &- 1 < 127 && self != .cname && self != .opt }

    /// Whether this can only stand in a question or a pseudo-record, never in a zone (RFC 6895,
    /// section 3.1: 128 to 255, and OPT).
    public var isMeta: Bool { self == .opt || (rawValue >= 128 && rawValue <= 255) }
}

/// A CLASS or QCLASS (RFC 1035, section 3.2.4).
public struct RecordClass: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The number on the wire.
    public let rawValue: UInt16

    /// The class with this number.
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The Internet.
    public static let `in` = RecordClass(rawValue: 1)
    /// Chaosnet, which lives on in `version.bind`.
    public static let ch = RecordClass(rawValue: 3)
    /// None (RFC 2136).
    public static let none = RecordClass(rawValue: 254)
    /// Any class, as a QCLASS.
    public static let any = RecordClass(rawValue: 255)
}

/// What kind of query a message is (RFC 1035, section 4.1.1; RFC 6895, section 2.2).
public struct Opcode: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// Four bits: 0 to 15.
    public let rawValue: UInt8

    /// The opcode of these four bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue & 15 }

    /// A standard query.
    public static let query = Opcode(rawValue: 0)
    /// A notice that a zone changed (RFC 1996).
    public static let notify = Opcode(rawValue: 4)
    /// A dynamic update (RFC 2136).
    public static let update = Opcode(rawValue: 5)
}

/// An RCODE, with the eight more bits that OPT gives it (RFC 6895, section 2.3).
public struct ResponseCode: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// Twelve bits: the low four stand in the header, the others in the OPT record.
    public let rawValue: UInt16

    /// The code with this number.
    @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// No error.
    public static let noError = ResponseCode(rawValue: 0)
    /// The query could not be read.
    public static let formatError = ResponseCode(rawValue: 1)
    /// No answer could be had.
    public static let serverFailure = ResponseCode(rawValue: 2)
    /// The name does not exist (NXDOMAIN).
    public static let nameError = ResponseCode(rawValue: 3)
    /// The kind of query is not implemented.
    public static let notImplemented = ResponseCode(rawValue: 4)
    /// The query is refused by policy.
    public static let refused = ResponseCode(rawValue: 5)
    /// A name exists that should not: here, a DNAME whose result is too long (RFC 6672).
    public static let nameExists = ResponseCode(rawValue: 6)
    /// The EDNS version is not supported (RFC 6891).
    public static let badVersion = ResponseCode(rawValue: 16)
    /// The server cookie is wrong (RFC 7873).
    public static let badCookie = ResponseCode(rawValue: 23)
}

extension ResponseCode: CustomStringConvertible {
    /// The mnemonic that dig prints, or `RCODE` and the number.
    public var description: String {
        switch self {
        case .noError: "NOERROR"
        case .formatError: "FORMERR"
        case .serverFailure: "SERVFAIL"
        case .nameError: "NXDOMAIN"
        case .notImplemented: "NOTIMP"
        case .refused: "REFUSED"
        case .nameExists: "YXDOMAIN"
        case .badVersion: "BADVERS"
        case .badCookie: "BADCOOKIE"
        default: "RCODE\(rawValue)"
        }
    }
}
