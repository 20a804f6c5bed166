// Record sets of zones as az lists them: `az network private-dns record-set list` and the same of public zones. What Azure
// has and no record can be made of is reported by name, and is not taken away either.

internal import Addresses
internal import DNSWire

extension AzureReading {
    /// Whether a value is a record set.
    static func isRecordSet(_ value: JSONValue) -> Bool {
        if AzureRecordType.allCases.contains(where: { value[$0.key] != nil }) { return true }
        let type = value["type"]?.string?.lowercased() ?? ""
        return type.contains("dnszones/") && !type.hasSuffix("/virtualnetworklinks")
    }

    /// Reads the record sets of one list; it is complete for each zone whose SOA record is in it,
    /// unless the list is truncated.
    mutating func readRecordSets(
        _ values: [JSONValue], _ placement: Placement
    ) throws(StoreError) {
        var found: [Name: ZoneListing] = [:]
        var publicSets: [Name: [String]] = [:]
        for value in values {
            let set = try AzureRecordSet(value, placement.file)
            let source = AzureSource(
                kind: "zone", name: String("\(set.zone)".dropLast()), endpoint: "\(set.zone)",
                file: placement.file)
            read(set, from: source, &found[set.zone, default: ZoneListing()])
            if set.isPublicZone,
                [AzureRecordType.ns.type, AzureRecordType.caa.type].contains(set.key.type)
            {
                publicSets[set.zone, default: []].append("\(set.key.owner) \(set.key.type)")
            }
        }
        for (zone, listing) in found.sorted(by: { $0.key < $1.key }) {
            let hasStart = listing.keys.contains(RecordSetKey(owner: zone, type: .soa))
            let isWhole = hasStart && placement.isListed && !placement.isCut
            listings[zone, default: ZoneListing()].keys.formUnion(listing.keys)
            listings[zone]?.leftOut.formUnion(listing.leftOut)
            if isWhole { listings[zone]?.isWhole = true }
            if hasStart, !placement.isListed {
                notes.append(
                    "\(placement.file): this is one record set of \(zone) and not a list, so no "
                        + "other is removed")
            }
            if let sets = publicSets[zone] {
                notes.append(
                    "\(placement.file): \(zone) is a public zone; record types that only public zones have are taken as they "
                        + "are: \(sets.joined(separator: ", ")). Names at and below a delegation are "
                        + "forwarded")
            }
        }
    }

    /// Takes one record set, or reports why it is left out.
    private mutating func read(
        _ set: AzureRecordSet, from source: AzureSource, _ listing: inout ZoneListing
    ) {
        listing.keys.insert(set.key)
        let label = "\(source.label): \(set.key.owner) \(set.typeName)"
        if let resource = set.resource {
            if set.data?.isEmpty ?? true { listing.leftOut.insert(set.key) }
            notes.append(
                "\(label) is an alias record set of \(resource), "
                    + (set.data?.isEmpty ?? true
                        ? "which a zone file cannot contain; it is left out"
                        : "whose current addresses are used"))
            if set.data?.isEmpty ?? true { return }
        }
        guard let data = set.data else {
            listing.leftOut.insert(set.key)
            notes.append("\(label) is left out, because records of this type are not supported")
            return
        }
        if data.isEmpty {
            notes.append("\(label) is an empty record set and is left out")
            return
        }
        recordSets.append(
            RecordSetStatement(
                zone: set.zone, key: set.key,
                content: RecordSetContent(ttl: set.ttl, data: data), source: source))
    }

    // MARK: az network private-dns zone show, list

    /// Reads the number of a zone's record sets, which shows whether a listing is complete.
    mutating func readZone(_ value: JSONValue, _ file: String) throws(StoreError) {
        guard let text = value["name"]?.string, let count = value["numberOfRecordSets"]?.integer
        else { return }
        let zone = try Self.name(text, file)
        recordSetCounts[zone] = count
        notes.append(
            "\(file): zone \(zone) has \(count) record sets, which az network private-dns record-set list "
                + "lists")
    }
}

/// One record set of a zone, as Azure has it.
struct AzureRecordSet {
    let zone: Name
    let key: RecordSetKey
    /// The type as Azure names it.
    let typeName: String
    let ttl: UInt32
    /// The data of its records; nil if they cannot be read.
    let data: [[UInt8]]?
    /// The resource whose addresses it has; nil for none.
    let resource: String?
    let isPublicZone: Bool

    init(_ value: JSONValue, _ file: String) throws(StoreError) {
        guard let name = value["name"]?.string else {
            throw .refused("\(file): a record set has no name")
        }
        zone = try Self.zone(of: value, name, file)
        let owner = name == "@" ? zone : try AzureReading.name("\(name).\(zone)", file)
        let id = value["id"]?.string
        isPublicZone = JSONValue.resource("dnszones", in: id) != nil
        ttl = value["ttl"]?.integer ?? 3600
        resource = [value["targetResource"], value["trafficManagementProfile"]]
            .compactMap { $0?["id"]?.string }.first { !$0.isEmpty }
        let rows = AzureRecordType.allCases.filter { value[$0.key] != nil }
        let written = value["type"]?.string?.split(separator: "/").last.map { $0.uppercased() }
        // An object has the data of one type; where it has keys of others, they are empty.
        let row =
            rows.first { "\($0.type)" == written } ?? (written == nil ? rows.first : nil)
        let known = AzureRecordType.allCases.first { "\($0.type)" == written } ?? row
        typeName = written ?? known.map { "\($0.type)" } ?? "record set"
        let type = known?.type ?? RecordType(typeName) ?? RecordType(rawValue: 0)
        key = RecordSetKey(owner: owner, type: type)
        if let row {
            data = try row.data(of: value, "\(file): \(owner) \(row.type)")
        } else {
            data = known == nil ? nil : []
        }
    }

    /// The zone of a record set: in the path of the resource, else its FQDN without its name.
    private static func zone(
        of value: JSONValue, _ name: String, _ file: String
    ) throws(StoreError) -> Name {
        let id = value["id"]?.string
        if let text = JSONValue.resource("privateDnsZones", in: id)
            ?? JSONValue.resource("dnszones", in: id)
        {
            return try AzureReading.name(text, file)
        }
        guard let text = value["fqdn"]?.string else {
            throw .refused("\(file): the record set \(name) has neither its zone nor its FQDN")
        }
        let fqdn = try AzureReading.name(text, file)
        let labels = name == "@" ? 0 : name.split(separator: ".").count
        guard let zone = try? Name(labels: fqdn.labels.dropFirst(labels)), !zone.isRoot else {
            throw .refused("\(file): the FQDN \(text) is not that of the record set \(name)")
        }
        return zone
    }
}

/// The types of Azure's zones that are read, each with the key of its data.
enum AzureRecordType: String, CaseIterable {
    case a, aaaa, cname, mx, ptr, srv, txt, soa, ns, caa

    /// The key of the data.
    var key: String {
        switch self {
        case .cname, .soa: "\(rawValue)Record"
        default: "\(rawValue)Records"
        }
    }

    /// The record type.
    var type: RecordType {
        switch self {
        case .a: .a
        case .aaaa: .aaaa
        case .cname: .cname
        case .mx: .mx
        case .ptr: .ptr
        case .srv: .srv
        case .txt: .txt
        case .soa: .soa
        case .ns: .ns
        case .caa: RecordType(rawValue: 257)
        }
    }

    /// The data of the records that `set` has; none where it is empty.
    func data(of set: JSONValue, _ label: String) throws(StoreError) -> [[UInt8]] {
        let records: [JSONValue] =
            switch set[key] {
            case .list(let records)?: records
            case .object(let members)?:
                members.values.allSatisfy { $0 == .null } ? [] : [set[key] ?? .null]
            default: []
            }
        var data: [[UInt8]] = []
        for record in records { data.append(try self.data(ofRecord: record, label)) }
        return data
    }

    private func data(
        ofRecord record: JSONValue, _ label: String
    ) throws(StoreError) -> [UInt8] {
        func name(_ key: String) throws(StoreError) -> Name {
            try AzureReading.name(record[key]?.string ?? "", label)
        }
        func number(_ key: String) throws(StoreError) -> UInt16 {
            guard let number = record[key]?.integer.flatMap({ UInt16(exactly: $0) }) else {
                throw .refused("\(label): \(key) is missing or not a number up to 65535")
            }
            return number
        }
        switch self {
        case .a, .aaaa:
            let key = self == .a ? "ipv4Address" : "ipv6Address"
            guard let address = record[key]?.string.flatMap({ IPAddress($0) }),
                address.isIPv6 == (self == .aaaa)
            else { throw .refused("\(label): a record has no address") }
            return RecordData.address(address).data
        case .cname: return RecordData.name(try name("cname"))
        case .ptr: return RecordData.name(try name("ptrdname"))
        case .ns: return RecordData.name(try name("nsdname"))
        case .mx:
            return RecordData.mailExchange(
                preference: try number("preference"), try name("exchange"))
        case .srv:
            return RecordData.service(
                priority: try number("priority"), weight: try number("weight"),
                port: try number("port"), try name("target"))
        case .txt:
            let data = RecordData.text((record["value"]?.elements ?? []).compactMap(\.string))
            guard data.count <= 65535 else {
                throw .refused("\(label): the text is too long for a record")
            }
            return data
        case .caa:
            guard let tag = record["tag"]?.string, (1...255).contains(tag.utf8.count),
                let flags = record["flags"]?.integer.flatMap({ UInt8(exactly: $0) })
            else { throw .refused("\(label): a record has no flags or no tag") }
            return [flags, UInt8(tag.utf8.count)] + Array(tag.utf8)
                + Array((record["value"]?.string ?? "").utf8)
        case .soa: return try Self.startOfAuthority(record, label)
        }
    }

    private static func startOfAuthority(
        _ record: JSONValue, _ label: String
    ) throws(StoreError) -> [UInt8] {
        let host = try AzureReading.name(record["host"]?.string ?? "azureprivatedns.net", label)
        let mailbox: Name
        do throws(NameTextError) {
            mailbox = try RecordData.mailbox(
                record["email"]?.string ?? "azureprivatedns-host.microsoft.com")
        } catch {
            throw .refused("\(label): the email is not a mailbox")
        }
        let keys = [("refreshTime", 3600), ("retryTime", 300), ("expireTime", 2_419_200)]
        let times =
            keys.map { record[$0.0]?.integer ?? UInt32($0.1) }
            + [record["minimumTtl"]?.integer ?? 10]
        return RecordData.startOfAuthority(
            host: host, mailbox: mailbox, serial: record["serialNumber"]?.integer ?? 1,
            times: times)
    }
}
