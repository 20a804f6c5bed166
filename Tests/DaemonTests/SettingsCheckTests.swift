// The warnings of a settings check, and where they point to.

import Foundation
import Testing

@testable import Daemon

@Suite final class SettingsCheckTests {
    let directory = NSTemporaryDirectory() + "check-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/zones", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// What a check says of a file; the directory's path is left out.
    func check(
        _ settings: String, zones: [String: String] = [:]
    ) throws -> (mistakes: [String], warnings: [String]) {
        for (origin, text) in zones {
            try "@ 60 SOA ns hostmaster 1 2 3 4 5\n\(text)".write(
                toFile: "\(directory)/zones/\(origin).zone", atomically: true, encoding: .utf8)
        }
        let file = "\(directory)/f.yaml"
        try settings.write(toFile: file, atomically: true, encoding: .utf8)
        let check = SettingsCheck(settingsFile: file)
        func shorten(_ lines: [String]) -> [String] {
            lines.map { $0.replacingOccurrences(of: directory + "/", with: "") }
        }
        return (shorten(check.mistakes), shorten(check.warnings))
    }

    @Test func aLinkThatNoZoneServesIsPointedTo() throws {
        let found = try check(
            """
            # comment
            links:
              - {public: azurecr.io, private: privatelink.azurecr.io}
              - service: blob
                ttl: 60
              - service: blob
                cloud: china
              - public: "{region}.kusto.windows.net"
                private: privatelink.{region}.kusto.windows.net
              - {public: held.example, private: private.held.example}
            """, zones: ["private.held.example": "x 60 A 10.0.0.1\n"])
        #expect(found.mistakes == [])
        #expect(
            found.warnings == [
                "f.yaml:3:35: warning: no zone has privatelink.azurecr.io., which a link needs: "
                    + "names below azurecr.io. get their public answers",
                "f.yaml:4:14: warning: there is no zone of the service blob, which a link needs: "
                    + "its names get their public answers",
                "f.yaml:6:14: warning: there is no zone of the service blob in the cloud china, "
                    + "which a link needs: its names get their public answers",
                "f.yaml:9:14: warning: no zone has privatelink.{region}.kusto.windows.net., "
                    + "which a link needs: names below {region}.kusto.windows.net. get their "
                    + "public answers",
            ])
    }

    @Test func aLinkThatAZoneShadowsIsPointedTo() throws {
        let found = try check(
            """
            links:
              - {public: "{region}.a.example", private: "{region}.p.example"}
              - public: b.example
                private: p.example
              - {service: container-registry}
            """,
            zones: [
                "north.p.example": "x 60 A 10.0.0.1\n", "p.example": "x 60 A 10.0.0.1\n",
                "b.example": "", "a.example": "", "azurecr.io": "",
                "privatelink.azurecr.io": "x 60 A 10.0.0.1\n",
            ])
        #expect(
            found.warnings == [
                "f.yaml:2:14: warning: zone a.example. answers before the link of north.a.example.",
                "f.yaml:3:13: warning: zone b.example. answers before the link of b.example.",
                "f.yaml:5:15: warning: zone azurecr.io. answers before the link of azurecr.io.",
            ])
    }

    @Test func hiddenNamesArePointedToInTheParentsFile() throws {
        let found = try check(
            "zones: {watch: false}\n",
            zones: [
                "example": """
                ; comment
                www 60 A 10.0.0.1
                  60 TXT "x"
                $ORIGIN child.example.
                b 60 A 10.0.0.2
                a 60 A 10.0.0.3

                """,
                "child.example": "b 60 A 10.0.0.4\n",
            ])
        #expect(
            found.warnings == [
                "zones/example.zone:6:1: warning: zone child.example. hides 2 names of zone "
                    + "example., b.child.example. first"
            ])
    }

    @Test func eachNameIsHiddenByTheInnermostZone() throws {
        let found = try check(
            "{}",
            zones: [
                "example": "a.b 60 A 10.0.0.1\nx.a.b 60 A 10.0.0.2\nx.b 60 A 10.0.0.3\n",
                "b.example": "x 60 A 10.0.0.4\n*.w 60 A 10.0.0.4\n", "a.b.example": "",
                "v.w.b.example": "",
            ])
        #expect(
            found.warnings == [
                "zones/example.zone:4:1: warning: zone b.example. hides 1 name of zone example., "
                    + "x.b.example. first",
                "zones/example.zone:2:1: warning: zone a.b.example. hides 2 names of zone "
                    + "example., a.b.example. first",
            ])
    }

    @Test func aFileThatIsNotReadForItsNameIsPointedTo() throws {
        for name in ["privatelink.azurecr.io", "Privatelink.azurecr.io.txt"] {
            try "x 60 A 10.0.0.1\n".write(
                toFile: "\(directory)/zones/\(name)", atomically: true, encoding: .utf8)
            let found = try check("links: [{service: container-registry}]\n")
            #expect(found.warnings.count == 1)
            #expect(
                found.warnings[0].hasSuffix(
                    "; zones/\(name) is not read, since its name does not end in .zone"),
                "\(found.warnings)")
            try FileManager.default.removeItem(atPath: "\(directory)/zones/\(name)")
        }
    }

    @Test(arguments: ["", "; x 60 A 10.0.0.1\n", "x 60 TXT y\n"])
    func aPrivateZoneWithoutAddressesIsPointedTo(_ text: String) throws {
        let settings = "links: [{public: azurecr.io, private: privatelink.azurecr.io}]\n"
        let found = try check(settings, zones: ["privatelink.azurecr.io": text])
        #expect(
            found.warnings == [
                "f.yaml:1:39: warning: zone privatelink.azurecr.io. has no addresses, so the "
                    + "link of azurecr.io. leads nowhere"
            ])
        let full = try check(settings, zones: ["privatelink.azurecr.io": "x 60 CNAME y.example.\n"])
        #expect(full.warnings == [])
    }

    @Test func aForwardZoneThatAZoneShadowsIsPointedTo() throws {
        let found = try check(
            """
            links: [{public: p.example, private: privatelink.p.example}]
            forward:
              - {zone: ., servers: [192.0.2.1]}
              - {zone: a.example, servers: [192.0.2.1]}
              - {zone: x.b.example, servers: [192.0.2.1]}
              - {zone: y.b.example, servers: [192.0.2.1]}
              - {zone: privatelink.p.example, servers: [192.0.2.1]}
            """,
            zones: [
                "a.example": "", "b.example": "y 60 NS ns.other.example.\n",
                "privatelink.p.example": "x 60 A 10.0.0.1\n",
            ])
        #expect(
            found.warnings == [
                "f.yaml:3:3: warning: zone a.example. answers before the forward zone a.example.",
                "f.yaml:3:3: warning: zone b.example. answers before the forward zone x.b.example.",
            ])
    }

    /// A parent's delegation and glue are what leads other resolvers to the child.
    @Test func aDelegatedChildHidesNothing() throws {
        let found = try check(
            "{}",
            zones: [
                "example": "child 60 NS ns.child\nns.child 60 A 10.0.0.1\n",
                "child.example": "@ 60 NS ns\nns 60 A 10.0.0.1\n",
            ])
        #expect(found.warnings == [])
        #expect(found.mistakes == [])
    }

    @Test func aDirectoryThatCannotBeReadIsPointedTo() throws {
        let found = try check(
            "listen: [127.0.0.1:5300]\nzones:\n  directory: none\nlinks: [{service: blob}]\n")
        #expect(found.mistakes.count == 1)
        #expect(found.warnings == [])
        #expect(found.mistakes[0].hasPrefix("f.yaml:3:14: "), "\(found.mistakes)")
    }
}
