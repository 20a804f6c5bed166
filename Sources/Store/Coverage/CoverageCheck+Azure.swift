// Compares the store with Azure CLI output: what the private endpoints have and the store lacks,
// and the reverse, each with the command that makes the store match Azure.

internal import Addresses
internal import DNSWire
internal import Zones

extension CoverageCheck {
    /// Compares the zones with what an import would make of them.
    mutating func compare(with plan: ImportPlan) {
        coverage.notes += plan.notes + plan.warnings
        for connection in plan.unapproved {
            coverage.add(
                Coverage.Finding(.notApproved, name: connection.endpoint, connection.sentence))
        }
        for conflict in plan.conflicts {
            coverage.add(
                Coverage.Finding(
                    .conflict, name: "\(conflict.key.owner)",
                    registry: registry(of: conflict.key.owner),
                    conflict.sentence))
        }
        reportNewZones(plan)
        for (zone, wishes) in plan.wanted.sorted(by: { $0.key < $1.key }) {
            compare(zone, wishes)
        }
        for (place, source) in plan.expected { expect(place, source) }
    }

    /// The zones that the store lacks as a whole: one import makes them and all that they hold.
    private mutating func reportNewZones(_ plan: ImportPlan) {
        let missing = plan.wanted.filter { contents[$0.key] == nil && !$0.value.sets.isEmpty }
        if missing.isEmpty { return }
        let names = missing.keys.sorted().map { "\($0)" }.joined(separator: ", ")
        coverage.add(
            Coverage.Finding(
                .missing, name: missing.keys.sorted().first.map { "\($0)" } ?? "",
                "the store has no zone \(names), for which the outputs of az have records",
                mending: [["import"] + files]))
    }

    private mutating func compare(_ zone: Name, _ wishes: DesiredRecords) {
        let isNew = contents[zone] == nil
        let content = contents[zone] ?? ZoneContent(origin: zone)
        for (key, wish) in wishes.sets.sorted(by: { $0.key < $1.key }) where key.type != .soa {
            if key.type == .a || key.type == .aaaa { enterMissing(key.owner) }
            let present = content.sets[key]
            let wanted = wish.data(like: present?.data ?? [], of: key.type)
            let difference = RecordSetDifference(
                key: key, before: present,
                after: RecordSetContent(ttl: wish.ttl ?? 0, data: wanted))
            let additions = difference.added.map { command("add-record", key, zone, $0) }
            let removals = difference.removed.map { command("remove-record", key, zone, $0) }
            let azure = words(of: wish.data, key.type)
            if difference.added.isEmpty, difference.removed.isEmpty { continue }
            if content.sets[key] == nil {
                add(
                    .missing, key,
                    "\(key.owner) has no \(key.type) record, but \(wish.source.label) has \(azure)",
                    isNew ? [] : additions)
            } else {
                let here = words(of: content.sets[key]?.data ?? [], key.type)
                add(
                    .differs, key,
                    "\(key.owner) \(key.type) is \(here) here, but \(wish.source.label) has \(azure)",
                    additions + removals)
            }
        }
        for key in content.sortedKeys
        where wishes.sets[key] == nil && wishes.speaksFor(key, origin: zone) {
            let here = words(of: content.sets[key]?.data ?? [], key.type)
            add(
                .notInAzure, key, "\(key.owner) \(key.type) is \(here) here, but Azure has none",
                [command("delete", key, zone, nil)])
        }
    }

    private mutating func add(
        _ kind: Coverage.Kind, _ key: RecordSetKey, _ sentence: String, _ mending: [[String]?]
    ) {
        coverage.add(
            Coverage.Finding(
                kind, name: "\(key.owner)", registry: registry(of: key.owner), sentence,
                mending: mending.compactMap { $0 }))
    }

    /// A name that ought to exist, of which no source has the address.
    private mutating func expect(_ place: RecordPlace, _ source: AzureSource) {
        let isTold = coverage.findings.contains {
            $0.kind == .missing && $0.name == "\(place.owner)"
        }
        enterMissing(place.owner)
        if isTold || !addresses(of: place.owner).isEmpty { return }
        add(
            .missing, RecordSetKey(owner: place.owner, type: .a),
            "\(place.owner) should exist according to \(source.label), but has no address",
            addition(of: place.owner, place.suffix))
    }

    /// Makes a row, or a region in it, for a name that the zone lacks.
    private mutating func enterMissing(_ owner: Name) {
        guard let place = links.place(of: owner, zones: zones), place.isRegistry,
            let endpoint = RegistryEndpoint(owner, below: place.suffix)
        else { return }
        enter(endpoint, nil, place.suffix)
    }

    private func registry(of owner: Name) -> String? {
        links.place(of: owner, zones: zones).flatMap { place in
            place.isRegistry ? owner.words(below: place.suffix).first : nil
        }
    }

    private func words(of data: [[UInt8]], _ type: RecordType) -> String {
        data.map { ZoneContent.text(of: $0, type: type) }.joined(separator: ", ")
    }

    private func text(of zone: Name) -> String { String("\(zone)".dropLast()) }

    // MARK: Commands

    /// The command that adds or removes a record, or a whole set; nil for a type that has none.
    func command(
        _ verb: String, _ key: RecordSetKey, _ zone: Name, _ data: [UInt8]?
    ) -> [String]? {
        var options: [String] = []
        if let data {
            guard let found = Self.options(for: data, key.type) else { return nil }
            options = found
        }
        let name = ZoneContent.relativeName(key.owner, origin: zone)
        return [
            "record-set", "\(key.type)".lowercased(), verb, "--zone", text(of: zone), "--name",
            name,
        ] + options
    }

    /// The options that give a record's data.
    private static func options(for data: [UInt8], _ type: RecordType) -> [String]? {
        let fields = ZoneContent.text(of: data, type: type).split(separator: " ").map {
            $0.hasSuffix(".") ? String($0.dropLast()) : String($0)
        }
        switch type {
        case .a: return ["--ipv4-address", fields[0]]
        case .aaaa: return ["--ipv6-address", fields[0]]
        case .cname: return ["--cname", fields[0]]
        case .ptr: return ["--ptrdname", fields[0]]
        case .mx: return ["--preference", fields[0], "--exchange", fields[1]]
        case .srv:
            return [
                "--priority", fields[0], "--weight", fields[1], "--port", fields[2], "--target",
                fields[3],
            ]
        case .txt: return ["--value"] + strings(data)
        default: return nil
        }
    }

    /// The strings of a TXT record.
    private static func strings(_ data: [UInt8]) -> [String] {
        var strings: [String] = []
        var position = 0
        while position < data.count {
            let end = min(data.count, position + 1 + Int(data[position]))
            strings.append(String(decoding: data[(position + 1)..<end], as: UTF8.self))
            position = end
        }
        return strings
    }
}
