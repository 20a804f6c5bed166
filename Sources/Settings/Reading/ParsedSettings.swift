// A settings file as YAML has it: maps, lists and scalars, each with its place. What the keys mean is
// TypedSettings' business. The YAML library is used here and nowhere else; it is given only text that
// SettingsText has looked through, since aliases would let a short file stand for an endless one.

import Yams

/// A node of the file.
struct ParsedNode: Sendable {
    /// What stands there.
    indirect enum Content: Sendable {
        /// Nothing, `~` or `null`.
        case absent
        /// A word; `isPlain` when it is not in quotes.
        case scalar(String, isPlain: Bool)
        /// A list.
        case list([ParsedNode])
        /// A map in the file's order; its keys differ.
        case map([(key: ParsedNode, value: ParsedNode)])
    }

    let content: Content
    let mark: SettingsMark
}

/// A file that is YAML and has a map at its top.
struct ParsedSettings: Sendable {
    /// The pairs of the topmost map.
    let root: ParsedNode

    /// Parses a file's octets; nil, and at least one mistake more, where they are no settings.
    init?(_ octets: [UInt8], mistakes: inout MistakeList) {
        guard var text = SettingsText.check(octets, mistakes: &mistakes) else { return nil }
        var repeated: Set<SettingsMark> = []
        while true {
            do {
                // The basic resolver takes every scalar for a string: types are TypedSettings' business.
                let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
                guard let node = try parser.singleRoot() else {
                    mistakes.add("The file has no settings; write {} to mean none.", at: .start)
                    return nil
                }
                root = ParsedNode(node, without: repeated)
                break
            } catch {
                Self.note(error, of: text, in: &mistakes)
                // The library ends at a key that is repeated. What follows is read without it.
                guard case YamlError.duplicatedKeysInMapping(_, let context) = error,
                    repeated.count < MistakeList.limit,
                    repeated.insert(SettingsMark(context.mark)).inserted,
                    let changed = SettingsText.changingKey(
                        at: SettingsMark(context.mark), number: repeated.count, of: text)
                else { return nil }
                text = changed
            }
        }
        if case .map = root.content { return }
        if case .absent = root.content {
            mistakes.add("The file has no settings; write {} to mean none.", at: root.mark)
        } else {
            mistakes.add("The file must be a map of keys and values.", at: root.mark)
        }
        return nil
    }

    private static func note(
        _ error: any Error, of text: String, in mistakes: inout MistakeList
    ) {
        guard let error = error as? YamlError else {
            mistakes.add("The file is not YAML.", at: .start)
            return
        }
        switch error {
        case .scanner(_, _, let mark, _)
        where SettingsText.scalar(at: SettingsMark(mark), of: text) == "\t":
            mistakes.add(
                "A tab cannot stand here: lines are indented with spaces.", at: SettingsMark(mark))
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _):
            let place = context.map { " " + $0.text } ?? ""
            mistakes.add("The file is not YAML: \(problem)\(place).", at: SettingsMark(mark))
        case .composer(_, "but found another document", let mark, _):
            mistakes.add("The file holds a second document.", at: SettingsMark(mark))
        case .composer(_, let problem, let mark, _):
            mistakes.add("The file is not YAML: \(problem).", at: SettingsMark(mark))
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first.map { SettingsText.quote($0) } ?? "a key"
            mistakes.add(
                "\(key) is written more than once in this map.", at: SettingsMark(context.mark))
        case .reader(let problem, _, _, _):
            mistakes.add("The file is not YAML: \(problem).", at: .start)
        default:
            mistakes.add("The file is not YAML.", at: .start)
        }
    }
}

extension ParsedNode {
    /// A node, without the pairs of a map whose keys stand at these places.
    fileprivate init(_ node: Node, without repeated: Set<SettingsMark>) {
        mark = node.mark.map { SettingsMark($0) } ?? .start
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain
            let isAbsent = isPlain && ["", "~", "null"].contains(scalar.string)
            content = isAbsent ? .absent : .scalar(scalar.string, isPlain: isPlain)
        case .sequence(let sequence):
            content = .list(sequence.map { ParsedNode($0, without: repeated) })
        case .mapping(let mapping):
            content = .map(
                mapping.compactMap { pair in
                    let key = ParsedNode(pair.key, without: repeated)
                    if repeated.contains(key.mark) { return nil }
                    return (key, ParsedNode(pair.value, without: repeated))
                })
        case .alias:
            content = .absent
        }
    }
}

extension SettingsMark {
    fileprivate init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }
}
