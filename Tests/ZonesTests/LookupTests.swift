// The look-up, one row per rule: RFC 1034, section 4.3.2; RFC 4592; RFC 6672; RFC 8020; RFC 2308.

import DNSWire
import Testing
import Zones

/// A question and its answer in the fixture's words.
struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var type: String
    var answer: String

    init(_ name: String, _ type: String, _ answer: String) {
        self.name = name
        self.type = type
        self.answer = answer
    }

    var testDescription: String { "\(name) \(type)" }
}

/// The zone of RFC 4592, section 2.2.1.
private let wildcardZone = """
    $ORIGIN example.
    example.                 3600 IN  SOA   ns.example.com. admin.example. 1 3600 300 86400 60
    example.                 3600     NS    ns.example.com.
    example.                 3600     NS    ns.example.net.
    *.example.               3600     TXT   "this is a wildcard"
    *.example.               3600     MX    10 host1.example.
    sub.*.example.           3600     TXT   "this is not a wildcard"
    host1.example.           3600     A     192.0.2.1
    _ssh._tcp.host1.example. 3600     SRV   0 0 22 host1.example.
    _ssh._tcp.host2.example. 3600     SRV   0 0 22 host1.example.
    subdel.example.          3600     NS    ns.example.com.
    subdel.example.          3600     NS    ns.example.net.
    """

@Test(
    "RFC 4592, section 2.2.1",
    arguments: [
        Row("host3.example.", "MX", "records * MX[10 host1.example.]"),
        Row("host3.example.", "A", "no data *"),
        Row("foo.bar.example.", "TXT", "records * TXT[\"this is a wildcard\"]"),
        Row("host1.example.", "MX", "no data"),
        Row("sub.*.example.", "MX", "no data"),
        Row("_telnet._tcp.host1.example.", "SRV", "no such name"),
        Row(
            "host.subdel.example.", "A",
            "delegation subdel.example. NS[ns.example.com., ns.example.net.]"),
        Row("ghost.*.example.", "MX", "no such name"),
        Row("*.example.", "TXT", "records TXT[\"this is a wildcard\"]"),
        Row("*.EXAMPLE.", "MX", "records MX[10 host1.example.]"),
        Row("*.example.", "A", "no data"),
        Row("host2.example.", "MX", "no data"),
        Row("_tcp.host2.example.", "TXT", "no data"),
        Row("x.host2.example.", "TXT", "no such name"),
        Row("x.example.", "ANY", "all * MX[10 host1.example.] TXT[\"this is a wildcard\"]"),
    ])
func wildcards(_ row: Row) throws {
    #expect(try zone(wildcardZone).ask(row.name, row.type) == row.answer)
}

private let mixedZone = """
    $TTL 300
    @       SOA  ns hostmaster 7 3600 300 86400 60
            NS   ns
    ns      A    192.0.2.1
    www     A    192.0.2.2
            AAAA 2001:db8::2
    alias   CNAME www
    out     CNAME www.example.com.
    sig     CNAME www
            RRSIG CNAME 8 2 300 20300101000000 20260101000000 1 @ AA==
    a.b.c   TXT  deep
    child   NS   ns.child
            NS   ns.elsewhere.test.
            DS   1 8 2 00
    ns.child A   192.0.2.3
    inner.child NS elsewhere.test.
    ns.inner.child A 192.0.2.4
    d       DNAME target.test.
            TXT  "beside a DNAME"
    *.w     CNAME www
    under.w TXT  x
    *.none  TXT  y
    *.star.cut NS2 TYPE65280 \\# 0
    """.replacing("*.star.cut NS2 TYPE65280 \\# 0", with: "*.cut TYPE65280 \\# 0")

@Test(
    "RFC 1034, section 4.3.2",
    arguments: [
        Row("www.example.", "A", "records A[192.0.2.2]"),
        Row("WWW.eXample.", "AAAA", "records AAAA[2001:db8::2]"),
        Row("www.example.", "ANY", "all A[192.0.2.2] AAAA[2001:db8::2]"),
        Row("www.example.", "TXT", "no data"),
        Row("missing.example.", "A", "no such name"),
        Row("x.www.example.", "A", "no such name"),
        Row("example.", "NS", "records NS[ns.example.]"),
        Row("example.", "SOA", "records SOA[ns.example. hostmaster.example. 7 3600 300 86400 60]"),
        Row("example.", "MX", "no data"),
        Row("alias.example.", "A", "alias CNAME[www.example.]"),
        Row("alias.example.", "CNAME", "records CNAME[www.example.]"),
        Row("alias.example.", "ANY", "all CNAME[www.example.]"),
        Row("out.example.", "AAAA", "alias CNAME[www.example.com.]"),
        Row(
            "sig.example.", "RRSIG",
            "records RRSIG[CNAME 8 2 300 20300101000000 20260101000000 1 example. AA==]"),
        Row("sig.example.", "A", "alias CNAME[www.example.]"),
        // Zone cuts: the cut itself, below it, glue below it, and DS, which is the parent's.
        Row(
            "child.example.", "A",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        Row(
            "child.example.", "NS",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        Row(
            "child.example.", "ANY",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        Row("child.example.", "DS", "records DS[1 8 2 00]"),
        Row(
            "x.y.child.example.", "A",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        Row(
            "x.child.example.", "DS",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        // The topmost cut answers; what is below it is another zone's.
        Row(
            "x.inner.child.example.", "A",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        Row(
            "ns.inner.child.example.", "A",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        Row(
            "inner.child.example.", "NS",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        Row(
            "ns.child.example.", "A",
            "delegation child.example. NS[ns.child.example., ns.elsewhere.test.]"),
        // RFC 6672: only names below the owner are redirected.
        Row("d.example.", "TXT", "records TXT[\"beside a DNAME\"]"),
        Row("d.example.", "DNAME", "records DNAME[target.test.]"),
        Row("d.example.", "A", "no data"),
        Row("x.d.example.", "A", "dname d.example. DNAME[target.test.]"),
        Row("x.y.d.example.", "DNAME", "dname d.example. DNAME[target.test.]"),
        // RFC 8020: an empty non-terminal exists.
        Row("c.example.", "A", "no data"),
        Row("b.c.example.", "ANY", "no data"),
        Row("x.b.c.example.", "A", "no such name"),
        // RFC 4592, section 3.3.3: an alias from a wildcard.
        Row("x.w.example.", "A", "alias * CNAME[www.example.]"),
        Row("x.y.w.example.", "A", "alias * CNAME[www.example.]"),
        Row("x.under.w.example.", "A", "no such name"),
        Row("w.example.", "A", "no data"),
        Row("x.none.example.", "A", "no data *"),
        Row("x.cut.example.", "TYPE65280", "records * TYPE65280[\\# 0]"),
    ])
func rules(_ row: Row) throws {
    #expect(try zone(mixedZone).ask(row.name, row.type) == row.answer)
}

private let registryZone = """
    $TTL 10
    myregistry                    A     10.0.0.7
    myregistry.westeurope.data    A     10.0.0.8
    *                             TXT   "catch all"
    Other.northeurope.data        A     10.0.0.9
    """

@Test(
    "RFC 8020: a data endpoint makes data exist, and a wildcard at the apex stops there",
    arguments: [
        Row("data.privatelink.azurecr.io.", "A", "no data"),
        Row("westeurope.data.privatelink.azurecr.io.", "A", "no data"),
        Row("myregistry.northeurope.data.privatelink.azurecr.io.", "TXT", "no such name"),
        Row("x.data.privatelink.azurecr.io.", "TXT", "no such name"),
        Row("x.y.privatelink.azurecr.io.", "TXT", "records * TXT[\"catch all\"]"),
        Row("x.myregistry.privatelink.azurecr.io.", "TXT", "no such name"),
        Row("myregistry.westeurope.data.privatelink.azurecr.io.", "A", "records A[10.0.0.8]"),
    ])
func emptyNonTerminals(_ row: Row) throws {
    let zone = try zone(registryZone, origin: "privatelink.azurecr.io.")
    #expect(try zone.ask(row.name, row.type) == row.answer)
}

@Test("names with records are known by their leftmost label, wildcards and the apex are not")
func leftmostLabels() throws {
    let zone = try zone(registryZone, origin: "privatelink.azurecr.io.")
    let expected: [(String, Bool)] = [
        ("myregistry.northeurope.data", true), ("myregistry", true), ("MYREGISTRY.x", true),
        ("other.data", true), ("oTher", true), ("data.x", false), ("westeurope", false),
        ("*.x", false), ("*", false), ("missing", false),
    ]
    for (name, isOwned) in expected {
        let name = try Name(text: "\(name).privatelink.azurecr.io.")
        #expect(withBuffer(name) { zone.tables.hasRecordsWithLeftmostLabel(of: $0) } == isOwned)
    }
    #expect(!withBuffer(zone.origin) { zone.tables.hasRecordsWithLeftmostLabel(of: $0) })
}

@Test("what exists: records, empty non-terminals, what a wildcard or a delegation covers")
func existence() throws {
    let zone = try zone(mixedZone)
    let expected: [(String, Bool)] = [
        ("example.", true), ("c.example.", true), ("x.w.example.", true),
        ("x.child.example.", true),
        ("x.d.example.", true), ("x.example.", false), ("x.b.c.example.", false),
    ]
    for (name, exists) in expected {
        #expect(withBuffer(try Name(text: name)) { zone.tables.exists($0) } == exists)
    }
}

@Test("glue is found below a cut, and no where else than in the zone")
func glue() throws {
    let tables = try zone(mixedZone)
    let found = withBuffer(try Name(text: "NS.child.example.")) {
        tables.tables.glue(of: $0, type: .a)
    }
    #expect(found.map { tables.text(of: $0) } == "A[192.0.2.3]")
    #expect(
        withBuffer(try Name(text: "ns.child.example.")) { tables.tables.glue(of: $0, type: .aaaa) }
            == nil)
    #expect(
        withBuffer(try Name(text: "www.example.com.")) { tables.tables.glue(of: $0, type: .a) }
            == nil)
    #expect(withBuffer(.root) { tables.tables.glue(of: $0, type: .a) } == nil)
}

@Test("RFC 2308, section 5: a negative answer lives for the smaller of the SOA's TTL and MINIMUM")
func negativeTTL() throws {
    #expect(try zone("@ 100 SOA a b 1 2 3 4 60").tables.negativeTTL == 60)
    #expect(try zone("@ 30 SOA a b 9 2 3 4 60").tables.negativeTTL == 30)
    #expect(try zone("@ 30 SOA a b 9 2 3 4 60").serial == 9)
}

@Test("the stand-in for a missing SOA is Azure's")
func defaultSOA() throws {
    let reading = try reading("www 5 A 192.0.2.1")
    let zone = try #require(reading.zone)
    #expect(reading.warnings.map(\.line) == [1])
    #expect(
        try zone.ask("example.", "SOA")
            == "records SOA[azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 3600 300 2419200 10]"
    )
    #expect(zone.tables.soa.ttl == 3600)
    #expect(zone.tables.negativeTTL == 10)
}

@Test("an owner is given as spelled, an empty non-terminal that gets records included")
func spelling() throws {
    let zone = try zone("a.MiXed 5 A 192.0.2.1\nmIXED 5 A 192.0.2.2\nA.mixed 5 TXT x\n")
    var spelled: [String] = []
    var buffer = NameBuffer(hasher: hasher)
    var next: ZoneNode? = zone.tables.apex
    while let node = next {
        zone.tables.copyName(of: node, into: &buffer)
        spelled.append(Name(buffer).description)
        next = zone.tables.node(after: node)
    }
    #expect(spelled == ["example.", "a.MiXed.example.", "mIXED.example."])
}

@Test("a zone at the root, and names of 127 labels")
func depth() throws {
    let deep = String(repeating: "a.", count: 127)
    let zone = try zone("\(deep) 5 A 192.0.2.1\n*.test. 5 A 192.0.2.2\n", origin: ".")
    #expect(try zone.ask(deep, "A") == "records A[192.0.2.1]")
    #expect(try zone.ask(String(repeating: "a.", count: 126), "A") == "no data")
    #expect(try zone.ask("x." + String(repeating: "a.", count: 126), "A") == "no such name")
    #expect(try zone.ask("x.test.", "A") == "records * A[192.0.2.2]")
    #expect(try zone.ask("x.", "A") == "no such name")
    #expect(zone.nameCount == 130)
}
