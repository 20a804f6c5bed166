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
    /// The files of az's outputs, as the command line has them.
    let files: [String]
    var coverage = Coverage()
    var contents: [Name: ZoneContent] = [:]
    /// The zones that could be read.
    var zones: Set<Name> = []
    /// The rows by private suffix and name, while they are filled.
    var rows: [[String]: Coverage.Registry] = [:]
    /// The sets of addresses of each registry, by private suffix and name, with their zones.
    var addressKeys: [[String]: [(zone: Name, key: RecordSetKey)]] = [:]
    /// The names that are registries' below each private suffix.
    private var registryNames: [Name: Set<String>] = [:]
    /// The names that have each address, by private suffix.
    private var users: [Name: [IPAddress: [Name]]] = [:]

    private init(links: LinkMap, subnets: [Prefix], files: [String]) {
        self.links = links
        self.subnets = subnets
        self.files = files
    }

    /// Checks the store in `directory`, and with `plan` against what az said in `files`.
    public static func run(
        on directory: ZoneDirectory, links: LinkMap, subnets: [Prefix] = [],
        against plan: ImportPlan? = nil, files: [String] = []
    ) throws(StoreError) -> Coverage {
        var check = CoverageCheck(links: links, subnets: subnets, files: files)
        try check.read(directory)
        let origins = check.contents.keys.sorted()
        for zone in origins { check.findRegistries(in: zone) }
        for zone in origins { check.checkNames(of: zone) }
        check.checkUsers()
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
                Coverage.Finding(
                    .mistakes, name: "\(origin)", "the zone cannot be determined: \(why)"))
        }
    }

    // MARK: Names

    /// The zone that answers for a name: the innermost that encloses it, as in a lookup.
    func holder(of name: Name) -> Name? {
        var ancestor: Name? = name
        while let suffix = ancestor {
            if contents[suffix] != nil { return suffix }
            ancestor = suffix.parent
        }
        return nil
    }

    /// The names of a zone that own more than its SOA record, in order, each once.
    private func owners(in content: ZoneContent) -> [Name] {
        var owners: [Name] = []
        for key in content.sortedKeys where key.type != .soa && owners.last != key.owner {
            owners.append(key.owner)
        }
        return owners
    }

    /// Notes the first labels of names that are a registry's: they have addresses of their own, or endpoints below
    /// them.
    ///
    /// A zone may also have aliases, and names with other records, that are not registries.
    private mutating func findRegistries(in zone: Name) {
        guard let content = contents[zone] else { return }
        for owner in owners(in: content) where holder(of: owner) == zone {
            guard let place = links.place(of: owner, zones: zones), place.isRegistry,
                place.owner != place.suffix,
                let endpoint = RegistryEndpoint(words: owner.words(below: place.suffix))
            else { continue }
            let hasAddresses = [RecordType.a, .aaaa].contains { type in
                content.sets[RecordSetKey(owner: owner, type: type)] != nil
            }
            if hasAddresses || endpoint.region != nil {
                registryNames[place.suffix, default: []].insert(endpoint.registry)
            }
        }
    }

    private mutating func checkNames(of zone: Name) {
        guard let content = contents[zone] else { return }
        for owner in owners(in: content) {
            guard let place = links.place(of: owner, zones: zones), place.owner != place.suffix
            else { continue }
            let words = owner.words(below: place.suffix)
            if words.contains("*") { continue }
            if let child = holder(of: owner), child != zone {
                checkHidden(owner, in: content, by: child, place, words[0])
                continue
            }
            check(owner, in: content, place, words)
        }
    }

    private mutating func check(
        _ owner: Name, in content: ZoneContent, _ place: RecordPlace, _ words: [String]
    ) {
        let addresses = addresses(of: owner)
        let registry = place.isRegistry ? words.first : nil
        let endpoint = place.isRegistry ? RegistryEndpoint(words: words) : nil
        let isOfRegistry =
            registry.map { registryNames[place.suffix]?.contains($0) ?? false } ?? false
        if !addresses.isEmpty {
            coverage.endpoints.append(
                Coverage.Endpoint(
                    publicName: place.publicName, owner: owner, registry: registry,
                    addresses: addresses))
        }
        checkSpelling(owner, place, words)
        checkAddresses(owner, addresses, registry: registry)
        if let endpoint, isOfRegistry { enter(endpoint, addresses, place.suffix) }
        for type in [RecordType.a, .aaaa] {
            let key = RecordSetKey(owner: owner, type: type)
            guard let set = content.sets[key] else { continue }
            if let registry {
                addressKeys[["\(place.suffix)", registry], default: []]
                    .append((content.origin, key))
            }
            if set.data.count > 1 {
                coverage.add(
                    Coverage.Finding(
                        .twoAddresses, name: "\(owner)", registry: registry,
                        "\(owner) has \(set.data.count) \(type) records, and a private endpoint has "
                            + "one address for a name"))
            }
        }
        let isAlias = content.sets[RecordSetKey(owner: owner, type: .cname)] != nil
        if addresses.isEmpty, endpoint != nil, isAlias || isOfRegistry {
            coverage.add(
                Coverage.Finding(
                    .noAddress, name: "\(owner)", registry: registry,
                    "\(owner) has records but no address"))
        }
        // What an alias leads to has its own row.
        if place.isRegistry, !isAlias {
            for address in addresses {
                users[place.suffix, default: [:]][address, default: []].append(owner)
            }
        }
    }

    /// A name of a zone that another zone answers for.
    private mutating func checkHidden(
        _ owner: Name, in content: ZoneContent, by child: Name, _ place: RecordPlace,
        _ registry: String
    ) {
        let keys = [RecordType.a, .aaaa, .cname].map { RecordSetKey(owner: owner, type: $0) }
        let hidden = keys.filter { content.sets[$0] != nil }
        guard !hidden.isEmpty, let answering = contents[child],
            !keys.contains(where: { answering.sets[$0] != nil })
        else { return }
        coverage.add(
            Coverage.Finding(
                .missing, name: "\(owner)", registry: place.isRegistry ? registry : nil,
                "zone \(child) hides \(owner) of zone \(content.origin) and has no record for it",
                mending: hidden.flatMap { key in
                    (content.sets[key]?.data ?? []).compactMap {
                        command("add-record", key, child, $0)
                    }
                }))
        if place.isRegistry, let endpoint = RegistryEndpoint(owner, below: place.suffix) {
            enter(endpoint, nil, place.suffix)
        }
    }

    /// Finds a name that was written without its final dot.
    private mutating func checkSpelling(_ owner: Name, _ place: RecordPlace, _ words: [String]) {
        guard let relative = try? Name(labels: owner.labels.dropLast(place.suffix.labelCount)),
            let publicSuffix = try? Name(
                labels: Array(place.publicName.labels.dropFirst(words.count)))
        else { return }
        let suffix = [place.suffix, publicSuffix].first {
            !$0.isRoot && relative.isAtOrBelow($0) && relative != $0
        }
        guard let suffix else { return }
        coverage.add(
            Coverage.Finding(
                .repeatedSuffix, name: "\(owner)", registry: place.isRegistry ? words[0] : nil,
                "\(owner) repeats the suffix \(suffix), as an owner without its final dot does"))
    }

    private mutating func checkUsers() {
        for (suffix, users) in users.sorted(by: { $0.key < $1.key }) {
            for (address, owners) in users.sorted(by: { $0.key < $1.key }) where owners.count > 1 {
                let names = owners.map { "\($0)" }.joined(separator: " and ")
                coverage.add(
                    Coverage.Finding(
                        .addressTwice, name: "\(owners[0])",
                        registry: owners[0].words(below: suffix)[0],
                        "\(address) is the address of \(names), but each endpoint should have its own"
                    ))
            }
        }
    }

    mutating func enter(
        _ endpoint: RegistryEndpoint, _ addresses: [IPAddress]?, _ suffix: Name
    ) {
        let row = ["\(suffix)", endpoint.registry]
        rows[row, default: Coverage.Registry(zone: suffix, name: endpoint.registry)]
            .enter(endpoint, addresses)
    }

    private mutating func checkAddresses(
        _ owner: Name, _ addresses: [IPAddress], registry: String?
    ) {
        for address in addresses where !subnets.contains(where: { $0.contains(address) }) {
            if !subnets.isEmpty {
                coverage.add(
                    Coverage.Finding(
                        .outsideSubnets, name: "\(owner)", registry: registry,
                        "\(owner) has \(address), which is not in any of the subnets"))
            } else if !address.isPrivate, !address.unmapped.isIPv6 {
                // Of IPv6 a virtual network may have global addresses.
                coverage.add(
                    Coverage.Finding(
                        .publicAddress, name: "\(owner)", registry: registry,
                        "\(owner) has the public address \(address) in a private zone; --subnet names the "
                            + "subnet if that is meant"))
            }
        }
    }

    /// The addresses of a name, aliases followed through the zones.
    func addresses(of owner: Name) -> [IPAddress] {
        var owner = owner
        for _ in 0..<16 {
            guard let content = holder(of: owner).flatMap({ contents[$0] }) else { return [] }
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
}
