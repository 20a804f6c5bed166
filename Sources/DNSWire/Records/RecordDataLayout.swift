// The one table of record types: number, mnemonic, and the fields of the data in wire order. The
// text parser, the text printer, the wire check and the compressor all work from it; a type that
// is not in it is opaque octets (RFC 3597).

/// One field of a record's data, by how it is written on the wire and in a zone file.
public enum RecordDataField: UInt8, Sendable, BitwiseCopyable {
    /// A domain name that a message may compress: only in RFC 1035's own types (RFC 3597, section 4).
    case compressibleName
    /// A domain name that is never compressed when written.
    case name
    /// One byte, decimal in text.
    case uint8
    /// Two bytes, decimal in text.
    case uint16
    /// Four bytes, decimal in text.
    case uint32
    /// Four bytes of seconds; in text also with units, such as `1h30m`.
    case duration
    /// Four octets of seconds since 1970, serial arithmetic; in text also `YYYYMMDDHHmmSS` (RFC 4034,
    /// section 3.2).
    case timestamp
    /// Two bytes: a record type; in text its mnemonic.
    case recordType
    /// Four bytes in dotted decimal.
    case ipv4
    /// Sixteen octets in RFC 4291's text.
    case ipv6
    /// One length octet and that many octets (RFC 1035, section 3.3).
    case characterString
    /// One or more character-strings up to the end of the data.
    case characterStrings
    /// The rest of the data, as one quoted string in text (RFC 8659, section 4.1.1; RFC 7553).
    case quotedRest
    /// A tag: one length octet and that many letters and digits, bare in text (RFC 8659).
    case tag
    /// The rest of the data in hexadecimal; may not be empty.
    case hexRest
    /// The rest of the data in base64; may not be empty.
    case base64Rest
    /// One length octet and that many octets in hexadecimal, `-` when none (RFC 5155, section 3.3).
    case hexCounted
    /// One length octet and that many octets in base32hex without padding (RFC 5155, section 3.3).
    case base32Counted
    /// The rest: a bitmap of types (RFC 4034, section 4.1.2); may be empty.
    case typeBitmap
    /// The rest: service parameters in order of key (RFC 9460, section 2.2); may be empty.
    case serviceParameters
    /// The sixteen octets of a location (RFC 1876).
    case location
    /// The rest: address prefixes (RFC 3123); may be empty.
    case addressPrefixes
    /// Six octets as `00-00-5e-00-53-2a` (RFC 7043).
    case eui48
    /// Eight octets as `00-00-5e-ef-10-00-00-2a` (RFC 7043).
    case eui64
    /// Eight octets as four hexadecimal groups with colons (RFC 6742).
    case nodeIdentifier
    /// One octet: a DNSSEC algorithm; in text a number or its mnemonic (RFC 4034, appendix A.1).
    case algorithm
    /// Two octets: a certificate type; in text a number or its mnemonic (RFC 4398, section 2.1).
    case certificateType
    /// One byte: the scheme of a notification; in text a number or `NOTIFY` (RFC 9859, section
    /// 2.1).
    case syncScheme
    /// The rest: precedence, gateway type, algorithm, gateway, key (RFC 4025, section 2).
    case ipsecKey
    /// The rest: an identity, its key and rendezvous servers (RFC 8005, section 5).
    case hostIdentity
    /// The rest: precedence, the discovery flag with the relay's type, the relay (RFC 8777, section 4).
    case relay
}

/// A record type's row: its mnemonic and the fields of its data.
public struct RecordDataLayout: Sendable {
    /// The type's number.
    public let type: RecordType
    /// The mnemonic of zone files, in capitals.
    public let mnemonic: String
    /// The fields in wire order.
    public let fields: [RecordDataField]
    /// Whether any field holds a domain name.
    public let holdsNames: Bool

    private init(_ number: UInt16, _ mnemonic: String, _ fields: RecordDataField...) {
        type = RecordType(rawValue: number)
        self.mnemonic = mnemonic
        self.fields = fields
        holdsNames = fields.contains { $0 == .name || $0 == .compressibleName }
    }

    /// The row of `type`; nil if its data is opaque.
    public static func of(_ type: RecordType) -> RecordDataLayout? {
        row(of: type).map { rows[$0] }
    }

    /// The index of the row of `type`; nil if its data is opaque.
    static func row(of type: RecordType) -> Int? {
        let number = Int(type.rawValue)
        guard number < rowOfNumber.count, rowOfNumber[number] >= 0 else { return nil }
        return Int(rowOfNumber[number])
    }

    /// All rows, in order of number.
    public static let rows: [RecordDataLayout] = [
        RecordDataLayout(1, "A", .ipv4),
        RecordDataLayout(2, "NS", .compressibleName),
        RecordDataLayout(3, "MD", .compressibleName),
        RecordDataLayout(4, "MF", .compressibleName),
        RecordDataLayout(5, "CNAME", .compressibleName),
        RecordDataLayout(
            6, "SOA", .compressibleName, .compressibleName, .uint32, .duration, .duration,
            .duration, .duration),
        RecordDataLayout(7, "MB", .compressibleName),
        RecordDataLayout(8, "MG", .compressibleName),
        RecordDataLayout(9, "MR", .compressibleName),
        RecordDataLayout(12, "PTR", .compressibleName),
        RecordDataLayout(13, "HINFO", .characterString, .characterString),
        RecordDataLayout(14, "MINFO", .compressibleName, .compressibleName),
        RecordDataLayout(15, "MX", .uint16, .compressibleName),
        RecordDataLayout(16, "TXT", .characterStrings),
        RecordDataLayout(17, "RP", .name, .name),
        RecordDataLayout(18, "AFSDB", .uint16, .name),
        RecordDataLayout(19, "X25", .characterString),
        RecordDataLayout(20, "ISDN", .characterStrings),
        RecordDataLayout(21, "RT", .uint16, .name),
        RecordDataLayout(23, "NSAP-PTR", .name),
        RecordDataLayout(
            24, "SIG", .recordType, .algorithm, .uint8, .uint32, .timestamp, .timestamp, .uint16,
            .name, .base64Rest),
        RecordDataLayout(25, "KEY", .uint16, .uint8, .algorithm, .base64Rest),
        RecordDataLayout(26, "PX", .uint16, .name, .name),
        RecordDataLayout(27, "GPOS", .characterString, .characterString, .characterString),
        RecordDataLayout(28, "AAAA", .ipv6),
        RecordDataLayout(29, "LOC", .location),
        RecordDataLayout(33, "SRV", .uint16, .uint16, .uint16, .name),
        RecordDataLayout(
            35, "NAPTR", .uint16, .uint16, .characterString, .characterString, .characterString,
            .name),
        RecordDataLayout(36, "KX", .uint16, .name),
        RecordDataLayout(37, "CERT", .certificateType, .uint16, .algorithm, .base64Rest),
        RecordDataLayout(39, "DNAME", .name),
        RecordDataLayout(42, "APL", .addressPrefixes),
        RecordDataLayout(43, "DS", .uint16, .algorithm, .uint8, .hexRest),
        RecordDataLayout(44, "SSHFP", .uint8, .uint8, .hexRest),
        RecordDataLayout(45, "IPSECKEY", .ipsecKey),
        RecordDataLayout(
            46, "RRSIG", .recordType, .algorithm, .uint8, .uint32, .timestamp, .timestamp, .uint16,
            .name, .base64Rest),
        RecordDataLayout(47, "NSEC", .name, .typeBitmap),
        RecordDataLayout(48, "DNSKEY", .uint16, .uint8, .algorithm, .base64Rest),
        RecordDataLayout(49, "DHCID", .base64Rest),
        RecordDataLayout(
            50, "NSEC3", .uint8, .uint8, .uint16, .hexCounted, .base32Counted, .typeBitmap),
        RecordDataLayout(51, "NSEC3PARAM", .uint8, .uint8, .uint16, .hexCounted),
        RecordDataLayout(52, "TLSA", .uint8, .uint8, .uint8, .hexRest),
        RecordDataLayout(53, "SMIMEA", .uint8, .uint8, .uint8, .hexRest),
        RecordDataLayout(55, "HIP", .hostIdentity),
        RecordDataLayout(56, "NINFO", .characterStrings),
        RecordDataLayout(57, "RKEY", .uint16, .uint8, .algorithm, .base64Rest),
        RecordDataLayout(58, "TALINK", .name, .name),
        RecordDataLayout(59, "CDS", .uint16, .algorithm, .uint8, .hexRest),
        RecordDataLayout(60, "CDNSKEY", .uint16, .uint8, .algorithm, .base64Rest),
        RecordDataLayout(61, "OPENPGPKEY", .base64Rest),
        RecordDataLayout(62, "CSYNC", .uint32, .uint16, .typeBitmap),
        RecordDataLayout(63, "ZONEMD", .uint32, .uint8, .uint8, .hexRest),
        RecordDataLayout(64, "SVCB", .uint16, .name, .serviceParameters),
        RecordDataLayout(65, "HTTPS", .uint16, .name, .serviceParameters),
        RecordDataLayout(66, "DSYNC", .recordType, .syncScheme, .uint16, .name),
        RecordDataLayout(67, "HHIT", .base64Rest),
        RecordDataLayout(68, "BRID", .base64Rest),
        RecordDataLayout(99, "SPF", .characterStrings),
        RecordDataLayout(104, "NID", .uint16, .nodeIdentifier),
        RecordDataLayout(105, "L32", .uint16, .ipv4),
        RecordDataLayout(106, "L64", .uint16, .nodeIdentifier),
        RecordDataLayout(107, "LP", .uint16, .name),
        RecordDataLayout(108, "EUI48", .eui48),
        RecordDataLayout(109, "EUI64", .eui64),
        RecordDataLayout(256, "URI", .uint16, .uint16, .quotedRest),
        RecordDataLayout(257, "CAA", .uint8, .tag, .quotedRest),
        RecordDataLayout(258, "AVC", .characterStrings),
        RecordDataLayout(260, "AMTRELAY", .relay),
        RecordDataLayout(261, "RESINFO", .characterStrings),
        RecordDataLayout(262, "WALLET", .characterStrings),
    ]

    /// For each number the index of its row, or -1.
    private static let rowOfNumber: [Int16] = {
        var index = [Int16](repeating: -1, count: 263)
        for (row, layout) in rows.enumerated() { index[Int(layout.type.rawValue)] = Int16(row) }
        return index
    }()
}

extension RecordType: CustomStringConvertible {
    /// Mnemonics that only a question or a message's pseudo-records use.
    private static let metaMnemonics: [(RecordType, String)] = [
        (.opt, "OPT"), (.tkey, "TKEY"), (.tsig, "TSIG"), (.ixfr, "IXFR"), (.axfr, "AXFR"),
        (.mailb, "MAILB"), (.maila, "MAILA"), (.any, "ANY"),
    ]

    /// The mnemonic, or `TYPE` and the number (RFC 3597, section 5).
    public var description: String {
        if let layout = RecordDataLayout.of(self) { return layout.mnemonic }
        return Self.metaMnemonics.first { $0.0 == self }?.1 ?? "TYPE\(rawValue)"
    }

    /// Reads a mnemonic in any case, or `TYPE65280`.
    public init?(_ text: some StringProtocol) {
        let capitals = text.uppercased()
        if let number = Self.mnemonics[capitals] {
            self.init(rawValue: number)
        } else if capitals.hasPrefix("TYPE"), let number = UInt16(capitals.dropFirst(4)),
            !capitals.dropFirst(4).hasPrefix("+")
        {
            self.init(rawValue: number)
        } else {
            return nil
        }
    }

    private static let mnemonics: [String: UInt16] = {
        var numbers: [String: UInt16] = [:]
        for layout in RecordDataLayout.rows { numbers[layout.mnemonic] = layout.type.rawValue }
        for (type, mnemonic) in metaMnemonics { numbers[mnemonic] = type.rawValue }
        return numbers
    }()
}
