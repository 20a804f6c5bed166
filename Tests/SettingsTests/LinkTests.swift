// Links by service: the table that is built in, the entries that name it, and links with variable labels.

import DNSWire
import Foundation
import Testing

@testable import Settings

@Suite struct LinkTests {
    func links(_ text: String) throws -> [Settings.Link] {
        try SettingsReader.read(Array("links: \(text)\n".utf8), file: "f.yaml").links
    }

    func mistakes(_ text: String) -> [String] {
        do {
            _ = try SettingsReader.read(Array("links: \(text)\n".utf8), file: "f.yaml")
            return []
        } catch {
            return error.mistakes.map { $0.sentence }
        }
    }

    func pairs(_ links: [Settings.Link]) -> [String] {
        links.map { "\($0.publicSuffix) \($0.privateSuffix)" }
    }

    @Test func theTableIsWellFormed() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../config/private-links.csv")
        let rows = try #require(LinkServices.read(Array(try Data(contentsOf: file))))
        #expect(rows == LinkServices.all)
        #expect(rows.count > 200)
        for row in rows {
            #expect(row.service.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
            #expect(row.publicSuffix != row.privateSuffix)
            #expect(!row.publicSuffix.isAtOrBelow(row.privateSuffix), "\(row)")
            #expect(
                NamePattern(row.publicSuffix).variables == NamePattern(row.privateSuffix).variables)
            #expect("\(row.privateSuffix)".contains("privatelink"))
        }
        let clouds = rows.filter { $0.service == "container-registry" }.map {
            "\($0.cloud.rawValue) \($0.publicSuffix)"
        }
        #expect(clouds == ["public azurecr.io.", "us-government azurecr.us.", "china azurecr.cn."])
        #expect(Set(LinkServices.words).count == LinkServices.words.count)
    }

    @Test func aServiceStandsForItsPairs() throws {
        let read = try links("[{service: container-registry, ttl: 60}, {service: blob}]")
        #expect(
            pairs(read) == [
                "azurecr.io. privatelink.azurecr.io.",
                "blob.core.windows.net. privatelink.blob.core.windows.net.",
            ])
        #expect(read.map(\.ttl) == [60, 1800])
        #expect(
            pairs(try links("[{service: blob, cloud: china}]")) == [
                "blob.core.chinacloudapi.cn. privatelink.blob.core.chinacloudapi.cn."
            ])
    }

    @Test func aPairOfTwoServicesIsLinkedOnce() throws {
        let text =
            "[{service: monitor}, {service: blob}, "
            + "{public: blob.core.windows.net, private: privatelink.blob.core.windows.net}]"
        let read = pairs(try links(text))
        #expect(Set(read).count == read.count)
        #expect(read.filter { $0.hasPrefix("blob.core") }.count == 1)
        #expect(try links(text).first { "\($0.publicSuffix)".hasPrefix("blob") }?.service == nil)
    }

    @Test(arguments: [
        ("[{service: blobs}]", ["`blobs` is not a service; `privatelinkctl links` lists them."]),
        (
            "[{service: fabric, cloud: china}]", ["`fabric` is not known in the cloud `china`."]
        ),
        (
            "[{service: blob, public: a.example}]",
            ["`public` cannot be combined with `service`."]
        ),
        (
            "[{public: a.example, private: b.example, cloud: china}]",
            ["`cloud` needs a `service`."]
        ),
        (
            "[{public: \"{a}.example\", private: privatelink.example}]",
            ["`public` and `private` must have the same labels in braces."]
        ),
        ("[{public: a..b, private: b.example}]", ["`public`: `a..b` has an empty label."]),
        (
            "[{}]",
            [
                "`public` is missing in an entry of `links`.",
                "`private` is missing in an entry of `links`.",
            ]
        ),
    ]) func mistakesInEntries(_ text: String, _ expected: [String]) {
        #expect(mistakes(text) == expected)
    }

    @Test func aPatternIsALinkForEachZoneThatItFits() throws {
        let text = "[{service: data-explorer}, {service: kubernetes-service}, {service: blob}]"
        var settings = Settings()
        settings.links = try links(text)
        #expect(settings.links.contains { $0.isPattern })
        let origins = [
            "privatelink.westeurope.kusto.windows.net", "privatelink.NorthEurope.kusto.windows.net",
            "privatelink.blob.core.windows.net", "sub.privatelink.westeurope.azmk8s.io",
            "kusto.windows.net", "privatelink.kusto.windows.net",
        ].map { (try? Name(text: $0)) ?? .root }
        let made = pairs(settings.links(forZones: origins))
        #expect(
            made.filter { $0.contains("kusto") } == [
                "westeurope.kusto.windows.net. privatelink.westeurope.kusto.windows.net.",
                "northeurope.kusto.windows.net. privatelink.northeurope.kusto.windows.net.",
            ])
        #expect(
            made.filter { $0.contains("azmk8s") } == [
                "westeurope.azmk8s.io. privatelink.westeurope.azmk8s.io."
            ])
        #expect(made.filter { $0.hasPrefix("blob.core") }.count == 1)
        #expect(!made.contains { $0.contains("{") })
    }
}
