// What can be wrong with DNS bytes. Two words each, and never the bytes themselves.

/// A fault in a message, a name or a record's data.
public enum WireError: Error, Equatable, Sendable {
    /// The bytes end before the element does.
    case endsEarly
    /// A label is longer than 63 octets, or its type is not one of RFC 1035's (RFC 6891, section 5).
    case badLabel
    /// A name is longer than 255 octets (RFC 1035, section 3.1).
    case nameTooLong
    /// A compression pointer does not go strictly backwards (RFC 1035, section 4.1.4).
    case badPointer
    /// A record's data does not have the shape of its type, or does not fill its RDLENGTH.
    case badRecordData
    /// A count in the header does not fit what it counts, such as QDCOUNT in a query (RFC 9619).
    case badCount
    /// A second OPT record, one with an owner other than the root, or one with broken options
    /// (RFC 6891, section 6.1.1).
    case badOptions
    /// Bytes follow the last record.
    case trailingOctets
    /// There is no room left in the target.
    case noRoom
}
