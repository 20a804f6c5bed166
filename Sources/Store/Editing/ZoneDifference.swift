// What two versions of a zone have different, record set by record set.

internal import DNSWire
public import Zones

/// A record set before and after a change.
public struct RecordSetDifference: Sendable {
    /// The owner and type.
    public let key: RecordSetKey
    /// As it was; nil if there was none.
    public let before: RecordSetContent?
    /// As it is; nil if there is none.
    public let after: RecordSetContent?

    /// The data that only the set before has.
    public var removed: [[UInt8]] { Self.only(in: before, not: after, key.type) }
    /// The data that only the set after has.
    public var added: [[UInt8]] { Self.only(in: after, not: before, key.type) }

    private static func only(
        in set: RecordSetContent?, not other: RecordSetContent?, _ type: RecordType
    ) -> [[UInt8]] {
        (set?.data ?? []).filter { !(other?.holds($0, of: type) ?? false) }
    }
}

/// All differences between two versions of a zone.
public struct ZoneDifference: Sendable {
    /// The differing sets in canonical order; a SOA record that differs only in its serial number
    /// does not count.
    public let sets: [RecordSetDifference]

    /// Compares two versions; nil means that the zone does not exist.
    public init(before: ZoneContent?, after: ZoneContent?) {
        let old = before?.sets ?? [:]
        let new = after?.sets ?? [:]
        var sets: [RecordSetDifference] = []
        for (key, set) in old {
            guard let other = new[key] else {
                sets.append(RecordSetDifference(key: key, before: set, after: nil))
                continue
            }
            let isSame =
                set.ttl == other.ttl
                && Self.withoutSerial(set, key).hasSameData(
                    as: Self.withoutSerial(other, key), of: key.type)
            if !isSame {
                sets.append(RecordSetDifference(key: key, before: set, after: other))
            }
        }
        for (key, set) in new where old[key] == nil {
            sets.append(RecordSetDifference(key: key, before: nil, after: set))
        }
        self.sets = sets.sorted { $0.key < $1.key }
    }

    /// Compares two zones made with one hasher; nil means that the zone does not exist. Only
    /// differences are copied.
    public init(from before: Zone?, to after: Zone?) {
        var sets: [RecordSetDifference] = []
        if let before {
            before.tables.forEachSet { key, set, buffer in
                let other = after.map { $0.tables.content(of: buffer, key.type) } ?? nil
                if let difference = Self.difference(key, before.tables.content(of: set), other) {
                    sets.append(difference)
                }
            }
        }
        if let after {
            after.tables.forEachSet { key, set, buffer in
                if let before, before.tables.glue(of: buffer, type: key.type) != nil { return }
                sets.append(
                    RecordSetDifference(
                        key: key, before: nil, after: after.tables.content(of: set)))
            }
        }
        self.sets = sets.sorted { $0.key < $1.key }
    }

    private static func difference(
        _ key: RecordSetKey, _ before: RecordSetContent, _ after: RecordSetContent?
    ) -> RecordSetDifference? {
        if let after, before.ttl == after.ttl,
            withoutSerial(before, key).hasSameData(as: withoutSerial(after, key), of: key.type)
        {
            return nil
        }
        return RecordSetDifference(key: key, before: before, after: after)
    }

    /// Whether the versions have the same records.
    public var isEmpty: Bool { sets.isEmpty }

    private static func withoutSerial(
        _ set: RecordSetContent, _ key: RecordSetKey
    ) -> RecordSetContent {
        guard key.type == .soa else { return set }
        return RecordSetContent(
            ttl: set.ttl, data: set.data.map { StartOfAuthority($0).with(serial: 0).data })
    }
}

extension ZoneContent {
    /// The key of the SOA record.
    var soaKey: RecordSetKey { RecordSetKey(owner: origin, type: .soa) }

    /// The serial number; nil without a SOA record.
    public var serial: UInt32? {
        sets[soaKey]?.data.first.map { StartOfAuthority($0).serial }
    }

    /// The same zone with another serial number; the zone itself without a SOA record.
    public func with(serial: UInt32) -> ZoneContent {
        var content = self
        if let set = sets[soaKey], let data = set.data.first {
            content.sets[soaKey]?.data = [StartOfAuthority(data).with(serial: serial).data]
        }
        return content
    }
}
