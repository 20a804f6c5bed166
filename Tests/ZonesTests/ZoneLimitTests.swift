// What bounds a zone: a text that is larger than it looks is a mistake, and never the end of the process or its memory.

import DNSWire
import Testing

@testable import Zones

/// The mistakes of a zone with this limit for its tables, in bytes.
private func mistakes(_ text: String, limit: Int) throws -> [String] {
    let octets = Array(text.utf8)
    var parser = ZoneParser(
        origin: try Name(text: "example."), hasher: NameHasher(key: 1), sizeHint: octets.count)
    parser.builder.limit = limit
    parser.start(file: "zone")
    parser.read(octets.span) { path, _ in .unreadable("no files", file: path) }
    return parser.finish().mistakes.map(\.description)
}

@Test("a name of many labels counts for all the names above it")
func deepNamesCount() throws {
    let deep = (0..<120).map { _ in "a." }.joined()
    let text = "$TTL 5\n" + (0..<40).map { "\(deep)b\($0) A 10.0.0.1\n" }.joined()
    #expect(text.utf8.count < 16_000)
    #expect(try mistakes(text, limit: .max) == [])
    let found = try mistakes(text, limit: 400_000)
    #expect(found.first == "zone:21:1: the zone is larger than 4 GiB")
}

@Test("records count with what stands around them in the tables")
func recordsCount() throws {
    let text = "$TTL 5\n" + (0..<1_000).map { "@ A 10.0.\($0 / 256).\($0 % 256)\n" }.joined()
    #expect(try mistakes(text, limit: 140_000) == [])
    #expect(try mistakes(text, limit: 120_000).isEmpty == false)
}

@Test("a short directive cannot make gigabytes")
func generatedOctets() throws {
    let string = String(repeating: "x", count: 255) + " "
    let long = String(repeating: string, count: 16)
    let directive = "$GENERATE 0-9999 a$ 5 TXT \(long)\n"
    #expect(try mistakes(directive, limit: .max) == [])
    #expect(
        try mistakes(directive + directive.replacing("a$", with: "b$"), limit: .max) == [
            "zone:2:11: more than 64 MiB would be generated"
        ])
}
