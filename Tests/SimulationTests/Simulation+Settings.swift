// What is served inside a run: a private zone that gains and loses records, a zone of all sorts, the link, the
// forward zones.

import Addresses
import DNSWire
import Resolution
import Zones

extension Simulation {
    static func makeServed(_ dice: inout Dice) -> ReferenceServed {
        ReferenceServed(
            zones: [makePrivateZone(&dice), makeLocalZone()], denyMissing: dice.happens(25),
            denyOwned: dice.happens(40))
    }

    /// Some registries, each with some of its data endpoints.
    static func makePrivateZone(_ dice: inout Dice) -> PlainZone {
        var zone = PlainZone(origin: ReferenceWorld.privateSuffix)
        for number in 0..<6 {
            for infix in ["", ".westeurope.data", ".northeurope.data"] where dice.happens(40) {
                let owner = "r\(number)\(infix).\(ReferenceWorld.privateSuffix)"
                zone.records[owner] = [
                    PlainRecord(
                        owner: owner, type: PlainType.a, ttl: 10,
                        content: "10.\(number).\(infix.count).\(dice.below(250))")
                ]
            }
        }
        return zone
    }

    /// Addresses, aliases that stay and that leave, a wildcard, an empty non-terminal.
    private static func makeLocalZone() -> PlainZone {
        var zone = PlainZone(origin: "local.example.")
        func add(_ left: String, _ type: UInt16, _ content: String) {
            let owner = "\(left).local.example."
            zone.records[owner, default: []].append(
                PlainRecord(owner: owner, type: type, ttl: 60, content: content))
        }
        add("a", PlainType.a, "10.9.0.1")
        add("a", PlainType.a, "10.9.0.2")
        add("b", PlainType.cname, "a.local.example.")
        add("c", PlainType.cname, "w0.example.com.")
        add("x.e", PlainType.a, "10.9.0.3")
        add("*.wild", PlainType.cname, "r1.azurecr.io.")
        return zone
    }

    func makeSnapshot() throws -> Snapshot {
        let zones = try served.zones.map { plain in
            let reading = ZoneReader.read(
                Array(plain.text.utf8).span, file: plain.origin,
                origin: try Name(text: plain.origin), hasher: Self.hasher)
            guard let zone = reading.zone else {
                throw fault("the zone \(plain.origin) cannot be read: \(reading.mistakes)")
            }
            return LocalZone(zone)
        }
        let link = PrivateLink(
            publicSuffix: try Name(text: ReferenceWorld.publicSuffix),
            privateSuffix: try Name(text: ReferenceWorld.privateSuffix),
            whenMissing: served.denyMissing ? .nxdomain : .forward,
            ownedMissing: served.denyOwned ? .nxdomain : .forward, ttl: served.linkTTL)
        return try makeSnapshot(zones: zones, links: [link])
    }

    /// What is served with the same servers.
    func makeSnapshot(zones: [LocalZone], links: [PrivateLink]) throws -> Snapshot {
        generation += 1
        let forwardZones = [
            ForwardZone(zone: .root, servers: Self.servers[0]),
            ForwardZone(zone: try Name(text: ReferenceWorld.corporate), servers: Self.servers[1]),
        ]
        let everybody = [IPAddress.anyIPv4, .anyIPv6].compactMap { Prefix($0, length: 0) }
        return Snapshot(
            generation: generation, zones: zones, links: links, forwardZones: forwardZones,
            access: PrefixSet(everybody), policy: policy, hasher: Self.hasher)
    }
}
