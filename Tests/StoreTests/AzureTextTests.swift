// Everything that is no output, each in one sentence that says what to do; and the encodings of what is one.

import DNSWire
import Files
import Store
import Testing
import Zones

@Suite struct AzureTextTests {
    let bench: ImportBench

    init() throws { bench = try ImportBench() }

    static let sentences: [(String, String)] = [
        ("nic-show.pe-contoso.yaml", "this is YAML; run az with -o json"),
        ("nic-show.pe-contoso.table", "this is a table; run az with -o json"),
        (
            "nic-show.pe-contoso.tsv",
            "these are values separated by tabs (-o tsv); run az with -o json"
        ),
        ("show-endpoints.contosoreg.ansi", "this contains a terminal's color codes"),
        ("show-endpoints.fabrikamreg.json.err", "this includes a warning of az"),
    ]

    @Test(arguments: sentences) func otherFormatsAreOneSentence(
        _ file: String, _ sentence: String
    ) throws {
        let text = try ImportBench.text(file)
        for text in [text, text.replacing("\n", with: "\r\n"), "\n" + text] {
            try expectRefusal(Array(text.utf8), sentence)
        }
        try expectRefusal(Self.utf16(text), sentence)
    }

    static let texts: [(String, String)] = [
        ("WARNING: something\n{\"a\": 1}", "keep standard error out of the file"),
        ("[]\nWARNING: something\n", "the warning is: something"),
        (
            "[]\nWARNING: Token of next page: eyJuZXh0\n",
            "the listing continues after these entries"
        ),
        (
            "ERROR: (ResourceNotFound) The resource was not found.\nCode: ResourceNotFound\n",
            "az failed, and this is its message instead of output: (ResourceNotFound)"
        ),
        (
            "{\"error\": {\"code\": \"AuthorizationFailed\", \"message\": \"no\"}}",
            "this is an error reported by Azure: AuthorizationFailed: no"
        ),
        ("\"10.0.0.4\"\n", "leave --query out"), ("null\n", "this is null"),
        ("12\n", "leave --query out"),
        ("10.0.0.4\n10.0.0.5\n", "this contains only values such as \"10.0.0.4\""),
        ("/subscriptions/1/resourceGroups/rg\n", "this contains only values"),
        ("- name: x\n  ttl: 10\n", "this is YAML"), ("---\nname: x\n", "this is YAML"),
        ("<html>\n<body>sign in</body>\n", "this is HTML"),
        (
            "{\"name\": \"x\", \"address\": \"10.0.0.1\"}",
            "or a --query left out what identifies it"
        ),
        ("", "the output is empty"), ("\u{FEFF}\r\n", "the output is empty"),
    ]

    @Test(arguments: texts) func otherTextsAreOneSentence(_ text: String, _ sentence: String) throws
    {
        try expectRefusal(Array(text.utf8), sentence)
    }

    func expectRefusal(_ octets: [UInt8], _ sentence: String) throws {
        var reading = AzureReading()
        let error = #expect(throws: StoreError.self) { try reading.read(octets, file: "f") }
        let text = error.map { "\($0)" } ?? ""
        #expect(text.contains(sentence), "\(text)")
        #expect(!text.contains("\n"), "\(text)")
        #expect(text.count < 600)
    }

    static func utf16(_ text: String) -> [UInt8] {
        [0xFF, 0xFE]
            + text.utf16.flatMap { unit -> [UInt8] in [UInt8(unit & 255), UInt8(unit >> 8)] }
    }

    @Test(arguments: ["ipconfig-list.json", "zone-export.corp.internal.zone"])
    func encodingsAreTheSame(_ file: String) throws {
        let origin = file.hasSuffix(".json") ? "privatelink.azurecr.io" : "corp.internal"
        let text = try ImportBench.text(file)
        try bench.imported([("f", text)])
        let big =
            [0xFE, 0xFF]
            + text.utf16.flatMap { unit -> [UInt8] in [UInt8(unit >> 8), UInt8(unit & 255)] }
        for octets in [
            Self.utf16(text), Array(Self.utf16(text).dropFirst(2)), big,
            Array(text.replacing("\n", with: "\r\n").utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8),
        ] {
            let other = try ImportBench()
            var reading = AzureReading()
            try reading.read(octets, file: "f")
            let writer = try other.directory.lock()
            for edit in try other.plan(reading).edits { _ = try writer.apply(edit) }
            #expect(try other.records(origin) == bench.records(origin))
        }
    }
}
