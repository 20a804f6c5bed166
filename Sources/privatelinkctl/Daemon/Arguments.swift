// Words of the command line as values, and values as words of a sentence.

import ArgumentParser
import Control
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

    /// The host of a URL such as `https://myregistry.azurecr.io:443/v2/` and of an image reference such as
    /// `myregistry.azurecr.io/app:1.2`; the text itself where it is neither.
    static func host(in text: String) -> String {
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        rest = rest.prefix { !"/?#".contains($0) }
        if let user = rest.lastIndex(of: "@") { rest = rest[rest.index(after: user)...] }
        if let colon = rest.firstIndex(of: ":") { rest = rest[..<colon] }
        return rest.isEmpty ? text : String(rest)
    }

    /// The directory that a path leads into.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// `1 record`, `2 records`.
    static func counted(_ count: Int, _ noun: String) -> String { Counted.words(count, noun) }
}
