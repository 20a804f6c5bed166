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

    /// Whether one of the sides shows no state of its connection, so that it may be a dead endpoint's.
    public var mayBeStale: Bool { sides.contains { $0.source.kind == "network interface" } }

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
    /// The warnings, each a sentence.
    public let warnings: [String]
    /// The connections that are not approved, in order: their endpoints give no records.
    public let unapproved: [ConnectionStatement]
    /// The names that should exist, with their places.
    public let expected: [(place: RecordPlace, source: AzureSource)]
    /// The desired content of each set, for comparisons.
    let wanted: [Name: DesiredRecords]
}

extension AzureReading {
    /// What an import of this would do to a store.
    public func plan(
        for directory: ZoneDirectory, links: LinkMap, choice: ImportChoice = ImportChoice()
    ) throws(StoreError) -> ImportPlan {
        let zones = Set(try directory.zones().map(\.origin))
        let dead = UnapprovedEndpoints(self)
        try check(choice, dead)
        var builder = ImportPlanBuilder(links: links, zones: zones, choice: choice, notes: notes)
        let live = addresses.filter { !dead.contains($0.source) }
        for statement in live { builder.add(statement) }
        for statement in recordSets { builder.add(statement) }
        for (zone, listing) in listings.sorted(by: { $0.key < $1.key }) {
            builder.add(listing, of: zone, count: recordSetCounts[zone])
        }
        builder.speakForRegistries(live, incomplete: incomplete)
        var expected: [(place: RecordPlace, source: AzureSource)] = []
        for expectation in self.expected {
            guard let name = name(of: expectation, links, zones),
                let (place, zone) = builder.place(name, nil, expectation.source),
                !expected.contains(where: { $0.place == place })
            else { continue }
            expected.append((place, expectation.source))
            builder.wishes[zone]?.expectedOwners.insert(place.owner)
        }
        return builder.plan(expected: expected, warnings: warnings, unapproved: dead.connections)
    }

    /// Refuses a choice that no source is meant by, since it would choose nothing.
    private func check(_ choice: ImportChoice, _ dead: UnapprovedEndpoints) throws(StoreError) {
        guard let word = choice.preferred else { return }
        var sources: [AzureSource] = []
        for source in addresses.map(\.source) + recordSets.map(\.source)
        where !sources.contains(source) { sources.append(source) }
        let meant = sources.filter { $0.isMeant(by: word) }
        if meant.contains(where: { !dead.contains($0) }) { return }
        if let connection = dead.connections.first(where: { connection in
            connection.source.isMeant(by: word) || meant.contains { dead.holds(connection, $0) }
        }) {
            throw .refused(
                "--prefer \(word): the connection of private endpoint \(connection.endpoint) is "
                    + "\(connection.state), so it cannot be preferred")
        }
        var names: [String] = []
        for source in sources where !dead.contains(source) {
            for name in [source.endpoint, source.name] where !names.contains(name) {
                names.append(name)
            }
        }
        let known = names.isEmpty ? "none has a name" : names.joined(separator: ", ")
        throw .refused("--prefer \(word): no source has this name; there are: \(known)")
    }
}

/// The private endpoints whose connections are not approved.
struct UnapprovedEndpoints {
    /// Their connections, each endpoint's first one, in order of the inputs.
    private(set) var connections: [ConnectionStatement] = []
    private let owners: [String: String]

    init(_ reading: AzureReading) {
        owners = reading.interfaceOwners
        for connection in reading.connections where !connection.isApproved {
            if !connections.contains(where: { Self.isSame($0.source, connection.source) }) {
                connections.append(connection)
            }
        }
    }

    /// Whether a source is one of these endpoints, its interface or its zone group.
    func contains(_ source: AzureSource) -> Bool {
        connections.contains { holds($0, source) }
    }

    /// Whether a source belongs to the connection's endpoint.
    func holds(_ connection: ConnectionStatement, _ source: AzureSource) -> Bool {
        var source = source
        if source.endpointResource == nil, let resource = source.resource {
            source.endpointResource = owners[resource]
        }
        return Self.isSame(connection.source, source)
    }

    /// Whether two sources are of one private endpoint: by its resource's path, else by its name.
    private static func isSame(_ left: AzureSource, _ right: AzureSource) -> Bool {
        if let left = left.endpointResource, let right = right.endpointResource {
            return left == right
        }
        return left.endpoint.lowercased() == right.endpoint.lowercased()
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
                    "\(place.publicName) should exist according to \(source.label), but has no address"
                )
            }
        }
        return sentences
    }
}
