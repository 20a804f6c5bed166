// JSON as `az` prints it. Keys are case-insensitive, because the CLI and the API write the same key
// in several ways. JSONReader, the only JSON reader of the project, parses it.

/// A value of a JSON text.
enum JSONValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    /// Members by key in lower case.
    case object([String: JSONValue])
}

extension JSONValue {
    /// The member of an object, in itself or in its `properties`, as the API nests it; nil for none and null.
    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        let key = key.lowercased()
        if let value = members[key], value != .null { return value }
        guard key != "properties", case .object(let inner)? = members["properties"],
            let value = inner[key], value != .null
        else { return nil }
        return value
    }

    /// The text that it is.
    var string: String? { if case .text(let text) = self { text } else { nil } }

    /// The members of a list; of anything else none.
    var elements: [JSONValue] { if case .list(let values) = self { values } else { [] } }

    /// The whole number that it is, also when it is written as a text.
    var integer: UInt32? {
        switch self {
        case .number(let number): UInt32(exactly: number)
        case .text(let text): UInt32(text)
        default: nil
        }
    }

    /// The last part of the resource's path that follows `kind`, such as `privateEndpoints`.
    static func resource(_ kind: String, in path: String?) -> String? {
        let parts = (path ?? "").split(separator: "/")
        guard
            let place = parts.firstIndex(where: { $0.lowercased() == kind.lowercased() }),
            place + 1 < parts.count
        else { return nil }
        return String(parts[place + 1])
    }
}
