// The check of a store: what the records of each registry lack among themselves, and what differs from az's outputs
// (+Azure).

public import Addresses
internal import DNSWire
internal import Files
internal import Zones

/// Checks the zones of a store.
public struct CoverageCheck {
    let links: LinkMap
    let subnets: [Prefix]
    var coverage = Coverage()
    var contents: [Name: ZoneContent] = [:]
    /// The zones that could be read.
    var zones: Set<Name> = []
    /// The rows by zone and name, while they are filled.
    var rows: [[String]: Coverage.Registry] = [:]
    /// The sets of addresses of each registry, by zone and name.
    private var addressKeys: [[String]: [RecordSetKey]] = [:]

    /// Checks the store in `directory`, and with `plan` against what az said.
    public static func run(
        on directory: ZoneDirectory, links: LinkMap, subnets: [Prefix] = [],
        against plan: ImportPlan? = nil
    ) throws(StoreError) -> Coverage {
        var check = CoverageCheck(links: links, subnets: subnets)
        try check.read(directory)
        for zone in check.contents.keys.sorted() { check.checkNames(of: zone) }
        if let plan { check.compare(with: plan) }
        check.checkRegistries()
        return check.finish()
    }

    private mutating func read(_ directory: ZoneDirectory) throws(StoreError) {
        try directory.readAll { file in
            if let zone = file.reading.zone {
                contents[file.origin] = ZoneContent(zone)
                zones.insert(file.origin)
                return
            }
            let mistakes = file.reading.mistakes.map { "\($0)" }.joined(separator: "; ")
            coverage.add(
                Coverage.Finding(
                    .mistakes, name: "\(file.origin)", "the zone's file has mistakes: \(mistakes)"))
        } unreadable: { origin, _, why in
            coverage.add(
                Coverage.Finding(.mistakes, name: "\(origin)", "the zone is not known: \(why)"))
        }
    }

    // MARK: Names

    private mutating func checkNames(of zone: Name) {
        guard let content = contents[zone] else { return }
        var owners: [Name] = []
        var seen: Set<Name> = []
        for key in content.sortedKeys where key.type != .soa && seen.insert(key.owner).inserted {
            owners.append(key.owner)
        }
        let registries = registries(among: owners, in: content)
        var users: [IPAddress: [Name]] = [:]
        for owner in owners {
            guard let place = links.place(of: owner, zones: zones), place.owner != place.suffix
            else {
                continue
            }
            let words = owner.words(below: place.suffix)
            if words.contains("*") { continue }
            let addresses = Self.addresses(of: owner, in: content)
            if !addresses.isEmpty {
                coverage.endpoints.append(
                    Coverage.Endpoint(
                        publicName: place.publicName, owner: owner, addresses: addresses))
            }
            checkSubnets(owner, addresses, registry: place.isRegistry ? words.first : nil)
            guard place.isRegistry else { continue }
            let endpoint = RegistryEndpoint(words: words)
            if let endpoint, registries.contains(words[0]) { enter(endpoint, addresses, zone) }
            for type in [RecordType.a, .aaaa] {
                let key = RecordSetKey(owner: owner, type: type)
                if content.sets[key] == nil { continue }
                addressKeys[["\(zone)", words[0]], default: []].append(key)
            }
            let isAlias = content.sets[RecordSetKey(owner: owner, type: .cname)] != nil
            if addresses.isEmpty, endpoint != nil, isAlias || registries.contains(words[0]) {
                coverage.add(
                    Coverage.Finding(
                        .noAddress, name: "\(owner)", registry: words.first,
                        "\(owner) has records and no address"))
            }
            // What an alias leads to has its own row.
            if !isAlias {
                for address in addresses { users[address, default: []].append(owner) }
            }
        }
        for (address, owners) in users.sorted(by: { $0.key < $1.key }) where owners.count > 1 {
            let names = owners.map { "\($0)" }.joined(separator: " and ")
            let registry = links.place(of: owners[0], zones: zones).map {
                owners[0].words(below: $0.suffix)[0]
            }
            coverage.add(
                Coverage.Finding(
                    .addressTwice, name: "\(owners[0])", registry: registry,
                    "\(address) is the address of \(names), and each endpoint has its own"))
        }
    }

    /// The first labels of names that are a registry's: they have addresses of their own, or endpoints below them.
    ///
    /// A zone may hold aliases, and names with other records, that are none.
    private func registries(among owners: [Name], in content: ZoneContent) -> Set<String> {
        var registries: Set<String> = []
        for owner in owners {
            guard let place = links.place(of: owner, zones: zones), place.isRegistry,
                place.owner != place.suffix
            else { continue }
            let words = owner.words(below: place.suffix)
            let hasAddresses = [RecordType.a, .aaaa].contains { type in
                content.sets[RecordSetKey(owner: owner, type: type)] != nil
            }
            guard let endpoint = RegistryEndpoint(words: words) else { continue }
            if hasAddresses || endpoint.region != nil { registries.insert(endpoint.registry) }
        }
        return registries
    }

    private mutating func enter(
        _ endpoint: RegistryEndpoint, _ addresses: [IPAddress], _ zone: Name
    ) {
        let row = ["\(zone)", endpoint.registry]
        rows[row, default: Coverage.Registry(zone: zone, name: endpoint.registry)]
            .enter(endpoint, addresses)
    }

    private mutating func checkSubnets(
        _ owner: Name, _ addresses: [IPAddress], registry: String?
    ) {
        if subnets.isEmpty { return }
        for address in addresses where !subnets.contains(where: { $0.contains(address) }) {
            coverage.add(
                Coverage.Finding(
                    .outsideSubnets, name: "\(owner)", registry: registry,
                    "\(owner) has \(address), which is in none of the subnets"))
        }
    }

    /// The addresses of a name, aliases within the zone followed.
    static func addresses(of owner: Name, in content: ZoneContent) -> [IPAddress] {
        var owner = owner
        for _ in 0..<16 {
            var addresses: [IPAddress] = []
            for type in [RecordType.a, .aaaa] {
                let set = content.sets[RecordSetKey(owner: owner, type: type)]
                addresses += (set?.data ?? []).compactMap { RecordData.address(of: $0, type: type) }
            }
            if !addresses.isEmpty { return addresses.sorted() }
            guard let alias = content.sets[RecordSetKey(owner: owner, type: .cname)]?.data.first,
                let target = try? Name(wire: alias.span)
            else { return [] }
            owner = target
        }
        return []
    }

    // MARK: Registries

    private mutating func checkRegistries() {
        let told = Set(coverage.findings.filter { $0.kind == .missing }.map(\.name))
        for registry in rows.values.sorted(by: { ($0.zone, $0.name) < ($1.zone, $1.name) }) {
            let relative = { (words: String) in
                ZoneContent.relativeName(
                    (try? Name(text: words, origin: registry.zone)) ?? registry.zone,
                    origin: registry.zone)
            }
            let present = EndpointKind.allCases.filter { kind in
                registry.regions(of: kind).contains { $0.addresses != nil }
            }
            let owner = RegistryEndpoint(registry: registry.name, kind: .registry)
                .name(below: registry.zone)
            let isTold = owner.map { told.contains("\($0)") } ?? false
            if registry.addresses == nil, !present.isEmpty, !isTold {
                let kinds = present.map { "\($0.title)s" }.joined(separator: " and ")
                coverage.add(
                    Coverage.Finding(
                        .noRegistry, name: "\(registry.name).\(registry.zone)",
                        registry: registry.name,
                        "\(registry.name) has \(kinds) and no record of its own, so that logins "
                            + "are public",
                        mending: [Self.addition(relative(registry.name), registry.zone)]))
            }
            if registry.addresses?.isEmpty == false, registry.regions(of: .data).isEmpty {
                coverage.add(
                    Coverage.Finding(
                        .noDataEndpoint, name: "\(registry.name).\(registry.zone)",
                        registry: registry.name,
                        "\(registry.name) has no data endpoint, so that pulls hang",
                        mending: [
                            Self.addition(
                                RegistryEndpoint(
                                    registry: registry.name, kind: .data, region: "REGION"
                                ).words.joined(separator: "."), registry.zone)
                        ]))
            }
            checkTTLs(registry)
        }
    }

    private mutating func checkTTLs(_ registry: Coverage.Registry) {
        guard let content = contents[registry.zone] else { return }
        let keys = addressKeys[["\(registry.zone)", registry.name]] ?? []
        var ttls: [UInt32: [String]] = [:]
        for key in keys {
            ttls[content.sets[key]?.ttl ?? 0, default: []].append(
                ZoneContent.relativeName(key.owner, origin: registry.zone))
        }
        guard ttls.count > 1, let lowest = ttls.keys.min() else { return }
        let words = ttls.sorted { $0.key < $1.key }.map { ttl, names in
            "\(ttl) (\(names.sorted().joined(separator: ", ")))"
        }
        let mending = keys.compactMap { key -> [String]? in
            guard let set = content.sets[key], set.ttl != lowest, let data = set.data.first else {
                return nil
            }
            return command("add-record", key, registry.zone, data).map {
                $0 + ["--ttl", "\(lowest)"]
            }
        }
        coverage.add(
            Coverage.Finding(
                .differentTTLs, name: "\(registry.name).\(registry.zone)", registry: registry.name,
                "the TTLs of \(registry.name) differ: \(words.joined(separator: ", "))",
                mending: mending))
    }

    /// The command that adds an address which only the administrator knows.
    private static func addition(_ name: String, _ zone: Name) -> [String] {
        [
            "record-set", "a", "add-record", "--zone", String("\(zone)".dropLast()), "--name", name,
            "--ipv4-address", "ADDRESS",
        ]
    }

    private func finish() -> Coverage {
        var coverage = coverage
        var counts: [String: Int] = [:]
        for finding in coverage.findings {
            if let registry = finding.registry { counts[registry, default: 0] += 1 }
        }
        coverage.registries = rows.values.sorted { ($0.zone, $0.name) < ($1.zone, $1.name) }.map {
            registry in
            var registry = registry
            registry.findingCount = counts[registry.name] ?? 0
            return registry
        }
        return coverage
    }
}
