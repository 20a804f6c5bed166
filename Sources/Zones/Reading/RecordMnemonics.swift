// The mnemonics that zone files may write for numbers in data (RFC 4034, appendix A.1 and the IANA
// registry of algorithms; RFC 4398, section 2.1). They are read and never printed.

/// Numbers by their mnemonics, in capitals.
enum RecordMnemonics {
    /// DNSSEC algorithms.
    static let algorithms: [String: UInt8] = [
        "DELETE": 0, "RSAMD5": 1, "DH": 2, "DSA": 3, "ECC": 4, "RSASHA1": 5,
        "DSA-NSEC3-SHA1": 6, "NSEC3DSA": 6, "RSASHA1-NSEC3-SHA1": 7, "NSEC3RSASHA1": 7,
        "RSASHA256": 8, "RSASHA512": 10, "ECC-GOST": 12, "ECCGOST": 12, "ECDSAP256SHA256": 13,
        "ECDSAP384SHA384": 14, "ED25519": 15, "ED448": 16, "INDIRECT": 252, "PRIVATEDNS": 253,
        "PRIVATEOID": 254,
    ]

    /// Certificate types.
    static let certificateTypes: [String: UInt16] = [
        "PKIX": 1, "SPKI": 2, "PGP": 3, "IPKIX": 4, "ISPKI": 5, "IPGP": 6, "ACPKIX": 7,
        "IACPKIX": 8, "URI": 253, "OID": 254,
    ]
}
