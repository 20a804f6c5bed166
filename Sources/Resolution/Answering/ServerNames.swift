// The names of class CH that ask a server about itself. Nothing else of that class is answered.

internal import DNSWire

/// A question about the server.
enum ServerNames {
    /// Which program it is: `version.bind` and `version.server`.
    static func askVersion(_ name: borrowing NameBuffer) -> Bool { isAmong(versions, name) }

    /// Which of several servers it is: `id.server` (RFC 4892) and `hostname.bind`.
    static func askIdentity(_ name: borrowing NameBuffer) -> Bool { isAmong(identities, name) }

    private static let versions = names("version.bind.", "version.server.")
    private static let identities = names("id.server.", "hostname.bind.")

    private static func names(_ texts: String...) -> [Name] {
        texts.compactMap { try? Name(text: $0) }
    }

    private static func isAmong(_ names: [Name], _ name: borrowing NameBuffer) -> Bool {
        for other in names where name.suffix(fromLabel: 0, equals: other.octets.span) {
            return true
        }
        return false
    }
}
