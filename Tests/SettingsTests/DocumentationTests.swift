// The texts that are made from the table of keys are those in the repository, and the shipped file is
// one that the reader takes.

import Foundation
import Settings
import Testing

@Suite struct DocumentationTests {
    /// The repository, seen from this file.
    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test(arguments: [
        ("docs/settings.md", SettingsDocumentation.reference),
        ("config/privatelinkd.yaml", SettingsDocumentation.defaultFile),
    ])
    func committedTextIsCurrent(path: String, generated: String) throws {
        let file = Self.root.appending(path: path)
        if ProcessInfo.processInfo.environment["REWRITE_DOCUMENTATION"] != nil {
            try Data(generated.utf8).write(to: file)
        }
        let committed = try String(contentsOf: file, encoding: .utf8)
        #expect(
            committed == generated,
            """
            \(path) is not what the table of keys says; \
            run REWRITE_DOCUMENTATION=1 swift test --filter SettingsTests
            """)
    }
}
