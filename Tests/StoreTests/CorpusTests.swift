// Compares the reader and the canonical form with BIND's: a corpus of zone files, good and bad,
// goes through `named-compilezone` (Debian's bind9-utils, which scripts/setup installs) and through
// this project's reader.

import DNSWire
import Files
import Foundation
import Store
import Testing
import Zones

@Suite struct CorpusTests {
    /// The corpus: good files, bad ones, and those of which BIND and this project think otherwise.
    static func files(_ kind: String) -> [String] {
        let names = (try? Files.list("\(fixtures)/corpus/\(kind)")) ?? []
        return names.filter { $0.hasSuffix(".zone") }
    }

    @Test func corpusIsThere() {
        #expect(Self.files("good").count >= 11)
        #expect(Self.files("bad").count >= 28)
        #expect(Self.files("stricter").count >= 2)
        #expect(Self.files("lenient").count >= 2)
    }

    @Test(arguments: files("good")) func goodFileIsTheSameZoneToBIND(_ file: String) throws {
        let directory = "\(fixtures)/corpus/good"
        let origin = String(file.dropLast(5))
        let scratch = try TemporaryDirectory()
        let mine = try read("\(directory)/\(file)", origin)

        let theirs = "\(scratch.path)/theirs"
        let compiled = try compile(origin, file, to: theirs, in: directory)
        #expect(compiled.status == 0, "\(compiled.output)")
        #expect(try read(theirs, origin).text.lowercased() == mine.text.lowercased())

        try scratch.write(mine.text, to: "mine")
        let again = "\(scratch.path)/again"
        let taken = try compile(origin, "mine", to: again, in: scratch.path)
        #expect(taken.status == 0, "\(taken.output)")
        #expect(try read(again, origin).text.lowercased() == mine.text.lowercased())
    }

    @Test(arguments: files("bad")) func badFileIsRefusedByBoth(_ file: String) throws {
        let directory = "\(fixtures)/corpus/bad"
        let origin = String(file.dropLast(5))
        let scratch = try TemporaryDirectory()
        let compiled = try compile(origin, file, to: "\(scratch.path)/out", in: directory)
        #expect(compiled.status != 0)
        let mistakes = try mistakes("\(directory)/\(file)", origin)
        #expect(!mistakes.isEmpty)
        #expect(mistakes.allSatisfy { $0.file.hasSuffix(file) && $0.line >= 5 && $0.column >= 1 })
    }

    @Test(arguments: files("stricter")) func fileIsTakenByBINDAlone(_ file: String) throws {
        let directory = "\(fixtures)/corpus/stricter"
        let origin = String(file.dropLast(5))
        let scratch = try TemporaryDirectory()
        let compiled = try compile(origin, file, to: "\(scratch.path)/out", in: directory)
        #expect(compiled.status == 0, "\(compiled.output)")
        #expect(try !mistakes("\(directory)/\(file)", origin).isEmpty)
    }

    @Test(arguments: files("lenient")) func fileIsTakenHereAlone(_ file: String) throws {
        let directory = "\(fixtures)/corpus/lenient"
        let origin = String(file.dropLast(5))
        let scratch = try TemporaryDirectory()
        let compiled = try compile(origin, file, to: "\(scratch.path)/out", in: directory)
        #expect(compiled.status != 0)
        #expect(try mistakes("\(directory)/\(file)", origin).isEmpty)
    }

    private func compile(
        _ origin: String, _ file: String, to output: String, in directory: String
    ) throws -> ProgramOutcome {
        try run(
            "named-compilezone",
            ["-i", "none", "-k", "ignore", "-F", "text", "-s", "full", "-o", output, origin, file],
            in: directory)
    }

    private func reading(_ path: String, _ origin: String) throws -> ZoneReading {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let origin = try Name(text: origin)
        return try ZoneFileReader(directory: directory).read(path, origin: origin).reading
    }

    private func read(_ path: String, _ origin: String) throws -> ZoneContent {
        let reading = try reading(path, origin)
        guard let zone = reading.zone else { throw BadFixture(mistakes: reading.mistakes) }
        return ZoneContent(zone)
    }

    private func mistakes(_ path: String, _ origin: String) throws -> [ZoneNotice] {
        try reading(path, origin).mistakes
    }
}
