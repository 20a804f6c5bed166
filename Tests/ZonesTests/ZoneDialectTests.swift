// Azure's exports, which are master files but for what ZoneDialect says; and what a missing final dot means elsewhere.

import DNSWire
import Testing
import Zones

@Suite struct ZoneDialectTests {
    static let header = """
        ; Exported zone file from Azure DNS
        ;      Zone name: corp.example

        $TTL 300
        $ORIGIN corp.example.

        @ 3600 IN SOA azureprivatedns.net azureprivatedns-host.microsoft.com (
                      42 3600 300 2419200 300 )

        """
    static let start =
        "SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. 42 3600 300 2419200 300"

    /// The records other than the SOA record, as short lines.
    func records(_ text: String) throws -> [String] {
        let reading = try reading(text, origin: "corp.example.")
        guard let zone = reading.zone else { throw TestFault(mistakes: reading.mistakes) }
        return lines(of: zone)
    }

    func lines(of zone: Zone) -> [String] {
        zone.masterFile.split(separator: "\n").map { line in
            line.split(separator: " ", maxSplits: 4).enumerated().filter { $0.offset != 2 }
                .map { String($0.element) }.joined(separator: " ")
        }.filter { !$0.contains(" SOA ") }.map { $0.replacing(".corp.example. ", with: " ") }
            .sorted()
    }

    @Test(arguments: [
        ("mx 60 IN MX 10 mail.corp.example", "mx 60 MX 10 mail.corp.example."),
        ("s 60 IN SRV 1 2 3 sip.example.net", "s 60 SRV 1 2 3 sip.example.net."),
        ("p 60 IN PTR host.corp.example", "p 60 PTR host.corp.example."),
        ("c 60 IN CNAME host.example.net", "c 60 CNAME host.example.net."),
        ("n 60 IN NS ns1.example.net", "n 60 NS ns1.example.net."),
        ("single 60 IN MX 10 mail", "single 60 MX 10 mail."),
        ("at 60 IN CNAME @", "at 60 CNAME corp.example."),
        ("t 60 IN TXT \"a\\b \\\\c \\065 \\\"d\"", "t 60 TXT \"a\\\\b \\\\\\\\c \\\\065 \\\"d\""),
        ("end 60 IN TXT \"a\\\\\"", "end 60 TXT \"a\\\\\\\\\""),
        ("u 60 IN TXT \"grüße\"", "u 60 TXT \"gr\\195\\188\\195\\159e\""),
        ("c 60 IN CAA 0 issue \"a\\b\"", "c 60 CAA 0 issue \"a\\\\b\""),
    ]) func dataOfAnExportAreAsAzureMeansThem(_ line: String, _ expected: String) throws {
        #expect(try records(Self.header + line + "\n") == [expected])
        // With a carriage return, too.
        let text = (Self.header + line + "\n").replacing("\n", with: "\r\n")
        #expect(try records(text) == [expected])
    }

    @Test func theNamesOfAnExportsStartAreAbsolute() throws {
        let zone = try #require(try reading(Self.header, origin: "corp.example.").zone)
        #expect(zone.masterFile.contains(Self.start))
    }

    @Test(arguments: [255, 256, 510, 511, 4000]) func aLongTextIsSplit(_ count: Int) throws {
        let key = String(repeating: "k", count: count)
        let parts = stride(from: 0, to: count, by: 255).map {
            "\"" + String(repeating: "k", count: min(255, count - $0)) + "\""
        }
        let found = try records(Self.header + "long 60 IN TXT \"\(key)\" \"next\"\n")
        #expect(found == ["long 60 TXT \(parts.joined(separator: " ")) \"next\""])
        let plain = try reading(
            "@ SOA a. b. 1 2 3 4 5\nlong 60 IN TXT \"\(key)\"\n", origin: "corp.example.")
        #expect((plain.zone == nil) == (count > 255))
    }

    @Test func aTextLongerThanARecordIsAMistake() throws {
        let key = String(repeating: "k", count: 70000)
        let found = try reading(
            Self.header + "long 60 IN TXT \"\(key)\"\n", origin: "corp.example.")
        #expect(found.mistakes.map(\.sentence) == ["the data are longer than 65535 bytes"])
    }

    @Test func linesThatNoZoneCanHoldAreLeftOutByName() throws {
        let text =
            Self.header + """
                web 60 AZURE ALIAS A /subscriptions/1/resourceGroups/rg/ip
                    60 IN TXT "of the alias"
                empty 60 IN A 
                none 60 IN CNAME 
                www 60 IN A 10.0.0.1

                """
        let reading = try reading(text, origin: "corp.example.")
        let zone = try #require(reading.zone)
        #expect(lines(of: zone) == ["web 60 TXT \"of the alias\"", "www 60 A 10.0.0.1"])
        #expect(
            reading.warnings.map(\.description) == [
                "zone:9:8: web.corp.example. A is an alias record set of "
                    + "/subscriptions/1/resourceGroups/rg/ip in Azure, which a zone file cannot contain; "
                    + "it is left out",
                "zone:11:1: empty.corp.example. A is an empty record set; it is left out",
                "zone:12:1: none.corp.example. CNAME is an empty record set; it is left out",
            ])
        #expect(try zone.ask("empty.corp.example", "A") == "no such name")
        #expect(try zone.ask("none.corp.example", "A") == "no such name")
    }

    /// The portal writes tabs, `$ORIGIN` without a final dot and short names as they are.
    @Test func thePortalsExportIsReadAsItIsMeant() throws {
        let text = """
            ; \tExported zone file from Azure Private DNS
            ; \tZone name: corp.example

            $TTL 10
            $ORIGIN corp.example

            ; SOA Record
            @\t 3600\t\tIN\tSOA\tazureprivatedns.net\tazureprivatedns-host.microsoft.com\t(
            \t \t \t42\t ;serial
            \t \t \t3600\t ;refresh
            \t \t \t300\t ;retry
            \t \t \t2419200\t ;expire
            \t \t \t300\t ;minimum ttl
            )
            ; CNAME Records
            mail\t3600\tIN\tCNAME\tserver1
            app\t3600\tIN\tCNAME\thost.corp.example.
            www\t3600\tIN\tCNAME\thost.example.net

            """
        let reading = try reading(text, origin: "corp.example.")
        #expect(reading.warnings == [])
        let zone = try #require(reading.zone)
        #expect(zone.masterFile.contains(Self.start))
        #expect(
            lines(of: zone) == [
                "app 3600 CNAME host.corp.example.", "mail 3600 CNAME server1.corp.example.",
                "www 3600 CNAME host.example.net.",
            ])
    }

    /// The comment counts in front of the first entry, in a line of its own.
    @Test(arguments: [
        "$TTL 10\n; Exported zone file from Azure DNS\n",
        "$TTL 10 ; Exported zone file from Azure DNS\n",
        "; exported\n",
    ]) func otherTextsAreMasterFiles(_ head: String) throws {
        let text =
            head
            + "@ SOA a. b. 1 2 3 4 5\nmx MX 10 mail.corp.example\nmail.corp.example A 10.0.0.1\n"
        #expect(
            try records("$TTL 10\n" + text) == [
                "mail.corp.example 10 A 10.0.0.1", "mx 10 MX 10 mail.corp.example.corp.example.",
            ])
    }

    @Test func anIncludedExportIsOneByItself() throws {
        let reading = try ZonesTests.reading(
            "$TTL 10\n@ SOA a. b. 1 2 3 4 5\n$INCLUDE export\nmx MX 10 mail\n",
            origin: "corp.example.",
            files: ["export": "; Exported zone file from Azure DNS\np PTR host.example.net\n"])
        #expect(
            lines(of: try #require(reading.zone)) == [
                "mx 10 MX 10 mail.corp.example.", "p 10 PTR host.example.net.",
            ])
    }

    // MARK: Final dots

    @Test(arguments: [
        ("corp.example", "corp.example."), ("CORP.example", "CORP.example."),
        ("sub.corp.example", "sub.corp.example."),
    ]) func anOriginThatRepeatsTheZoneIsAbsolute(_ origin: String, _ meant: String) throws {
        let reading = try reading(
            "$TTL 10\n@ SOA a. b. 1 2 3 4 5\n$ORIGIN \(origin)\nwww A 10.0.0.1\n",
            origin: "corp.example.")
        #expect(
            reading.warnings.map(\.description) == [
                "zone:3:9: $ORIGIN lacks its final dot and is read as \(meant)"
            ])
        #expect(try #require(reading.zone).ask("www.\(origin)", "A").hasPrefix("records"))
    }

    @Test func otherOriginsAreRelative() throws {
        let reading = try reading(
            "$TTL 10\n@ SOA a. b. 1 2 3 4 5\n$ORIGIN sub\nwww A 10.0.0.1\n", origin: "corp.example."
        )
        #expect(reading.warnings == [])
        #expect(try #require(reading.zone).ask("www.sub.corp.example", "A").hasPrefix("records"))
    }

    @Test(arguments: [
        (
            "www.corp.example A 10.0.0.1",
            "www.corp.example.corp.example. repeats the zone's name, as an owner"
        ),
        ("Corp.Example A 10.0.0.1", "Corp.Example.corp.example. repeats"),
        ("c CNAME www.corp.example", "which the CNAME record names, repeats"),
        ("p PTR www.CORP.example", "which the PTR record names, repeats"),
        ("m MX 1 www.corp.example", "which the MX record names, repeats"),
        ("s SRV 1 2 3 www.corp.example", "which the SRV record names, repeats"),
        ("n NS www.corp.example", "which the NS record names, repeats"),
        ("d DNAME www.corp.example", "which the DNAME record names, repeats"),
    ]) func aNameThatRepeatsTheZoneIsAWarning(_ line: String, _ sentence: String) throws {
        let reading = try reading(
            "$TTL 10\n@ SOA a. b. 1 2 3 4 5\n\(line)\n", origin: "corp.example.")
        #expect(reading.warnings.count == 1)
        #expect(reading.warnings.first?.line == 3)
        #expect(reading.warnings.first?.sentence.contains(sentence) == true)
    }

    @Test(arguments: [
        "www A 10.0.0.1", "c CNAME www.corp.example.", "xcorp.example A 10.0.0.1",
        "corp.examples A 10.0.0.1",
        "p PTR corp.example.", "corp A 10.0.0.1", "p PTR x.corp.example.net.",
    ]) func otherNamesAreNone(_ line: String) throws {
        let reading = try reading(
            "$TTL 10\n@ SOA a. b. 1 2 3 4 5\n\(line)\n", origin: "corp.example.")
        #expect(reading.warnings == [])
    }
}
