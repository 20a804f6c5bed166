// What `--check-config` says: every mistake in the settings and in the zones, and what works and is
// suspicious. It opens no socket.

internal import DNSWire
internal import Resolution
internal import Settings

/// A check of a settings file and of the zones that it names.
public struct SettingsCheck: Equatable, Sendable {
    /// Every mistake as `FILE:LINE:COLUMN: sentence`.
    public let mistakes: [String]
    /// What works and is suspicious.
    public let warnings: [String]

    /// Checks the file.
    public init(settingsFile: String) {
        let read = SettingsFile.read(settingsFile)
        guard let settings = read.settings else {
            mistakes = read.mistakes
            warnings = []
            return
        }
        var store = ZoneStore(
            directory: settings.zones.directory, hasher: NameHasher(key: 0), copies: nil)
        let reading = store.read()
        mistakes =
            (reading.failure.map { ["\(settingsFile):1:1: \($0)"] } ?? []) + reading.mistakes
            + reading.zones.flatMap(\.mistakes)
        warnings =
            reading.zones.flatMap(\.warnings)
            + Self.suspicions(of: settings, reading.zones).map { "\(settingsFile):1:1: \($0)" }
    }

    private static func suspicions(of settings: Settings, _ zones: [StoredZone]) -> [String] {
        hiddenNames(zones) + linkSuspicions(settings, zones)
    }

    /// A child zone answers for every name below it, also for those that its parent has.
    private static func hiddenNames(_ zones: [StoredZone]) -> [String] {
        var warnings: [String] = []
        for child in zones {
            for parent in zones
            where child.origin != parent.origin && child.origin.isAtOrBelow(parent.origin) {
                guard let hidden = parent.zone?.namesBelow(child.origin), hidden > 0 else {
                    continue
                }
                warnings.append(
                    "warning: zone \(child.origin) hides \(hidden) names of zone \(parent.origin)")
            }
        }
        return warnings
    }

    private static func linkSuspicions(
        _ settings: Settings, _ zones: [StoredZone]
    ) -> [String] {
        var warnings: [String] = []
        let links = settings.links(forZones: zones.map(\.origin))
        func isHeld(_ link: Settings.Link) -> Bool {
            zones.contains { link.privateSuffix.isAtOrBelow($0.origin) }
        }
        for link in settings.links where link.service == nil {
            let made = link.isPattern ? links.contains { link.makes($0) } : isHeld(link)
            if !made {
                warnings.append("warning: no zone holds \(link.privateSuffix), which a link needs")
            }
        }
        // A service has more zones than most networks need; without any its link does nothing.
        for service in Set(settings.links.compactMap(\.service)).sorted()
        where !links.contains(where: { $0.service == service && isHeld($0) }) {
            warnings.append(
                "warning: no zone of the service \(service) is held, which a link needs")
        }
        for link in links {
            let shadow = zones.first {
                link.publicSuffix.isAtOrBelow($0.origin) && !$0.origin.isRoot
            }
            if let shadow {
                warnings.append(
                    "warning: zone \(shadow.origin) answers before the link of \(link.publicSuffix)"
                )
            }
        }
        return warnings
    }
}
