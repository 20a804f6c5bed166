// Names that the Internet's rules reserve, answered without asking anyone: as small zones, so that the
// zones' own lookup answers for them.

internal import DNSWire
internal import Zones

/// The built-in zones of special-use names.
enum SpecialNames {
    /// For each zone its name and its records other than the SOA.
    private static let contents: [(origin: String, records: String)] = [
        // RFC 6761, section 6.3.
        ("localhost.", "@ A 127.0.0.1\n@ AAAA ::1\n* A 127.0.0.1\n* AAAA ::1\n"),
        // RFC 6303, sections 4.2 and 4.3: the loopback addresses' names.
        ("127.in-addr.arpa.", "1.0.0 PTR localhost.\n"),
        (
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
            "@ PTR localhost.\n"
        ),
        // RFC 6761, sections 6.2 and 6.4; RFC 7686; RFC 8375.
        ("invalid.", ""), ("test.", ""), ("onion.", ""), ("home.arpa.", ""),
        // RFC 9462, section 6.4: no resolver is designated.
        ("resolver.arpa.", ""),
    ]

    /// The zone whose DS is still queried at its parent (RFC 8375, section 4).
    static let delegated = try? Name(text: "home.arpa.")

    /// The zone in which every name exists and has nothing (RFC 9462, section 6.4).
    static let empty = try? Name(text: "resolver.arpa.")

    /// The zones, built for a hasher.
    static func zones(hasher: NameHasher) -> [Zone] {
        contents.compactMap { content in
            guard let origin = try? Name(text: content.origin) else { return nil }
            let text =
                "$TTL 10800\n@ SOA localhost. nobody.invalid. 1 3600 1200 604800 10800\n"
                + content.records
            return ZoneReader.read(
                Array(text.utf8).span, file: "built-in", origin: origin, hasher: hasher,
                include: { path, _ in .unreadable("no files", file: path) }
            ).zone
        }
    }
}
