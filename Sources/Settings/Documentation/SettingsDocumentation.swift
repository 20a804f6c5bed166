// Renders the table of keys as the reference page and as the default settings file, whose comments
// are the table's sentences. The repository has both, and a test compares them.

/// Texts generated from the table of keys.
public enum SettingsDocumentation {
    /// The reference of all keys: docs/settings.md.
    public static var reference: String {
        var lines = [
            "# Settings", "",
            "The settings file is YAML: `privatelinkd --config FILE`. This page is generated from",
            "`Sources/Settings/Keys/SettingKeys.swift`; to change it, change that table and run",
            "`REWRITE_DOCUMENTATION=1 swift test --filter SettingsTests`.", "",
            "An unknown key is a mistake, and so is a value of the wrong form; all mistakes are",
            "reported together. *reload*: a change takes effect at the next reload. *restart*: it",
            "takes effect at the next start, and a reload reports it. Relative paths start at the",
            "settings file's own directory. A file without any key is a mistake; `{}` means the",
            "defaults. Anchors, aliases, tags, block text and quotes over several lines are refused.",
            "",
        ]
        lines += table(
            of: SettingKeys.table.map { ($0.field, $0.change.rawValue) }, changeColumn: true)
        for row in SettingKeys.table {
            let fields: [SettingField]
            switch row.field.kind {
            case .records(let those, _), .valuesOrRecords(_, let those, _): fields = those
            default: continue
            }
            lines += ["", "## An entry of `\(row.path)`", ""]
            lines += table(of: fields.map { ($0, "") }, changeColumn: false)
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The default settings file: every key with its sentence, those without a value as comments.
    public static var defaultFile: String {
        var lines = [
            "# The default settings of privatelinkd. docs/settings.md has the values of each key;",
            "# `privatelinkd --check-config --config FILE` reports the mistakes in a file.",
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

    /// The default file's values for keys without a default.
    private static let shippedValues: [String: String] = ["metrics.listen": "127.0.0.1:9153"]

    /// The default file's entries in lists that are empty by default.
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
