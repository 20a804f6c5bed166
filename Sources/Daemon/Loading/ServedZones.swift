// The list of zones that a daemon last served, in its state directory next to their copies. It
// shows a later process which files have disappeared without their zones having been deleted. A
// copy whose zone is not listed belongs to a zone that was dropped, and is kept only for a while.

internal import DNSWire

/// The zones that were served, each with whether its file had already disappeared.
struct ServedZones: Equatable, Sendable {
    /// The first line of the file, with the version of its form.
    private static let heading = "# privatelinkd served zones 1"

    /// Whether each zone was in state removed.
    var zones: [Name: Bool]

    init(_ zones: [StoredZone]) {
        self.zones = Dictionary(
            zones.filter { !$0.isAssumed }.map { ($0.origin, $0.state == .removed) }
        ) { first, _ in first }
    }

    /// The zones with copies, if there is no list of served zones.
    init(copies: Set<Name>) { zones = Dictionary(uniqueKeysWithValues: copies.map { ($0, false) }) }

    /// Reads what `text` gives; nil for a form of another version.
    init?(_ octets: [UInt8]) {
        let lines = String(decoding: octets, as: UTF8.self).split(separator: "\n")
        guard lines.first == Self.heading[...] else { return nil }
        zones = [:]
        for line in lines.dropFirst() {
            let words = line.split(separator: " ")
            guard let first = words.first, let origin = try? Name(text: first) else { return nil }
            zones[origin] = words.count > 1 && words[1] == "removed"
        }
    }

    /// A line for each zone, in order.
    var text: String {
        let lines = zones.sorted { $0.key < $1.key }.map { origin, isRemoved in
            "\(origin.folded)\(isRemoved ? " removed" : "")\n"
        }
        return Self.heading + "\n" + lines.joined()
    }
}
