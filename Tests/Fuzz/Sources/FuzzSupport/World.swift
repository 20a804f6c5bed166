// What a fuzzed resolver serves: a private zone and its link, a strict link, a zone that leads elsewhere, and
// servers. All private addresses are in 10.0.0.0/8.

import Addresses
import DNSWire
import Resolution
import Zones

/// The zones and what is known of them beside the resolver.
struct World: Sendable {
    /// What is served.
    let snapshot: Snapshot
    /// For each owner that exists by itself the data of its records by type.
    private let records: [Name: [RecordType: Set<[UInt8]>]]
    private let links: [PrivateLink]

    private static let registry = """
        $TTL 300
        @ SOA ns.invalid. host.invalid. 1 3600 300 2419200 10
        myregistry A 10.0.0.7
        myregistry.westeurope.data A 10.0.0.8
        myregistry.northeurope.data AAAA fd00::9
        outside CNAME www.example.com.
        inside CNAME myregistry
        again CNAME again.azurecr.io.
        circle CNAME circle.azurecr.io.
        *.wild A 10.0.0.10
        tree DNAME example.net.
        text TXT "a" "b" "c"
        text MX 10 myregistry
        text SRV 1 2 3 myregistry
        text CAA 0 issue "ca.example"
        text HTTPS 1 . alpn=h2 ipv4hint=10.0.0.7
        large TXT "\(String(repeating: "x", count: 250))" "\(String(repeating: "y", count: 250))"
        large TXT "\(String(repeating: "z", count: 250))" "\(String(repeating: "w", count: 250))"
        large TXT "\(String(repeating: "v", count: 250))" "\(String(repeating: "u", count: 250))"
        """

    private static let vault = """
        @ SOA ns.invalid. host.invalid. 1 3600 300 2419200 10
        myvault 60 A 10.0.1.7
        """

    private static let corporate = """
        $TTL 60
        @ SOA ns host 1 3600 300 2419200 10
        @ NS ns
        ns A 10.0.2.1
        www CNAME myregistry.azurecr.io.
        far CNAME far.example.org.
        sub NS ns.sub
        ns.sub A 10.0.2.2
        """

    init(hasher: NameHasher) {
        let texts = [
            ("privatelink.azurecr.io.", Self.registry),
            ("privatelink.vaultcore.azure.net.", Self.vault), ("corp.example.", Self.corporate),
        ]
        var zones: [LocalZone] = []
        for (origin, text) in texts {
            let reading = ZoneReader.read(
                Array(text.utf8).span, file: origin, origin: Self.name(origin), hasher: hasher)
            guard let zone = reading.zone else { fatalError("\(reading.mistakes)") }
            zones.append(LocalZone(zone))
        }
        zones.append(LocalZone(failed: Self.name("failed.example.")))
        links = [
            PrivateLink(
                publicSuffix: Self.name("azurecr.io."),
                privateSuffix: Self.name("privatelink.azurecr.io."),
                fallback: [Self.server(4)]),
            PrivateLink(
                publicSuffix: Self.name("vault.azure.net."),
                privateSuffix: Self.name("privatelink.vaultcore.azure.net."),
                whenMissing: .nxdomain, ownedMissing: .nxdomain),
        ]
        var policy = Policy()
        policy.version = "fuzz"
        snapshot = Snapshot(
            generation: 1, zones: zones, links: links,
            forwardZones: [
                ForwardZone(zone: .root, servers: [Self.server(1), Self.server(2)]),
                ForwardZone(
                    zone: Self.name("example.org."), servers: [Self.server(3)], transport: .tcp),
                ForwardZone(zone: Self.name("refused.example."), servers: []),
            ],
            access: PrefixSet([Prefix("10.0.0.0/8")].compactMap { $0 }), policy: policy,
            hasher: hasher)
        records = Self.records(of: zones)
    }

    private static func name(_ text: String) -> Name {
        guard let name = try? Name(text: text) else { fatalError("\(text) is no name") }
        return name
    }

    private static func server(_ number: UInt32) -> Endpoint {
        Endpoint(IPAddress(ipv4: 0xC000_0200 | number), port: 53)
    }

    /// The records by owner and type, but for delegations, which lead to servers, and wildcards.
    private static func records(of zones: [LocalZone]) -> [Name: [RecordType: Set<[UInt8]>]] {
        var records: [Name: [RecordType: Set<[UInt8]>]] = [:]
        for record in zones.compactMap(\.zone).flatMap(readRecords) {
            let owner = record.owner
            if owner.isAtOrBelow(name("sub.corp.example.")) || owner.labels.first == [0x2A] {
                continue
            }
            records[owner, default: [:]][record.type, default: []].insert(
                record.data.map(\.lowercasedASCII))
        }
        return records
    }

    /// Whether only a local zone may say what `name` has of `type`.
    func isPrivate(_ name: Name, _ type: RecordType) -> Bool {
        if records[name] != nil {
            // DS at an apex belongs to the parent.
            return !(type == .ds && records[name]?[.soa] != nil)
        }
        return links.contains { link in
            guard name != link.publicSuffix, name.isAtOrBelow(link.publicSuffix),
                !name.isAtOrBelow(link.privateSuffix)
            else { return false }
            let kept = name.labelCount - link.publicSuffix.labelCount
            let labels = name.labels.prefix(kept) + link.privateSuffix.labels
            return (try? Name(labels: labels)).map { records[$0] != nil } ?? false
        }
    }

    /// Whether a reply may hold a record: what a zone has of a name is told as the zone has it.
    func allows(_ record: ReadRecord) -> Bool {
        guard let own = records[record.owner], record.type != .rrsig, record.type != .ds else {
            return true
        }
        guard let data = own[record.type] else { return false }
        return data.contains(record.spelledData.map(\.lowercasedASCII))
    }
}
