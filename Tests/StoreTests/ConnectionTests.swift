// Connections of private endpoints: one that is not approved gives no records and takes none away.

import DNSWire
import Files
import Store
import Testing
import Zones

@Suite struct ConnectionTests {
    let bench: ImportBench
    static let store =
        "$TTL 10\n@ SOA a b 7 1 2 3 4\noldreg A 10.0.0.61\noldreg.westus.data A 10.0.0.69\n"

    init() throws {
        bench = try ImportBench()
        try bench.scratch.write(Self.store, to: "privatelink.azurecr.io.zone")
    }

    @Test(arguments: [
        ("pe-show.pe-pending.json", "pe-pending", "Pending"),
        ("pe-show.pe-rejected.json", "pe-rejected", "Disconnected"),
    ]) func anEndpointThatIsNotApprovedGivesNothing(
        _ file: String, _ endpoint: String, _ state: String
    ) throws {
        let plan = try bench.recorded(file)
        #expect(plan.edits.isEmpty)
        #expect(plan.notes == [])
        #expect(plan.unapproved.map(\.endpoint) == [endpoint])
        #expect(plan.unapproved.map(\.state) == [state])
        #expect(try bench.scratch.text(of: "privatelink.azurecr.io.zone") == Self.store)
        let coverage = try CoverageCheck.run(on: bench.directory, links: testLinks, against: plan)
        let findings = coverage.findings.filter { $0.kind == .notApproved }
        #expect(findings.map(\.name) == [endpoint])
        #expect(findings.first?.sentence.contains("its connection is \(state)") == true)
    }

    /// Its interface shows no state; beside the endpoint, or the registry's list of connections, it needs none.
    @Test func theInterfaceOfADeadEndpointGivesNothingEither() throws {
        let connection = try ImportBench.text("acr-pec-list.json")
            .replacing("pe-contoso", with: "pe-rejected").replacing("Approved", with: "Rejected")
        for (file, text) in [
            ("pe", try ImportBench.text("pe-show.pe-rejected.json")), ("connections", connection),
        ] {
            let nic = ("nic", try ImportBench.text("nic-show.pe-rejected.json"))
            for texts in [[nic, (file, text)], [(file, text), nic]] {
                let plan = try bench.imported(texts)
                #expect(plan.unapproved.map(\.endpoint) == ["pe-rejected"])
                #expect(try bench.scratch.text(of: "privatelink.azurecr.io.zone") == Self.store)
            }
        }
        try bench.recorded("nic-show.pe-rejected.json")
        #expect(try bench.records().contains("oldreg.westeurope.data 10 A 10.0.0.60"))
    }

    @Test func theIPConfigurationsOfADeadEndpointGiveNothing() throws {
        let nic = try ImportBench.text("nic-show.pe-rejected.json")
        let start = try #require(nic.firstRange(of: "\"ipConfigurations\": ")).upperBound
        let end = try #require(nic.firstRange(of: ",\n  \"location\"")).lowerBound
        try bench.imported([
            ("pe", try ImportBench.text("pe-show.pe-rejected.json")),
            ("configurations", String(nic[start..<end])),
        ])
        #expect(try bench.scratch.text(of: "privatelink.azurecr.io.zone") == Self.store)
    }

    @Test func aDeadEndpointDoesNotContradictTheLiveOne() throws {
        let dead = try ImportBench.text("pe-show.pe-rejected.json")
        let live = dead.replacing("pe-rejected", with: "pe-new").replacing(
            "10.0.0.6", with: "10.0.1.6"
        )
        .replacing("Disconnected", with: "Approved")
        let plan = try bench.imported([("dead", dead), ("live", live)])
        #expect(plan.conflicts.isEmpty)
        #expect(
            try bench.records() == [
                "oldreg 10 A 10.0.1.61", "oldreg.westeurope.data 10 A 10.0.1.60",
            ])
        let error = #expect(throws: StoreError.self) {
            try bench.imported([("dead", dead), ("live", live)], preferring: "pe-rejected")
        }
        #expect(
            error.map { "\($0)" }
                == "--prefer pe-rejected: the connection of private endpoint pe-rejected is "
                + "Disconnected, so it cannot be preferred")
        try bench.imported([("dead", dead), ("live", live)], preferring: "pe-new")
    }

    @Test func anAddressWithoutMemberKeepsAName() throws {
        let plan = try bench.recorded("nic-show.pe-pending.json")
        #expect(plan.notes.count == 1)
        #expect(
            plan.notes[0].contains(
                "member privateEndpointIpConfig.eb19b980-c693-5fa3-ae6a-863397212399 with 10.0.0.50 "
                    + "has no FQDN"))
    }

    @Test func anApprovedConnectionNamesWhereItsAddressesAre() throws {
        let plan = try bench.recorded("acr-pec-list.json")
        #expect(plan.unapproved.isEmpty && plan.edits.isEmpty)
        #expect(plan.notes.count == 1)
        #expect(plan.notes[0].contains("private endpoint pe-contoso is Approved"))
    }

    @Test(arguments: [
        (
            "\"provisioningState\": \"Succeeded\",\n    \"resourceGroup\"",
            "\"provisioningState\": \"Updating\",\n    \"resourceGroup\"",
            "DNS zone group default (f): the group of private endpoint pe-fabrikam is still Updating"
        ),
        (
            "\"privateDnsZoneConfigs\": [", "\"privateDnsZoneConfigs\": [], \"other\": [",
            "DNS zone group default (f): the group of private endpoint pe-fabrikam is empty"
        ),
        (
            "\"recordSets\": [", "\"recordSets\": [], \"other\": [",
            "DNS zone group default (f): the list of the group's records in privatelink.azurecr.io is empty"
        ),
        (
            "\"provisioningState\": \"Succeeded\",\n            \"recordSetName\": \"fabrikamreg.west",
            "\"provisioningState\": \"Updating\",\n            \"recordSetName\": \"fabrikamreg.west",
            "fabrikamreg.westeurope.data.privatelink.azurecr.io is still Updating"
        ),
    ]) func aZoneGroupThatIsNotReadyIsReportedAndTakesNothingAway(
        _ old: String, _ new: String, _ note: String
    ) throws {
        try bench.scratch.write(
            "$TTL 10\n@ SOA a b 7 1 2 3 4\nfabrikamreg.westus.data A 10.9.9.9\n",
            to: "privatelink.azurecr.io.zone")
        let text = try ImportBench.text("zone-group-list.pe-fabrikam.json")
        #expect(text.contains(old))
        let plan = try bench.imported([("f", text.replacing(old, with: new))])
        #expect(plan.notes.contains { $0.contains(note) }, "\(plan.notes)")
        #expect(try bench.records().contains("fabrikamreg.westus.data 10 A 10.9.9.9"))
        try bench.imported([("f", text)])
        #expect(
            try bench.records() == [
                "fabrikamreg 10 A 10.0.0.21", "fabrikamreg.westeurope.data 10 A 10.0.0.20",
            ])
    }
}
