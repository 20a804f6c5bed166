// Whole record sets out of az: `az network private-dns record-set list`, and the master files of
// `az network private-dns zone export`.

internal import Addresses
internal import DNSWire
internal import Zones

extension AzureReading {
    /// The keys of the data of each type.
    static let recordKeys = [
        "aRecords", "aaaaRecords", "cnameRecord", "mxRecords", "ptrRecords", "soaRecord",
        "srvRecords", "txtRecords",
    ]

    /// Reads one record set of a private zone.
    mutating func readRecordSet(_ value: JSONValue, _ file: String) throws(StoreError) {
        guard let name = value["name"]?.string else {
            throw .refused("\(file): a record set has no name")
        }
        let zone = try Self.zone(of: value, name, file)
        let source = AzureSource(
            kind: "zone", name: String("\(zone)".dropLast()), endpoint: "\(zone)", file: file)
        let owner = name == "@" ? zone : try Self.name("\(name).\(zone)", file)
        let ttl = value["ttl"]?.integer ?? 3600
        for (type, data) in try Self.data(of: value, file) {
            if data.isEmpty { continue }
            if type == .soa { wholeZones[zone] = source }
            recordSets.append(
                RecordSetStatement(
                    zone: zone, key: RecordSetKey(owner: owner, type: type),
                    content: RecordSetContent(ttl: ttl, data: data), source: source))
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
            return try Self.name(text, file)
        }
        guard let text = value["fqdn"]?.string else {
            throw .refused("\(file): the record set \(name) tells neither its zone nor its FQDN")
        }
        let fqdn = try Self.name(text, file)
        let labels = name == "@" ? 0 : name.split(separator: ".").count
        guard let zone = try? Name(labels: fqdn.labels.dropFirst(labels)), !zone.isRoot else {
            throw .refused("\(file): the FQDN \(text) is not that of the record set \(name)")
        }
        return zone
    }

    /// The data of each type that the record set has.
    private static func data(
        of value: JSONValue, _ file: String
    ) throws(StoreError) -> [(RecordType, [[UInt8]])] {
        var all: [(RecordType, [[UInt8]])] = []
        for (key, member) in [("aRecords", "ipv4Address"), ("aaaaRecords", "ipv6Address")] {
            guard let records = value[key]?.elements else { continue }
            var data: [[UInt8]] = []
            for record in records {
                guard let address = record[member]?.string.flatMap({ IPAddress($0) }),
                    address.isIPv6 == (key == "aaaaRecords")
                else { throw .refused("\(file): a record of \(key) has no address") }
                data.append(RecordData.address(address).data)
            }
            all.append((key == "aRecords" ? .a : .aaaa, data))
        }
        if let target = value["cnameRecord"]?["cname"]?.string {
            all.append((.cname, [RecordData.name(try name(target, file))]))
        }
        if let records = value["ptrRecords"]?.elements {
            var data: [[UInt8]] = []
            for record in records {
                data.append(RecordData.name(try name(record["ptrdname"]?.string ?? "", file)))
            }
            all.append((.ptr, data))
        }
        if let records = value["mxRecords"]?.elements {
            var data: [[UInt8]] = []
            for record in records {
                let exchange = try name(record["exchange"]?.string ?? "", file)
                let preference = UInt16(clamping: record["preference"]?.integer ?? 0)
                data.append(RecordData.mailExchange(preference: preference, exchange))
            }
            all.append((.mx, data))
        }
        if let records = value["srvRecords"]?.elements {
            var data: [[UInt8]] = []
            for record in records {
                func number(_ key: String) -> UInt16 { UInt16(clamping: record[key]?.integer ?? 0) }
                data.append(
                    RecordData.service(
                        priority: number("priority"), weight: number("weight"),
                        port: number("port"), try name(record["target"]?.string ?? "", file)))
            }
            all.append((.srv, data))
        }
        if let records = value["txtRecords"]?.elements {
            all.append(
                (
                    .txt,
                    records.map {
                        RecordData.text(($0["value"]?.elements ?? []).compactMap(\.string))
                    }
                ))
        }
        if let record = value["soaRecord"] { all.append((.soa, [try soa(record, file)])) }
        return all
    }

    private static func soa(_ record: JSONValue, _ file: String) throws(StoreError) -> [UInt8] {
        let host = try name(record["host"]?.string ?? "azureprivatedns.net", file)
        let mailbox: Name
        do throws(NameTextError) {
            mailbox = try RecordData.mailbox(
                record["email"]?.string ?? "azureprivatedns-host.microsoft.com")
        } catch {
            throw .refused("\(file): the SOA record's email is no mailbox")
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

// MARK: - Master files

extension AzureReading {
    /// Reads a master file; its zone is that of its SOA record, else of its first `$ORIGIN`, else `zone`.
    mutating func readMasterFile(
        _ text: [UInt8], _ file: String, _ zone: Name?
    ) throws(StoreError) {
        let outline = ZoneReader.outline(text.span, file: file, origin: .root, names: zone) {
            path, _ in .unreadable("a file that is imported cannot include others", file: path)
        }
        if !outline.mistakes.isEmpty { throw .mistakes(outline.mistakes) }
        let records = outline.entries.flatMap { entry in entry.records.map { (entry, $0) } }
        guard !records.isEmpty else { throw .refused("\(file): there is no record in it") }
        let soa = records.first { $0.1.type == .soa }
        let origin = records.first { !$0.0.origin.isRoot }?.0.origin
        guard let zone = zone ?? soa?.1.owner ?? origin ?? Self.zone(ofFile: file) else {
            throw .refused("\(file): it does not tell its zone: name it ORIGIN.zone, or say --zone")
        }
        let source = AzureSource(
            kind: "zone file of", name: String("\(zone)".dropLast()), endpoint: "\(zone)",
            file: file)
        let isExport = text.prefix(4096).split(separator: 0x0A).contains {
            String(decoding: $0, as: UTF8.self).contains("Exported zone file from Azure DNS")
        }
        var content = ZoneContent(origin: zone)
        for (entry, record) in records {
            guard record.owner.isAtOrBelow(zone) else {
                throw .refused("\(file):\(entry.line): \(record.owner) is not in the zone \(zone)")
            }
            let key = RecordSetKey(owner: record.owner, type: record.type)
            var set = content.sets[key] ?? RecordSetContent(ttl: record.ttl, data: [])
            let data = isExport ? Self.absolute(record, entry, text) : record.data
            set.ttl = min(set.ttl, record.ttl)
            if !set.holds(data, of: record.type) { set.data.append(data) }
            content.sets[key] = set
        }
        if soa != nil { wholeZones[zone] = source }
        for key in content.sortedKeys {
            guard let set = content.sets[key] else { continue }
            recordSets.append(
                RecordSetStatement(zone: zone, key: key, content: set, source: source))
        }
    }

    private static func zone(ofFile file: String) -> Name? {
        let name = Paths.name(of: file)
        guard name.hasSuffix(ZoneDirectory.suffix) else { return nil }
        return try? Name(text: name.dropLast(ZoneDirectory.suffix.count))
    }

    /// The data of a record that Azure wrote: names in it are absolute there even without a final dot.
    private static func absolute(
        _ record: ZoneRecord, _ entry: ZoneEntry, _ text: [UInt8]
    ) -> [UInt8] {
        guard case .record(let words) = entry.form else { return record.data }
        let places: [Int] =
            switch record.type {
            case .mx: [1]
            case .srv: [3]
            case .cname, .ptr, .ns: [0]
            case .soa: [0, 1]
            default: []
            }
        guard !places.isEmpty else { return record.data }
        var spelled = words.data.map { String(decoding: text[$0], as: UTF8.self) }
        for place in places where place < spelled.count && !spelled[place].hasSuffix(".") {
            spelled[place] += "."
        }
        let line = "x \(record.type) \(spelled.joined(separator: " "))"
        return (try? ZoneRecord(line))?.data ?? record.data
    }
}
