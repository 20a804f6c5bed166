// Names with variable labels, such as `privatelink.{region}.kusto.windows.net`: how Azure's documentation writes the
// zones that it has one of for each region. For settings and tools; no query is matched against one.

/// A name in which labels in braces match any label.
public struct NamePattern: Hashable, Sendable {
    /// The pattern as a name.
    public let name: Name

    /// A pattern; a name without braces is one without variables.
    public init(_ name: Name) { self.name = name }

    /// The words in braces, each once, in lower case.
    public var variables: Set<[UInt8]> { Set(name.folded.labels.filter { Self.isVariable($0) }) }

    /// Whether the pattern is simply a name.
    public var isPlain: Bool { !name.labels.contains { Self.isVariable($0) } }

    /// The labels after the last variable, which every matching name has.
    public var plainTail: Name {
        let labels = name.labels
        let start = labels.lastIndex { Self.isVariable($0) }.map { $0 + 1 } ?? 0
        return (try? Name(labels: labels[start...])) ?? .root
    }

    /// The values of the variables if the pattern matches `other` or a suffix of it; nil if it does
    /// not, or if a variable would have two values.
    public func bindings(ofSuffixOf other: Name) -> [[UInt8]: [UInt8]]? {
        let pattern = name.folded.labels
        let labels = other.folded.labels.suffix(pattern.count)
        guard labels.count == pattern.count else { return nil }
        var bindings: [[UInt8]: [UInt8]] = [:]
        for (variable, label) in zip(pattern, labels) {
            if !Self.isVariable(variable) {
                guard variable == label else { return nil }
            } else if let known = bindings[variable] {
                guard known == label else { return nil }
            } else {
                bindings[variable] = label
            }
        }
        return bindings
    }

    /// The name that the pattern is with its variables bound; nil if one is not, or the name gets too long.
    public func filled(with bindings: [[UInt8]: [UInt8]]) -> Name? {
        var labels: [[UInt8]] = []
        for label in name.labels {
            guard Self.isVariable(label) else {
                labels.append(label)
                continue
            }
            guard let value = bindings[label.map(\.lowercasedASCII)] else { return nil }
            labels.append(value)
        }
        return try? Name(labels: labels)
    }

    private static func isVariable(_ label: [UInt8]) -> Bool {
        label.count > 2 && label.first == UInt8(ascii: "{") && label.last == UInt8(ascii: "}")
    }
}
