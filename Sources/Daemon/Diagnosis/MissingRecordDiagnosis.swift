// What is missing for a name to be answered privately: a link, a zone or a record, with the command or the setting that
// adds it. It says nothing of names that no service of Azure has.

internal import DNSWire
internal import Settings
internal import Zones

/// Something that is missing for a private answer.
struct MissingRecord: Equatable {
    /// What is missing.
    let cause: String
    /// What adds it.
    let advice: String
    /// Whether it is missing whatever the public answer is: a name without it may be public on purpose.
    let isCertain: Bool
}

/// Looks at names that were not answered from a private zone.
struct MissingRecordDiagnosis {
    let settings: Settings
    let zones: [StoredZone]
    /// The options that lead a command to this daemon's settings, with a blank before them.
    let options: String

    /// What is missing for the names of an answer's chain, the one asked first.
    func missing(for names: [Name], _ type: RecordType) -> [MissingRecord] {
        for name in names {
            let found = missing(for: name, type)
            if !found.isEmpty { return found }
        }
        return []
    }

    /// Whether one of the names is on the private side of a service, which is where the public DNS leads when there is
    /// a private endpoint somewhere.
    func hasPrivateEndpoint(_ names: [Name]) -> Bool {
        let links = settings.links(forZones: zones.map(\.origin))
        return names.contains { name in
            links.contains { name.isAtOrBelow($0.privateSuffix) }
                || LinkServices.all.contains {
                    NamePattern($0.privateSuffix).bindings(ofSuffixOf: name) != nil
                }
        }
    }

    private func missing(for name: Name, _ type: RecordType) -> [MissingRecord] {
        let links = settings.links(forZones: zones.map(\.origin))
        // A private suffix may lie below its public one, and no link applies to its names.
        if let link = links.first(where: { name.isAtOrBelow($0.privateSuffix) }) {
            return name == link.privateSuffix ? [] : missing(for: name, link, type)
        }
        var found: [MissingRecord] = []
        for link in links where name.isAtOrBelow(link.publicSuffix) && name != link.publicSuffix {
            let labels = name.labels.dropLast(link.publicSuffix.labelCount)
            guard let owner = try? Name(labels: labels + link.privateSuffix.labels) else {
                continue
            }
            found += missing(for: owner, link, type)
        }
        if found.isEmpty, !links.contains(where: { name.isAtOrBelow($0.publicSuffix) }) {
            return unlinked(name)
        }
        return found
    }

    /// What is missing in the zones for a counterpart.
    private func missing(
        for owner: Name, _ link: Settings.Link, _ type: RecordType
    ) -> [MissingRecord] {
        let enclosing = zones.filter { owner.isAtOrBelow($0.origin) }.sorted {
            $0.origin.labelCount > $1.origin.labelCount
        }
        guard let stored = enclosing.first else {
            let zone = text(of: link.privateSuffix)
            return [
                MissingRecord(
                    cause: "no zone has \(text(of: owner))",
                    advice: "`privatelinkctl zone create \(zone)\(options)` creates one, "
                        + "`privatelinkctl import\(options)` fills it from az", isCertain: true)
            ]
        }
        let origin = text(of: stored.origin)
        guard let zone = stored.zone else {
            return [
                MissingRecord(
                    cause: "zone \(origin) could not be loaded",
                    advice: stored.mistakes.joined(separator: "; "), isCertain: true)
            ]
        }
        let relative = relativeName(owner, zone.origin)
        var buffer = NameBuffer(hasher: zone.tables.hasher)
        buffer.set(owner)
        if zone.tables.exists(buffer) {
            guard type == .a || type == .aaaa, !hasAddress(buffer, zone) else { return [] }
            return [
                MissingRecord(
                    cause: "\(relative) in zone \(origin) has no address",
                    advice: addition(relative, origin), isCertain: true)
            ]
        }
        if let parent = enclosing.dropFirst().first(where: { $0.holds(owner) }) {
            return [
                MissingRecord(
                    cause: "zone \(origin) hides \(relativeName(owner, parent.origin)) of zone "
                        + "\(text(of: parent.origin)) and has no record \(relative)",
                    advice: addition(relative, origin), isCertain: true)
            ]
        }
        let isOwned = isOwned(owner, link)
        let why = isOwned ? ", which has other records of the same registry," : ""
        return [
            MissingRecord(
                cause: "zone \(origin)\(why) has no record \(relative)",
                advice: addition(relative, origin), isCertain: isOwned)
        ]
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

    private func relativeName(_ owner: Name, _ origin: Name) -> String {
        let labels = owner.labels.dropLast(origin.labelCount)
        if labels.isEmpty { return "@" }
        return (try? Name(labels: Array(labels))).map { text(of: $0) } ?? "@"
    }

    private func addition(_ relative: String, _ zone: String) -> String {
        "`privatelinkctl record-set a add-record --zone \(zone) --name \(relative) "
            + "--ipv4-address ADDRESS\(options)` adds it"
    }

    /// The service that has the name, when the settings do not link it.
    private func unlinked(_ name: Name) -> [MissingRecord] {
        let row = LinkServices.all.filter { row in
            NamePattern(row.publicSuffix).bindings(ofSuffixOf: name) != nil
        }.max { $0.publicSuffix.labelCount < $1.publicSuffix.labelCount }
        guard let row else { return [] }
        let cloud = row.cloud == .public ? "" : ", cloud: \(row.cloud.rawValue)"
        return [
            MissingRecord(
                cause: "the settings do not link \(text(of: row.publicSuffix))",
                advice: "{service: \(row.service)\(cloud)} in their links does, and zone "
                    + "\(text(of: row.privateSuffix)) is to hold the record", isCertain: false)
        ]
    }

    private func text(of name: Name) -> String { String("\(name)".dropLast()) }
}

extension StoredZone {
    /// Whether the zone has records for a name at or below its apex, also from a wildcard.
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
