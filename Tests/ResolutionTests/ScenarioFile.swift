// Scenario text taken apart: a file holds statements that every scenario of it starts with, then scenarios,
// each a title and its statements. What statements mean is ScenarioStage's business. The form is
// explained in docs/scenarios.md.

import Foundation
import Testing

/// A mistake in a scenario, or behaviour that is not as it says.
struct ScenarioMistake: Error, Equatable {
    var line: Int
    var sentence: String
}

/// A line of a block: the indented lines behind a statement.
struct BlockLine: Sendable {
    var line: Int
    /// Without the block's indentation.
    var text: String
}

/// One statement.
struct Statement: Sendable {
    var line: Int
    var words: [String]
    var block: [BlockLine] = []
}

/// One behaviour.
struct Scenario: Sendable, CustomTestStringConvertible {
    /// The path below Tests/Scenarios.
    var file: String
    var path: String
    var line: Int
    var title: String
    /// Those of the file first, then its own.
    var statements: [Statement]

    var testDescription: String { "\(file): \(title)" }
}

extension Scenario {
    /// Where the scenarios are.
    static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Scenarios")

    /// Every scenario of every file, in order.
    static let all: [Scenario] = {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: directory.path)) ?? []
        return names.filter { $0.hasSuffix(".scenario") }.sorted().flatMap { name in
            let path = directory.appending(path: name).path
            let octets = FileManager.default.contents(atPath: path) ?? Data()
            return read(String(decoding: octets, as: UTF8.self), file: name, path: path)
        }
    }()

    /// The scenarios of one file's text.
    static func read(_ text: String, file: String, path: String) -> [Scenario] {
        var shared: [Statement] = []
        var scenarios: [Scenario] = []
        func append(_ statement: Statement) {
            if scenarios.isEmpty {
                shared.append(statement)
            } else {
                scenarios[scenarios.count - 1].statements.append(statement)
            }
        }
        var open: Statement?
        var indentation = 0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let content = line.drop { $0 == " " || $0 == "\t" }
            if content.isEmpty || content.hasPrefix(";") { continue }
            let depth = line.count - content.count
            if depth > 0, open != nil {
                if open?.block.isEmpty == true { indentation = depth }
                let text = String(line.dropFirst(min(depth, indentation)))
                open?.block.append(BlockLine(line: index + 1, text: text))
                continue
            }
            if let complete = open { append(complete) }
            open = nil
            let words = ScenarioWords.split(content)
            if words.first == "scenario" {
                let title = words.dropFirst().joined(separator: " ")
                scenarios.append(
                    Scenario(
                        file: file, path: path, line: index + 1, title: title, statements: shared))
            } else {
                open = Statement(line: index + 1, words: words)
            }
        }
        if let complete = open { append(complete) }
        return scenarios
    }
}
