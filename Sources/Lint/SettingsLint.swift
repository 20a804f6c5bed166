// Warnings about what works but is probably not intended, and shows only when settings and zones
// are compared: hidden names, links and forward zones without effect. Each warning points to what
// to change. A start, a reload, `status`, `check` and `--check-config` all give these warnings, and
// no other code makes them.

internal import DNSWire
internal import Files
public import Settings
internal import Store
internal import Zones

/// Finds settings and zones that conflict.
public struct SettingsLint {
    private let settings: Settings
    private let places: SettingsPlaces
    private let zones: [LintedZone]
    private let byOrigin: ZonesByOrigin
    /// The links in effect with these zones.
    private let links: [Settings.Link]

    /// A lint of settings and the zones they refer to.
    public init(settings: Settings, places: SettingsPlaces, zones: [LintedZone]) {
        self.settings = settings
        self.places = places
        self.zones = zones
        byOrigin = ZonesByOrigin(zones)
        links = settings.links(forZones: zones.map(\.origin))
    }

    /// Each as `FILE:LINE:COLUMN: warning: sentence`: those of the zones' files, then those of the settings' in order.
    public var warnings: [String] {
        let ofSettings = (unheldLinks + shadowedLinks + emptyLinks + shadowedForwardZones)
            .enumerated().sorted {
                ($0.element.place, $0.offset) < ($1.element.place, $1.offset)
            }
        return hiddenNames
            + ofSettings.map { "\($0.element.place): warning: \($0.element.sentence)" }
    }

    private typealias Finding = (place: SettingsPlace, sentence: String)

    // MARK: Zones

    /// A child zone answers for every name below it, including those that its parent has.
    private var hiddenNames: [String] {
        var children: [Name: Set<Name>] = [:]
        for child in zones {
            for parent in byOrigin.enclosing(child.origin) where parent.origin != child.origin {
                // A parent's records at and below a delegation are for the child's benefit.
                guard parent.zone?.hasNode(child.origin) == true else { continue }
                children[parent.origin, default: []].insert(child.origin)
            }
        }
        return zones.flatMap { parent in
            hiddenNames(of: parent, by: children[parent.origin] ?? [])
        }
    }

    private func hiddenNames(of parent: LintedZone, by children: Set<Name>) -> [String] {
        guard let zone = parent.zone, !children.isEmpty else { return [] }
        var found: [Name: (count: Int, first: Name)] = [:]
        zone.forEachOwner { owner in
            guard let child = byOrigin.enclosing(owner).first?.origin, children.contains(child)
            else { return }
            found[child, default: (0, owner)].count += 1
        }
        return found.sorted { $0.key < $1.key }.map { child, hidden in
            let names = hidden.count == 1 ? "name" : "names"
            return "\(place(of: hidden.first, in: parent)): warning: zone \(child) hides "
                + "\(hidden.count) \(names) of zone \(parent.origin), \(hidden.first) first"
        }
    }

    /// The place of the first record of `owner`.
    private func place(of owner: Name, in linted: LintedZone) -> String {
        let path = linted.source
        let reader = ZoneFileReader(
            directory: settings.zones.directory, maximumSize: settings.zones.maximumFileSize)
        guard linted.isFile,
            let outline = try? reader.outline(of: path, origin: linted.origin, only: owner),
            let entry = outline.entries.first
        else { return "\(path):1:1" }
        var column = 1
        if case .record(let words) = entry.form {
            column += (words.owner?.lowerBound ?? words.header) - entry.range.lowerBound
        }
        return "\(entry.file):\(entry.line):\(column)"
    }

    // MARK: Links

    private func isHeld(_ link: Settings.Link) -> Bool {
        !byOrigin.enclosing(link.privateSuffix).isEmpty
    }

    private var unheldLinks: [Finding] {
        var found: [Finding] = []
        var reported: Set<[String]> = []
        for link in settings.links {
            let place = places.suffix(.private, of: link)
            guard let service = link.service else {
                let made = link.isPattern ? links.contains { link.makes($0) } : isHeld(link)
                if !made {
                    found.append(
                        (
                            place,
                            "no zone has \(link.privateSuffix), which a link needs: names below "
                                + "\(link.publicSuffix) get their public answers\(misnamed(link))"
                        ))
                }
                continue
            }
            // A service has more zones than most networks need; without any, its link has no
            // effect.
            let cloud = link.cloud.map { " in the cloud \($0.rawValue)" } ?? ""
            guard reported.insert([service, cloud]).inserted,
                !links.contains(where: {
                    $0.service == service && $0.cloud == link.cloud && isHeld($0)
                })
            else { continue }
            found.append(
                (
                    place,
                    "there is no zone of the service \(service)\(cloud), which a link needs: its "
                        + "names get their public answers\(misnamed(link))"
                ))
        }
        return found
    }

    /// A file that is probably meant as the private zone of a link but is not read.
    private func misnamed(_ link: Settings.Link) -> String {
        let suffix = "\(link.privateSuffix.folded)".dropLast()
        let names = (try? Files.list(settings.zones.directory)) ?? []
        let file = names.first { name in
            let name = name.lowercased()
            return !name.hasSuffix(".zone")
                && (name == suffix || name.hasPrefix(suffix + "."))
        }
        guard let file else { return "" }
        return "; \(settings.zones.directory)/\(file) is not read, since its name does not end in "
            + ".zone"
    }

    private var shadowedLinks: [Finding] {
        links.compactMap { link in
            let shadow = byOrigin.enclosing(link.publicSuffix).first { !$0.origin.isRoot }
            guard let shadow else { return nil }
            return (
                places.suffix(.public, of: link),
                "zone \(shadow.origin) answers before the link of \(link.publicSuffix)"
            )
        }
    }

    /// A private zone without any address: it was emptied, or all its lines are comments.
    private var emptyLinks: [Finding] {
        links.compactMap { link in
            guard let zone = byOrigin[link.privateSuffix]?.zone, !zone.hasAddresses else {
                return nil
            }
            return (
                places.suffix(.private, of: link),
                "zone \(link.privateSuffix) has no addresses, so the link of "
                    + "\(link.publicSuffix) leads nowhere"
            )
        }
    }

    // MARK: Forward zones

    /// A forward zone inside a local zone only gets the queries that the local zone passes on or
    /// delegates.
    private var shadowedForwardZones: [Finding] {
        let passing = Set(links.filter { $0.whenMissing == .forward }.map(\.privateSuffix))
        return settings.forward.compactMap { forward in
            guard !forward.zone.isRoot, !forward.servers.isEmpty,
                let shadow = byOrigin.enclosing(forward.zone).first,
                !passing.contains(shadow.origin),
                let zone = shadow.zone, !zone.delegates(forward.zone)
            else { return nil }
            return (
                places.value(of: "forward"),
                "zone \(shadow.origin) answers before the forward zone \(forward.zone)"
            )
        }
    }
}
