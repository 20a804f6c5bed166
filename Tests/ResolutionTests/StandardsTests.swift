// docs/standards.md names a test for each clause; here is held that these tests are there.

import Foundation
import Testing

@Suite struct StandardsTests {
    /// The tests' directory.
    private static let tests = Scenario.directory.deletingLastPathComponent()

    /// A row of a table of the page.
    struct Row: Sendable, CustomTestStringConvertible {
        var line: Int
        var cells: [String]
        var testDescription: String { "line \(line): \(cells.first ?? "")" }
    }

    /// The rows below the headings of tables.
    static let rows: [Row] = {
        let page = tests.deletingLastPathComponent().appending(path: "docs/standards.md")
        let octets = FileManager.default.contents(atPath: page.path) ?? Data()
        let lines = String(decoding: octets, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        return lines.enumerated().compactMap { index, line in
            guard line.hasPrefix("| "), !line.hasPrefix("| clause |") else { return nil }
            let cells = line.split(separator: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            return Row(line: index + 1, cells: cells)
        }
    }()

    /// The texts of test files by their names without extension.
    private static let files: [String: String] = {
        var files: [String: String] = [:]
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: tests.path)) ?? []
        for path in paths where path.hasSuffix(".swift") || path.hasSuffix(".py") {
            let name = URL(filePath: path).deletingPathExtension().lastPathComponent
            let octets = FileManager.default.contents(atPath: tests.appending(path: path).path)
            files[name, default: ""] += String(decoding: octets ?? Data(), as: UTF8.self)
        }
        return files
    }()

    @Test("every clause of docs/standards.md is held by tests that are there", arguments: rows)
    func isHeld(row: Row) throws {
        try #require(row.cells.count == 3)
        let references = row.cells[2].matches(of: /`([A-Za-z0-9_-]+): ([^`]+)`/)
        #expect(!references.isEmpty || row.cells[2] == "-")
        for reference in references {
            let (file, words) = (String(reference.1), String(reference.2))
            let isScenario = Scenario.all.contains {
                $0.file == "\(file).scenario" && $0.title.hasPrefix(words)
            }
            let isTest = Self.files[file]?.contains(words) ?? false
            #expect(isScenario || isTest, "\(file): \(words)")
        }
    }

    @Test("the page has its tables")
    func isThere() { #expect(Self.rows.count > 50) }
}
