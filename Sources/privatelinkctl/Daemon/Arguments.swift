// Words of the command line as values, and values as words of a sentence.

import ArgumentParser
import DNSWire

/// Reads arguments.
enum Arguments {
    /// A domain name, absolute with or without its final dot.
    static func name(_ text: String) throws -> Name {
        do throws(NameTextError) {
            return try Name(text: text)
        } catch {
            throw ValidationError("\(text) is not a domain name.")
        }
    }

    /// The directory that a path leads into.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `1 record`, `2 records`.
    static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)\(count == 1 ? "" : "s")"
    }
}
