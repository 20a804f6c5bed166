// JSON as `az` prints it: read by Foundation, looked at by key without regard to case, since the CLI and the API
// write the same key in several ways. Nothing else in the project reads JSON.

internal import Foundation

/// A value of a JSON text.
enum JSONValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])

    /// Why a text is no JSON.
    struct Fault: Error, Equatable {
        /// The line, from 1.
        let line: Int
        /// The column in octets, from 1.
        let column: Int
        /// A sentence without a full stop.
        let sentence: String
    }

    /// All values of a text: usually one, several when outputs were put behind one another.
    static func readAll(_ octets: [UInt8]) throws(Fault) -> [JSONValue] {
        var values: [JSONValue] = []
        let (ranges, isWhole) = ranges(octets)
        for range in ranges {
            do {
                values.append(
                    try JSONDecoder().decode(JSONValue.self, from: Data(octets[range])))
            } catch {
                let isOpen = !isWhole && range.upperBound == octets.count
                let before = octets[..<range.lowerBound]
                throw Fault(
                    line: before.count { $0 == 0x0A } + 1,
                    column: before.count - (before.lastIndex(of: 0x0A) ?? -1),
                    sentence: isOpen
                        ? "the value that begins here does not end"
                        : "the value that begins here is no JSON")
            }
        }
        return values
    }

    /// Where the values of a text are, each of which ends where its brackets are closed, and whether the last one does.
    private static func ranges(_ octets: [UInt8]) -> (ranges: [Range<Int>], isWhole: Bool) {
        var ranges: [Range<Int>] = []
        var start: Int? = nil
        var depth = 0
        var isInString = false
        var index = 0
        while index < octets.count {
            let octet = octets[index]
            if isInString {
                if octet == UInt8(ascii: "\\") { index += 1 }
                isInString = octet != UInt8(ascii: "\"")
            } else if octet == UInt8(ascii: "\"") {
                isInString = true
            } else if octet == UInt8(ascii: "{") || octet == UInt8(ascii: "[") {
                depth += 1
            } else if octet == UInt8(ascii: "}") || octet == UInt8(ascii: "]") {
                depth -= 1
            }
            let isBlank = octet == 0x20 || (0x09...0x0D).contains(octet)
            if start == nil, !isBlank { start = index }
            let closes = octet == UInt8(ascii: "}") || octet == UInt8(ascii: "]")
            if let begin = start, depth == 0, !isInString, closes {
                ranges.append(begin..<(index + 1))
                start = nil
            }
            index += 1
        }
        if let start { ranges.append(start..<octets.count) }
        return (ranges, start == nil || depth <= 0)
    }
}

extension JSONValue: Decodable {
    /// Takes whatever value there is.
    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: AnyKey.self) {
            var members: [String: JSONValue] = [:]
            for key in object.allKeys {
                members[key.stringValue.lowercased()] = try object.decode(
                    JSONValue.self, forKey: key)
            }
            self = .object(members)
        } else if var list = try? decoder.unkeyedContainer() {
            var values: [JSONValue] = []
            while !list.isAtEnd { values.append(try list.decode(JSONValue.self)) }
            self = .list(values)
        } else {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let flag = try? value.decode(Bool.self) {
                self = .boolean(flag)
            } else if let number = try? value.decode(Double.self) {
                self = .number(number)
            } else {
                self = .text(try value.decode(String.self))
            }
        }
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
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
