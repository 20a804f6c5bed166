// Response codes, with the bits that EDNS adds (RFC 6895, section 2.3).

/// An RCODE, with the eight more bits that OPT gives it (RFC 6895, section 2.3).
public struct ResponseCode: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// Twelve bits: the low four are in the header, the others in the OPT record.
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
