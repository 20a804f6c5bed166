// Changes of single record sets, with the refusals that az has too.

public import DNSWire
internal import Zones

extension ZoneContent {
    /// The TTL of a new record set: that of the records that Azure makes for private endpoints.
    public static let newTTL: UInt32 = 10

    /// Adds a record to a set, which is made when it is not there; `ttl` nil leaves the set's own.
    ///
    /// With `isSingle` the record replaces what the set has.
    public mutating func add(
        _ data: [UInt8], to key: RecordSetKey, ttl: UInt32?, replacing isSingle: Bool = false
    ) throws(StoreError) {
        guard key.owner.isAtOrBelow(origin) else {
            throw .refused("\(key.owner) is not in the zone \(origin)")
        }
        if let ttl, ttl > 0x7FFF_FFFF { throw .refused("the TTL is larger than 2147483647") }
        let alias = RecordSetKey(owner: key.owner, type: .cname)
        let others = sets.keys.filter { $0.owner == key.owner && $0.type != .cname }
        if key.type == .cname, let other = others.min() {
            throw .refused(
                "\(key.owner) has records of type \(other.type), so it cannot be an alias")
        }
        if key.type != .cname, sets[alias] != nil {
            throw .refused("\(key.owner) is an alias, so it can have no \(key.type) record")
        }
        var set = sets[key] ?? RecordSetContent(ttl: ttl ?? Self.newTTL, data: [])
        if let ttl { set.ttl = ttl }
        if isSingle {
            set.data = [data]
        } else if !set.holds(data, of: key.type) {
            set.data.append(data)
        }
        sets[key] = set
    }

    /// Removes a record, and its set with the last one.
    public mutating func remove(_ data: [UInt8], from key: RecordSetKey) throws(StoreError) {
        guard var set = sets[key], set.holds(data, of: key.type) else {
            let text = Self.text(of: data, type: key.type)
            throw .refused("\(key.owner) has no \(key.type) record \(text)")
        }
        set.data.removeAll { RecordDataLayout.isSame($0.span, data.span, of: key.type) }
        sets[key] = set.data.isEmpty ? nil : set
    }

    /// Gives a set another TTL.
    public mutating func retime(_ key: RecordSetKey, to ttl: UInt32) throws(StoreError) {
        if ttl > 0x7FFF_FFFF { throw .refused("the TTL is larger than 2147483647") }
        guard sets[key] != nil else { throw .refused("\(key.owner) has no \(key.type) record") }
        sets[key]?.ttl = ttl
    }

    /// Removes a record set.
    public mutating func remove(_ key: RecordSetKey) throws(StoreError) {
        guard sets.removeValue(forKey: key) != nil else {
            throw .refused("\(key.owner) has no \(key.type) record")
        }
    }
}

extension ZoneContent {
    /// Changes the mailbox and the times of the SOA record (refresh, retry, expire, minimum); nil leaves one.
    public mutating func updateStartOfAuthority(
        mailbox: Name?, times: [UInt32?]
    ) throws(StoreError) {
        guard let data = sets[soaKey]?.data.first else {
            throw .refused("\(origin) has no SOA record")
        }
        let old = StartOfAuthority(data)
        let new = zip(old.times, times).map { $1 ?? $0 }
        sets[soaKey]?.data = [
            RecordData.startOfAuthority(
                host: old.host, mailbox: mailbox ?? old.mailbox, serial: old.serial, times: new)
        ]
    }
}
