// From what az said to what each zone is to hold: names are placed by the links, and several sources of one name must
// agree.

internal import DNSWire
internal import Zones

/// Collects the desired records.
struct ImportPlanBuilder {
    let links: LinkMap
    let zones: Set<Name>
    let choice: ImportChoice
    var notes: [String]
    var wishes: [Name: DesiredRecords] = [:]
    private var sides: [RecordSetKey: [DesiredRecords.DesiredSet]] = [:]
    private var homes: [RecordSetKey: Name] = [:]

    init(links: LinkMap, zones: Set<Name>, choice: ImportChoice, notes: [String]) {
        self.links = links
        self.zones = zones
        self.choice = choice
        self.notes = notes
    }

    /// Where a name's record belongs, and the zone of the store that has or gets it; nil, and a note, where no
    /// link leads to it.
    mutating func place(
        _ name: Name, _ zone: Name?, _ source: AzureSource
    ) -> (place: RecordPlace, zone: Name)? {
        var place = links.place(of: name, zones: zones)
        if place == nil, let zone, name.isAtOrBelow(zone) {
            place = RecordPlace(suffix: zone, owner: name, publicName: name, isRegistry: false)
        }
        guard let place else {
            notes.append(
                "\(source.label): no link has a private zone for \(name), so it is skipped")
            return nil
        }
        // Records go to the zone that answers for the name, which may be one below the link's.
        let holder = zones.filter { place.owner.isAtOrBelow($0) && $0.isAtOrBelow(place.suffix) }
            .max { $0.labelCount < $1.labelCount }
        return (place, holder ?? place.suffix)
    }

    mutating func add(_ statement: AddressStatement) {
        guard let (place, zone) = place(statement.name, statement.zone, statement.source) else {
            return
        }
        var byType: [RecordType: [[UInt8]]] = [:]
        for address in statement.addresses {
            let (type, data) = RecordData.address(address)
            byType[type, default: []].append(data)
        }
        wishes[zone, default: DesiredRecords()].addressOwners.insert(place.owner)
        for (type, data) in byType {
            add(
                DesiredRecords.DesiredSet(data: data, ttl: statement.ttl, source: statement.source),
                RecordSetKey(owner: place.owner, type: type), zone)
        }
    }

    mutating func add(_ statement: RecordSetStatement) {
        add(
            DesiredRecords.DesiredSet(
                data: statement.content.data, ttl: statement.content.ttl,
                source: statement.source, isExported: statement.isExported),
            statement.key, statement.zone)
    }

    /// Takes what was listed of a zone, of which Azure counts `count` record sets where it was read.
    mutating func add(_ listing: ZoneListing, of zone: Name, count: UInt32?) {
        var isWhole = listing.isWhole
        if let count {
            let start = RecordSetKey(owner: zone, type: .soa)
            let listed = listing.keys.count
            isWhole = listed >= count && listing.keys.contains(start)
            if listed < count {
                notes.append(
                    "\(listed) of the \(count) record sets of \(zone) were read, so none is removed"
                )
            }
        }
        wishes[zone, default: DesiredRecords()].isWhole = isWhole
        wishes[zone]?.leftOut = listing.leftOut
    }

    private mutating func add(_ wish: DesiredRecords.DesiredSet, _ key: RecordSetKey, _ zone: Name)
    {
        sides[key, default: []].append(wish)
        homes[key] = zone
    }

    /// Notes the registries whose own endpoint a complete source has: it has those in regions too.
    mutating func speakForRegistries(
        _ statements: [AddressStatement], incomplete: Set<AzureSource>
    ) {
        var complete: Set<AzureSource> = []
        for statement in statements {
            // A registry has a data endpoint in at least one region: a source without any shows a part.
            let place = links.place(of: statement.name, zones: zones)
            if let place, RegistryEndpoint(place.owner, below: place.suffix)?.region != nil {
                complete.insert(statement.source)
            }
        }
        for statement in statements
        where complete.contains(statement.source) && !incomplete.contains(statement.source) {
            guard let place = links.place(of: statement.name, zones: zones), place.isRegistry,
                let zone = homes[RecordSetKey(owner: place.owner, type: .a)]
                    ?? homes[RecordSetKey(owner: place.owner, type: .aaaa)],
                place.owner.words(below: place.suffix).count == 1
            else { continue }
            // The records of a region may be in a zone of its own.
            let regional = zones.filter { $0 != zone && $0.isAtOrBelow(place.suffix) }
            for zone in [zone] + regional {
                wishes[zone, default: DesiredRecords()].registries.insert(place.owner)
            }
        }
    }

    /// Brings the sides of each set together.
    mutating func plan(
        expected: [(place: RecordPlace, source: AzureSource)], warnings: [String],
        unapproved: [ConnectionStatement]
    ) -> ImportPlan {
        var conflicts: [ImportConflict] = []
        for (key, all) in sides.sorted(by: { $0.key < $1.key }) {
            guard let zone = homes[key] else { continue }
            guard var wish = agreed(all, key.type) else {
                conflicts.append(
                    ImportConflict(
                        key: key,
                        sides: all.map { side in
                            (
                                side.source,
                                side.data.map { ZoneContent.text(of: $0, type: key.type) }
                            )
                        }))
                wishes[zone, default: DesiredRecords()].contested.insert(key)
                continue
            }
            wish.ttl = all.compactMap(\.ttl).min()
            wishes[zone, default: DesiredRecords()].sets[key] = wish
        }
        let merging = choice.merges
        // No zone is made for having nothing in it.
        let changing = wishes.filter { zones.contains($0.key) || !$0.value.sets.isEmpty }
        let edits = changing.sorted { $0.key < $1.key }.map { zone, wishes in
            ZoneEdit(origin: zone, makesZone: true) { content in
                wishes.apply(to: &content, merging: merging)
            }
        }
        return ImportPlan(
            edits: edits, conflicts: conflicts, notes: notes, warnings: warnings,
            unapproved: unapproved, expected: expected, wanted: wishes)
    }

    /// What all sides have, or what the choice makes of them; nil if they differ and nothing was chosen.
    private func agreed(_ all: [DesiredRecords.DesiredSet], _ type: RecordType) -> DesiredRecords
        .DesiredSet?
    {
        guard var first = all.first else { return nil }
        if choice.merges, type != .soa, type != .cname {
            for side in all.dropFirst() {
                let comparison = DataComparison(
                    type: type, isExported: first.isExported || side.isExported)
                for data in side.data
                where !first.data.contains(where: { comparison.isSame($0, data) }) {
                    first.data.append(data)
                }
            }
            return first
        }
        let candidates =
            choice.preferred.map { word in all.filter { $0.source.isMeant(by: word) } } ?? []
        let sides = candidates.isEmpty ? all : candidates
        guard let chosen = sides.first else { return nil }
        let set = Self.set(chosen, type)
        let agree = sides.allSatisfy { side in
            DataComparison(type: type, isExported: chosen.isExported || side.isExported)
                .isSame(set.data, Self.set(side, type).data)
        }
        // An export has lost what the others still have.
        return agree ? sides.first { !$0.isExported } ?? chosen : nil
    }

    /// A side's data as a set; of a SOA record the serial number does not count.
    private static func set(_ wish: DesiredRecords.DesiredSet, _ type: RecordType)
        -> RecordSetContent
    {
        let data =
            type == .soa
            ? wish.data.map { StartOfAuthority($0).with(serial: 0).data } : wish.data
        var set = RecordSetContent(ttl: 0, data: [])
        for data in data where !set.holds(data, of: type) { set.data.append(data) }
        return set
    }
}
