// What works and is hardly meant so, seen only where settings and zones are laid side by side: names that are
// hidden, links that do nothing. Each warning points to what is to be changed.

internal import DNSWire
internal import Settings
internal import Store
internal import Zones

/// Looks for settings and zones that stand in each other's way.
struct SettingsLint {
    private let settings: Settings
    private let places: SettingsPlaces
    private let zones: [StoredZone]
    /// The links that there are with these zones.
    private let links: [Settings.Link]

    init(settings: Settings, places: SettingsPlaces, zones: [StoredZone]) {
        self.settings = settings
        self.places = places
        self.zones = zones
        links = settings.links(forZones: zones.map(\.origin))
    }

    /// Each as `FILE:LINE:COLUMN: warning: sentence`: those of the zones' files, then those of the settings' in order.
    var warnings: [String] {
        let ofLinks = (unheldLinks + shadowedLinks).enumerated().sorted {
            ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
        }
        return hiddenNames + ofLinks.map { "\($0.element.place): warning: \($0.element.sentence)" }
    }

    private typealias Finding = (place: SettingsPlace, sentence: String)

    /// A child zone answers for every name below it, also for those that its parent has.
    private var hiddenNames: [String] {
        var warnings: [String] = []
        for child in zones {
            for parent in zones
            where child.origin != parent.origin && child.origin.isAtOrBelow(parent.origin) {
                // What a parent has at and below a delegation is there for the child's sake.
                guard let zone = parent.zone, !zone.delegates(child.origin) else { continue }
                let hidden = zone.namesBelow(child.origin)
                guard let first = hidden.first else { continue }
                let names = hidden.count == 1 ? "name" : "names"
                warnings.append(
                    "\(place(of: first, in: parent)): warning: zone \(child.origin) hides "
                        + "\(hidden.count) \(names) of zone \(parent.origin), \(first) first")
            }
        }
        return warnings
    }

    /// Where the first record of `owner` stands.
    private func place(of owner: Name, in stored: StoredZone) -> String {
        let path = "\(stored.provenance)"
        let reader = ZoneFileReader(
            directory: settings.zones.directory, maximumSize: settings.zones.maximumFileSize)
        let outline = try? reader.outline(of: path, origin: stored.origin, only: owner)
        guard let entry = outline?.entries.first else { return "\(path):1:1" }
        var column = 1
        if case .record(let words) = entry.form {
            column += (words.owner?.lowerBound ?? words.header) - entry.range.lowerBound
        }
        return "\(entry.file):\(entry.line):\(column)"
    }

    private func isHeld(_ link: Settings.Link) -> Bool {
        zones.contains { link.privateSuffix.isAtOrBelow($0.origin) }
    }

    private var unheldLinks: [Finding] {
        var found: [Finding] = []
        var told: Set<[String]> = []
        for link in settings.links {
            let place = places.suffix(.private, of: link)
            guard let service = link.service else {
                let made = link.isPattern ? links.contains { link.makes($0) } : isHeld(link)
                if !made {
                    found.append((place, "no zone holds \(link.privateSuffix), which a link needs"))
                }
                continue
            }
            // A service has more zones than most networks need; without any its link does nothing.
            let cloud = link.cloud.map { " in the cloud \($0.rawValue)" } ?? ""
            guard told.insert([service, cloud]).inserted,
                !links.contains(where: {
                    $0.service == service && $0.cloud == link.cloud && isHeld($0)
                })
            else { continue }
            found.append(
                (place, "no zone of the service \(service)\(cloud) is held, which a link needs"))
        }
        return found
    }

    private var shadowedLinks: [Finding] {
        links.compactMap { link in
            let shadow = zones.first {
                link.publicSuffix.isAtOrBelow($0.origin) && !$0.origin.isRoot
            }
            guard let shadow else { return nil }
            return (
                places.suffix(.public, of: link),
                "zone \(shadow.origin) answers before the link of \(link.publicSuffix)"
            )
        }
    }
}
