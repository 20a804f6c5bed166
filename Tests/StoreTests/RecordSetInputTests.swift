// Record sets of zones: what no zone can hold is reported by name, and an export is the zone that was listed.

import DNSWire
import Files
import Store
import Testing
import Zones

@Suite struct RecordSetInputTests {
    let bench: ImportBench

    init() throws { bench = try ImportBench() }

    /// Whatever is left out is reported by its name, and is not taken away.
    @Test func thePublicZonesSetsAreTakenOrReported() throws {
        try bench.scratch.write(
            "$TTL 10\n@ SOA a b 7 1 2 3 4\nkey TLSA 3 1 1 00\nalias2 A 10.0.0.1\nold A 10.0.0.2\n",
            to: "example.com.zone")
        let text = try ImportBench.text("public-record-set-list.example.com.json")
        let id = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network"
        let more = """
            , {"id": "\(id)/dnsZones/example.com/A/alias2", "name": "alias2", "ARecords": null, "TTL": 60,
               "targetResource": {"id": "\(id)/publicIPAddresses/ip"}, "type": "Microsoft.Network/dnszones/A"},
              {"id": "\(id)/dnsZones/example.com/A/alias3", "name": "alias3", "TTL": 60,
               "ARecords": [{"ipv4Address": "192.0.2.9"}],
               "targetResource": {"id": "\(id)/publicIPAddresses/ip"}, "type": "Microsoft.Network/dnszones/A"},
              {"id": "\(id)/dnsZones/example.com/TLSA/key", "name": "key", "TTL": 60,
               "TLSARecords": [{"usage": 3}], "type": "Microsoft.Network/dnszones/TLSA"},
              {"id": "\(id)/dnsZones/example.com/CNAME/none", "name": "none", "TTL": 60, "CNAMERecord": null,
               "type": "Microsoft.Network/dnszones/CNAME"}
            ]
            """
        let end = try #require(text.lastIndex(of: "]"))
        let plan = try bench.imported([("f", text[..<end] + more)])
        #expect(
            try bench.records("example.com") == [
                "@ 172800 NS ns1-01.azure-dns.com.", "@ 172800 NS ns2-01.azure-dns.net.",
                "@ 3600 CAA 0 issue \"ca.example.net\"", "alias2 10 A 10.0.0.1",
                "alias3 60 A 192.0.2.9", "child 3600 NS ns.example.net.",
                "key 10 TLSA 3 1 1 00", "www 3600 A 192.0.2.1",
            ])
        for words in [
            "alias.example.com. A is an empty record set",
            "alias2.example.com. A is an alias record set of \(id)/publicIPAddresses/ip, which a zone",
            "alias3.example.com. A is an alias record set of \(id)/publicIPAddresses/ip, whose current",
            "key.example.com. TLSA is left out", "none.example.com. CNAME is an empty record set",
            "example.com. NS, example.com. CAA, child.example.com. NS",
        ] {
            #expect(plan.notes.contains { $0.contains(words) }, "\(words)")
        }
        #expect(plan.notes.count == 6)
    }

    @Test func emptySetsOfAPrivateZoneAreReported() throws {
        let plan = try bench.recorded("record-set-list.corp.internal.json")
        #expect(
            plan.notes.map { $0.split(separator: ": ")[1] } == [
                "empty.corp.internal. TXT is an empty record set and is left out",
                "empty.corp.internal. A is an empty record set and is left out",
            ])
    }

    /// No zone is made for having nothing in it.
    @Test func anEmptySetMakesNoZone() throws {
        let text =
            "[{\"name\":\"x\",\"fqdn\":\"x.corp.internal.\",\"ttl\":60,\"aRecords\":[],"
            + "\"type\":\"Microsoft.Network/privateDnsZones/A\"}]"
        let plan = try bench.imported([("f", text)])
        #expect(plan.edits.isEmpty)
        #expect(plan.notes.count == 1)
    }

    /// A zone's listing, and then its export, which lost the borders of strings and some backslashes.
    @Test func anExportBehindTheListingChangesNothing() throws {
        try bench.recorded("record-set-list.corp.internal.json")
        let text = try bench.scratch.text(of: "corp.internal.zone")
        let records = try bench.records("corp.internal")
        for line in [
            "@ 3600 TXT \"one; two\" \"three \\\"four\\\"\"",
            "umlaut 3600 TXT \"gr\\195\\188\\195\\159e\"",
            "backslash 3600 TXT \"a\\\\b \\\\\\\\c \\\\065 \\\\\\\"d\"",
            "late 3600 MX 1 last.corp.internal.",
            "_sip._tcp 600 SRV 1 5 5060 mail.corp.internal.",
            "25.0.2.10 3600 PTR mail.corp.internal.",
            "forever 2147483647 A 10.2.0.102", "zero 0 A 10.2.0.103", "MixedCase 3600 A 10.2.0.101",
        ] {
            #expect(records.contains(line), "\(line)")
        }
        try bench.recorded("zone-export.corp.internal.zone")
        #expect(try bench.scratch.text(of: "corp.internal.zone") == text)
        // Both at once agree, and what the listing has is taken.
        let other = try ImportBench()
        let plan = try other.recorded(
            "zone-export.corp.internal.zone", "record-set-list.corp.internal.json")
        #expect(plan.conflicts.isEmpty)
        #expect(try other.records("corp.internal") == records)
        // A check finds nothing either.
        var reading = AzureReading()
        try reading.read(try fixture("az/recorded/zone-export.corp.internal.zone"), file: "f")
        let coverage = try CoverageCheck.run(
            on: bench.directory, links: testLinks, against: try bench.plan(reading))
        #expect(coverage.findings.map(\.sentence) == [])
    }

    @Test func anExportByItselfIsTheSameZone() throws {
        let listed = try ImportBench()
        try listed.recorded("record-set-list.corp.internal.json")
        try bench.recorded("zone-export.corp.internal.zone")
        func joined(_ bench: ImportBench) throws -> [String] {
            try bench.records("corp.internal").filter { !$0.hasPrefix("backslash") }
                .map { $0.replacing("\" \"", with: "") }
        }
        #expect(try joined(bench) == joined(listed))
        let content = try #require(try bench.directory.content(of: Name(text: "corp.internal")))
        let start = try #require(content.text.split(separator: "\n").first)
        #expect(
            start
                == "corp.internal. 3600 IN SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. "
                + "42 3600 300 2419200 300")
    }

    @Test func aLongTextOfAnExportIsSplit() throws {
        try bench.recorded("zone-export.corp.internal.zone")
        let long = try bench.records("corp.internal").first { $0.hasPrefix("long ") }
        let strings = try #require(long).split(separator: "\"").filter {
            $0.contains("k") || $0.contains("l")
        }
        #expect(strings.dropFirst().map(\.count) == [255, 145])
    }

    /// What is exported reads back, and az's import finds in it what it has a spelling for.
    @Test func anExportIsSpelledForAz() throws {
        let text = #"""
            $TTL 10
            @ SOA a. b. 1 2 3 4 5
            mapped AAAA ::ffff:10.0.0.1
            umlaut TXT "gr\195\188n" "\255"
            letters TXT "gr\195\188n"
            quote TXT "a\"b"
            back TXT "a\\b"
            none TXT ""
            web HTTPS 1 .
            child NS ns.example.
            odd\@name A 10.0.0.1
            cut CNAME x\@y.example.
            plain A 10.0.0.2

            """#
        let zone = try content(text, origin: "corp.internal")
        let exported = String(decoding: zone.exportedText, as: UTF8.self)
        #expect(exported.contains("mapped.corp.internal. 10 IN AAAA ::ffff:a00:1\n"))
        #expect(exported.contains("letters.corp.internal. 10 IN TXT \"grün\"\n"))
        let again = try content(exported, origin: "corp.internal")
        #expect(ZoneDifference(before: zone, after: again).isEmpty)
        let names = zone.azureImportWarnings.compactMap { $0.split(separator: ":").first }
        #expect(
            names.map { $0.replacing(".corp.internal.", with: "") } == [
                "back TXT", "child NS", "cut CNAME", "none TXT", #"odd\@name A"#, "quote TXT",
                "umlaut TXT", "web HTTPS",
            ])
    }

    /// Of two spellings of one key the one that has a value counts.
    @Test func nullIsNoValue() throws {
        try bench.recorded("rest-all.json")
        let content = try #require(try bench.directory.content(of: Name(text: "corp.internal")))
        #expect(content.text.contains(" 42 3600 300 2419200 300\n"))
    }

    @Test func aReverseZonesExportHasAbsoluteNames() throws {
        try bench.recorded("zone-export.0.10.in-addr.arpa.zone")
        #expect(
            try bench.records("0.10.in-addr.arpa") == [
                "4.0 3600 PTR contosoreg.westeurope.data.azurecr.io.",
                "7.0 3600 PTR contosoreg.azurecr.io.",
            ])
    }
}
