// The check: what is found in stores with one thing wrong, and that the commands it gives say what is missing.

import Addresses
import DNSWire
import Foundation
import Files
import Store
import Testing
import Zones

@Suite struct CoverageTests {
    let scratch: TemporaryDirectory
    let directory: ZoneDirectory

    init() throws {
        scratch = try TemporaryDirectory()
        directory = ZoneDirectory(scratch.path)
    }

    static let good = """
        $TTL 10
        @ SOA azureprivatedns.net. host.example. 1 3600 300 2419200 10
        myregistry A 10.0.0.7
        myregistry.westeurope.data A 10.0.0.10
        myregistry.northeurope.data A 10.0.0.11
        myregistry.eastus.data A 10.0.0.12

        """

    /// The check of a registry zone with this text, against fixtures.
    func check(
        _ text: String, against files: [String] = [], subnets: [String] = []
    ) throws -> Coverage {
        try scratch.write(text, to: "privatelink.azurecr.io.zone")
        var plan: ImportPlan? = nil
        if !files.isEmpty {
            var reading = AzureReading()
            for file in files { try reading.read(try fixture("az/\(file)"), file: file) }
            plan = try reading.plan(for: directory, links: testLinks)
        }
        return try CoverageCheck.run(
            on: directory, links: testLinks, subnets: subnets.compactMap { Prefix($0) },
            against: plan, files: files)
    }

    func shown(_ coverage: Coverage) -> [String] {
        coverage.findings.map { "\($0.kind.rawValue) \($0.name)" }
    }

    /// A directory in the place of a file cannot be read, whoever asks.
    @Test func aZoneThatCannotBeReadHidesNoOther() throws {
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/broken.example.zone", withIntermediateDirectories: false)
        let coverage = try check(Self.good)
        #expect(shown(coverage) == ["mistakes broken.example."])
        #expect(coverage.registries.map(\.name) == ["myregistry"])
        #expect(coverage.findings[0].sentence.contains("broken.example.zone: not a regular file"))
    }

    @Test func aWholeRegistryHasNothingWrong() throws {
        let coverage = try check(
            Self.good,
            against: [
                "nic-show.json", "acr-show-endpoints.json", "dns-zone-group-list.json",
                "record-set-a-list.json",
            ], subnets: ["10.0.0.0/24"])
        #expect(shown(coverage) == [])
        let row = try #require(coverage.registries.first)
        #expect(coverage.registries.count == 1)
        #expect(row.name == "myregistry")
        #expect(row.addresses == [try #require(IPAddress("10.0.0.7"))])
        #expect(row.regions(of: .data).map(\.region) == ["eastus", "northeurope", "westeurope"])
        #expect(coverage.endpoints.map { "\($0.publicName)" }.contains("myregistry.azurecr.io."))
    }

    @Test(arguments: [
        (
            "myregistry A 10.0.0.7\n", "",
            ["no-registry myregistry.privatelink.azurecr.io."]
        ),
        (
            "myregistry.eastus.data A 10.0.0.12\n", "myregistry.eastus.data TXT x\n",
            ["no-address myregistry.eastus.data.privatelink.azurecr.io."]
        ),
        (
            "10.0.0.12", "10.0.0.11",
            ["address-twice myregistry.eastus.data.privatelink.azurecr.io."]
        ),
        (
            "10.0.0.12", "10.0.1.12",
            ["outside-subnets myregistry.eastus.data.privatelink.azurecr.io."]
        ),
        (
            "eastus.data A", "eastus.data 60 A",
            ["different-ttls myregistry.privatelink.azurecr.io."]
        ),
        (
            "myregistry.eastus.data A 10.0.0.12\n",
            "myregistry.eastus.data A 10.0.0.12\nother A 10.0.0.20\n",
            ["no-data-endpoint other.privatelink.azurecr.io."]
        ),
        (
            "myregistry.eastus.data A 10.0.0.12\n",
            "*.eastus.data A 10.0.0.99\nmyregistry.eastus.data CNAME real\n"
                + "real.x A 10.0.0.50\nreal A 10.0.0.12\nreal.eastus.data A 10.0.0.30\n", []
        ),
        ("10.0.0.12", "10.0.0.300", ["mistakes privatelink.azurecr.io."]),
    ]) func oneThingIsWrong(_ old: String, _ new: String, _ expected: [String]) throws {
        let coverage = try check(
            Self.good.replacing(old, with: new), subnets: ["10.0.0.0/24"])
        #expect(shown(coverage) == expected)
    }

    @Test func namesThatAreNoRegistries() throws {
        let others = """
            @ A 10.0.0.30
            alias CNAME myregistry
            mail MX 10 mail.example.com.
            text TXT "one"
            astray CNAME nowhere
            half.westeurope.data A 10.0.0.20

            """
        let coverage = try check(Self.good + others)
        #expect(coverage.registries.map(\.name).sorted() == ["half", "myregistry"])
        let suffix = "privatelink.azurecr.io."
        #expect(shown(coverage).contains("no-address astray.\(suffix)"))
        #expect(!shown(coverage).contains { $0.contains(" mail") || $0.contains(" text") })
        #expect(!shown(coverage).contains { $0.contains(" alias") })
    }

    @Test func whatAzureHasAndTheStoreLacks() throws {
        let text = Self.good.replacing("myregistry.northeurope.data A 10.0.0.11\n", with: "")
        for files in [
            ["nic-show.json"], ["private-endpoint-show.json"], ["record-set-list.json"],
            ["acr-show-endpoints.json", "nic-show.json"],
        ] {
            let coverage = try check(text, against: files)
            let missing = coverage.findings.filter { $0.name.hasPrefix("myregistry.northeurope") }
            #expect(missing.map(\.kind) == [.missing], "\(files)")
            #expect(
                missing.first?.mending == [
                    [
                        "record-set", "a", "add-record", "--zone", "privatelink.azurecr.io",
                        "--name",
                        "myregistry.northeurope.data", "--ipv4-address", "10.0.0.11",
                    ]
                ])
            let endpoints = try #require(coverage.registries.first).regions(of: .data)
            #expect(endpoints.filter { $0.addresses == nil }.map(\.region) == ["northeurope"])
        }
        let endpoints = try check(text, against: ["acr-show-endpoints.json"])
        #expect(endpoints.findings.map(\.kind) == [.missing])
        #expect(endpoints.findings[0].mending[0].last == "ADDRESS")
    }

    @Test func regionalEndpointsHaveTheirRow() throws {
        let text = """
            $TTL 10
            @ SOA azureprivatedns.net. host.example. 1 3600 300 2419200 10
            georeg A 10.0.0.34
            georeg.westeurope.data A 10.0.0.30
            georeg.eastus.data A 10.0.0.31
            georeg.westeurope.geo A 10.0.0.32

            """
        let alone = try check(text)
        #expect(shown(alone) == [])
        #expect(alone.registries.first?.regions(of: .regional).map(\.region) == ["westeurope"])
        let coverage = try check(text, against: ["recorded/nic-show.pe-georeg.json"])
        #expect(shown(coverage) == ["missing georeg.eastus.geo.privatelink.azurecr.io."])
        let regions = try #require(coverage.registries.first).regions(of: .regional)
        #expect(regions.filter { $0.addresses == nil }.map(\.region) == ["eastus"])
    }

    /// What a store lacks as a whole one import makes.
    @Test func aStoreWithoutTheZoneNeedsOneImport() throws {
        let coverage = try check(Self.good, against: ["nic-show-storage.json"])
        #expect(
            coverage.findings.map(\.mending) == [[["import", "nic-show-storage.json"]], []])
        #expect(
            coverage.findings[1].name == "mystorage.privatelink.blob.core.windows.net.")
    }

    @Test(arguments: [
        (
            "myregistry A 10.0.0.7", "myregistry A 20.1.2.3",
            "public-address myregistry.privatelink.azurecr.io."
        ),
        (
            "myregistry A 10.0.0.7", "myregistry A 10.0.0.7\nmyregistry A 10.0.0.8",
            "two-addresses myregistry.privatelink.azurecr.io."
        ),
        (
            "myregistry A 10.0.0.7",
            "myregistry A 10.0.0.7\nmyregistry.azurecr.io A 10.0.0.9",
            "repeated-suffix myregistry.azurecr.io.privatelink.azurecr.io."
        ),
        (
            "myregistry A 10.0.0.7",
            "myregistry A 10.0.0.7\nmyregistry.privatelink.azurecr.io A 10.0.0.9",
            "repeated-suffix myregistry.privatelink.azurecr.io.privatelink.azurecr.io."
        ),
    ]) func whatNoPrivateEndpointHas(_ old: String, _ new: String, _ expected: String) throws {
        let coverage = try check(Self.good.replacing(old, with: new))
        #expect(shown(coverage) == [expected])
        #expect(coverage.registries.first { $0.name == "myregistry" }?.findingCount == 1)
    }

    @Test func aPublicAddressInASubnetIsMeant() throws {
        let text = Self.good.replacing("10.0.0.7", with: "20.1.2.3")
        #expect(shown(try check(text, subnets: ["20.1.2.0/24", "10.0.0.0/24"])) == [])
    }

    /// A zone below the private one answers for its names, and the registry's endpoints in both are its own.
    @Test func aChildZoneIsLookedUpAsByTheDaemon() throws {
        let child = "westeurope.data.privatelink.azurecr.io"
        let start = "$TTL 10\n@ SOA a. b. 1 2 3 4 5\n"
        try scratch.write(start + "other A 10.0.0.40\n", to: "\(child).zone")
        let hiding = try check(Self.good + "other A 10.0.0.41\n")
        #expect(shown(hiding) == ["missing myregistry.\(child)."])
        #expect(
            hiding.findings[0].sentence.hasPrefix("zone \(child). hides myregistry.\(child). of"))
        #expect(
            hiding.findings[0].mending == [
                [
                    "record-set", "a", "add-record", "--zone", child, "--name", "myregistry",
                    "--ipv4-address", "10.0.0.10",
                ]
            ])
        #expect(hiding.registries.map(\.findingCount) == [1, 0])
        let row = try #require(hiding.registries.first)
        #expect(
            row.regions(of: .data).filter { $0.addresses == nil }.map(\.region) == ["westeurope"])
        try scratch.write(
            start + "other A 10.0.0.40\nmyregistry A 10.0.0.10\n", to: "\(child).zone")
        #expect(shown(try check(Self.good + "other A 10.0.0.41\n")) == [])
    }

    @Test func whatTheStoreHasAndAzureLacks() throws {
        let text = Self.good + "myregistry.westus.data A 10.0.0.40\n"
        let coverage = try check(text, against: ["nic-show.json"])
        #expect(shown(coverage) == ["not-in-azure myregistry.westus.data.privatelink.azurecr.io."])
        #expect(
            coverage.findings[0].mending == [
                [
                    "record-set", "a", "delete", "--zone", "privatelink.azurecr.io", "--name",
                    "myregistry.westus.data",
                ]
            ])
        let differing = try check(
            Self.good.replacing("10.0.0.7", with: "10.0.0.8"), against: ["nic-show.json"])
        #expect(differing.findings.map(\.kind) == [.differs])
        #expect(differing.findings[0].mending.map { $0[2] } == ["add-record", "remove-record"])
        let two = try check(Self.good, against: ["nic-show.json", "nic-show-spoke.json"])
        #expect(two.findings.map(\.kind) == [.conflict, .conflict, .conflict, .conflict])
    }

    @Test func theCommandOfEachTypeMakesItsRecord() throws {
        let coverage = try check(
            "$TTL 10\n@ SOA azureprivatedns.net. azureprivatedns-host.microsoft.com. 1 2 3 4 5\n",
            against: ["record-set-list.json"])
        let words = coverage.findings.flatMap(\.mending).filter { $0[1] != "a" }.map { words in
            words[1] + " " + words.dropFirst(7).joined(separator: " ")
        }
        for expected in [
            "aaaa --ipv6-address 2001:db8::6", "cname --cname myregistry.privatelink.azurecr.io",
            "mx --preference 10 --exchange mail.example.com", "ptr --ptrdname host.example.com",
            "srv --priority 1 --weight 2 --port 5060 --target sip.example.com",
            "txt --value one; \"two\" three",
        ] {
            #expect(words.contains(expected), "\(expected): \(words)")
        }
    }
}

@Suite struct LiveAnswerTests {
    @Test func aReplyIsReadAndAStrangersIsNot() throws {
        let name = try Name(text: "a.example.")
        let query = LiveQuestion.query(name, .a, id: 0x1234)
        #expect(query.prefix(6) == [0x12, 0x34, 1, 0, 0, 1])
        var reply = query
        reply[2] |= 0x80
        reply[7] = 2
        reply += [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 5, 0, 4, 1, 0x62, 0xC0, 14]
        reply += [1, 0x62, 0xC0, 14, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 7]
        let answer = try #require(LiveAnswer(reply, id: 0x1234, name: name))
        #expect(answer.addresses == [try #require(IPAddress("10.0.0.7"))])
        #expect(answer.responseCode == "NOERROR")
        #expect(!answer.isTruncated)
        #expect(LiveAnswer(reply, id: 0x1235, name: name) == nil)
        #expect(LiveAnswer(reply, id: 0x1234, name: try Name(text: "b.example.")) == nil)
        #expect(LiveAnswer(query, id: 0x1234, name: name) == nil)
        for length in 0..<reply.count where length != reply.count {
            #expect(LiveAnswer(Array(reply[..<length]), id: 0x1234, name: name) == nil)
        }
    }
}
