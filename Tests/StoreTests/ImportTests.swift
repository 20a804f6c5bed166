// Imports: every shape of az's output gives the same zone, only what an output speaks for is taken away, and doing it
// twice does nothing.

import DNSWire
import Files
import Store
import Testing
import Zones

/// The links that these tests have.
let testLinks = LinkMap(
    [
        ("azurecr.io", "privatelink.azurecr.io", true),
        ("blob.core.windows.net", "privatelink.blob.core.windows.net", false),
        ("vault.azure.net", "privatelink.vaultcore.azure.net", false),
        ("wvd.example", "privatelink-global.wvd.example", false),
        ("wvd.example", "privatelink.wvd.example", false),
        ("{region}.kusto.example", "privatelink.{region}.kusto.example", false),
    ].compactMap { publicText, privateText, isRegistry in
        guard let publicSuffix = try? Name(text: publicText),
            let privateSuffix = try? Name(text: privateText)
        else { return nil }
        return LinkSuffixes(
            publicSuffix: publicSuffix, privateSuffix: privateSuffix, isRegistry: isRegistry)
    })

@Suite struct ImportTests {
    let scratch: TemporaryDirectory
    let directory: ZoneDirectory
    let origin: Name

    init() throws {
        scratch = try TemporaryDirectory()
        directory = ZoneDirectory(scratch.path, clock: { fixedTime })
        origin = try Name(text: "privatelink.azurecr.io.")
    }

    /// What was planned of fixtures, and made.
    @discardableResult func imported(
        _ files: [String], merges: Bool = false, preferred: String? = nil
    ) throws -> ImportPlan {
        var reading = AzureReading()
        for file in files { try reading.read(try fixture("az/\(file)"), file: file) }
        return try made(reading, merges: merges, preferred: preferred)
    }

    func made(
        _ reading: AzureReading, merges: Bool = false, preferred: String? = nil
    ) throws -> ImportPlan {
        var choice = ImportChoice()
        choice.merges = merges
        choice.preferred = preferred
        let plan = try reading.plan(for: directory, links: testLinks, choice: choice)
        guard plan.conflicts.isEmpty else { return plan }
        let writer = try directory.lock()
        for edit in plan.edits { _ = try writer.apply(edit) }
        return plan
    }

    /// The records of the registry zone without its SOA, as short lines.
    func records(_ origin: String = "privatelink.azurecr.io") throws -> [String] {
        let origin = try Name(text: origin)
        let content = try #require(try directory.content(of: origin))
        return content.shortLines
    }

    static let registry = [
        "myregistry 10 A 10.0.0.7", "myregistry.eastus.data 10 A 10.0.0.12",
        "myregistry.northeurope.data 10 A 10.0.0.11", "myregistry.westeurope.data 10 A 10.0.0.10",
    ]

    @Test(arguments: [
        "nic-show.json", "nic-show-api.json", "private-endpoint-show.json",
        "private-endpoint-show-api.json", "dns-zone-group-list.json",
        "dns-zone-group-list-api.json",
    ]) func everyShapeOfAnEndpointIsTheSameZone(_ file: String) throws {
        let plan = try imported([file])
        #expect(plan.notes.isEmpty)
        #expect(try records() == Self.registry)
        let text = try scratch.text(of: "privatelink.azurecr.io.zone")
        try imported([file])
        #expect(try scratch.text(of: "privatelink.azurecr.io.zone") == text)
        #expect(directory.versions(of: origin).isEmpty)
    }

    @Test func allShapesAtOnceAgree() throws {
        let plan = try imported([
            "nic-list.json", "nic-show.json", "private-endpoint-show.json", "nic-list-api.json",
            "dns-zone-group-list.json", "acr-show-endpoints.json",
        ])
        #expect(plan.conflicts.isEmpty)
        #expect(
            try records() == Self.registry + [
                "otherregistry 10 A 10.0.1.7", "otherregistry.westeurope.data 10 A 10.0.1.10",
            ])
        #expect(plan.notes.count == 1)
        #expect(plan.notes[0].contains("vm-nic"))
    }

    @Test func otherServicesGoToTheirZones() throws {
        let plan = try imported(["private-endpoint-list.json"])
        #expect(try records("privatelink.blob.core.windows.net") == ["mystorage 10 A 10.0.2.4"])
        #expect(try records("privatelink.vaultcore.azure.net") == ["myvault 10 A 10.0.4.4"])
        #expect(plan.unapproved.map(\.endpoint) == ["waiting"])
        #expect(plan.unapproved.map(\.state) == ["Pending"])
        #expect(
            plan.notes.contains { $0.contains("grouped") && $0.contains("dns-zone-group list") })
        #expect(plan.notes.count == 1)
    }

    @Test func anAddressWithoutNameIsSkippedWithANote() throws {
        try scratch.write(
            "$TTL 10\nmyregistry.westeurope.data A 10.9.9.9\n", to: "privatelink.azurecr.io.zone")
        let plan = try imported(["nic-show-without-fqdn.json"])
        #expect(plan.notes.count == 1)
        #expect(plan.notes[0].contains("registry_data_westeurope with 10.0.0.10 has no FQDN"))
        // The endpoint does not say all, so its silence takes nothing away.
        #expect(try records().contains("myregistry.westeurope.data 10 A 10.9.9.9"))
    }

    @Test func oneEndpointNeverDeletesAnotherRegistry() throws {
        try imported(["nic-list.json"])
        try imported(["nic-show-two-regions.json"])
        #expect(
            try records()
                == Self.registry.filter { !$0.contains("northeurope") } + [
                    "otherregistry 10 A 10.0.1.7", "otherregistry.westeurope.data 10 A 10.0.1.10",
                ])
    }

    /// Whatever kinds of endpoints a region had, and in a zone of the region's own too.
    @Test func aReplicaThatGoesTakesAllItsEndpointsAlong() throws {
        let region = "northeurope.data.privatelink.azurecr.io"
        try scratch.write(
            "$TTL 10\n@ SOA a b 1 2 3 4 5\ngeoreg A 10.0.0.37\n", to: "\(region).zone")
        try scratch.write(
            "$TTL 10\n@ SOA a b 1 2 3 4 5\ngeoreg.northeurope.geo A 10.0.0.35\n"
                + "georeg.westus.data A 10.0.0.36\nother.westus.geo A 10.0.0.38\n",
            to: "privatelink.azurecr.io.zone")
        try imported(["recorded/nic-show.pe-georeg.json"])
        #expect(
            try records() == [
                "georeg 10 A 10.0.0.34", "georeg.eastus.data 10 A 10.0.0.31",
                "georeg.eastus.geo 10 A 10.0.0.33", "georeg.westeurope.data 10 A 10.0.0.30",
                "georeg.westeurope.geo 10 A 10.0.0.32", "other.westus.geo 10 A 10.0.0.38",
            ])
        #expect(try records(region) == [])
    }

    @Test func whatOughtToExistIsNotTakenAwayBySilence() throws {
        try imported(["nic-show.json"])
        let plan = try imported(["nic-show-two-regions.json", "acr-show-endpoints.json"])
        #expect(try records() == Self.registry)
        #expect(try plan.missing(after: [], in: directory).isEmpty)
    }

    @Test func whatOughtToExistAndDoesNotIsTold() throws {
        let plan = try imported(["nic-show-two-regions.json", "acr-show-endpoints.json"])
        let missing = try plan.missing(after: [], in: directory)
        #expect(missing.count == 1)
        #expect(missing[0].hasPrefix("myregistry.northeurope.data.azurecr.io. should exist"))
    }

    @Test func endpointsThatDifferAreAConflict() throws {
        let files = ["nic-show.json", "nic-show-spoke.json"]
        let plan = try imported(files)
        #expect(plan.conflicts.count == 4)
        #expect(try directory.zones().isEmpty)
        #expect(plan.conflicts[0].sentence.contains("10.0.0.12 in network interface registry-hub"))

        try imported(files, preferred: "registry-spoke")
        #expect(try records() == Self.registry.map { $0.replacing(" 10.0.", with: " 10.1.") })
        try imported(files, preferred: "nic-show.json")
        #expect(try records() == Self.registry)
        let error = #expect(throws: StoreError.self) {
            try imported(files, preferred: "nobody")
        }
        #expect(
            error.map { "\($0)" }
                == "--prefer nobody: no source has this name; there are: registry-hub, "
                + "registry-hub.nic.0001, registry-spoke, registry-spoke.nic.0002")
        try imported(files, merges: true)
        #expect(
            try records()
                == (Self.registry + Self.registry.map { $0.replacing(" 10.0.", with: " 10.1.") })
                .sorted())
    }

    @Test func mergingKeepsWhatTheStoreHas() throws {
        try imported(["nic-show.json"])
        try imported(["nic-show-spoke.json"], merges: true)
        #expect(try records().count == 8)
        try imported(["nic-show-spoke.json"])
        #expect(try records() == Self.registry.map { $0.replacing(" 10.0.", with: " 10.1.") })
    }

    /// What a zone would refuse is not shown as if it could be written.
    @Test func aPreviewRefusesWhatTheChangeWould() throws {
        var reading = AzureReading()
        let text = "$ORIGIN \(origin)\n@ 10 SOA a b 1 2 3 4 5\nmyregistry 10 CNAME other\n"
        try reading.read(Array(text.utf8), file: "in.zone")
        var choice = ImportChoice()
        choice.merges = true
        for stored in ["myregistry A 10.0.0.7\n", nil] {
            if let stored {
                try scratch.write(
                    "$TTL 10\n@ SOA a b 7 1 2 3 4\n" + stored, to: "privatelink.azurecr.io.zone")
            } else {
                try directory.lock().delete(origin)
                try reading.read(
                    Array(text.replacing("CNAME other", with: "A 10.0.0.7").utf8), file: "b.zone")
            }
            let plan = try reading.plan(for: directory, links: testLinks, choice: choice)
            let error = #expect(throws: StoreError.self) {
                for edit in plan.edits { _ = try directory.preview(edit) }
            }
            let name = "myregistry.privatelink.azurecr.io."
            #expect(
                error.map { "\($0)" }
                    == "the zone would have mistakes, so nothing was written:\n"
                    + "  \(name) has a CNAME record and other records")
        }
    }

    @Test func whatANameLosesIsShownBeforeWhatItGets() throws {
        try scratch.write(
            "$TTL 10\n@ SOA a b 7 1 2 3 4\nx CNAME y\ny A 10.0.0.1\nz A 10.0.0.3\n",
            to: "privatelink.azurecr.io.zone")
        var reading = AzureReading()
        let text =
            "$ORIGIN \(origin)\n@ 10 SOA a b 7 1 2 3 4\nx 10 A 10.0.0.2\ny 20 A 10.0.0.9\nz 20 A 10.0.0.3\n"
        try reading.read(Array(text.utf8), file: "in.zone")
        let plan = try reading.plan(for: directory, links: testLinks)
        let lines = try plan.edits.flatMap {
            try directory.preview($0).difference.lines(origin: origin)
        }
        #expect(
            lines.map { "\($0.sign.rawValue) \($0.name) \($0.ttl) \($0.type) \($0.data)" } == [
                "- x 10 CNAME y.\(origin)", "+ x 10 A 10.0.0.2",
                "~ y 10 -> 20 A 10.0.0.1 -> 10.0.0.9", "~ z 10 -> 20 A 10.0.0.3",
            ])
    }

    @Test(arguments: ["record-set-list.json", "record-set-list-api.json", "zone-export.txt"])
    func aWholeZoneComesWithAllTypes(_ file: String) throws {
        try scratch.write(
            "$TTL 10\n@ SOA a b 7 1 2 3 4\n@ NS ns.example.\nold A 10.9.9.9\nmyregistry AAAA ::1\n",
            to: "privatelink.azurecr.io.zone")
        try imported([file])
        let found = try records()
        for line in Self.registry + [
            "@ 10 NS ns.example.", "alias 300 CNAME myregistry.privatelink.azurecr.io.",
            "mail 3600 MX 10 mail.example.com.", "mail 3600 MX 20 mail2.example.com.",
            "4.0.0.10 3600 PTR host.example.com.", "_sip._tcp 3600 SRV 1 2 5060 sip.example.com.",
        ] {
            #expect(found.contains(line), "\(line)")
        }
        #expect(found.contains { $0.hasPrefix("text 3600 TXT \"one; \\\"two\\\"") })
        // The zone is spoken for as a whole; what Azure cannot have is left alone.
        #expect(!found.contains { $0.contains("old") || $0.contains("::1") })
        let content = try #require(try directory.content(of: origin))
        #expect(content.serial == 8)
        #expect(
            content.text.contains("SOA azureprivatedns.net. azureprivatedns-host.microsoft.com."))
        try imported([file])
        #expect(try directory.content(of: origin)?.serial == 8)
    }

    @Test func aListOfOneTypeSpeaksForItsNamesOnly() throws {
        try imported(["nic-show.json"])
        try imported(["record-set-a-list.json"])
        #expect(try records() == Self.registry)
    }

    @Test func textsAreReadInPowerShellsEncodingAndBehindOneAnother() throws {
        let json = String(decoding: try fixture("az/nic-show.json"), as: UTF8.self)
        var units: [UInt8] = [0xFF, 0xFE]
        for unit in json.utf16 { units += [UInt8(unit & 255), UInt8(unit >> 8)] }
        var reading = AzureReading()
        try reading.read(units, file: "utf-16")
        try reading.read([0xEF, 0xBB, 0xBF] + Array(json.utf8), file: "utf-8")
        let storage = String(decoding: try fixture("az/nic-show-storage.json"), as: UTF8.self)
        try reading.read(Array((json + "\n" + storage).utf8), file: "both")
        _ = try made(reading)
        #expect(try records() == Self.registry)
        #expect(try directory.zones().count == 2)
    }

    @Test(arguments: [
        ("", "the output is empty"), (" \n", "the output is empty"),
        ("{}\n [{\"a\":", "unknown:2:2: the value that begins here is not complete"),
        ("{\"a\": 1}", "not output that can be imported"), ("[1]", "neither an object nor a list"),
        ("[{\"name\": \"x\", \"aRecords\": []}]", "neither its zone nor its FQDN"),
        ("{} }", "unknown:1:4: a value cannot begin like this"),
        (
            "{\"name\":\"n\",\n\"ipConfigurations\":[],\"IPConfigurations\":[{}]}",
            "unknown:2:23: this key already has a value"
        ),
        (
            "{\"name\":\"n\",\"ipConfigurations\":[{\"privateIPAddress\":\"10.0.0.1\","
                + "\"privateLinkConnectionProperties\":{\"fqdns\":[\"a..b\"]}}]}",
            "is not a domain name"
        ),
        ("Name  Zone\n----  ----\n", "unknown: this is a table"),
        ("; only a comment\n", "it contains no record"),
        ("$INCLUDE /etc/passwd\n", "cannot include others"),
        ("x A 10.0.0.1\n", "its zone is unknown"),
        ("what is this?\n", "unknown: this is neither JSON nor a zone file"),
        ("$ORIGIN a.\nwhat is this?\n", "unknown:2:6: \"is\" is not a record type"),
    ]) func whatCannotBeReadIsRefused(_ text: String, _ sentence: String) {
        var reading = AzureReading()
        let error = #expect(throws: StoreError.self) {
            try reading.read(Array(text.utf8), file: "unknown")
        }
        #expect(error.map { "\($0)" }?.contains(sentence) == true, "\(String(describing: error))")
    }

    @Test func aRegionsOwnZoneGetsItsRecords() throws {
        let region = "westeurope.data.privatelink.azurecr.io"
        try scratch.write("$TTL 10\n@ SOA a b 1 2 3 4 5\n", to: "\(region).zone")
        try imported(["nic-show.json"])
        #expect(try records(region) == ["myregistry 10 A 10.0.0.10"])
        #expect(try records() == Self.registry.filter { !$0.contains("westeurope") })
    }

    @Test func aNameWithoutLinkIsTold() throws {
        var reading = AzureReading()
        let text =
            "{\"name\":\"n\",\"customDnsConfigs\":[{\"fqdn\":\"x.example.org\","
            + "\"ipAddresses\":[\"10.0.0.1\"]}]}"
        try reading.read(Array(text.utf8), file: "f")
        let plan = try made(reading)
        #expect(plan.edits.isEmpty)
        #expect(plan.notes.count == 1 && plan.notes[0].contains("no link has a private zone for"))
    }

    @Test func theSerialNumberOfAnIncludedRecordIsLeftAlone() throws {
        try scratch.write("@ 5 SOA a. b. 9 2 3 4 5\n", to: "soa.inc")
        try scratch.write(
            "$INCLUDE soa.inc\nfoo 5 A 10.0.0.1\n", to: "privatelink.azurecr.io.zone")
        let zone = "privatelink.azurecr.io."
        let text =
            "\(zone) 5 IN SOA a. b. 1 2 3 4 5\nfoo.\(zone) 5 IN A 10.0.0.1\n"
            + "bar.\(zone) 5 IN A 10.0.0.2\n"
        var reading = AzureReading()
        try reading.read(Array(text.utf8), file: "-")
        _ = try made(reading)
        let content = try #require(try directory.content(of: try Name(text: zone)))
        #expect(content.serial == 9)
        #expect(content.sets.count == 3)
    }

    @Test(arguments: CorpusTests.files("good"))
    func anExportedZoneImportsAsTheSameZone(_ file: String) throws {
        let home = "\(fixtures)/corpus/good"
        let zone = try Name(text: file.dropLast(5))
        let read = try ZoneFileReader(directory: home).read("\(home)/\(file)", origin: zone)
        let content = ZoneContent(try #require(read.reading.zone))
        var reading = AzureReading()
        try reading.read(content.canonicalText, file: "-")
        _ = try made(reading)
        let result = try #require(try directory.content(of: zone))
        #expect(ZoneDifference(before: content, after: result).isEmpty)
        #expect(result.serial == content.serial)
        // And a store that has something else becomes the same by edits.
        try scratch.write("@ 5 SOA a b 1 2 3 4 5\nfoo 5 A 10.0.0.1\n", to: "\(file)")
        _ = try made(reading)
        let edited = try #require(try directory.content(of: zone))
        #expect(ZoneDifference(before: content, after: edited).isEmpty)
    }
}

@Suite struct LinkMapTests {
    @Test(
        arguments: [
            ("myregistry.azurecr.io", "myregistry.privatelink.azurecr.io."),
            (
                "MyRegistry.westeurope.data.azurecr.io",
                "MyRegistry.westeurope.data.privatelink.azurecr.io."
            ),
            ("x.privatelink.azurecr.io", "x.privatelink.azurecr.io."),
            ("c.westeurope.kusto.example", "c.privatelink.westeurope.kusto.example."),
            ("x.wvd.example", "x.privatelink.wvd.example."), ("azurecr.io", nil),
            ("example.org", nil),
        ] as [(String, String?)])
    func namesHaveTheirPlaces(_ name: String, _ owner: String?) throws {
        let zones: Set<Name> = [try Name(text: "privatelink.wvd.example")]
        let place = testLinks.place(of: try Name(text: name), zones: zones)
        #expect(place.map { "\($0.owner)" } == owner)
    }

    @Test func aPrivateNameHasItsPublicOne() throws {
        let name = try Name(text: "c.privatelink.westeurope.kusto.example")
        let place = try #require(testLinks.place(of: name, zones: []))
        #expect("\(place.publicName)" == "c.westeurope.kusto.example.")
        #expect("\(place.suffix)" == "privatelink.westeurope.kusto.example.")
    }
}
