// All that decides how a query is answered, as one immutable value that is swapped whole: zones, links,
// forward zones, access and policy. New links with old zones would be a mixture.

public import Addresses
public import DNSWire
public import Zones

/// A local zone and how it came to be.
public struct LocalZone: Sendable {
    /// The zone's name.
    public let origin: Name
    /// The zone; nil if it could not be loaded, which is answered with SERVFAIL.
    public let zone: Zone?

    /// A zone that was loaded.
    public init(_ zone: Zone) {
        origin = zone.origin
        self.zone = zone
    }

    /// A zone that could not be loaded and has no earlier good copy.
    public init(failed origin: Name) {
        self.origin = origin
        zone = nil
    }
}

/// What a daemon answers from, in one moment.
public final class Snapshot: Sendable {
    /// What its links say of a local zone.
    struct Slot: Sendable, BitwiseCopyable {
        /// The number of the zone in the tree; -1 when it could not be loaded.
        let number: Int
        let isLinkPrivate: Bool
        /// Whether names that the zone lacks pass on as if it were absent.
        let forwardsMissing: Bool
        /// Whether owned names that the zone lacks are denied.
        let deniesOwned: Bool
    }

    /// A group of servers that is trusted as one: those of a forward zone, or a link's fallback.
    struct ServerGroup: Sendable {
        let forwardZone: ForwardZone
        /// Identifies the group in cache keys, also across reloads.
        let identity: UInt64
        /// The number of labels of the forward zone: its servers are not trusted for names above
        /// it.
        let zoneLabelCount: Int
    }

    /// Counts the snapshots of one process, from 1.
    public let generation: UInt64
    /// The local zones, in canonical order of their names.
    public let localZones: [LocalZone]
    /// The links, in order of their public suffix.
    public let links: [PrivateLink]
    /// The forward zones, as given.
    public let forwardZones: [ForwardZone]
    /// Who may ask.
    public let access: AccessRules
    /// The same for each listener; empty where all have the same.
    public let listenerAccess: [AccessRules]
    /// Limits and choices.
    public let policy: Policy

    /// The beginning of `policy.identity`, as returned in the NSID option.
    let identifier: [UInt8]?
    /// In the order of the local zones.
    let slots: [Slot]
    let specials: [Zone]
    /// The local zones that were loaded, then those of special names.
    let tree: ZoneTree
    /// The number of the first zone of special names.
    let firstSpecial: Int
    let groups: [ServerGroup]
    /// For each link the index of its fallback in `groups`, or -1.
    let fallbackGroups: [Int]
    /// Whether any group's servers get clients' networks.
    let passesSubnets: Bool
    let suffixes: SuffixIndex
    let ownedNames: OwnedNames
    let shortcuts: LinkShortcuts
    let quickLinks: FastPathTable

    /// Puts together what is served. Zones have different origins, forward zones different names.
    public init(
        generation: UInt64, zones localZones: [LocalZone], links: [PrivateLink],
        forwardZones: [ForwardZone], access: PrefixSet, policy: Policy, hasher: NameHasher,
        dropsOthers: Bool = false, listenerAccess: [AccessRules] = []
    ) {
        let sortedLinks = links.sorted { $0.publicSuffix < $1.publicSuffix }
        self.generation = generation
        self.links = sortedLinks
        self.forwardZones = forwardZones
        self.access = AccessRules(allowed: access, drops: dropsOthers)
        self.listenerAccess = listenerAccess
        self.policy = policy
        identifier = policy.identity.map { Array($0.utf8.prefix(128)) }
        let zones = LoadedZones(localZones, links: sortedLinks)
        var linkOfPrivate: [Name: PrivateLink] = [:]
        for link in sortedLinks where linkOfPrivate[link.privateSuffix] == nil {
            linkOfPrivate[link.privateSuffix] = link
        }
        let slots = zones.zones.enumerated().map { index, local in
            let link = linkOfPrivate[local.origin]
            return Slot(
                number: zones.numbers[index], isLinkPrivate: link != nil,
                forwardsMissing: link?.whenMissing == .forward,
                deniesOwned: link?.ownedMissing == .nxdomain)
        }
        self.localZones = zones.zones
        self.slots = slots
        ownedNames = OwnedNames(sortedLinks, zones, hasher: hasher)
        shortcuts = LinkShortcuts(sortedLinks, zones)
        quickLinks = FastPathTable(sortedLinks, zones)
        specials = SpecialNames.zones(hasher: hasher)
        firstSpecial = zones.loaded.count
        guard let tree = ZoneTree(zones.loaded + specials) else {
            preconditionFailure("there are zones of special names")
        }
        self.tree = tree
        var groups = forwardZones.map { ServerGroup($0, hasher: hasher) }
        var fallbackGroups: [Int] = []
        for link in sortedLinks {
            guard !link.fallback.isEmpty else {
                fallbackGroups.append(-1)
                continue
            }
            fallbackGroups.append(groups.count)
            let fallback = ForwardZone(zone: link.publicSuffix, servers: link.fallback)
            groups.append(ServerGroup(fallback, hasher: hasher, isFallback: true))
        }
        self.groups = groups
        passesSubnets = forwardZones.contains(where: \.passesSubnets)
        self.fallbackGroups = fallbackGroups
        suffixes = Self.index(
            zones: zones.zones, slots: slots, specials: specials, links: sortedLinks,
            forwardZones: forwardZones, hasher: hasher)
    }

    private static func index(
        zones: [LocalZone], slots: [Slot], specials: [Zone], links: [PrivateLink],
        forwardZones: [ForwardZone], hasher: NameHasher
    ) -> SuffixIndex {
        var entries: [Name: SuffixEntry] = [:]
        for (index, local) in zones.enumerated() {
            entries[local.origin, default: SuffixEntry()].zone = Int32(index)
            entries[local.origin]?.isPrivateZone = slots[index].isLinkPrivate
        }
        for (index, zone) in specials.enumerated() {
            entries[zone.origin, default: SuffixEntry()].special = Int32(index)
        }
        for (index, link) in links.enumerated() {
            var entry = entries[link.publicSuffix] ?? SuffixEntry()
            if entry.link < 0 { entry.link = Int32(index) }
            entry.linkCount += 1
            entries[link.publicSuffix] = entry
            entries[link.privateSuffix, default: SuffixEntry()].privateOf = Int32(index)
        }
        for (index, zone) in forwardZones.enumerated() {
            entries[zone.zone, default: SuffixEntry()].forward = Int32(index)
        }
        return SuffixIndex(entries.map { (name: $0.key, entry: $0.value) }, hasher: hasher)
    }
}

extension Snapshot.ServerGroup {
    /// A group whose identity derives from its name, its servers and how they are queried.
    init(_ forwardZone: ForwardZone, hasher: NameHasher, isFallback: Bool = false) {
        self.forwardZone = forwardZone
        zoneLabelCount = forwardZone.zone.labelCount
        var text = forwardZone.zone.folded.octets
        // Each text ends with a space, so that the end of one cannot be confused with the beginning
        // of the next.
        for server in forwardZone.servers { text.append(contentsOf: "\(server) ".utf8) }
        if let source = forwardZone.source { text.append(contentsOf: "from \(source) ".utf8) }
        text.append(forwardZone.transport.rawValue)
        text.append(isFallback ? 1 : 0)
        identity = hasher.hash(label: text.span, from: 0, count: text.count, under: hasher.key)
    }
}
