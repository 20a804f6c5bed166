// Every record type in two spellings, its own and RFC 3597's, against one constant; the constants were made
// by another implementation. A type's row in RecordDataLayout without a row here fails.

import DNSWire
import Testing
import Zones

/// A type's data as the printer spells them, and as octets in hexadecimal.
struct Spelling: Sendable, CustomTestStringConvertible {
    var type: String
    var text: String
    var hex: String

    init(_ type: String, _ text: String, _ hex: String) {
        self.type = type
        self.text = text
        self.hex = hex
    }

    var testDescription: String { "\(type) \(text)" }

    var record: ZoneRecord {
        get throws { try ZoneRecord("owner.test. 60 IN \(type) \(text)") }
    }
}

/// Octets in hexadecimal.
func hexadecimal(_ octets: [UInt8]) -> String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private let spellings: [Spelling] = [
    Spelling("NINFO", #""zs" "x""#, "027a730178"),
    Spelling("RKEY", #"0 3 8 AQIDBA=="#, "0000030801020304"),
    Spelling("TALINK", #"a. b."#, "016100016200"),
    Spelling("AVC", #""app-name:x""#, "0a6170702d6e616d653a78"),
    Spelling("RESINFO", #""qnamemin" "exterr=15""#, "08716e616d656d696e096578746572723d3135"),
    Spelling("WALLET", #""BTC" "x""#, "034254430178"),
    // RFC 4025, 8005, 8777, 9859 and 9886.
    Spelling("IPSECKEY", #"10 1 2 192.0.2.38 AQIDBA=="#, "0a0102c000022601020304"),
    Spelling("HIP", #"2 2001 AQID rvs.example."#, "02020003200101020303727673076578616d706c6500"),
    Spelling("DSYNC", #"CDS 1 5359 x.example."#, "003b0114ef0178076578616d706c6500"),
    Spelling("HHIT", #"AQIDBA=="#, "01020304"),
    Spelling("BRID", #"AQIDBA=="#, "01020304"),
    Spelling("AMTRELAY", #"10 1 2 2001:db8::f"#, "0a8220010db800000000000000000000000f"),
    Spelling("A", #"10.0.0.7"#, "0a000007"),
    Spelling("NS", #"ns1.example.com."#, "036e7331076578616d706c6503636f6d00"),
    Spelling("MD", #"mail.example.com."#, "046d61696c076578616d706c6503636f6d00"),
    Spelling("MF", #"mail.example.com."#, "046d61696c076578616d706c6503636f6d00"),
    Spelling("CNAME", #"www.example.com."#, "03777777076578616d706c6503636f6d00"),
    Spelling(
        "SOA", #"ns.example.com. host\.master.example.com. 2026010101 7200 3600 1209600 300"#,
        "026e73076578616d706c6503636f6d000b686f73742e6d6173746572076578616d706c6503636f6d"
            + "0078c275f500001c2000000e10001275000000012c"),
    Spelling("MB", #"mb.example.com."#, "026d62076578616d706c6503636f6d00"),
    Spelling("MG", #"mg.example.com."#, "026d67076578616d706c6503636f6d00"),
    Spelling("MR", #"mr.example.com."#, "026d72076578616d706c6503636f6d00"),
    Spelling("PTR", #"host.example.com."#, "04686f7374076578616d706c6503636f6d00"),
    Spelling("HINFO", #""Intel" "Linux; x""#, "05496e74656c084c696e75783b2078"),
    Spelling(
        "MINFO", #"a.example.com. b.example.com."#,
        "0161076578616d706c6503636f6d000162076578616d706c6503636f6d00"),
    Spelling("MX", #"10 mail.example.com."#, "000a046d61696c076578616d706c6503636f6d00"),
    Spelling(
        "TXT", #""v=spf1 -all" "a\"b\\c" "\000\255""#,
        "0b763d73706631202d616c6c056122625c630200ff"),
    Spelling(
        "RP", #"mbox.example.com. txt.example.com."#,
        "046d626f78076578616d706c6503636f6d0003747874076578616d706c6503636f6d00"),
    Spelling("AFSDB", #"1 afs.example.com."#, "000103616673076578616d706c6503636f6d00"),
    Spelling("X25", #""311061700956""#, "0c333131303631373030393536"),
    Spelling("ISDN", #""150862028003217" "004""#, "0f31353038363230323830303332313703303034"),
    Spelling("RT", #"10 relay.example.com."#, "000a0572656c6179076578616d706c6503636f6d00"),
    Spelling("NSAP-PTR", #"host.example.com."#, "04686f7374076578616d706c6503636f6d00"),
    Spelling(
        "SIG", #"A 8 2 3600 20300101000000 20260101000000 12345 example.com. AQIDBA=="#,
        "0001080200000e1070dbd8806955b9003039076578616d706c6503636f6d0001020304"),
    Spelling("KEY", #"256 3 8 AQIDBA=="#, "0100030801020304"),
    Spelling(
        "PX", #"10 map822.example.com. mapx400.example.com."#,
        "000a066d6170383232076578616d706c6503636f6d00076d617078343030076578616d706c650363"
            + "6f6d00"),
    Spelling(
        "GPOS", #""-32.6882" "116.8652" "10.0""#,
        "082d33322e36383832083131362e383635320431302e30"),
    Spelling("AAAA", #"2001:db8::7"#, "20010db8000000000000000000000007"),
    Spelling(
        "LOC", #"52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m"#,
        "000016138b3cf018810cbce0009895b8"),
    Spelling(
        "SRV", #"0 5 5060 sip.example.com."#,
        "0000000513c403736970076578616d706c6503636f6d00"),
    Spelling(
        "NAPTR", #"100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" ."#,
        "0064000a0175074532552b7369701b215e2e2a24217369703a696e666f406578616d706c652e636f"
            + "6d2100"),
    Spelling("KX", #"10 kx.example.com."#, "000a026b78076578616d706c6503636f6d00"),
    Spelling("CERT", #"1 12345 8 AQIDBA=="#, "000130390801020304"),
    Spelling("DNAME", #"target.example.com."#, "06746172676574076578616d706c6503636f6d00"),
    Spelling("APL", #"1:192.0.2.0/24 !2:2001:db8::/32"#, "00011803c000020002208420010db8"),
    Spelling(
        "DS", #"12345 8 2 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"#,
        "303908020102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
    Spelling(
        "SSHFP", #"4 2 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"#,
        "04020102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
    Spelling(
        "RRSIG", #"CNAME 8 2 3600 20300101000000 20260101000000 12345 example.com. AQIDBA=="#,
        "0005080200000e1070dbd8806955b9003039076578616d706c6503636f6d0001020304"),
    Spelling(
        "NSEC", #"next.example.com. A MX RRSIG NSEC TYPE1234"#,
        "046e657874076578616d706c6503636f6d000006400100000003041b000000000000000000000000"
            + "000000000000000000000000000020"),
    Spelling("DNSKEY", #"257 3 13 AQIDBA=="#, "0101030d01020304"),
    Spelling(
        "DHCID", #"AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="#,
        "000201636fc0b8271c82825bb1ac5c41cf5351aa69b4febd94e8f17cdb95000da48c40"),
    Spelling(
        "NSEC3", #"1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG"#,
        "0101000c04aabbccdd14174eb2409fe28bcb4887a1836f957f0a8425e27b0006400000000002"),
    Spelling("NSEC3PARAM", #"1 0 12 -"#, "0100000c00"),
    Spelling(
        "TLSA", #"3 1 1 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"#,
        "0301010102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
    Spelling(
        "SMIMEA", #"3 1 1 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"#,
        "0301010102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"),
    Spelling("CDS", #"0 0 0 00"#, "0000000000"),
    Spelling("CDNSKEY", #"0 3 0 AA=="#, "0000030000"),
    Spelling("OPENPGPKEY", #"AQIDBA=="#, "01020304"),
    Spelling("CSYNC", #"66 3 A NS AAAA"#, "000000420003000460000008"),
    Spelling(
        "ZONEMD",
        #"2026010101 1 1 "#
            + #"ababababababababababababababababababababababababababababababababababababababab"#
            + #"ababababababababab"#,
        "78c275f50101abababababababababababababababababababababababababababababababababab"
            + "abababababababababababababab"),
    Spelling(
        "SVCB",
        #"1 svc.example.com. mandatory=alpn alpn="h2,h3" port=8443 "#
            + #"ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 key667="x\000y""#,
        "000103737663076578616d706c6503636f6d00000000020001000100060268320268330003000220"
            + "fb00040008c0000201c00002020006001020010db8000000000000000000000001029b0003780079"),
    Spelling("HTTPS", #"0 svc.example.com."#, "000003737663076578616d706c6503636f6d00"),
    Spelling("SPF", #""v=spf1 -all""#, "0b763d73706631202d616c6c"),
    Spelling("NID", #"10 0014:4fff:ff20:ee64"#, "000a00144fffff20ee64"),
    Spelling("L32", #"10 10.1.2.0"#, "000a0a010200"),
    Spelling("L64", #"10 2001:0db8:1140:1000"#, "000a20010db811401000"),
    Spelling("LP", #"10 l64.example.com."#, "000a036c3634076578616d706c6503636f6d00"),
    Spelling("EUI48", #"00-00-5e-00-53-2a"#, "00005e00532a"),
    Spelling("EUI64", #"00-00-5e-ef-10-00-00-2a"#, "00005eef1000002a"),
    Spelling(
        "URI", #"10 1 "ftp://ftp.example.com/public""#,
        "000a00016674703a2f2f6674702e6578616d706c652e636f6d2f7075626c6963"),
    Spelling(
        "CAA", #"0 issue "ca.example.net; account=1""#,
        "0005697373756563612e6578616d706c652e6e65743b206163636f756e743d31"),
]

@Test("a type's own spelling, its generic spelling, and the printer", arguments: spellings)
func twoSpellings(_ row: Spelling) throws {
    let own = try row.record
    #expect(hexadecimal(own.data) == row.hex)
    let generic = try ZoneRecord(
        "owner.test. 60 IN \(row.type) \\# \(row.hex.utf8.count / 2) \(row.hex)")
    #expect(generic == own)
    let numbered = try ZoneRecord(
        "owner.test. 60 CLASS1 TYPE\(own.type.rawValue) \\# \(row.hex.utf8.count / 2) \(row.hex)")
    #expect(numbered == own)
    let printed = "owner.test. 60 IN \(row.type) \(row.text)"
    #expect(own.description == printed)
    #expect(isWellFormed(own.data, own.type))
}

@Test("data that end early or go on do not have the shape of their type", arguments: spellings)
func wrongShapes(_ row: Spelling) throws {
    let data = try row.record.data
    let type = try row.record.type
    let rest: Set<RecordDataField> = [.quotedRest, .hexRest, .base64Rest, .ipsecKey]
    let layout = try #require(RecordDataLayout.of(type))
    let last = try #require(layout.fields.last)
    if !rest.contains(last) {
        let longer = data + [0xFF]
        #expect(!isWellFormed(longer, type))
        #expect(!isWellFormed(data.dropLast(), type))
        #expect(throws: ZoneRecordError.self) {
            try ZoneRecord("a. 1 \(type) \\# \(longer.count) \(hexadecimal(longer))")
        }
    }
    #expect(isWellFormed([], type) == (type.description == "APL"))
}

private func isWellFormed(_ data: [UInt8], _ type: RecordType) -> Bool {
    RecordDataLayout.isWellFormed(data.span, of: type)
}

@Test("every type with a layout has its two spellings above")
func everyTypeIsSpelled() {
    let spelled = Set(spellings.map(\.type))
    for layout in RecordDataLayout.rows { #expect(spelled.contains(layout.mnemonic)) }
}
