// Record data in spellings that the printer does not choose, and text that is no data.

import DNSWire
import Testing
import Zones

@Test(
    "other spellings of the same data",
    arguments: [
        ("TXT a b", "TXT \"a\" \"b\""),
        ("TXT \"a\"\"b\"", "TXT \"a\" \"b\""),
        ("TXT a\\032b\\;", "TXT \"a b;\""),
        ("TXT ( a ; comment\n \"b c\" )", "TXT \"a\" \"b c\""),
        ("TXT \"\"", "TXT \"\""),
        ("AAAA 2001:DB8:0:0::7", "AAAA 2001:db8::7"),
        ("MX 10 @", "MX 10 o."),
        ("MX 10 mail", "MX 10 mail.o."),
        ("NS .", "NS ."),
        ("SOA a b 1 2h 1h30m 2w 0", "SOA a.o. b.o. 1 7200 5400 1209600 0"),
        ("DS 1 RSASHA256 2 01 02\n", "DS 1 8 2 0102"),
        ("DNSKEY 257 3 ECDSAP256SHA256 AQ ID BA==", "DNSKEY 257 3 13 AQIDBA=="),
        ("CERT PGP 0 0 AQIDBA==", "CERT 3 0 0 AQIDBA=="),
        (
            "RRSIG type1 5 2 1 1893456000 0 1 . AA==",
            "RRSIG A 5 2 1 20300101000000 19700101000000 1 . AA=="
        ),
        ("NSEC n TYPE1 NS A", "NSEC n.o. A NS"),
        ("NSEC n TYPE65280", "NSEC n.o. TYPE65280"),
        ("NSEC3 1 0 0 - 00 A", "NSEC3 1 0 0 - 00 A"),
        ("LOC 1 N 2 W 3", "LOC 1 0 0.000 N 2 0 0.000 W 3.00m 1.00m 10000.00m 10.00m"),
        (
            "LOC 1 2 S 3 4 E -5.5m 20m 30m 40m",
            "LOC 1 2 0.000 S 3 4 0.000 E -5.50m 20.00m 30.00m 40.00m"
        ),
        (
            "LOC 90 N 180 E 0m 0.09m 90000000m",
            "LOC 90 0 0.000 N 180 0 0.000 E 0.00m 0.09m 90000000.00m 10.00m"
        ),
        (
            "LOC \\# 16 0003161380000000800000000098bd00",
            "LOC \\# 16 0003161380000000800000000098bd00"
        ),
        ("APL", "APL \\# 0"),
        ("APL \\# 0", "APL \\# 0"),
        ("APL !1:0.0.0.0/0", "APL !1:0.0.0.0/0"),
        ("CAA 128 issue ;", nil),
        ("CAA 128 issue \"\"", "CAA 128 issue \"\""),
        ("CAA 0 iodef mailto:x@example.com", "CAA 0 iodef \"mailto:x@example.com\""),
        ("TYPE65280 \\# 3 ab cd ef", "TYPE65280 \\# 3 abcdef"),
        ("TYPE65280 \\# 0", "TYPE65280 \\# 0"),
        ("TYPE1 \\# 4 0a000007", "A 10.0.0.7"),
        ("TYPE1 10.0.0.7", "A 10.0.0.7"),
        // RFC 9460, appendix D.2.
        ("SVCB 0 foo.example.com.", "SVCB 0 foo.example.com."),
        ("SVCB 1 .", "SVCB 1 ."),
        ("SVCB 16 foo. port=53", "SVCB 16 foo. port=53"),
        ("SVCB 1 foo. key667=hello", "SVCB 1 foo. key667=\"hello\""),
        ("SVCB 1 foo. key667=\"hello\\210qoo\"", "SVCB 1 foo. key667=\"hello\\210qoo\""),
        (
            "SVCB 16 foo. (alpn=h2,h3-19 mandatory=ipv4hint,alpn\n ipv4hint=192.0.2.1)",
            "SVCB 16 foo. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1"
        ),
        (
            "SVCB 16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"",
            "SVCB 16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\""
        ),
        (
            "SVCB 16 foo. alpn=f\\\\\\092oo\\092,bar,h2",
            "SVCB 16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\""
        ),
        (
            "HTTPS 1 . alpn=h3 no-default-alpn ech=AQI= dohpath=/q{?dns}",
            "HTTPS 1 . alpn=\"h3\" no-default-alpn ech=AQI= dohpath=\"/q{?dns}\""
        ),
        ("SVCB 1 . key1=\\002h2", "SVCB 1 . alpn=\"h2\""),
        ("SVCB 1 . ohttp key65534", "SVCB 1 . ohttp key65534"),
        ("NID 1 14:0:ff20:1", "NID 1 0014:0000:ff20:0001"),
        ("IPSECKEY 10 0 0 .", "IPSECKEY 10 0 0 ."),
        ("IPSECKEY 10 0 2 . AQ ==", "IPSECKEY 10 0 2 . AQ=="),
        ("IPSECKEY 10 2 2 2001:db8::1 AQ==", "IPSECKEY 10 2 2 2001:db8::1 AQ=="),
        ("IPSECKEY 10 3 2 gw AQ==", "IPSECKEY 10 3 2 gw.o. AQ=="),
        ("HIP 2 AB12 AQ==", "HIP 2 ab12 AQ=="),
        ("HIP 2 AB12 AQ== a b.", "HIP 2 ab12 AQ== a.o. b."),
        ("AMTRELAY 10 0 0 .", "AMTRELAY 10 0 0 ."),
        ("AMTRELAY 10 1 1 192.0.2.1", "AMTRELAY 10 1 1 192.0.2.1"),
        ("AMTRELAY 10 0 3 relay", "AMTRELAY 10 0 3 relay.o."),
        ("DSYNC CSYNC notify 5300 a", "DSYNC CSYNC 1 5300 a.o."),
        (
            "NSEC a. HIP IPSECKEY AMTRELAY TYPE66 HHIT BRID",
            "NSEC a. IPSECKEY HIP DSYNC HHIT BRID AMTRELAY"
        ),
    ])
func otherSpellings(_ text: String, _ printed: String?) throws {
    guard let printed else {
        #expect(throws: ZoneRecordError.self) { try record(text) }
        return
    }
    let first = try record(text)
    #expect(first.description == "o. 60 IN " + printed)
    #expect(try ZoneRecord(first.description) == first)
}

private func record(_ text: String) throws -> ZoneRecord {
    try ZoneRecord("o. 60 IN " + text, origin: try Name(text: "o."))
}

@Test(
    "text that is no data of its type",
    arguments: [
        "A", "A 10.0.0", "A 10.0.0.256", "A 10.0.0.01", "A ::1", "A 10.0.0.7 x", "A \"10.0.0.7\"",
        "AAAA 10.0.0.7", "AAAA 1::2::3", "MX mail", "MX 65536 a", "MX -1 a", "MX 1", "NS",
        "NS a..b",
        "NS .a", "NS a\\", "NS a\\25", "NS a\\256", "TXT", "SOA a b 1 2 3 4", "SOA a b 1 2 3 4 5x",
        "SOA a b 1 2 3 4 1h30", "DS 1 8 2", "DS 1 8 2 0", "DS 1 8 2 xx", "DNSKEY 1 3 8 A",
        "DNSKEY 1 3 8 AQ=", "DNSKEY 1 3 8 AQ==AQ==", "DNSKEY 1 3 8 AR==", "DNSKEY 1 3 8 =AAA",
        "DNSKEY 1 3 NOSUCH AQ==", "CERT NOSUCH 0 0 AQ==", "RRSIG A 8 2 1 20301301000000 0 1 . AA==",
        "RRSIG A 8 2 1 20300229000000 0 1 . AA==", "NSEC n NOSUCH", "NSEC3 1 0 0 - - A",
        "NSEC3 1 0 0 abc 00 A", "NSEC3 1 0 0 - 0w A", "NSEC3 1 0 0 - 01 A", "LOC 91 N 0 E 0",
        "LOC 90 1 N 0 E 0", "LOC 1 60 N 0 E 0", "LOC 1 X 0 E 0", "LOC 1 N 2 E",
        "LOC 1 N 2 E 1.234m",
        "LOC 1 N 2 E 0m 90000001m", "APL 3:1/2", "APL 1:192.0.2.0/33", "APL 1:::1/3",
        "APL 1:192.0.2.0",
        "APL x", "CAA 0 is-sue x", "CAA 256 issue x", "CAA 0 \"\" x", "EUI48 00-00-5e-00-53",
        "EUI48 00:00:5e:00:53:2a", "EUI64 00-00-5e-00-53-2a", "NID 1 0:0:0", "NID 1 0:0:0:0:0",
        "NID 1 :0:0:0", "NID 1 00000:0:0:0",
        "NID 1 00144fffff20ee64",
        "URI 1 1", "HINFO a", "TYPE65280 x", "TYPE65280 \\# 1", "TYPE65280 \\# 1 abcd",
        "TYPE65280 \\# 1 a", "TYPE65280 \\# x ab", "TYPE65280 \\#", "TYPE65280 \\# 65536 00",
        "A \\# 3 0a0000", "A \\# 5 0a00000000", "NS \\# 2 c00c", "TXT \\# 2 02ff",
        "TYPE65536 \\# 0",
        "IPSECKEY 10 0 2 .", "IPSECKEY 10 0 2 a AQ==", "IPSECKEY 10 1 2 ::1 AQ==",
        "IPSECKEY 10 4 2 . AQ==", "IPSECKEY 10 1 2 192.0.2.1 x", "IPSECKEY \\# 3 000001",
        "IPSECKEY \\# 4 00040000", "HIP 2 - AQ==", "HIP 2 AB", "HIP 2 AB x", "HIP \\# 5 0002000120",
        "HIP \\# 6 010200002000", "AMTRELAY 10 2 0 .", "AMTRELAY 10 0 0 a", "AMTRELAY 10 0 1 ::1",
        "AMTRELAY \\# 3 0a0000", "AMTRELAY \\# 2 0a04", "DSYNC CDS SEND 1 a", "DSYNC CDS 256 1 a",
        "NSEC \\# 4 00000100", "NSEC \\# 3 000000", "APL \\# 5 0001180100",
        // RFC 9460, appendix D.3.
        "SVCB 1 foo. key123=abc key123=def", "SVCB 1 foo. mandatory", "SVCB 1 foo. alpn",
        "SVCB 1 foo. port", "SVCB 1 foo. ipv4hint", "SVCB 1 foo. ipv6hint",
        "SVCB 1 foo. no-default-alpn=abc", "SVCB 1 foo. mandatory=key123",
        "SVCB 1 foo. mandatory=mandatory",
        "SVCB 1 foo. mandatory=key123,key123 key123=abc", "SVCB 1 foo. no-default-alpn",
        "SVCB 1 foo. port=65536", "SVCB 1 foo. port=5x", "SVCB 1 foo. ipv4hint=::1",
        "SVCB 1 foo. alpn=h2,,h3", "SVCB 1 foo. alpn=\"\"", "SVCB 1 foo. key65535=x",
        "SVCB 1 foo. key01=x", "SVCB 1 foo. nosuch=x", "SVCB 1 foo. ALPN=h2", "SVCB 1 foo. ech=A",
        "SVCB 1 foo. \"port=53\"", "SVCB \\# 9 0001000003000100",
        "SVCB \\# 15 000100000300020035000100030268",
    ])
func noData(_ text: String) {
    #expect(throws: ZoneRecordError.self) { try record(text) }
}

@Test("a string of 255 octets is one, of 256 is none; data of 65536 octets are too long")
func limits() throws {
    let octets = String(repeating: "x", count: 255)
    #expect(try record("TXT \(octets)").data.count == 256)
    let error = #expect(throws: ZoneRecordError.self) { try record("TXT \(octets)x") }
    #expect(error?.description == "14: a string is longer than 255 bytes")
    let most = String(repeating: " \(octets)", count: 255)
    #expect(try record("TXT\(most) \(octets.dropLast(2))").data.count == 65280 + 254)
    #expect(throws: ZoneRecordError.self) { try record("TXT\(most) \(octets) a") }
}

@Test("names of 255 octets and labels of 63 are the longest")
func longNames() throws {
    let label = String(repeating: "x", count: 63)
    let longest = "\(label).\(label).\(label).\(label.dropLast(2))."
    #expect(try record("NS \(longest)").data.count == 255)
    #expect(throws: ZoneRecordError.self) { try record("NS x\(longest)") }
    #expect(throws: ZoneRecordError.self) { try record("NS x\(label).") }
}
