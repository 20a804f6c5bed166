// A settings file as YAML: maps, lists and scalars, each with its position. TypedSettings knows
// what the keys mean. libyaml only gets text that SettingsText has checked, which limits the
// nesting and rules out aliases; with aliases, a short file could expand without limit.

/// A node of the file.
struct ParsedNode: Sendable {
    /// The content of a node.
    indirect enum Content: Sendable {
        /// Nothing, `~` or `null`.
        case absent
        /// A word; `isPlain` if it is not in quotes.
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

    /// Parses a file's bytes; nil, with at least one more mistake, if they are not settings.
    init?(_ octets: [UInt8], mistakes: inout MistakeList) {
        guard let text = SettingsText.check(octets, mistakes: &mistakes) else { return nil }
        var composer = NodeComposer(text, mistakes)
        let document: ParsedNode?
        do throws(YAMLFault) {
            document = try composer.document()
            mistakes = composer.mistakes
        } catch {
            mistakes = composer.mistakes
            let isTab =
                error.isFromScanner && SettingsText.scalar(at: error.mark, of: text) == "\t"
            mistakes.add(
                isTab
                    ? "A tab is not allowed here: indent lines with spaces."
                    : "The file is not YAML: \(error.problem).", at: error.mark)
            return nil
        }
        guard let document else {
            mistakes.add("The file has no settings; write {} for the defaults.", at: .start)
            return nil
        }
        root = document
        if case .map = root.content { return }
        if case .absent = root.content {
            mistakes.add("The file has no settings; write {} for the defaults.", at: root.mark)
        } else {
            mistakes.add("The file must be a map of keys and values.", at: root.mark)
        }
        return nil
    }
}

/// Builds nodes from events.
private struct NodeComposer: ~Copyable {
    private var reader: YAMLReader
    /// The mistakes found so far, including those of a document that is valid YAML.
    private(set) var mistakes: MistakeList

    init(_ text: String, _ mistakes: MistakeList) {
        reader = YAMLReader(text)
        self.mistakes = mistakes
    }

    /// The one document of the text; nil if there is none.
    mutating func document() throws(YAMLFault) -> ParsedNode? {
        _ = try reader.next()  // The start of the stream.
        guard try reader.next().kind == .documentStart else { return nil }
        let node = try node(from: reader.next())
        _ = try reader.next()  // The end of the document.
        let event = try reader.next()
        if event.kind != .streamEnd {
            mistakes.add("The file contains a second document.", at: event.mark)
        }
        return node
    }

    private mutating func node(from event: YAMLEvent) throws(YAMLFault) -> ParsedNode {
        let content: ParsedNode.Content
        switch event.kind {
        case .scalar(let word, let isPlain):
            let isAbsent = isPlain && ["", "~", "null"].contains(word)
            content = isAbsent ? .absent : .scalar(word, isPlain: isPlain)
        case .listStart: content = .list(try list())
        case .mapStart: content = .map(try map())
        default: preconditionFailure("an alias, which SettingsText leaves none of")
        }
        return ParsedNode(content: content, mark: event.mark)
    }

    private mutating func list() throws(YAMLFault) -> [ParsedNode] {
        var members: [ParsedNode] = []
        while true {
            let event = try reader.next()
            if event.kind == .listEnd { return members }
            members.append(try node(from: event))
        }
    }

    /// The pairs of a map; of pairs with the same key, the last.
    private mutating func map() throws(YAMLFault) -> [(key: ParsedNode, value: ParsedNode)] {
        var pairs: [(key: ParsedNode, value: ParsedNode)] = []
        /// Where the last pair with this word is.
        var last: [String: Int] = [:]
        var repeated: [Int: String] = [:]
        while true {
            let event = try reader.next()
            if event.kind == .mapEnd { break }
            if case .scalar(let word, _) = event.kind {
                if let earlier = last[word] { repeated[earlier] = word }
                last[word] = pairs.count
            }
            let key = try node(from: event)
            pairs.append((key, try node(from: reader.next())))
        }
        for (index, word) in repeated.sorted(by: { $0.key < $1.key }) {
            mistakes.add(
                "\(SettingsText.quote(word)) is written more than once in this map.",
                at: pairs[index].key.mark)
        }
        return pairs.enumerated().filter { repeated[$0.offset] == nil }.map(\.element)
    }
}
