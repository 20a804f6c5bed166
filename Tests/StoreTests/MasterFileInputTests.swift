// Zone files of other servers in an import: which zone they are of, and what a name without a final dot means; and the
// names within a zone that people write.

import DNSWire
import Files
import Foundation
import Store
import Testing
import Zones

@Suite struct MasterFileInputTests {
    let bench: ImportBench
    static let plain = """
        @ 3600 IN SOA ns1 hostmaster 1 3600 300 2419200 10
        @ 3600 IN NS ns1
        ns1 3600 IN A 10.0.0.1
        www 3600 IN CNAME ns1

        """
    static let records = [
        "@ 3600 NS ns1.corp.example.", "ns1 3600 A 10.0.0.1", "www 3600 CNAME ns1.corp.example.",
    ]

    init() throws { bench = try ImportBench() }

    func imported(_ text: String, file: String, zone: String? = nil) throws -> ImportPlan {
        var reading = AzureReading()
        try reading.read(Array(text.utf8), file: file, zone: try zone.map { try Name(text: $0) })
        let plan = try bench.plan(reading)
        let writer = try bench.directory.lock()
        for edit in plan.edits { _ = try writer.apply(edit) }
        return plan
    }

    @Test(arguments: [
        "corp.example.zone", "/tmp/corp.example.zone", "corp.example.dns", "corp.example.db",
        "db.corp.example",
    ]) func aFilesNameTellsItsZone(_ file: String) throws {
        _ = try imported(Self.plain, file: file)
        #expect(try bench.records("corp.example") == Self.records)
        #expect(try bench.directory.zones().map(\.file) == ["corp.example.zone"])
    }

    @Test(arguments: [
        ("@ 3600", "corp.example. 3600"),
        ("@ 3600 IN SOA", "$ORIGIN corp.example.\n@ 3600 IN SOA"),
        ("@ 3600 IN SOA", "$ORIGIN corp.example\n@ 3600 IN SOA"),
    ]) func theStartTellsTheZone(_ old: String, _ new: String) throws {
        let range = try #require(Self.plain.firstRange(of: old))
        var text = Self.plain.replacingCharacters(in: range, with: new)
        if !new.hasPrefix("$") {
            text = text.replacing("ns1", with: "ns1.corp.example.").replacing(
                "www", with: "www.corp.example."
            )
            .replacing("@", with: "corp.example.")
        }
        _ = try imported(text, file: "export.txt")
        #expect(try bench.records("corp.example") == Self.records)
        // What is said of the zone is the same.
        let other = try ImportBench()
        var reading = AzureReading()
        try reading.read(Array(text.utf8), file: "f", zone: try Name(text: "corp.example"))
        let writer = try other.directory.lock()
        for edit in try other.plan(reading).edits { _ = try writer.apply(edit) }
        #expect(try other.records("corp.example") == Self.records)
    }

    @Test(arguments: ["export.txt", "zone.dns", "db", "-", "corp.db", ".zone"])
    func aZoneThatNothingTellsIsAskedFor(_ file: String) throws {
        let error = #expect(throws: StoreError.self) { try imported(Self.plain, file: file) }
        #expect(error.map { "\($0)" }?.contains("use --zone ORIGIN") == true)
        #expect(try bench.directory.zones().isEmpty)
        _ = try imported(Self.plain, file: file, zone: "corp.example")
        #expect(try bench.records("corp.example") == Self.records)
    }

    @Test func theRootIsNoZoneOfAStore() throws {
        let text = ". 3600 IN SOA a. b. 1 2 3 4 5\ncom. 60 IN A 10.0.0.1\n"
        for zone in [nil, "."] {
            let error = #expect(throws: StoreError.self) {
                try imported(text, file: "f", zone: zone)
            }
            #expect(error.map { "\($0)" }?.contains("the root cannot be a zone") == true)
        }
    }

    /// A later `$ORIGIN` is not the zone, and a relative one is below it.
    @Test func originsBehindTheStartAreNot() throws {
        let text =
            Self.plain
            + "$ORIGIN sub\nhost 60 A 10.0.0.2\n$ORIGIN other.corp.example.\nhost 60 A 10.0.0.3\n"
        _ = try imported(text, file: "corp.example.zone")
        #expect(
            try bench.records("corp.example")
                == (Self.records + [
                    "host.sub 60 A 10.0.0.2", "host.other 60 A 10.0.0.3",
                ]).sorted())
    }

    @Test func aNameThatRepeatsTheZoneIsAWarning() throws {
        let text = Self.plain + "mail.corp.example 60 A 10.0.0.2\nftp 60 CNAME www.corp.example\n"
        var reading = AzureReading()
        try reading.read(Array(text.utf8), file: "corp.example.zone")
        let previews = try bench.plan(reading).edits.map { try bench.directory.preview($0) }
        let warnings = previews.flatMap(\.warnings)
        #expect(warnings.count == 2)
        #expect(
            warnings.contains {
                $0.hasPrefix("mail.corp.example.corp.example. repeats the zone's name")
            })
        #expect(
            warnings.contains { $0.hasPrefix("www.corp.example.corp.example., which the CNAME") })
        // What was there before is no news.
        _ = try imported(text, file: "corp.example.zone")
        let edit = ZoneEdit(origin: try Name(text: "corp.example")) { content throws(StoreError) in
            guard let name = try? Name(text: "new.corp.example") else { throw .refused("no name") }
            try content.add([10, 0, 0, 9], to: RecordSetKey(owner: name, type: .a), ttl: 60)
        }
        #expect(try bench.directory.preview(edit).warnings == [])
    }

    @Test func mistakesAreNoFlood() throws {
        var text = Self.plain
        for number in 1...50 { text += "x\(number) WHAT is this\n" }
        let error = #expect(throws: StoreError.self) {
            try imported(text, file: "corp.example.zone")
        }
        let lines = (error.map { "\($0)" } ?? "").split(separator: "\n")
        #expect(lines.count == 11)
        #expect(lines.first == "corp.example.zone:5:4: \"WHAT\" is not a record type")
    }

    /// An exported file that was copied into the store keeps its rules when it is edited.
    @Test func anExportInTheStoreIsEditedByItsRules() throws {
        try bench.scratch.write(
            try ImportBench.text("zone-export.corp.internal.zone"), to: "corp.internal.zone")
        let zone = try Name(text: "corp.internal")
        let owner = try Name(text: "backslash.corp.internal")
        let before = try #require(try bench.directory.content(of: zone))
        let texts = [
            "a\\b", "\\", "\"quoted\"", "tab\t", "grüße", String(repeating: "k", count: 300),
        ]
        for text in texts {
            let update = try bench.directory.lock().update(zone) { content throws(StoreError) in
                guard var content else { throw .noZone(zone) }
                try content.add(
                    RecordData.text([text]), to: RecordSetKey(owner: owner, type: .txt), ttl: nil)
                return content
            }
            #expect(update.difference.sets.count == 1)
        }
        let after = try #require(try bench.directory.content(of: zone))
        let key = RecordSetKey(owner: owner, type: .txt)
        #expect(after.sets[key]?.data.count == 7)
        for text in texts {
            #expect(after.sets[key]?.data.contains(RecordData.text([text])) == true, "\(text)")
        }
        #expect(after.sets.count == before.sets.count)
    }

    // MARK: Names within a zone

    @Test(
        arguments: [
            ("myregistry", "myregistry", false), ("@", "@", false),
            ("myregistry.westeurope.data", "myregistry.westeurope.data", false),
            ("myregistry.westeurope.data.azurecr.io", "myregistry.westeurope.data", true),
            ("myregistry.azurecr.io.", "myregistry", true),
            ("MyRegistry.AzureCR.io", "MyRegistry", true),
            ("myregistry.privatelink.azurecr.io", "myregistry", true),
            ("myregistry.privatelink.azurecr.io.", "myregistry", false),
            ("privatelink.azurecr.io", "@", true), ("privatelink.azurecr.io.", "@", false),
            ("x.privatelink.azurecr.io.privatelink.azurecr.io.", "x.privatelink.azurecr.io", false),
            ("a.example.com", "a.example.com", false),
        ]) func aNameIsTakenAsItIsMeant(_ text: String, _ name: String, _ isTold: Bool) throws
    {
        let zone = try Name(text: "privatelink.azurecr.io")
        let found = try OwnerInZone(text, in: zone, links: testLinks)
        #expect(ZoneContent.relativeName(found.owner, origin: zone) == name)
        #expect((found.note != nil) == isTold)
    }

    @Test func aRegionsZoneHasItsNames() throws {
        let zone = try Name(text: "westeurope.data.privatelink.azurecr.io")
        for text in ["myregistry", "myregistry.westeurope.data.azurecr.io"] {
            let found = try OwnerInZone(text, in: zone, links: testLinks)
            #expect("\(found.owner)" == "myregistry.westeurope.data.privatelink.azurecr.io.")
        }
    }

    // MARK: Previews

    @Test func aPreviewShowsTheSerialNumberThatIsWritten() throws {
        for round in 0..<2 {
            var reading = AzureReading()
            try reading.read(
                Array(Self.plain.replacing("10.0.0.1", with: "10.0.\(round).1").utf8),
                file: "corp.example.zone")
            let edit = try #require(try bench.plan(reading).edits.first)
            let preview = try bench.directory.preview(edit)
            let update = try bench.directory.lock().apply(edit, shown: preview)
            #expect(preview.after.serial == update.after.serial)
            #expect(update.after.serial == UInt32(round + 1))
            #expect(
                preview.difference.lines(origin: preview.origin)
                    == update.difference.lines(origin: update.origin))
            if round == 0 {
                let start = preview.difference.lines(origin: preview.origin).first {
                    $0.type == "SOA"
                }
                #expect(
                    start?.data
                        == "ns1.corp.example. hostmaster.corp.example. 1 3600 300 2419200 10")
            }
        }
    }
}
