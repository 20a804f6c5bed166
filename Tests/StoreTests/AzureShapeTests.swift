// The shapes in which az shows endpoints and registries, whole and in part.

import DNSWire
import Files
import Foundation
import Store
import Testing
import Zones

@Suite struct AzureShapeTests {
    let bench: ImportBench
    static let contoso = [
        "contosoreg 10 A 10.0.0.7", "contosoreg.eastus.data 10 A 10.0.0.6",
        "contosoreg.northeurope.data 10 A 10.0.0.5", "contosoreg.westeurope.data 10 A 10.0.0.4",
    ]

    init() throws { bench = try ImportBench() }

    @Test func ipConfigurationsAreTheirInterface() throws {
        try bench.scratch.write(
            "$TTL 10\n@ SOA a b 7 1 2 3 4\ncontosoreg.westus.data A 10.9.9.9\n",
            to: "privatelink.azurecr.io.zone")
        let plan = try bench.recorded("ipconfig-list.json")
        #expect(plan.notes == [])
        #expect(try bench.records() == Self.contoso)
    }

    /// A part of them, as a `--query` leaves it, speaks for no more than its names.
    @Test(arguments: [
        (0, 1), (3, 1), (0, 3),
    ]) func aPartOfTheConfigurationsTakesNothingAway(_ first: Int, _ count: Int) throws {
        try bench.recorded("ipconfig-list.json")
        var texts = try ImportBench.text("ipconfig-list.json").components(
            between: "  {\n", and: "\n  }")
        texts = Array(texts[first..<(first + count)]).map { "{\n\($0)\n}" }
        try bench.imported([("f", "[\(texts.joined(separator: ","))]")])
        #expect(try bench.records() == Self.contoso)
        try bench.imported([("f", texts[0])])
        #expect(try bench.records() == Self.contoso)
    }

    @Test func configurationsOfAMachineAreNoEndpoints() throws {
        let text = try ImportBench.text("ipconfig-list.json").replacing(
            "privateLinkConnectionProperties", with: "other")
        let plan = try bench.imported([("f", text)])
        #expect(plan.edits.isEmpty)
        #expect(plan.notes.count == 1)
        #expect(plan.notes[0].contains("this is not a private endpoint's interface"))
    }

    /// What `--query` takes out of an endpoint or a zone group: names with addresses, and nothing of who they are of.
    @Test(arguments: [
        "[{\"fqdn\":\"contosoreg.azurecr.io\",\"ipAddresses\":[\"10.0.0.7\"]}]",
        "{\"fqdn\":\"contosoreg.privatelink.azurecr.io\",\"ipAddresses\":[\"10.0.0.7\"],\"ttl\":10}",
        "[{\"name\":\"z\",\"privateDnsZoneId\":\"/a/privateDnsZones/privatelink.azurecr.io\",\"recordSets\":"
            + "[{\"fqdn\":\"contosoreg.privatelink.azurecr.io\",\"ipAddresses\":[\"10.0.0.7\"]}]}]",
    ]) func projectionsSpeakForTheirNamesOnly(_ text: String) throws {
        try bench.scratch.write(
            "$TTL 10\n@ SOA a b 7 1 2 3 4\ncontosoreg A 10.1.1.1\ncontosoreg.westus.data A 10.9.9.9\n",
            to: "privatelink.azurecr.io.zone")
        try bench.imported([("f", text)])
        #expect(
            try bench.records() == [
                "contosoreg 10 A 10.0.0.7", "contosoreg.westus.data 10 A 10.9.9.9",
            ])
    }

    // MARK: Registries

    func expected(_ texts: [(file: String, text: String)]) throws -> [String] {
        var reading = AzureReading()
        for (file, text) in texts { try reading.read(Array(text.utf8), file: file) }
        return try bench.plan(reading).expected.map { "\($0.place.publicName)" }
    }

    static let contosoNames = [
        "contosoreg.azurecr.io.", "contosoreg.eastus.data.azurecr.io.",
        "contosoreg.northeurope.data.azurecr.io.", "contosoreg.westeurope.data.azurecr.io.",
    ]

    @Test func aRegistryIsExpectedToHaveItsEndpoints() throws {
        let show = try ImportBench.text("acr-show.contosoreg.json")
        #expect(try expected([("show", show)]) == Self.contosoNames)
        let replications = try ImportBench.text("replication-list.contosoreg.json")
        #expect(try expected([("f", replications)]).sorted() == Self.contosoNames)
        #expect(try expected([("f", replications), ("show", show)]).sorted() == Self.contosoNames)
        // The login server decides, where it is known: it need not be the resource's name.
        let hashed = show.replacing("contosoreg.azurecr.io", with: "contosoreg-abc.azurecr.cn")
            .replacing("\"contosoreg.", with: "\"contosoreg-abc.").replacing(
                "data.azurecr.io", with: "data.azurecr.cn")
        var reading = AzureReading()
        for (file, text) in [("f", replications), ("show", hashed)] {
            try reading.read(Array(text.utf8), file: file)
        }
        #expect(try bench.plan(reading).expected.isEmpty)
        #expect(
            try bench.plan(reading).notes.contains {
                $0.contains(
                    "no link has a private zone for contosoreg-abc.eastus.data.azurecr.cn.")
            })
    }

    @Test func aRegionsWordIsTheSameWithBlanks() throws {
        let show = try ImportBench.text("acr-show.contosoreg.json")
            .replacing("\"location\": \"westeurope\"", with: "\"location\": \"West Europe\"")
            .replacing("\"dataEndpointHostNames\"", with: "\"other\"")
        #expect(
            try expected([("f", show)]) == [
                "contosoreg.azurecr.io.", "contosoreg.westeurope.data.azurecr.io.",
            ])
    }

    @Test func regionalEndpointsAreExpected() throws {
        #expect(
            try expected([("f", try ImportBench.text("show-endpoints.georeg.json"))]) == [
                "georeg.azurecr.io.", "georeg.eastus.data.azurecr.io.",
                "georeg.eastus.geo.azurecr.io.", "georeg.westeurope.data.azurecr.io.",
                "georeg.westeurope.geo.azurecr.io.",
            ])
        let show = try ImportBench.text("acr-show.contosoreg.json").replacing(
            "\"regionalEndpointHostNames\": []",
            with: "\"regionalEndpointHostNames\": [\"contosoreg.westeurope.geo.azurecr.io\"]")
        #expect(
            try expected([("f", show)]).contains("contosoreg.westeurope.geo.azurecr.io."))
    }

    /// A registry without data endpoints of its own lists the storage accounts' wildcard.
    @Test func aWildcardStandsForADataEndpoint() throws {
        #expect(
            try expected([("f", try ImportBench.text("show-endpoints.fabrikamreg.json"))]) == [
                "fabrikamreg.azurecr.io.", "fabrikamreg.westeurope.data.azurecr.io.",
            ])
    }

    @Test func aRegistryThatIsPublicOnPurposeLacksNothing() throws {
        let show = try ImportBench.text("acr-show.contosoreg.json").replacing(
            "\"publicNetworkAccess\": \"Disabled\"", with: "\"publicNetworkAccess\": \"Enabled\"")
        let plan = try bench.imported([("f", show)])
        #expect(plan.expected.isEmpty)
        #expect(plan.notes.count == 1 && plan.notes[0].contains("no private endpoint"))
    }

    @Test func aReplicationThatIsNotReadyIsReported() throws {
        let text = try ImportBench.text("replication-list.contosoreg.json")
        let first = try #require(text.firstRange(of: "Succeeded"))
        let plan = try bench.imported([("f", text.replacingCharacters(in: first, with: "Creating"))]
        )
        #expect(plan.expected.count == 3)
        #expect(plan.notes.contains { $0.contains("westeurope is still Creating") })
    }
}

extension String {
    /// The parts between two marks.
    func components(between start: String, and end: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let from = rest.firstRange(of: start) {
            rest = rest[from.upperBound...]
            guard let to = rest.firstRange(of: end) else { break }
            parts.append(String(rest[..<to.lowerBound]))
            rest = rest[to.upperBound...]
        }
        return parts
    }
}
