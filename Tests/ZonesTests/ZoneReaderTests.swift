// The zone file format: directives, defaults, parentheses and the rest of RFC 1035, section 5.1;
// and that all mistakes are reported together, each with its place.

import DNSWire
import Testing
import Zones

/// The records of `text` without the SOA, as printed.
private func records(
    _ text: String, origin: String = "example.", files: [String: String] = [:]
) throws -> [String] {
    let reading = try reading(text, origin: origin, files: files)
    guard let zone = reading.zone else { throw TestFault(mistakes: reading.mistakes) }
    return zone.masterFile.split(separator: "\n").dropFirst().map(String.init)
}

@Test(
    "what an entry may leave out, and how it may be written",
    arguments: [
        ("a 5 IN A 192.0.2.1", ["a.example. 5 IN A 192.0.2.1"]),
        ("a IN 5 A 192.0.2.1", ["a.example. 5 IN A 192.0.2.1"]),
        ("a 5 A 192.0.2.1", ["a.example. 5 IN A 192.0.2.1"]),
        ("a in 1m a 192.0.2.1", ["a.example. 60 IN A 192.0.2.1"]),
        ("a CLASS1 1w2d3h4m5s TYPE1 192.0.2.1", ["a.example. 788645 IN A 192.0.2.1"]),
        (
            "$TTL 1h\na A 192.0.2.1\na 5 A 192.0.2.2\nb A 192.0.2.3",
            [
                "a.example. 5 IN A 192.0.2.1", "a.example. 5 IN A 192.0.2.2",
                "b.example. 3600 IN A 192.0.2.3",
            ]
        ),
        (
            "a 5 A 192.0.2.1\nb A 192.0.2.2",
            ["a.example. 5 IN A 192.0.2.1", "b.example. 5 IN A 192.0.2.2"]
        ),
        (
            "a 5 A 192.0.2.1\n  AAAA ::1\n\tTXT x",
            [
                "a.example. 5 IN A 192.0.2.1", "a.example. 5 IN TXT \"x\"",
                "a.example. 5 IN AAAA ::1",
            ]
        ),
        (
            "@ 5 TXT @\n; comment\n   ; comment\n\n \t \n TXT b;comment",
            ["example. 5 IN TXT \"@\"", "example. 5 IN TXT \"b\""]
        ),
        (
            "a 5 A 192.0.2.1\r\n\r\n  TXT \"x\"\r\n",
            ["a.example. 5 IN A 192.0.2.1", "a.example. 5 IN TXT \"x\""]
        ),
        (
            "a ( 5 ; five\n IN\nTXT ( x\n) y ) ; end\nb A 192.0.2.1",
            ["a.example. 5 IN TXT \"x\" \"y\"", "b.example. 5 IN A 192.0.2.1"]
        ),
        ("( a 5 A\n192.0.2.1 )", ["a.example. 5 IN A 192.0.2.1"]),
        (
            "A\\.b\\032c\\$ 5 TXT \"x;(y\" z\\\"",
            ["A\\.b\\032c\\$.example. 5 IN TXT \"x;(y\" \"z\\\"\""]
        ),
        ("\\064 5 A 192.0.2.1", ["\\@.example. 5 IN A 192.0.2.1"]),
        (
            "$ORIGIN x\na 5 NS b\n$ORIGIN y.example.\n@ 5 NS @\n$ORIGIN z\nb 5 NS .",
            [
                "a.x.example. 5 IN NS b.x.example.", "y.example. 5 IN NS y.example.",
                "b.z.y.example. 5 IN NS .",
            ]
        ),
        (
            "example. 5 MX 10 mail\nwww.EXAMPLE. 5 A 192.0.2.1",
            ["example. 5 IN MX 10 mail.example.", "www.example. 5 IN A 192.0.2.1"]
        ),
        (
            "a 5 A 192.0.2.1\nA 5 A 192.0.2.1\na 5 MX 1 x.\na 5 MX 1 X.",
            ["a.example. 5 IN A 192.0.2.1", "a.example. 5 IN MX 1 x."]
        ),
        ("a 5 TXT x\na 5 TXT X", ["a.example. 5 IN TXT \"x\"", "a.example. 5 IN TXT \"X\""]),
    ])
func entries(_ text: String, _ expected: [String]) throws {
    #expect(try records(text) == expected)
}

@Test(
    "$GENERATE as BIND has it",
    arguments: [
        (
            "$GENERATE 1-3 host-$ 5 A 10.0.0.$",
            ["host-1 A 10.0.0.1", "host-2 A 10.0.0.2", "host-3 A 10.0.0.3"]
        ),
        (
            "$GENERATE 0-4/2 a$ IN 5 A 10.0.0.$",
            ["a0 A 10.0.0.0", "a2 A 10.0.0.2", "a4 A 10.0.0.4"]
        ),
        ("$GENERATE 9-10 a${0,3} 5 A 10.0.0.${-9}", ["a009 A 10.0.0.0", "a010 A 10.0.0.1"]),
        ("$GENERATE 10-10 ${0,4,x}.${0,0,o}.${1,2,X} 5 TXT a$$b\\$", ["000a.12.0B TXT \"a$b$\""]),
        (
            "$GENERATE 0-2 a${-2,3,d}.${-2,3,x}.${-2,3,o} 5 TXT ${-2,3,N}",
            [
                "a-02.fffffffe.37777777776 TXT \"E.F.F.F.F.F.F.F\"",
                "a-01.ffffffff.37777777777 TXT \"F.F.F.F.F.F.F.F\"", "a000.000.000 TXT \"0.0\"",
            ]
        ),
        ("$GENERATE 26-26 ${0,3,n}.${0,5,N} 5 TXT x", ["a.1.A.1.0 TXT \"x\""]),
        ("$GENERATE 1-1 a$ 5 MX \"10 mail$\"", ["a1 MX 10 mail1.example."]),
        ("$GENERATE 1-1 a$ 5 SRV 0 0 80 b$", ["a1 SRV 0 0 80 b1.example."]),
        ("$GENERATE 1-1 a$ 5 TXT \"\\\"x $\\\"\" ; comment", ["a1 TXT \"x 1\""]),
    ])
func generate(_ text: String, _ expected: [String]) throws {
    let made = try records(text).map { $0.replacing(".example. 5 IN ", with: " ") }
    #expect(made == expected)
}

@Test("$INCLUDE reads another file, and restores origin and owner")
func include() throws {
    let text = """
        a 5 A 192.0.2.1
        $INCLUDE "one" sub
          TXT after
        b A 192.0.2.2
        """
    let files = [
        "one": "@ A 192.0.2.3\n$ORIGIN other.example.\nx A 192.0.2.4\n$INCLUDE two",
        "two": "y A 192.0.2.5",
    ]
    let reading = try reading(text, files: files)
    #expect(reading.files == ["zone", "one", "two"])
    #expect(
        try records(text, files: files) == [
            "a.example. 5 IN A 192.0.2.1", "a.example. 5 IN TXT \"after\"",
            "sub.example. 5 IN A 192.0.2.3",
            "x.other.example. 5 IN A 192.0.2.4", "y.other.example. 5 IN A 192.0.2.5",
            "b.example. 5 IN A 192.0.2.2",
        ])
}

@Test(
    "mistakes, each with its place",
    arguments: [
        (
            "a 5 A 10.0.0\nb 5 A 10.0.0.1\n c A x\nd 5 AAAA\n",
            [
                "zone:1:7: \"10.0.0\" is not an IPv4 address",
                "zone:3:2: \"c\" is not a record type",
                "zone:4:9: an IPv6 address is missing",
            ]
        ),
        (
            "  A 10.0.0.1\n$NOSUCH\nx 5\n\"x\" 5 A 10.0.0.1\nx 5 NOSUCH y\nx 5 ANY y\nx 5 CH TXT y",
            [
                "zone:1:3: the first record needs an owner",
                "zone:2:1: \"$NOSUCH\" is not a directive",
                "zone:3:4: the record's type is missing", "zone:4:1: an owner cannot be quoted",
                "zone:5:5: \"NOSUCH\" is not a record type", "zone:6:5: ANY cannot be in a zone",
                "zone:7:5: the class \"CH\" is not IN",
            ]
        ),
        (
            "x 5 5 A 10.0.0.1\nx IN IN A 10.0.0.1\nx 5x A 10.0.0.1\nx 2147483648 A 10.0.0.1\n$TTL x\n$TTL\n$TTL 1 2",
            [
                "zone:1:5: the TTL is given twice", "zone:2:6: the class is given twice",
                "zone:3:3: \"5x\" is not a TTL",
                "zone:5:6: \"x\" is not a TTL", "zone:6:5: the directive needs an argument",
                "zone:7:8: \"2\" is more than the directive can have",
            ]
        ),
        (
            "x.test. 5 A 10.0.0.1\n A 10.0.0.2\nexample 5 TXT \"a\ny 5 TXT b)\nz 5 TXT \u{1} c\nz 5 TXT a\\",
            [
                "zone:1:1: \"x.test.\" is not in the zone",
                "zone:3:15: this quoted string does not end on its line",
                "zone:4:10: there is no open parenthesis to close",
                "zone:5:9: a control byte must be written as \\001",
                "zone:6:9: a backslash must be followed by a character or by three digits up to 255",
            ]
        ),
        ("x 5 TXT ( a\ny 5 TXT b\n", ["zone:1:9: this parenthesis is never closed"]),
        (
            "x 5 MX ( 1\n a\ny 5 A 10.0.0.1\n)\nz 5 A ( 10.0.0.1 10.0.0.2 )\n",
            [
                "zone:3:1: \"y\" is more than the record's data can have; its parenthesis was "
                    + "opened on line 1",
                "zone:5:18: \"10.0.0.2\" is more than the record's data can have",
            ]
        ),
        (
            "\u{FEFF}x 5 A 10.0.0.1",
            ["zone:1:1: the file begins with a byte order mark; save it without one"]
        ),
        (
            "a..b 5 A 10.0.0.1\n\(String(repeating: "x", count: 64)) 5 A 10.0.0.1\n$ORIGIN a..b\n$ORIGIN \"a\"",
            [
                "zone:1:1: \"a..b\" has an empty label",
                "zone:2:1: \"\(String(repeating: "x", count: 64))\" has a label of more than 63 octets",
                "zone:3:9: \"a..b\" has an empty label", "zone:4:9: \"a\" is not a domain name",
            ]
        ),
        (
            "a 5 CNAME b\na 5 A 10.0.0.1\nb 5 CNAME c\nb 5 CNAME d\nc 5 DNAME x.\nc 5 DNAME y.\n",
            [
                "zone:2:1: a.example. has a CNAME record and other records",
                "zone:4:1: b.example. can have only one CNAME record, and this is another",
                "zone:6:1: c.example. can have only one DNAME record, and this is another",
            ]
        ),
        (
            "@ 5 SOA a b 1 2 3 4 5\n@ 5 SOA a b 2 2 3 4 5\nx 5 SOA a b 1 2 3 4 5",
            [
                "zone:2:1: example. can have only one SOA record, and this is another",
                "zone:3:1: a SOA record is only allowed at the zone's apex",
            ]
        ),
        (
            "d 5 DNAME x.\na.d 5 A 10.0.0.1\nc 5 NS x.\nc 5 DNAME y.\n*.w 5 NS x.",
            [
                "zone:2:1: a.d.example. is below the DNAME record of d.example.",
                "zone:4:1: c.example. is delegated and cannot have a DNAME record",
                "zone:5:1: a wildcard cannot be delegated",
            ]
        ),
        (
            "$GENERATE 1-2 a$ A\n$GENERATE 2-1 a A 10.0.0.1\n$GENERATE 1-3 a$ 5 A 10.0.0.x$\n$GENERATE 1-2 ${x} 5 A 1\n$GENERATE 0-65536 a 5 A 1",
            [
                "zone:1:19: the directive needs an argument",
                "zone:2:11: \"2-1\" is not a range such as 1-10 or 0-100/5",
                "zone:3:1: \"10.0.0.x1\" is not an IPv4 address",
                "zone:4:15: \"${x}\" is not a template",
                "zone:5:11: more than 65536 records would be generated",
            ]
        ),
        (
            "$INCLUDE missing\n$INCLUDE\n$INCLUDE bad\n$INCLUDE bad a..b\n$INCLUDE loop\nx 5 A x",
            [
                "zone:1:10: cannot include \"missing\": no such file",
                "zone:2:9: the directive needs an argument",
                "zone:4:14: \"a..b\" has an empty label", "zone:6:7: \"x\" is not an IPv4 address",
                "bad:2:9: \"y\" is not an IPv4 address", "loop:1:10: \"loop\" includes itself",
            ]
        ),
    ])
func mistakes(_ text: String, _ expected: [String]) throws {
    let files = ["bad": "a 5 A 10.0.0.1\n  5 \t A y", "loop": "$INCLUDE loop"]
    let reading = try reading(text, files: files)
    #expect(reading.mistakes.map(\.description) == expected)
    #expect(reading.mistakeCount == expected.count)
    #expect(reading.zone == nil)
}

@Test(
    "warnings, each with its place",
    arguments: [
        (
            "a 5 A 10.0.0.1\na 3 A 10.0.0.2\na 4 A 10.0.0.3",
            ["zone:2:1: the TTLs of a.example. A differ; the lowest, 3, is used"]
        ),
        (
            "c 5 NS ns.c\nns.c 5 A 10.0.0.1\nc 5 DS 1 8 9 00\nx.c 5 TXT x\nc 5 TXT y",
            [
                "zone:4:1: x.c.example. TXT is hidden by the delegation of c.example.",
                "zone:5:1: c.example. TXT is hidden by the delegation of c.example.",
            ]
        ),
        ("c 5 NS ns.c\n", ["zone:1:1: ns.c.example., which the NS record names, has no glue"]),
        (
            "@ 5 MX 1 mail\n@ 5 MX 2 alias\n@ 5 MX 3 text\n@ 5 MX 0 .\nalias 5 CNAME x.\ntext 5 TXT x\n_a 5 SRV 0 0 1 gone\n_b 5 SRV 0 0 1 six\nsix 5 AAAA ::1\n@ 5 NS gone",
            [
                "zone:1:1: mail.example., which the MX record names, does not exist",
                "zone:2:1: alias.example., which the MX record names, is an alias",
                "zone:3:1: text.example., which the MX record names, has no address",
                "zone:7:1: gone.example., which the SRV record names, does not exist",
                "zone:10:1: gone.example., which the NS record names, does not exist",
            ]
        ),
        ("a A 10.0.0.1\nb A 10.0.0.2", ["zone:1:1: there is no TTL here or before; 3600 is used"]),
        ("*.w 5 DNAME x.", ["zone:1:1: the meaning of a wildcard's DNAME record is not defined"]),
    ])
func warnings(_ text: String, _ expected: [String]) throws {
    let reading = try reading(text + "\n@ 5 SOA a.test. b.test. 1 2 3 4 5")
    #expect(reading.mistakes.isEmpty)
    #expect(reading.warnings.map(\.description) == expected)
    #expect(reading.zone != nil)
}

@Test("a SOA without a TTL has its MINIMUM, and so have the records after it")
func soaWithoutTTL() throws {
    let reading = try reading("@ SOA a. b. 1 2 3 4 77\nx A 10.0.0.1")
    #expect(
        reading.warnings.map(\.description) == [
            "zone:1:1: the SOA record has no TTL; its MINIMUM, 77, is used"
        ])
    let zone = try #require(reading.zone)
    #expect(zone.tables.soa.ttl == 77)
    #expect(zone.masterFile.hasSuffix("x.example. 77 IN A 10.0.0.1\n"))
}

@Test("of a thousand mistakes the first hundred are told, and all counted")
func manyMistakes() throws {
    let reading = try reading(String(repeating: "a 5 A x\n", count: 1000))
    #expect(reading.mistakes.count == 100)
    #expect(reading.mistakes.last?.line == 100)
    #expect(reading.mistakeCount == 1000)
}

@Test("files may be included sixteen deep")
func includeDepth() throws {
    func files(_ depth: Int) -> [String: String] {
        var files = ["f\(depth)": "a 5 A 10.0.0.1"]
        for level in 1..<depth { files["f\(level)"] = "$INCLUDE f\(level + 1)" }
        return files
    }
    #expect(try reading("$INCLUDE f1", files: files(16)).zone?.recordCount == 2)
    #expect(
        try reading("$INCLUDE f1", files: files(17)).mistakes.map(\.description) == [
            "f16:1:10: files are included more than 16 deep"
        ])
}

@Test("files that include others many times over are stopped")
func inclusionBound() throws {
    var files: [String: String] = [:]
    for level in 1...15 { files["f\(level)"] = "$INCLUDE f\(level + 1)\n$INCLUDE f\(level + 1)" }
    files["f16"] = "@ 5 TXT x"
    let mistakes = try reading("$INCLUDE f1", files: files).mistakes
    #expect(mistakes.first?.sentence == "more than 4096 files would be included")
}

@Test("duplicates are dropped and counted, in small sets and in large ones")
func duplicates() throws {
    var text = "@ 5 SOA a. b. 1 2 3 4 5\n"
    for number in 0..<500 { text += "a 5 A 10.0.\(number % 250 / 100).\(number % 250)\n" }
    let reading = try reading(text)
    #expect(reading.duplicateCount == 250)
    #expect(reading.zone?.recordCount == 251)
    #expect(reading.warnings.isEmpty)
}

@Test("the fingerprint follows the content alone")
func fingerprint() throws {
    let soa = "@ 5 SOA a. b. 1 2 3 4 5\n"
    let base = try zone(soa + "a 5 A 10.0.0.1\nb 5 A 10.0.0.2").fingerprint
    #expect(
        try zone("B 5 A 10.0.0.2\n a.example. 5 A 10.0.0.1\n".replacing("\n a", with: "\na") + soa)
            .fingerprint == base)
    #expect(try zone(soa + "a 5 A 10.0.0.1\nb 5 A 10.0.0.2\nb 5 A 10.0.0.2").fingerprint == base)
    #expect(try zone(soa + "a 6 A 10.0.0.1\nb 5 A 10.0.0.2").fingerprint != base)
    #expect(try zone(soa + "a 5 A 10.0.0.2\nb 5 A 10.0.0.1").fingerprint != base)
    #expect(try zone(soa + "a 5 A 10.0.0.1\nb 5 A 10.0.0.3").fingerprint != base)
    #expect(try zone(soa + "a 5 A 10.0.0.1").fingerprint != base)
    // Fixed keys: the same in every process.
    let fixed = try zone(soa).fingerprint.description
    #expect(fixed == "83c35b8a0f6a9e9495fb1ed759c755f3")
}
