// The reference: what the product promises, in the slowest and plainest form. It says which step answers a name
// and with what; it has no cache, no wire format and no time.

/// A local zone as a table.
struct PlainZone {
    var origin: String
    /// By owner; the SOA is not among them.
    var records: [String: [PlainRecord]] = [:]
    /// TTL of the SOA of denials.
    var negativeTTL: UInt32 = 10

    /// What a zone says of a name.
    enum Saying {
        case records([PlainRecord])
        case alias(PlainRecord)
        case noData
        case nameError
    }

    func hasName(_ name: String) -> Bool {
        name == origin || records[name] != nil
            || records.keys.contains { $0.hasSuffix("." + name) }
    }

    /// RFC 1034, section 4.3.2, with RFC 4592's wildcards.
    func say(_ name: String, _ type: UInt16) -> Saying {
        if let own = records[name] { return say(own, as: name, type) }
        if hasName(name) { return .noData }
        var encloser = Self.parent(of: name)
        while !hasName(encloser) { encloser = Self.parent(of: encloser) }
        if let wild = records["*." + encloser] { return say(wild, as: name, type) }
        return .nameError
    }

    private func say(_ own: [PlainRecord], as name: String, _ type: UInt16) -> Saying {
        let own = own.map { record in
            var record = record
            record.owner = name
            return record
        }
        if let alias = own.first(where: { $0.type == PlainType.cname }), type != PlainType.cname {
            return .alias(alias)
        }
        let found = own.filter { $0.type == type }
        return found.isEmpty ? .noData : .records(found)
    }

    /// Whether a name with records has the same leftmost label.
    func owns(_ name: String) -> Bool {
        let label = name.prefix { $0 != "." }
        return records.keys.contains { !$0.hasPrefix("*") && $0.prefix { $0 != "." } == label }
    }

    static func parent(of name: String) -> String {
        let rest = String(name.drop { $0 != "." }.dropFirst())
        return rest.isEmpty ? "." : rest
    }

    /// As a master file.
    var text: String {
        var lines = ["@ \(negativeTTL) SOA ns. host. 1 3600 300 2419200 \(negativeTTL)"]
        for record in records.values.joined().sorted(by: { $0.owner < $1.owner }) {
            let type = record.type == PlainType.a ? "A" : "CNAME"
            lines.append("\(record.owner) \(record.ttl) \(type) \(record.content)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// What is served in one moment.
struct ReferenceServed {
    var zones: [PlainZone]
    var denyMissing: Bool
    var denyOwned: Bool
    let linkTTL: UInt32 = 1_800

    /// Which step answers a name.
    enum Step {
        case zone(PlainZone.Saying, PlainZone)
        /// A link's alias, and then its target.
        case linkAlias(PlainRecord)
        /// A link's alias whose target is denied.
        case linkDenial(PlainRecord, PlainZone)
        case servers(group: Int)
    }

    func step(_ name: String, _ type: UInt16) -> Step {
        let enclosing = zones.filter { Self.isAtOrBelow(name, $0.origin) }
            .sorted { $0.origin.count > $1.origin.count }
        for zone in enclosing where claims(zone, name, type) {
            return .zone(zone.say(name, type), zone)
        }
        if let step = followLink(name, type) { return step }
        return .servers(group: Self.isAtOrBelow(name, ReferenceWorld.corporate) ? 1 : 0)
    }

    private func claims(_ zone: PlainZone, _ name: String, _ type: UInt16) -> Bool {
        guard zone.origin == ReferenceWorld.privateSuffix, !denyMissing else { return true }
        if case .nameError = zone.say(name, type) { return denyOwned && zone.owns(name) }
        return true
    }

    private func followLink(_ name: String, _ type: UInt16) -> Step? {
        let suffix = "." + ReferenceWorld.publicSuffix
        guard name.hasSuffix(suffix),
            !zones.contains(where: {
                $0.origin == ReferenceWorld.privateSuffix && Self.isAtOrBelow(name, $0.origin)
            }), let zone = zones.first(where: { $0.origin == ReferenceWorld.privateSuffix })
        else { return nil }
        let target = name.dropLast(suffix.count) + "." + ReferenceWorld.privateSuffix
        let alias = PlainRecord(
            owner: name, type: PlainType.cname, ttl: linkTTL, content: String(target))
        if case .nameError = zone.say(String(target), type) {
            return denyOwned && zone.owns(name) ? .linkDenial(alias, zone) : nil
        }
        return .linkAlias(alias)
    }

    static func isAtOrBelow(_ name: String, _ suffix: String) -> Bool {
        name == suffix || name.hasSuffix("." + suffix)
    }
}
