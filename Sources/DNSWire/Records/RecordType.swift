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
    /// What a zone would have its parent publish as DS (RFC 7344).
    public static let cds = RecordType(59)
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

    /// Whether this type occurs only in questions or pseudo-records, never in a zone (RFC 6895,
    /// section 3.1: 128 to 255, and OPT).
    public var isMeta: Bool { self == .opt || (rawValue >= 128 && rawValue <= 255) }
}
