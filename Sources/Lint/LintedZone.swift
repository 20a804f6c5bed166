// The lint's view of a zone, loaded by the daemon that serves it or by a command that read its
// file.

public import DNSWire
public import Zones

/// A zone to check against the settings.
public struct LintedZone: Sendable {
    /// The name of its apex.
    public let origin: Name
    /// The zone; nil if it could not be loaded.
    public let zone: Zone?
    /// Its origin: its file, or its source's name for it.
    public let source: String
    /// Whether `source` is a file that can be read now.
    public let isFile: Bool

    /// A zone.
    public init(origin: Name, zone: Zone?, source: String, isFile: Bool) {
        self.origin = origin
        self.zone = zone
        self.source = source
        self.isFile = isFile
    }
}

/// Zones by name.
struct ZonesByOrigin {
    private let zones: [Name: LintedZone]

    init(_ zones: [LintedZone]) {
        self.zones = Dictionary(zones.map { ($0.origin, $0) }) { first, _ in first }
    }

    subscript(origin: Name) -> LintedZone? { zones[origin] }

    /// The zones that enclose `name`, the innermost first; one of that name is among them.
    func enclosing(_ name: Name) -> [LintedZone] {
        var found: [LintedZone] = []
        var ancestor: Name? = name
        while let suffix = ancestor {
            if let zone = zones[suffix] { found.append(zone) }
            ancestor = suffix.parent
        }
        return found
    }
}
