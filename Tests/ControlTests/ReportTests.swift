// Reports in both formats: what people read, and what programs read back with another implementation of JSON.

import Control
import Foundation
import Testing

/// A report of fields that a test chooses.
private struct SampleReport: Report {
    var fields: [ReportField]
}

private var status: StatusReport {
    var report = StatusReport()
    report.version = "0.1"
    report.processID = 4711
    report.uptime = 93_784
    report.ready = true
    report.workers = 2
    report.listen = ["0.0.0.0:53", "[::]:53"]
    report.generation = 3
    report.fingerprint = "00c0ffee"
    report.zones = 1
    report.records = 4
    report.links = ["azurecr.io. -> privatelink.azurecr.io."]
    report.queriesAnswered = 12
    report.cacheOctets = 1_600_000
    report.lastReload = StatusReport.LastReload(age: 59, succeeded: false, mistakes: 2)
    return report
}

private var explanation: ExplainReport {
    var report = ExplainReport()
    report.result = "a.azurecr.io does not resolve"
    report.name = "a.azurecr.io."
    report.type = "A"
    report.steps = [
        ExplainReport.Step(
            name: "a.azurecr.io.", step: "local zone", verdict: .passed, reason: "no zone"),
        ExplainReport.Step(
            name: "a.azurecr.io.", step: "private link", verdict: .answered, reason: "it exists"),
    ]
    report.responseCode = "NOERROR"
    report.flags = ["qr", "rd", "ra"]
    report.answer = ["a.azurecr.io. 1800 IN CNAME a.privatelink.azurecr.io."]
    return report
}

private var zones: ZonesReport {
    var zone = ZonesReport.Zone(origin: "privatelink.azurecr.io.", state: .current)
    zone.records = 4
    zone.names = 3
    zone.serial = 4_294_967_295
    zone.file = "privatelink.azurecr.io.zone"
    zone.loaded = "2026-01-31T20:11:05Z"
    zone.errors = ["three"]
    zone.warnings = ["one", "two"]
    return ZonesReport(zones: [zone, ZonesReport.Zone(origin: "b.", state: .failed)])
}

@Suite struct ReportTests {
    /// JSON as Foundation reads it.
    private static func parse(_ text: String) throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(value as? [String: Any])
    }

    @Test("a status for people")
    func statusText() {
        let lines = status.rendered(as: .text).split(separator: "\n").map(String.init)
        let expected = [
            "version:                0.1", "process:                4711",
            "uptime:                 1d 2h", "ready:                  yes",
            "listen:                 0.0.0.0:53", "                        [::]:53",
            "failed zones:           none", "cache size:             1.5 MiB",
            "last reload:            59s", "last reload succeeded:  no",
        ]
        for line in expected { #expect(lines.contains(line)) }
        #expect(StatusReport().rendered(as: .text).contains("last reload:            -\n"))
    }

    @Test("a status for programs")
    func statusJSON() throws {
        let object = try Self.parse(status.rendered(as: .json))
        #expect(object["process-id"] as? Int == 4711)
        #expect(object["uptime-seconds"] as? Int == 93_784)
        #expect(object["ready"] as? Bool == true)
        #expect(object["listen"] as? [String] == ["0.0.0.0:53", "[::]:53"])
        #expect(object["failed-zones"] as? [String] == [])
        #expect(object["last-reload-succeeded"] as? Bool == false)
        let fresh = try Self.parse(StatusReport().rendered(as: .json))
        #expect(fresh["last-reload-age-seconds"] is NSNull)
    }

    @Test("zones as a table, and as objects")
    func zonesReport() throws {
        #expect(
            zones.rendered(as: .text) == """
                ZONE                     STATE   RECORDS  NAMES  SERIAL      FINGERPRINT  \
                FILE                         LOADED                ERRORS  WARNINGS
                privatelink.azurecr.io.  ok      4        3      4294967295               \
                privatelink.azurecr.io.zone  2026-01-31T20:11:05Z  three   one; two
                b.                       failed  0        0      -                        \
                                             -                     -       -

                """)
        #expect(ZonesReport().rendered(as: .text) == "none\n")
        let rows = try #require(
            try Self.parse(zones.rendered(as: .json))["zones"] as? [[String: Any]])
        #expect(rows.count == 2)
        #expect(rows[0]["serial"] as? Int == 4_294_967_295)
        #expect(rows[0]["errors"] as? [String] == ["three"])
        #expect(rows[0]["warnings"] as? [String] == ["one", "two"])
        #expect(rows[0]["loaded"] as? String == "2026-01-31T20:11:05Z")
        #expect(rows[1]["loaded"] is NSNull)
        #expect(rows[1]["state"] as? String == "failed" && rows[1]["serial"] is NSNull)
    }

    @Test("an explanation, its steps in their order")
    func explainReport() throws {
        let text = explanation.rendered(as: .text)
        #expect(
            text.contains(
                """
                steps:
                  NAME           STEP          VERDICT   WHY
                  a.azurecr.io.  local zone    passed    no zone
                  a.azurecr.io.  private link  answered  it exists

                """))
        #expect(text.contains("extended error:  -\n"))
        let object = try Self.parse(explanation.rendered(as: .json))
        let steps = try #require(object["steps"] as? [[String: String]])
        #expect(steps.map { $0["verdict"] } == ["passed", "answered"])
        #expect(object["flags"] as? [String] == ["qr", "rd", "ra"])
        #expect(object["extended-error"] is NSNull)
    }

    @Test("a reload says how it went in its first line")
    func reloadReport() throws {
        var report = ReloadReport()
        report.mistakes = ["x.zone:3:1: no such type"]
        report.restartKeys = ["listen"]
        #expect(report.rendered(as: .text).hasPrefix("reload:              failed\n"))
        #expect(try Self.parse(report.rendered(as: .json))["succeeded"] as? Bool == false)
        report.succeeded = true
        #expect(report.rendered(as: .text).hasPrefix("reload:              succeeded\n"))
        #expect(
            report.rendered(as: .text).contains("mistakes:            x.zone:3:1: no such type\n"))
    }

    @Test("both formats say the same fields, in the same order, each once")
    func sameFields() throws {
        let reports: [any Report] = [status, explanation, zones, ReloadReport()]
        for report in reports {
            let json = report.rendered(as: .json)
            #expect(json.hasSuffix("}\n") && json.count { $0 == "\n" } == 1)
            let keys = report.fields.map(\.key)
            #expect(Set(keys).count == keys.count)
            #expect(Set(try Self.parse(json).keys) == Set(keys))
            var rest = json[...]
            for key in keys {
                let found = try #require(rest.range(of: "\"\(key)\":"))
                rest = rest[found.upperBound...]
            }
        }
    }

    // MARK: Text that means something to its reader

    @Test("every string survives JSON")
    func jsonStrings() throws {
        var random = SeededGenerator(state: 7)
        var strings = [
            "", "\"", "\\", "\\\"", "/", "\u{0}", "\u{1F}\u{7F}\u{85}", "\u{2028}\u{2029}",
            "\u{1F433}", "\u{FFFF}", "\r\n", "e\u{301}", "</script>",
        ]
        for _ in 0..<500 {
            var string = ""
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let limit: UInt32 = Bool.random(using: &random) ? 0x7F : 0x10FFFF
                let value = UInt32.random(in: 0...limit, using: &random)
                if let scalar = Unicode.Scalar(value) { string.unicodeScalars.append(scalar) }
            }
            strings.append(string)
        }
        for string in strings {
            let report = SampleReport(fields: [
                ReportField("", string, .text(string)), ReportField("", "list", .list([string])),
            ])
            let text = report.rendered(as: .json)
            // Nothing in it ends a line or moves a terminal.
            #expect(
                text.dropLast().unicodeScalars.allSatisfy {
                    $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
                        && !(0x2028...0x2029).contains($0.value)
                })
            let object = try Self.parse(text)
            #expect(
                (object["list"] as? [String])?.first.map { Array($0.utf8) } == Array(string.utf8))
            if string != "list" {
                #expect((object[string] as? String).map { Array($0.utf8) } == Array(string.utf8))
            }
        }
    }

    @Test(
        "what a terminal would obey is shown, not sent",
        arguments: [
            ("\u{1B}[2J", "\\u{1b}[2J"), ("a\nb", "a\\u{a}b"), ("\r", "\\u{d}"), ("\t", "\\u{9}"),
            ("\u{202E}", "\\u{202e}"), ("\u{200B}", "\\u{200b}"), ("\u{2028}", "\\u{2028}"),
            ("\u{9B}31m", "\\u{9b}31m"), ("\u{FC}\u{1F433}", "\u{FC}\u{1F433}"),
        ])
    func terminal(string: String, shown: String) {
        let report = SampleReport(fields: [
            ReportField("x", "x", .text(string)), ReportField("y", "y", .list([string])),
            ReportField("z", "z", .rows([[ReportField("Z", "z", .text(string))]])),
        ])
        #expect(
            report.rendered(as: .text) == "x:  \(shown)\ny:  \(shown)\nz:\n  Z\n  \(shown)\n")
    }

    @Test(
        "lengths of time and numbers of octets",
        arguments: [
            (ReportValue.seconds(0), "0s"), (.seconds(59), "59s"), (.seconds(60), "1m 0s"),
            (.seconds(3_599), "59m 59s"), (.seconds(3_600), "1h 0m"), (.seconds(86_400), "1d 0h"),
            (.seconds(-1), "-1s"), (.seconds(.max), "106751991167300d 15h"),
            (.octets(0), "0 bytes"), (.octets(1_023), "1023 bytes"), (.octets(1_024), "1.0 KiB"),
            (.octets(1_048_575), "1023.9 KiB"), (.octets(64 << 20), "64.0 MiB"),
            (.octets(.max), "8589934591.9 GiB"), (.boolean(true), "yes"), (.boolean(false), "no"),
            (.absent, "-"), (.integer(-7), "-7"), (.list([]), "none"),
            (.optional(nil), "-"), (.optional("x"), "x"), (.outcome(false, "up", "down"), "down"),
        ])
    func values(value: ReportValue, shown: String) {
        let report = SampleReport(fields: [ReportField("x", "x", value)])
        #expect(report.rendered(as: .text) == "x:  \(shown)\n")
    }
}

@Suite struct VisibleTextTests {
    @Test(
        "what does something on a terminal is shown as a number",
        arguments: [
            ("plain, 10.0.0.1", "plain, 10.0.0.1"), ("\u{1B}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("a\nb\tc", "a\\u{a}b\\u{9}c"), ("Zürich \u{202E}cba", "Zürich \\u{202e}cba"),
            ("\u{9B}31m\u{7F}", "\\u{9b}31m\\u{7f}"), ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
        ])
    func escaped(text: String, shown: String) {
        #expect(VisibleText.escaped(text, keepsLayout: false) == shown)
        let json = JSONText.quote(text)
        #expect(VisibleText.escaped(json, keepsLayout: true) == json)
    }

    @Test func layoutStays() {
        #expect(VisibleText.escaped("a\n\tb\r\u{1B}", keepsLayout: true) == "a\n\tb\\u{d}\\u{1b}")
    }
}
