// Files with mistakes, and exactly what is said of them. A row is a file and its mistakes, so that a
// reviewer reads what an administrator sees.

import Settings
import Testing

/// A file, and what is wrong with it as `LINE:COLUMN: sentence`.
struct MistakeRow: CustomTestStringConvertible, Sendable {
    let text: String
    let mistakes: [String]

    init(_ text: String, _ mistakes: String...) {
        self.text = text
        self.mistakes = mistakes
    }

    var testDescription: String { text }
}

/// What is said of a file.
func mistakes(_ octets: [UInt8]) -> [String] {
    do throws(SettingsMistakes) {
        _ = try SettingsReader.read(octets, file: "f.yaml")
        return []
    } catch {
        return error.mistakes.map(\.description)
    }
}

private func check(_ row: MistakeRow) {
    #expect(mistakes(Array(row.text.utf8)) == row.mistakes.map { "f.yaml:" + $0 })
}

@Suite struct MistakeTests {
    @Test(arguments: [
        MistakeRow("", "1:1: The file has no settings; write {} for the defaults."),
        MistakeRow(
            "# all is commented out\n", "1:1: The file has no settings; write {} for the defaults."),
        MistakeRow("---\n~\n", "2:1: The file has no settings; write {} for the defaults."),
        MistakeRow("- listen", "1:1: The file must be a map of keys and values."),
        MistakeRow("listen", "1:1: The file must be a map of keys and values."),
        MistakeRow(
            "workers: 1\nlog: {level: info\n",
            "3:1: The file is not YAML: did not find expected ',' or '}' while parsing a flow mapping."
        ),
        MistakeRow(
            "workers: 1\n workers: 2\n",
            "2:9: The file is not YAML: mapping values are not allowed in this context."),
        MistakeRow(
            "\tworkers: 1\n",
            "1:1: A tab is not allowed here: indent lines with spaces."),
        MistakeRow(
            "log:\r\n\tlevel: info\r\n",
            "2:1: A tab is not allowed here: indent lines with spaces."),
        MistakeRow(
            "workers: @\n",
            "1:10: The file is not YAML: found character that cannot start any token while scanning for the next token."
        ),
        MistakeRow("workers: 1\n---\nworkers: 2\n", "2:1: The file contains a second document."),
        MistakeRow(
            "log:\n  queries: true\n  queries: false\n",
            "2:3: `queries` is written more than once in this map."),
        MistakeRow(
            "log: {level: info, level: 7}\nlog: {}\nworkers: none\n\"tcp\": {}\ntcp: {idle: 1}\nnothing: 1\n",
            "1:1: `log` is written more than once in this map.",
            "1:7: `level` is written more than once in this map.",
            "3:10: `workers` must be auto or a whole number from 1 to 256, not `none`.",
            "4:1: `tcp` is written more than once in this map.",
            "5:7: There is no key `tcp.idle`.", "6:1: There is no key `nothing`."),
        MistakeRow(
            "\"\": 1\n\"\": 2\nworkers: none\n",
            "1:1: `` is written more than once in this map.", "2:1: There is no key ``.",
            "3:10: `workers` must be auto or a whole number from 1 to 256, not `none`."),
        MistakeRow(
            "log: {level: 'in\nfo'}", "1:14: A quoted value must end on the line where it begins."),
        MistakeRow(
            "log:\n  level: \u{7}info",
            "2:10: A control character (U+7) is not allowed in a settings file."),
    ])
    func whatIsNoSettingsFile(row: MistakeRow) { check(row) }

    @Test func textThatIsNotUTF8() {
        let octets = Array("workers: 1\nlog: {level: é".utf8) + [0xFF, 0x7D]
        #expect(mistakes(octets) == ["f.yaml:2:15: The file is not valid UTF-8 from here on."])
    }

    @Test func aFileOfMoreThanAMegabyte() {
        let octets = [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1)
        #expect(mistakes(octets) == ["f.yaml:1:1: The file is longer than 1 MiB."])
    }

    @Test(arguments: [
        MistakeRow(
            "lisen: [127.0.0.1]\nworker: 2\nresolver:\n  listen: 127.0.0.1:9153",
            "1:1: There is no key `lisen`; did you mean `listen`?",
            "2:1: There is no key `worker`; did you mean `workers`?",
            "3:1: There is no key `resolver`."),
        MistakeRow(
            "cache: {sizes: 1, ttl: 2}\nmaximum-ttl: 5\nchache: {size: 0}",
            "1:9: There is no key `cache.sizes`; did you mean `cache.size`?",
            "1:19: There is no key `cache.ttl`.",
            "2:1: There is no key `maximum-ttl`; did you mean `cache.maximum-ttl`?",
            "3:1: There is no key `chache`; did you mean `cache`?"),
        MistakeRow("[a]: 1", "1:1: A key must be a word."),
        MistakeRow(
            "access.allow: []",
            "1:1: A key cannot contain a dot: put the key of a section into its map."),
        MistakeRow(
            "links:\n  - public: a.example\n    privat: b.example",
            "2:5: `private` is missing in an entry of `links`.",
            "3:5: There is no key `privat` in an entry of `links`; did you mean `private`?"),
        MistakeRow("cache: 5", "1:8: `cache` must be a map of keys and values."),
        MistakeRow(
            "forward: [5]", "1:11: An entry of `forward` must be a map of keys and values."),
    ])
    func keys(row: MistakeRow) { check(row) }

    @Test(arguments: [
        MistakeRow(
            "access: {allow: [10.0.0.0/8, 0.0.0.0/0]}",
            "1:17: This list holds all of IPv4, so that anybody may ask and attack others by it; "
                + "`access.open: true` says that it is meant."),
        MistakeRow(
            "listen:\n  - {address: 10.0.0.4, access: {allow: [\"::/1\", \"8000::/1\"]}}",
            "2:41: This list holds all of IPv6, so that anybody may ask and attack others by it; "
                + "`access.open: true` says that it is meant."),
        MistakeRow(
            "listen:\n  - 10.0.0.4\n  - {address: \"10.0.0.4:53\"}\n  - {protocol: dns}\n  - [1]",
            "3:5: `10.0.0.4:53` is already in `listen`.",
            "4:5: `address` is missing in an entry of `listen`.",
            "5:5: An entry of `listen` must be an address or address:port (IPv6 with a port in "
                + "brackets), not a list."),
        MistakeRow(
            "listen:\n  - {address: 10.0.0.4, port: 53}\n  - {address: 10.0.0.5, protocol: smtp}",
            "2:25: There is no key `port` in an entry of `listen`.",
            "3:35: `protocol` must be dns, not `smtp`."),
    ])
    func access(row: MistakeRow) { check(row) }

    @Test(arguments: [
        MistakeRow(
            "workers: 0\nlog: {queries: yes}\nudp-payload: '1232'",
            "1:10: `workers` must be auto or a whole number from 1 to 256, not `0`.",
            "2:16: `log.queries` must be true or false, not `yes`.",
            "3:14: `udp-payload` must be a whole number from 512 to 1400, not `1232`."),
        MistakeRow(
            "cookies:\n  secrets: [00112233445566778899aabbccddeefg, aabb, 00112233]",
            "2:13: An entry of `cookies.secrets` must be 32 hexadecimal digits, not this value.",
            "2:47: An entry of `cookies.secrets` must be 32 hexadecimal digits, not this value.",
            "2:53: An entry of `cookies.secrets` must be 32 hexadecimal digits, not this value."),
        MistakeRow(
            "cookies:\n  secrets: [00112233445566778899aabbccddeeff, 00112233445566778899AABBCCDDEEFF]",
            "2:47: this value is already in `cookies.secrets`."),
        MistakeRow(
            "workers: 257",
            "1:10: `workers` must be auto or a whole number from 1 to 256, not `257`."),
        MistakeRow(
            "workers: 010",
            "1:10: `workers` must be auto or a whole number from 1 to 256, not `010`."),
        MistakeRow(
            "workers: -1", "1:10: `workers` must be auto or a whole number from 1 to 256, not `-1`."
        ),
        MistakeRow(
            "workers: 99999999999999999999",
            "1:10: `workers` must be auto or a whole number from 1 to 256, not "
                + "`99999999999999999999`."),
        MistakeRow(
            "workers: [1]",
            "1:10: `workers` must be auto or a whole number from 1 to 256, not a list."),
        MistakeRow(
            "workers:",
            "1:9: `workers` must be auto or a whole number from 1 to 256; it has no value."),
        MistakeRow(
            "log: {level: verbose}",
            "1:14: `log.level` must be trace, debug, info, notice, warning, error or critical, "
                + "not `verbose`."),
        MistakeRow(
            "cache: {size: 64MB, maximum-ttl: 2w, maximum-negative-ttl: 0}",
            "1:15: `cache.size` must be a size such as 512KiB, 64MiB or 1GiB, from 0 to 1TiB, "
                + "not `64MB`.",
            "1:34: `cache.maximum-ttl` must be a time in whole seconds such as 1800, 30m or 1d, "
                + "from 1s to 1w, not `2w`.",
            "1:60: `cache.maximum-negative-ttl` must be a time in whole seconds such as 1800, 30m "
                + "or 1d, from 1s to 1w, not `0`."),
        MistakeRow(
            "cache: {size: 9999999999TiB}",
            "1:15: `cache.size` must be a size such as 512KiB, 64MiB or 1GiB, from 0 to 1TiB, "
                + "not `9999999999TiB`."),
        MistakeRow(
            "query-timeout: 999ms",
            "1:16: `query-timeout` must be a time such as 250ms, 6s or 1m, from 1s to 1m, "
                + "not `999ms`."),
        MistakeRow(
            "zones: {directory: ''}\nidentity: {version: \"a\\0b\"}",
            "1:20: `zones.directory`: `` is empty.",
            "2:21: `identity.version`: `a\\u{0}b` contains a control character."),
        MistakeRow(
            "control: {socket: /\(String(repeating: "s", count: 107))}",
            "1:19: `control.socket`: `/\(String(repeating: "s", count: 59))...` is longer than 107 "
                + "bytes."),
        MistakeRow(
            "links: {public: a.example}", "1:8: `links` must be a list of maps, not a map."),
    ])
    func values(row: MistakeRow) { check(row) }

    @Test(arguments: [
        MistakeRow("listen: []", "1:9: `listen` must have an entry."),
        MistakeRow(
            "listen: [127.0.0.1, localhost, '::ffff:10.0.0.1', 224.0.0.1, 'fe80::1']",
            "1:21: An entry of `listen` must be an address or address:port (IPv6 with a port in "
                + "brackets), not `localhost`.",
            "1:32: An entry of `listen`: `::ffff:10.0.0.1` is an IPv4-mapped address; write "
                + "`10.0.0.1`.",
            "1:51: An entry of `listen`: `224.0.0.1` is a multicast address.",
            "1:62: An entry of `listen`: `fe80::1` is a link-local address, which means nothing "
                + "without an interface."),
        MistakeRow(
            "listen: [127.0.0.1, 127.0.0.1:53]", "1:21: `127.0.0.1:53` is already in `listen`."),
        MistakeRow("listen: ['0.0.0.0:53', 0.0.0.0]", "1:24: `0.0.0.0` is already in `listen`."),
        MistakeRow(
            "listen: ['0.0.0.0:53', 127.0.0.1, '127.0.0.1:54', '::1']",
            "1:24: `127.0.0.1:53` is within `0.0.0.0:53`, which is also a listener."),
        MistakeRow(
            "listen: ['0.0.0.0:53', '[::1]:9153']\nmetrics: {listen: 127.0.0.1:53}",
            "2:19: `127.0.0.1:53` cannot serve metrics: DNS is served on `0.0.0.0:53`."),
        MistakeRow(
            "listen: ['[::1]:9153']\nmetrics: {listen: '[::]:9153'}",
            "2:19: `[::]:9153` cannot serve metrics: DNS is served on `[::1]:9153`."),
        MistakeRow(
            "listen: [0.0.0.0]\nforward: [{zone: ., servers: [127.0.0.2, 192.0.2.1, '::1']}]",
            "2:31: `127.0.0.2:53` is a listener, so the daemon would query itself."),
        MistakeRow(
            "access: {allow: [10.0.0.0/33, 10.0.0.1/8, '::ffff:10.0.0.0/104', 10.0.0.0/8, 10.0.0.0/8]}",
            "1:18: An entry of `access.allow` must be an address block such as 10.0.0.0/8, "
                + "not `10.0.0.0/33`.",
            "1:31: An entry of `access.allow`: `10.0.0.1/8` has bits after the prefix; write "
                + "`10.0.0.0/8`.",
            "1:43: An entry of `access.allow`: `::ffff:10.0.0.0/104` is an IPv4-mapped block; "
                + "write it as IPv4."),
        MistakeRow(
            "access: {allow: [10.0.0.0/8, 10.0.0.0/8]}",
            "1:30: `10.0.0.0/8` is already in `access.allow`."),
    ])
    func addresses(row: MistakeRow) { check(row) }

    @Test(arguments: [
        MistakeRow(
            "links:\n- {public: ., private: '*.example'}\n- {public: '', private: a..b}",
            "2:12: `public`: `.` cannot be the root.",
            "2:24: `private`: `*.example` has a wildcard; a suffix covers all names below it.",
            "3:12: `public`: `` is empty.", "3:25: `private`: `a..b` has an empty label."),
        MistakeRow(
            "links:\n- public: é.example\n  private: \(String(repeating: "a", count: 64)).example",
            "2:11: `public`: `é.example` contains more than visible ASCII; write it as A-labels "
                + "(xn--).",
            "3:12: `private`: `\(String(repeating: "a", count: 60))...` has a label of more than 63 "
                + "octets."),
        MistakeRow(
            """
            links:
              - {public: a.example, private: A.Example.}
              - {public: b.a.example, private: a.example}
              - {public: c.example, private: x.example}
              - {public: C.example, private: x.example}
              - {public: d.example, private: x.example, owned-missing: nxdomain}
              - {public: d.example, private: y.example, ttl: 604801}
            """,
            "2:34: `private` is the same name as `public`.",
            "3:36: `private` is above `public`, so counterparts would be linked again.",
            "5:5: `C.example.` is already linked to `x.example.`.",
            "6:5: This link and the one on line 4 share `x.example.`, so they must agree on "
                + "`when-missing` and `owned-missing`.",
            "7:50: `ttl` must be a time in whole seconds such as 1800, 30m or 1d, from 0s to 1w, "
                + "not `604801`."),
        MistakeRow(
            """
            listen: [127.0.0.1:5300]
            links:
              - {public: a.example, private: b.example, fallback: ["127.0.0.1:5300", 192.0.2.1:0]}
            """,
            "3:56: `127.0.0.1:5300` is a listener, so the daemon would query itself.",
            "3:74: An entry of `fallback`: `192.0.2.1:0` has port 0."),
    ])
    func links(row: MistakeRow) { check(row) }

    @Test(arguments: [
        MistakeRow(
            """
            listen: [127.0.0.1:5300]
            forward:
              - zone: .
              - {zone: a.example, servers: [0.0.0.0, 255.255.255.255]}
              - {zone: A.example., servers: ['127.0.0.1:5300']}
              - {zone: b.example, servers: ['::2', 192.0.2.1], source-address: 192.0.2.2}
              - {zone: c.example, servers: [192.0.2.1, '192.0.2.1:53'], transport: tls}
              - {zone: '*.d.example', servers: [], source-address: 192.0.2.2:53}
            """,
            "3:5: `servers` is missing in an entry of `forward`.",
            "4:33: An entry of `servers`: `0.0.0.0` is the unspecified address.",
            "4:42: An entry of `servers`: `255.255.255.255` is the broadcast address.",
            "5:12: `A.example.` is already forwarded.",
            "5:34: `127.0.0.1:5300` is a listener, so the daemon would query itself.",
            "6:33: `[::2]:53` cannot be queried from `192.0.2.2`, which is of the other address family.",
            "7:44: `192.0.2.1:53` is already in `servers`.",
            "7:72: `transport` must be udp or tcp, not `tls`.",
            "8:12: `zone`: `*.d.example` has a wildcard; a suffix covers all names below it.",
            "8:56: `source-address` must be an address, not `192.0.2.2:53`.")
    ])
    func forwardZones(row: MistakeRow) { check(row) }
}

@Suite struct HostileFileTests {
    @Test(arguments: [
        "a: &x 1", "a: *x", "- *x", "[*x]", "[a, *x]", "{a: *x}", "? *x", "*x : 1", "\"a\":*x",
        "--- *x", "a: !!str 5", "a: |\n text", "a: >\n text", "a: 'b'\n*x : 1", "a: it's\nb: *x",
        "a: b[x\n'x #y': *z", "a: 'x # y' \nb: *z", "a: \"\\\"\" \nb: *z", "a: 'it''s' \nb: *z",
    ])
    func whatSettingsHaveNoUseForIsNotRead(text: String) {
        #expect(
            mistakes(Array(text.utf8)).contains { $0.contains("is not allowed in a settings file") }
        )
    }

    /// Thirty lines that a reader of aliases would expand to a billion entries, as keys too.
    @Test func aliasesAreNotExpanded() {
        var text = "a0: &a0 [x, x]\n"
        for index in 1...30 { text += "a\(index): &a\(index) [*a\(index - 1), *a\(index - 1)]\n" }
        text += "? *a30\n: 1\n"
        #expect(mistakes(Array(text.utf8)).count == 92)
    }

    @Test(
        arguments: [
            ("brackets", String(repeating: "[", count: 100_000)),
            ("maps", "listen: " + String(repeating: "{a: ", count: 100_000)),
            ("dashes", String(repeating: "- ", count: 100_000) + "a"),
            ("question marks", String(repeating: "? ", count: 100_000) + "a"),
            ("blanks", (0..<500).map { String(repeating: " ", count: $0) + "a:\n" }.joined()),
        ] as [(String, String)])
    func depthIsBounded(name: String, text: String) {
        #expect(mistakes(Array(text.utf8)).contains { $0.contains("more than") })
    }

    @Test func theNumberOfMistakesIsBounded() {
        let text = (0..<5000).map { "k\($0): 1\n" }.joined()
        #expect(mistakes(Array(text.utf8)).count == 100)
    }

    /// Any file is read or refused: never a trap. The files are made from a fixed seed by cutting,
    /// doubling and overwriting parts of one that is full of YAML's signs.
    @Test func mutatedFilesDoNotTrap() {
        let seed = Array(
            (SettingsDocumentation.defaultFile
                + "\n? [a, {b: 'c'}] : \"d\\n\" # e\n- !f &g *h | i\n")
                .utf8)
        var generator = SplitMix(state: 0x5EED)
        var refused = 0
        for _ in 0..<2000 {
            var octets = seed
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let at = Int.random(in: 0..<octets.count, using: &generator)
                let length = min(Int.random(in: 1...40, using: &generator), octets.count - at)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0 where octets.count > 100: octets.removeSubrange(at..<(at + length))
                case 1: octets.insert(contentsOf: octets[at..<(at + length)], at: at)
                default: octets[at] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            if !mistakes(octets).isEmpty { refused += 1 }
        }
        #expect(refused > 1000)
    }
}

/// A generator with a fixed sequence.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
