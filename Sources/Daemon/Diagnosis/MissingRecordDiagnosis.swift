// What is missing for a name to be answered privately: a link, a zone or a record, with the command or the setting that
// adds it. It says nothing of names that no service of Azure has.

internal import DNSWire
internal import Settings
internal import Zones

/// Looks at names that were not answered from a private zone.
struct MissingRecordDiagnosis {
    let settings: Settings
    let zones: [StoredZone]

    /// Sentences about the names of an answer's chain, the one asked first.
    func sentences(about names: [Name], _ type: RecordType) -> [String] {
        for name in names {
            let found = sentences(about: name, type)
            if !found.isEmpty { return found }
        }
        return []
    }

    private func sentences(about name: Name, _ type: RecordType) -> [String] {
        let links = settings.links(forZones: zones.map(\.origin))
        var found: [String] = []
        // A private suffix may lie below its public one, and no link applies to its names.
        if let link = links.first(where: { name.isAtOrBelow($0.privateSuffix) }) {
            return name == link.privateSuffix ? [] : sentence(about: name, link, type)
        }
        for link in links where name.isAtOrBelow(link.publicSuffix) && name != link.publicSuffix {
            let labels = name.labels.dropLast(link.publicSuffix.labelCount)
            guard let owner = try? Name(labels: labels + link.privateSuffix.labels) else {
                continue
            }
            found += sentence(about: owner, link, type)
        }
        if found.isEmpty, !links.contains(where: { name.isAtOrBelow($0.publicSuffix) }) {
            return unlinked(name)
        }
        return found
    }

    /// What is missing in the zones for a counterpart.
    private func sentence(
        about owner: Name, _ link: Settings.Link, _ type: RecordType
    ) -> [String] {
        let enclosing = zones.filter { owner.isAtOrBelow($0.origin) }.sorted {
            $0.origin.labelCount > $1.origin.labelCount
        }
        let stored = enclosing.first
        guard let stored else {
            let zone = text(of: link.privateSuffix)
            return [
                "no zone holds \(owner); `privatelinkctl zone create \(zone)` makes one, "
                    + "`privatelinkctl import` fills it from az"
            ]
        }
        guard let zone = stored.zone else {
            return [
                "zone \(stored.origin) could not be loaded: \(stored.mistakes.joined(separator: "; "))"
            ]
        }
        var buffer = NameBuffer(hasher: zone.tables.hasher)
        buffer.set(owner)
        if zone.tables.exists(buffer) {
            if type == .a || type == .aaaa, !hasAddress(buffer, zone) {
                return [
                    "\(owner) exists in zone \(zone.origin) and has no address; "
                        + addition(owner, zone)
                ]
            }
            return []
        }
        if let parent = enclosing.dropFirst().first(where: { $0.holds(owner) }) {
            return [
                "zone \(zone.origin) hides \(owner) of zone \(parent.origin) and has no record for "
                    + "it; " + addition(owner, zone)
            ]
        }
        let why = isOwned(owner, link) ? ", which has other records of the same registry," : ""
        return ["zone \(zone.origin)\(why) has no record for \(owner); " + addition(owner, zone)]
    }

    /// Whether any zone has a name of the same registry below the link's private suffix.
    private func isOwned(_ owner: Name, _ link: Settings.Link) -> Bool {
        guard let label = owner.labels.first else { return false }
        return zones.contains { stored in
            guard let zone = stored.zone, zone.origin != owner,
                zone.origin.isAtOrBelow(link.privateSuffix)
                    || link.privateSuffix.isAtOrBelow(zone.origin),
                let name = try? Name(labels: [label] + zone.origin.labels)
            else { return false }
            var buffer = NameBuffer(hasher: zone.tables.hasher)
            buffer.set(name)
            return zone.tables.hasRecordsWithLeftmostLabel(of: buffer)
        }
    }

    private func hasAddress(_ owner: borrowing NameBuffer, _ zone: Zone) -> Bool {
        for type in [RecordType.a, .aaaa] {
            switch zone.tables.lookup(owner, type: type).outcome {
            case .records, .alias: return true
            default: continue
            }
        }
        return false
    }

    private func addition(_ owner: Name, _ zone: Zone) -> String {
        let labels = owner.labels.dropLast(zone.origin.labelCount)
        let name = (try? Name(labels: labels)).map { text(of: $0) } ?? "@"
        return
            "`privatelinkctl record-set a add-record --zone \(text(of: zone.origin)) --name \(name) "
            + "--ipv4-address ADDRESS` adds it"
    }

    /// The service that has the name, when the settings do not link it.
    private func unlinked(_ name: Name) -> [String] {
        let row = LinkServices.all.filter { row in
            NamePattern(row.publicSuffix).bindings(ofSuffixOf: name) != nil
        }.max { $0.publicSuffix.labelCount < $1.publicSuffix.labelCount }
        guard let row else { return [] }
        let cloud = row.cloud == .public ? "" : ", cloud: \(row.cloud.rawValue)"
        return [
            "the settings do not link \(row.publicSuffix); {service: \(row.service)\(cloud)} in their "
                + "links does, and zone \(row.privateSuffix) is to hold the record"
        ]
    }

    private func text(of name: Name) -> String { String("\(name)".dropLast()) }
}

extension StoredZone {
    /// Whether the zone has records for a name at or below its apex, or would make them by a wildcard.
    func holds(_ name: Name) -> Bool {
        guard let zone, name.isAtOrBelow(origin) else { return false }
        var buffer = NameBuffer(hasher: zone.tables.hasher)
        buffer.set(name)
        switch zone.tables.lookup(buffer, type: .any).outcome {
        case .nameError, .noData, .delegation: return false
        default: return true
        }
    }
}
