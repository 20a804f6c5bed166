// A settings file in the form of the table of keys: each value read as its key's kind, defaults for
// absent keys, every value with its position. Combinations of values are checked elsewhere.

/// Values by the path of their key.
struct TypedSettings: Sendable {
    /// One value for each key that has one; a key whose value is a mistake is missing.
    private(set) var values: [String: TypedValue]

    /// Reads what was parsed; `directory` completes relative paths.
    init(_ parsed: ParsedSettings, directory: String, mistakes: inout MistakeList) {
        var reader = TypedReader(directory: directory)
        values = reader.read(
            parsed.root, fields: SettingKeys.table.map(\.field), of: nil)
        for entry in reader.found { mistakes.add(entry.sentence, at: entry.mark) }
    }

    private init(defaultsIn directory: String) {
        var reader = TypedReader(directory: directory)
        values = reader.defaults(of: SettingKeys.table.map(\.field), at: .start)
    }

    /// Every key at its default.
    static var defaults: TypedSettings { TypedSettings(defaultsIn: "") }

    /// The settings that the values make.
    var settings: Settings {
        var settings = Settings(blank: ())
        for row in SettingKeys.table {
            if let value = values[row.path]?.value { row.assign(&settings, value) }
        }
        settings.expandLinks()
        return settings
    }
}

/// Reads nodes by the fields of a table.
struct TypedReader {
    /// What completes relative paths: empty, or ending with a slash.
    let directory: String
    /// The mistakes so far.
    private(set) var found: [(mark: SettingsMark, sentence: String)] = []

    init(directory: String) { self.directory = directory }

    /// The values of a map and of the sections in it, absent ones at their defaults; `record` names
    /// the list whose entry the map is.
    mutating func read(
        _ node: ParsedNode, fields: [SettingField], of record: String?
    ) -> [String: TypedValue] {
        guard case .map = node.content else {
            let subject = record.map { "An entry of \($0)" } ?? "The file"
            note("\(subject) must be a map of keys and values.", at: node.mark)
            return [:]
        }
        var values: [String: TypedValue] = [:]
        var seen: Set<String> = []
        readSection(
            node, prefix: "", fields: fields, of: record, values: &values, seen: &seen)
        let absent = fields.filter { !seen.contains($0.path) }
        for field in absent where field.isRequired(beside: seen) {
            note("`\(field.path)` is missing\(Self.place(record)).", at: node.mark)
        }
        return values.merging(defaults(of: absent, at: node.mark)) { written, _ in written }
    }

    /// The defaults of the fields that have one.
    mutating func defaults(of fields: [SettingField], at mark: SettingsMark) -> [String: TypedValue]
    {
        var values: [String: TypedValue] = [:]
        for field in fields {
            let content: ParsedNode.Content
            switch field.initial {
            case .required, .requiredWithout, .unset: continue
            case .text(let text): content = .scalar(text, isPlain: true)
            case .list(let texts):
                content = .list(
                    texts.map { ParsedNode(content: .scalar($0, isPlain: true), mark: mark) })
            }
            values[field.path] = read(
                ParsedNode(content: content, mark: mark), as: field.kind, of: "`\(field.path)`")
        }
        return values
    }

    private mutating func readSection(
        _ node: ParsedNode, prefix: String, fields: [SettingField], of record: String?,
        values: inout [String: TypedValue], seen: inout Set<String>
    ) {
        if case .absent = node.content { return }
        guard case .map(let pairs) = node.content else {
            note("`\(prefix.dropLast())` must be a map of keys and values.", at: node.mark)
            return
        }
        for (key, value) in pairs {
            guard case .scalar(let word, _) = key.content else {
                note("A key must be a word.", at: key.mark)
                continue
            }
            let path = prefix + word
            if word.contains(".") {
                note(
                    "A key cannot contain a dot: put the key of a section into its map.",
                    at: key.mark)
            } else if let field = fields.first(where: { $0.path == path }) {
                seen.insert(path)
                values[path] = read(value, as: field.kind, of: "`\(path)`")
            } else if fields.contains(where: { $0.path.hasPrefix(path + ".") }) {
                readSection(
                    value, prefix: path + ".", fields: fields, of: record, values: &values,
                    seen: &seen)
            } else {
                note(
                    KeySuggestion.sentence(for: path, among: fields.map(\.path), in: record),
                    at: key.mark)
            }
        }
    }

    /// The node as `kind`; nil, with at least one more mistake, if it is not of that kind.
    private mutating func read(
        _ node: ParsedNode, as kind: SettingKind, of subject: String
    ) -> TypedValue? {
        switch (kind, node.content) {
        case (.list(let element, let count), .list(let nodes)):
            return readList(nodes, of: element, count: count, subject: subject, at: node.mark)
        case (.records(let fields, let count), .list(let nodes)):
            return readRecords(nodes, fields: fields, count: count, subject: subject, at: node.mark)
        case (.valuesOrRecords(let element, let fields, let count), .list(let nodes)):
            return readMixed(
                nodes, of: element, or: fields, count: count, subject: subject, at: node.mark)
        case (.list, _), (.records, _), (.valuesOrRecords, _):
            note("\(subject) must be \(kind.expectation)\(Self.instead(node)).", at: node.mark)
            return nil
        case (_, .scalar(let text, let isPlain)):
            let scalar = ScalarReader(text: text, isPlain: isPlain, directory: directory)
            switch scalar.read(as: kind) {
            case .success(let value): return TypedValue(value: value, mark: node.mark)
            case .failure(let fault):
                let sentence = fault.sentence(subject: subject, kind: kind, text: text)
                note(sentence, at: node.mark)
                return nil
            }
        default:
            note("\(subject) must be \(kind.expectation)\(Self.instead(node)).", at: node.mark)
            return nil
        }
    }

    private mutating func readList(
        _ nodes: [ParsedNode], of element: SettingKind, count: ClosedRange<Int>, subject: String,
        at mark: SettingsMark
    ) -> TypedValue? {
        guard check(nodes, count: count, subject: subject, at: mark) else { return nil }
        let members = nodes.compactMap { read($0, as: element, of: "An entry of \(subject)") }
        var seen: Set<SettingValue> = []
        for (member, node) in zip(members, nodes) where members.count == nodes.count {
            if !seen.insert(member.value).inserted, case .scalar(let text, _) = node.content {
                note("\(element.shown(text)) is already in \(subject).", at: member.mark)
            }
        }
        return TypedValue(value: .list(members), mark: mark)
    }

    private mutating func readRecords(
        _ nodes: [ParsedNode], fields: [SettingField], count: ClosedRange<Int>, subject: String,
        at mark: SettingsMark
    ) -> TypedValue? {
        guard check(nodes, count: count, subject: subject, at: mark) else { return nil }
        let records = nodes.map { node in
            TypedValue(
                value: .record(read(node, fields: fields, of: subject)),
                mark: node.mark)
        }
        return TypedValue(value: .list(records), mark: mark)
    }

    private mutating func readMixed(
        _ nodes: [ParsedNode], of element: SettingKind, or fields: [SettingField],
        count: ClosedRange<Int>, subject: String, at mark: SettingsMark
    ) -> TypedValue? {
        guard check(nodes, count: count, subject: subject, at: mark) else { return nil }
        var seen: Set<SettingValue> = []
        var members: [TypedValue] = []
        for node in nodes {
            var member: TypedValue?
            var value: SettingValue?
            if case .map = node.content {
                let record = read(node, fields: fields, of: subject)
                member = TypedValue(value: .record(record), mark: node.mark)
                value = fields.first.flatMap { record[$0.path]?.value }
            } else {
                member = read(node, as: element, of: "An entry of \(subject)")
                value = member?.value
            }
            guard let member else { continue }
            if let value, !seen.insert(value).inserted {
                var text = value.endpoint.map { "\($0)" } ?? ""
                if case .scalar(let written, _) = node.content { text = written }
                note("\(SettingsText.quote(text)) is already in \(subject).", at: member.mark)
            }
            members.append(member)
        }
        return TypedValue(value: .list(members), mark: mark)
    }

    private mutating func check(
        _ nodes: [ParsedNode], count: ClosedRange<Int>, subject: String, at mark: SettingsMark
    ) -> Bool {
        if count.contains(nodes.count) { return true }
        note(
            nodes.count < count.lowerBound
                ? "\(subject) must have an entry."
                : "\(subject) has \(nodes.count) entries; it may have \(count.upperBound).",
            at: mark)
        return false
    }

    private mutating func note(_ sentence: String, at mark: SettingsMark) {
        if found.count < MistakeList.limit { found.append((mark, sentence)) }
    }

    /// Where in the file, when it is in a record of the list `record`.
    static func place(_ record: String?) -> String { record.map { " in an entry of \($0)" } ?? "" }

    /// The node's kind, for a message.
    private static func instead(_ node: ParsedNode) -> String {
        switch node.content {
        case .absent: "; it has no value"
        case .scalar(let text, _): ", not \(SettingsText.quote(text))"
        case .list: ", not a list"
        case .map: ", not a map"
        }
    }
}
