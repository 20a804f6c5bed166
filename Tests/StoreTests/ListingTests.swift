// Partial listings: every sign that more follows is respected, and a partial listing removes
// nothing.

import DNSWire
import Files
import Store
import Testing
import Zones

@Suite struct ListingTests {
    let bench: ImportBench
    static let zone = "corp.internal"

    init() throws {
        bench = try ImportBench()
        var text = "$TTL 10\n@ SOA a b 7 1 2 3 4\n"
        for number in 1...30 { text += "old\(number) A 10.9.9.\(number)\n" }
        try bench.scratch.write(text, to: "\(Self.zone).zone")
    }

    func oldRecords() throws -> [String] {
        try bench.records(Self.zone).filter { $0.hasPrefix("old") }
    }

    @Test func aPageThatIsNotTheLastTakesNothingAway() throws {
        let plan = try bench.recorded("rest-all.json")
        #expect(try oldRecords().count == 30)
        #expect(try bench.records(Self.zone).contains("@ 3600 MX 10 mail.corp.internal."))
        #expect(
            plan.notes.contains { $0.contains("the listing continues") && $0.contains("nextlink") })
    }

    /// The SOA record of a zone and one more, as az lists them.
    static func sets(_ extra: String = "") -> String {
        func set(_ type: String, _ name: String, _ data: String) -> String {
            "{\"id\":\"/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/"
                + "corp.internal/\(type)/\(name)\",\"name\":\"\(name)\",\"ttl\":60,"
                + "\"type\":\"Microsoft.Network/privateDnsZones/\(type)\",\(data)}"
        }
        let start = set(
            "SOA", "@", "\"soaRecord\":{\"host\":\"a\",\"email\":\"b\",\"serialNumber\":1}")
        return start + "," + set("A", "www", "\"aRecords\":[{\"ipv4Address\":\"10.2.0.1\"}]")
            + extra
    }

    @Test(arguments: [
        "{\"value\":[SETS],\"nextLink\":\"https://x\"}",
        "{\"value\":[SETS],\"@odata.nextLink\":\"https://x\"}",
        "{\"value\":[SETS],\"nextMarker\":\"abc\"}",
        "{\"value\":[SETS],\"$skipToken\":\"abc\"}",
        "{\"value\":[SETS],\"continuationToken\":\"abc\"}",
        "{\"value\":[SETS],\"totalCount\":3}",
        "{\"count\":2,\"data\":[SETS],\"skip_token\":\"abc\",\"total_records\":150}",
        "{\"count\":2,\"data\":[SETS],\"skip_token\":null,\"total_records\":150}",
        "{\"data\":[SETS],\"resultTruncated\":\"true\"}",
        "[SETS,{\"nextMarker\":\"abc\"}]",
        "[{\"value\":[SETS],\"nextLink\":\"https://x\"},{\"value\":[]}]",
    ]) func anySignThatMoreFollowsIsHeeded(_ shape: String) throws {
        let plan = try bench.imported([("f", shape.replacing("SETS", with: Self.sets()))])
        #expect(try oldRecords().count == 30)
        #expect(try bench.records(Self.zone).contains("www 60 A 10.2.0.1"))
        #expect(plan.notes.contains { $0.contains("the listing continues after these entries") })
    }

    @Test(arguments: [
        "[SETS]", "{\"value\":[SETS]}", "{\"value\":[SETS],\"nextLink\":null}",
        "{\"value\":[SETS],\"nextLink\":\"\"}", "{\"value\":[SETS],\"totalCount\":2}",
        "{\"count\":2,\"data\":[SETS],\"skip_token\":null,\"total_records\":2}", "[[SETS]]",
    ]) func aListWithoutSuchASignIsWhole(_ shape: String) throws {
        let plan = try bench.imported([("f", shape.replacing("SETS", with: Self.sets()))])
        #expect(try bench.records(Self.zone) == ["www 60 A 10.2.0.1"])
        #expect(plan.notes.isEmpty)
    }

    /// As `record-set soa show`, and `jq '.[]'` of a list, print them.
    @Test func recordSetsOneByOneAreNoListing() throws {
        let sets = Self.sets().replacing("},{\"id", with: "}\n{\"id")
        let plan = try bench.imported([("f", sets)])
        #expect(try oldRecords().count == 30)
        #expect(
            plan.notes.contains { $0.contains("one record set of corp.internal. and not a list") })
    }

    /// What `az network private-dns zone show` counts decides, where it was given.
    @Test(arguments: [(2, 0), (3, 30)]) func theZonesOwnCountDecides(_ count: Int, _ left: Int)
        throws
    {
        let zone =
            "{\"id\":\"/subscriptions/1/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/"
            + "corp.internal\",\"name\":\"corp.internal\",\"numberOfRecordSets\":\(count),"
            + "\"type\":\"Microsoft.Network/privateDnsZones\"}"
        let page = "{\"value\":[\(Self.sets())],\"nextLink\":\"https://x\"}"
        for text in [page, "[\(Self.sets())]"] {
            let bench = try ImportBench()
            try bench.scratch.write(
                try self.bench.scratch.text(of: "\(Self.zone).zone"), to: "\(Self.zone).zone")
            let plan = try bench.imported([("zone", zone), ("sets", text)])
            let old = try bench.records(Self.zone).filter { $0.hasPrefix("old") }
            #expect(old.count == left)
            #expect(
                plan.notes.contains { $0.contains("2 of the 3 record sets of corp.internal.") }
                    == (left > 0))
        }
    }

    @Test func aBareListIsWholeAndTheGuardSpeaks() throws {
        var reading = AzureReading()
        try reading.read(try fixture("az/recorded/maxitems.json"), file: "f")
        let plan = try bench.plan(reading)
        let previews = try plan.edits.map { try bench.directory.preview($0) }
        #expect(previews.map(\.isSuspicious) == [true])
    }

    @Test func endpointsOfACutListTakeNoReplicaAway() throws {
        try bench.scratch.write(
            "$TTL 10\n@ SOA a b 7 1 2 3 4\ncontosoreg.westus.data A 10.9.9.9\n",
            to: "privatelink.azurecr.io.zone")
        let plan = try bench.recorded("rest-pe-list.json")
        #expect(try bench.records().contains("contosoreg.westus.data 10 A 10.9.9.9"))
        #expect(try bench.records().contains("georeg.eastus.geo 10 A 10.0.0.33"))
        #expect(plan.notes.contains { $0.contains("the listing continues") })
        let whole = try ImportBench.text("rest-pe-list.json").replacing("nextLink", with: "other")
        try bench.imported([("f", whole)])
        #expect(try !bench.records().contains("contosoreg.westus.data 10 A 10.9.9.9"))
    }

    @Test(arguments: ["[]", "{\"value\":[]}", "[] []"]) func anEmptyListWarns(_ text: String) throws
    {
        var reading = AzureReading()
        try reading.read(Array(text.utf8), file: "f")
        let plan = try bench.plan(reading)
        #expect(plan.edits.isEmpty)
        #expect(plan.notes.allSatisfy { $0 == "f: the list is empty" })
        #expect(plan.warnings.count == 1)
        #expect(plan.warnings.first?.contains("the input is empty") == true)
        // Together with another output it is only a note.
        try reading.read(try fixture("az/nic-show.json"), file: "nic")
        #expect(try bench.plan(reading).warnings == [])
        #expect(try bench.plan(reading).notes.contains("f: the list is empty"))
    }
}
