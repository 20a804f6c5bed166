// The table of keys as people read it: the reference page and the settings file that is shipped, whose
// comments are the table's sentences. Both are kept in the repository, and a test compares them.

/// Texts that are made from the table of keys.
public enum SettingsDocumentation {
    /// The reference of all keys: docs/settings.md.
    public static var reference: String {
        var lines = [
            "# Settings", "",
            "The settings file is YAML: `privatelinkd --config FILE`. Made from the table of keys in",
            "`Sources/Settings/Keys/SettingKeys.swift`; to change this page, change the table and run",
            "`REWRITE_DOCUMENTATION=1 swift test --filter SettingsTests`.", "",
            "A key that is not in this table is a mistake, and so is a value of another form; all",
            "mistakes are reported at once. *reload*: a change takes effect with the next reload;",
            "*restart*: with the next start, and a reload that finds one says so. Relative paths begin",
            "at the settings file's own directory. A file without any key is a mistake; `{}` means the",
            "defaults. Anchors, aliases, tags, block text and quotes over several lines are not read.",
            "",
        ]
        lines += table(
            of: SettingKeys.table.map { ($0.field, $0.change.rawValue) }, changeColumn: true)
        for row in SettingKeys.table {
            guard case .records(let fields, _) = row.field.kind else { continue }
            lines += ["", "## An entry of `\(row.path)`", ""]
            lines += table(of: fields.map { ($0, "") }, changeColumn: false)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The settings file that is shipped: every key with its sentence, those without a value as comments.
    public static var defaultFile: String {
        var lines = [
            "# The settings of privatelinkd, as it is shipped. docs/settings.md says more of each key;",
            "# `privatelinkd --check-config --config FILE` says what is wrong with a file.",
        ]
        var section: Substring? = nil
        for row in SettingKeys.table {
            let words = row.path.split(separator: ".")
            let isNested = words.count > 1
            if !isNested || section != words[0] { lines.append("") }
            if isNested, section != words[0] { lines.append("\(words[0]):") }
            section = isNested ? words[0] : nil
            lines += entry(row.field, key: String(words[words.count - 1]), indent: isNested ? 2 : 0)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// What the shipped file has where the default is nothing.
    private static let shippedValues: [String: String] = ["metrics.listen": "127.0.0.1:9153"]

    /// What the shipped file has in the lists that are empty by default.
    private static let shipped: [String: [String: SettingDefault]] = [
        "links": [
            "public": .text("azurecr.io"), "private": .text("privatelink.azurecr.io"),
        ],
        "forward": ["zone": .text("."), "servers": .list(["168.63.129.16"])],
    ]

    // MARK: The reference

    private static func table(
        of fields: [(SettingField, change: String)], changeColumn: Bool
    ) -> [String] {
        var lines = [
            "| key | value | default |\(changeColumn ? " change |" : "") meaning |",
            "|---|---|---|\(changeColumn ? "---|" : "")---|",
        ]
        for (field, change) in fields {
            let cells =
                ["`\(field.path)`", field.kind.expectation, field.initial.markdown]
                + (changeColumn ? [change] : []) + [field.summary]
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines
    }

    // MARK: The shipped file

    private static func entry(_ field: SettingField, key: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        let comment = wrapped(field.summary, width: 98 - indent).map { "\(margin)# \($0)" }
        if case .records(let fields, _) = field.kind {
            return comment + ["\(margin)\(key):"] + record(fields, shipped: shipped[key] ?? [:])
        }
        guard let value = shippedValues[field.path] ?? field.initial.yaml else {
            return comment + ["\(margin)# \(key):"]
        }
        let lines = wrapped("\(key): \(value)", width: 98 - indent)
        return comment + [margin + lines[0]] + lines.dropFirst().map { "\(margin)  \($0)" }
    }

    private static func record(
        _ fields: [SettingField], shipped: [String: SettingDefault]
    ) -> [String] {
        var lines: [String] = []
        for (index, field) in fields.enumerated() {
            lines += wrapped(field.summary, width: 94).map { "    # \($0)" }
            let value = (shipped[field.path] ?? field.initial).yaml
            let margin = index == 0 ? "  - " : "    "
            lines.append(value.map { "\(margin)\(field.path): \($0)" } ?? "    # \(field.path):")
        }
        return lines
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}

extension SettingDefault {
    /// The value as a settings file has it; nil for none.
    fileprivate var yaml: String? {
        switch self {
        case .required, .requiredWithout, .unset: nil
        case .text(let text): text
        case .list(let texts):
            "[" + texts.map { $0.contains(":") ? "\"\($0)\"" : $0 }.joined(separator: ", ") + "]"
        }
    }

    fileprivate var markdown: String {
        switch self {
        case .required: "must be given"
        case .requiredWithout(let other): "must be given without `\(other)`"
        case .unset: "not set"
        case .text(let text): "`\(text)`"
        case .list(let texts):
            texts.isEmpty ? "none" : texts.map { "`\($0)`" }.joined(separator: " ")
        }
    }
}
