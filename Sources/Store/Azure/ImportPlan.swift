// From what az said to what the zones are to hold: names are placed by the links, several sources of one name must
// agree, and only what a source speaks for is ever taken away.

internal import DNSWire
internal import Zones

/// One record set for which two sources have other data.
public struct ImportConflict: Sendable {
    /// The owner and type.
    public let key: RecordSetKey
    /// What each of the sources has.
    public let sides: [(source: AzureSource, data: [String])]

    /// One sentence that names all sides.
    public var sentence: String {
        let words = sides.map { "\($0.data.joined(separator: ", ")) in \($0.source.label)" }
        return "\(key.owner) \(key.type) is " + words.joined(separator: ", and ")
    }
}

/// How sources that differ are brought together.
public struct ImportChoice: Sendable {
    /// All data are kept, also those of the store.
    public var merges = false
    /// The name of the source, or of the endpoint or file, whose data are taken.
    public var preferred: String? = nil

    /// Sources that differ are refused.
    public init() {}
}

/// What an import would do.
public struct ImportPlan {
    /// The changes, one for each zone, in order of zones.
    public let edits: [ZoneEdit]
    /// Sets of which the sources have different data, where no choice was made.
    public let conflicts: [ImportConflict]
    /// What people should know, each a sentence.
    public let notes: [String]
    /// The names that ought to exist, with their places.
    public let expected: [(place: RecordPlace, source: AzureSource)]
    /// What is wanted of each set, for comparisons.
    let wanted: [Name: DesiredRecords]
}

/// What sources want of one zone.
struct DesiredRecords: Sendable {
    /// A set as the sources have it; a TTL where they have one.
    struct DesiredSet: Sendable {
        var data: [[UInt8]]
        var ttl: UInt32?
        var source: AzureSource
    }

    /// The sets that are wanted.
    var sets: [RecordSetKey: DesiredSet] = [:]
    /// The names whose addresses are spoken for.
    var addressOwners: Set<Name> = []
    /// The names of registries all of whose endpoints in regions are spoken for.
    var registries: Set<Name> = []
    /// The names that ought to exist: that a source is silent on one does not take it away.
    var expectedOwners: Set<Name> = []
    /// Sets on which the sources differ.
    var contested: Set<RecordSetKey> = []
    /// Whether everything in the zone is spoken for.
    var isWhole = false

    /// Whether a set that is not wanted is one that the sources speak for.
    func speaksFor(_ key: RecordSetKey, origin: Name) -> Bool {
        if contested.contains(key) { return false }
        if isWhole {
            // Azure's private zones have no NS records, so that it says nothing of those.
            return key.type != .soa && !(key.type == .ns && key.owner == origin)
        }
        let isAddress = key.type == .a || key.type == .aaaa
        if addressOwners.contains(key.owner) { return isAddress || key.type == .cname }
        if expectedOwners.contains(key.owner) { return false }
        guard isAddress, !registries.isEmpty else { return false }
        return RegistryEndpoint.registry(ofRegional: key.owner).map(registries.contains) ?? false
    }

    /// Changes a zone's content to what is wanted.
    func apply(to content: inout ZoneContent, merging: Bool) {
        for (key, wish) in sets {
            var set =
                content.sets[key]
                ?? RecordSetContent(
                    ttl: wish.ttl ?? ZoneContent.newTTL, data: [])
            if let ttl = wish.ttl { set.ttl = ttl }
            let kept = set.data.filter { old in
                merging
                    || wish.data.contains {
                        RecordDataLayout.isSame($0.span, old.span, of: key.type)
                    }
            }
            if key.type == .soa {
                // A zone that is made keeps the serial number, see ZoneEdit.
                set.data = wish.data
            } else {
                set.data = kept
                for data in wish.data where !set.holds(data, of: key.type) { set.data.append(data) }
            }
            content.sets[key] = set
        }
        if merging { return }
        for key in content.sets.keys where sets[key] == nil {
            if speaksFor(key, origin: content.origin) { content.sets[key] = nil }
        }
    }
}

extension AzureReading {
    /// What an import of this would do to a store.
    public func plan(
        for directory: ZoneDirectory, links: LinkMap, choice: ImportChoice = ImportChoice()
    ) throws(StoreError) -> ImportPlan {
        let zones = Set(try directory.zones().map(\.origin))
        var builder = ImportPlanBuilder(links: links, zones: zones, choice: choice, notes: notes)
        for statement in addresses { builder.add(statement) }
        for statement in recordSets { builder.add(statement) }
        for zone in wholeZones.keys {
            builder.wishes[zone, default: DesiredRecords()].isWhole = true
        }
        builder.speakForRegistries(addresses, incomplete: incomplete)
        var expected: [(place: RecordPlace, source: AzureSource)] = []
        for entry in self.expected {
            guard let (place, zone) = builder.place(entry.name, nil, entry.source) else { continue }
            expected.append((place, entry.source))
            builder.wishes[zone]?.expectedOwners.insert(place.owner)
        }
        return builder.plan(expected: expected)
    }
}

/// Collects wishes.
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
    /// link says so.
    mutating func place(
        _ name: Name, _ zone: Name?, _ source: AzureSource
    ) -> (place: RecordPlace, zone: Name)? {
        var place = links.place(of: name, zones: zones)
        if place == nil, let zone, name.isAtOrBelow(zone) {
            place = RecordPlace(suffix: zone, owner: name, publicName: name, isRegistry: false)
        }
        guard let place else {
            notes.append(
                "\(source.label): no link leads to a private zone for \(name), so it is skipped")
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
                data: statement.content.data, ttl: statement.content.ttl, source: statement.source),
            statement.key, statement.zone)
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
        for statement in statements where !incomplete.contains(statement.source) {
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
    mutating func plan(expected: [(place: RecordPlace, source: AzureSource)]) -> ImportPlan {
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
        let edits = wishes.sorted { $0.key < $1.key }.map { zone, wishes in
            ZoneEdit(origin: zone, makesZone: true) { content in
                wishes.apply(to: &content, merging: merging)
            }
        }
        return ImportPlan(
            edits: edits, conflicts: conflicts, notes: notes, expected: expected, wanted: wishes)
    }

    /// What all sides have, or what the choice makes of them; nil where they differ and nothing was chosen.
    private func agreed(_ all: [DesiredRecords.DesiredSet], _ type: RecordType) -> DesiredRecords
        .DesiredSet?
    {
        guard var first = all.first else { return nil }
        if choice.merges, type != .soa, type != .cname {
            for side in all.dropFirst() {
                for data in side.data
                where !first.data.contains(where: {
                    RecordDataLayout.isSame($0.span, data.span, of: type)
                }) {
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
        let agree = sides.allSatisfy { set.hasSameData(as: Self.set($0, type), of: type) }
        return agree ? chosen : nil
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

extension ImportPlan {
    /// The names that ought to exist and would have no address after these changes, each as a sentence.
    public func missing(
        after updates: [ZoneUpdate], in directory: ZoneDirectory
    ) throws(StoreError) -> [String] {
        var contents: [Name: ZoneContent] = [:]
        for update in updates { contents[update.origin] = update.after }
        let zones = Set(try directory.zones().map(\.origin)).union(contents.keys)
        var sentences: [String] = []
        for (place, source) in expected {
            let holder = zones.filter { place.owner.isAtOrBelow($0) }
                .max { $0.labelCount < $1.labelCount }
            if let holder, contents[holder] == nil {
                contents[holder] = try directory.content(of: holder)
            }
            let content = holder.flatMap { contents[$0] }
            let hasAddress = [RecordType.a, .aaaa].contains {
                content?.sets[RecordSetKey(owner: place.owner, type: $0)] != nil
            }
            if !hasAddress {
                sentences.append(
                    "\(place.publicName) ought to exist, says \(source.label), and has no address")
            }
        }
        return sentences
    }
}
