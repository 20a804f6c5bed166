// The shapes of az's JSON, each told by the keys that only it has. The CLI prints members flat, the API nests them
// in `properties`; both are read.

internal import Addresses
internal import DNSWire

extension AzureReading {
    /// Reads one value: an object, a list of them, or the API's `{"value": [...]}`.
    mutating func readValue(_ value: JSONValue, _ file: String) throws(StoreError) {
        if case .list(let members) = value {
            if members.isEmpty { notes.append("\(file): the list is empty") }
            for member in members { try readValue(member, file) }
            return
        }
        guard case .object = value else {
            throw .refused("\(file): this is neither an object nor a list, as az prints them")
        }
        if case .list(let members)? = value["value"], value["id"] == nil {
            return try readValue(.list(members), file)
        }
        if value["privateLinkServiceConnections"] != nil || value["customDnsConfigs"] != nil
            || value["manualPrivateLinkServiceConnections"] != nil
        {
            readPrivateEndpoint(value, file)
        } else if value["privateDnsZoneConfigs"] != nil {
            try readZoneGroup(value, file)
        } else if value["ipConfigurations"] != nil {
            try readNetworkInterface(value, file)
        } else if value["loginServer"] != nil, value["dataEndpoints"] != nil {
            try readRegistryEndpoints(value, file)
        } else if Self.recordKeys.contains(where: { value[$0] != nil })
            || value["type"]?.string?.lowercased().contains("dnszones/") ?? false
        {
            try readRecordSet(value, file)
        } else {
            throw .refused(
                "\(file): this is no output that can be imported: neither of az network nic show, "
                    + "az network private-endpoint show or list, az network private-endpoint "
                    + "dns-zone-group list, az acr show-endpoints nor az network private-dns "
                    + "record-set list")
        }
    }

    // MARK: az network nic show

    private mutating func readNetworkInterface(
        _ value: JSONValue, _ file: String
    ) throws(StoreError) {
        let name = value["name"]?.string ?? "without a name"
        let endpoint = JSONValue.resource(
            "privateEndpoints", in: value["privateEndpoint"]?["id"]?.string)
        let source = AzureSource(
            kind: "network interface", name: name, endpoint: endpoint ?? name, file: file)
        var addresses: [(name: Name, address: IPAddress)] = []
        var isEndpoint = false
        for configuration in value["ipConfigurations"]?.elements ?? [] {
            guard let link = configuration["privateLinkConnectionProperties"] else { continue }
            isEndpoint = true
            let member =
                link["requiredMemberName"]?.string ?? link["groupId"]?.string ?? "without a name"
            guard let text = configuration["privateIpAddress"]?.string,
                let address = IPAddress(text)
            else {
                incomplete.insert(source)
                notes.append("\(source.label): member \(member) has no address yet")
                continue
            }
            let names = link["fqdns"]?.elements.compactMap(\.string) ?? []
            if names.isEmpty {
                incomplete.insert(source)
                notes.append(
                    "\(source.label): member \(member) with \(address) has no FQDN and is skipped")
            }
            for name in names { addresses.append((try Self.name(name, file), address)) }
        }
        if !isEndpoint {
            notes.append("\(source.label): this is no private endpoint's interface")
        }
        add(addresses, from: source)
    }

    /// Adds a statement for each name, with all its addresses.
    private mutating func add(
        _ pairs: [(name: Name, address: IPAddress)], from source: AzureSource
    ) {
        var names: [Name] = []
        for pair in pairs where !names.contains(pair.name) { names.append(pair.name) }
        for name in names {
            addresses.append(
                AddressStatement(
                    name: name, addresses: pairs.filter { $0.name == name }.map(\.address),
                    ttl: nil, zone: nil, source: source))
        }
    }

    // MARK: az network private-endpoint show, list

    private mutating func readPrivateEndpoint(_ value: JSONValue, _ file: String) {
        let name = value["name"]?.string ?? "without a name"
        let source = AzureSource(
            kind: "private endpoint", name: name, endpoint: name, file: file)
        let connections =
            (value["privateLinkServiceConnections"]?.elements ?? [])
            + (value["manualPrivateLinkServiceConnections"]?.elements ?? [])
        for connection in connections {
            let status =
                connection["privateLinkServiceConnectionState"]?["status"]?.string ?? "Approved"
            if status.lowercased() != "approved" {
                notes.append(
                    "\(source.label): the connection is \(status), so nothing answers on its "
                        + "addresses until it is approved")
            }
        }
        var pairs: [(name: Name, address: IPAddress)] = []
        for configuration in value["customDnsConfigs"]?.elements ?? [] {
            guard let text = configuration["fqdn"]?.string, let name = try? Name(text: text) else {
                notes.append("\(source.label): an entry without FQDN is skipped")
                continue
            }
            let texts = configuration["ipAddresses"]?.elements.compactMap(\.string) ?? []
            let found = texts.compactMap { IPAddress($0) }
            if found.isEmpty { notes.append("\(source.label): \(name) has no address yet") }
            pairs += found.map { (name, $0) }
        }
        if value["customDnsConfigs"]?.elements.isEmpty ?? true {
            incomplete.insert(source)
            let interface = value["networkInterfaces"]?.elements.first?["id"]?.string
            notes.append(
                "\(source.label): it has no customDnsConfigs, as is so once it has a DNS zone group; "
                    + "its names are in az network private-endpoint dns-zone-group list "
                    + "--endpoint-name \(name) and in az network nic show --ids "
                    + (interface ?? "of its interface"))
        }
        add(pairs, from: source)
    }

    // MARK: az network private-endpoint dns-zone-group list

    private mutating func readZoneGroup(
        _ value: JSONValue, _ file: String
    ) throws(StoreError) {
        let name = value["name"]?.string ?? "without a name"
        let endpoint = JSONValue.resource("privateEndpoints", in: value["id"]?.string)
        let source = AzureSource(
            kind: "DNS zone group", name: name, endpoint: endpoint ?? name, file: file)
        for configuration in value["privateDnsZoneConfigs"]?.elements ?? [] {
            let zoneText = JSONValue.resource(
                "privateDnsZones", in: configuration["privateDnsZoneId"]?.string)
            let zone = zoneText.flatMap { try? Name(text: $0) }
            for set in configuration["recordSets"]?.elements ?? [] {
                guard let text = set["fqdn"]?.string else { continue }
                let found = (set["ipAddresses"]?.elements ?? []).compactMap(\.string)
                    .compactMap { IPAddress($0) }
                let name = try Self.name(text, file)
                if found.isEmpty {
                    notes.append("\(source.label): \(name) has no address yet")
                    continue
                }
                addresses.append(
                    AddressStatement(
                        name: name, addresses: found, ttl: set["ttl"]?.integer, zone: zone,
                        source: source))
            }
        }
    }

    // MARK: az acr show-endpoints

    private mutating func readRegistryEndpoints(
        _ value: JSONValue, _ file: String
    ) throws(StoreError) {
        guard let registry = value["loginServer"]?.string else { return }
        let source = AzureSource(
            kind: "endpoints of", name: registry, endpoint: registry, file: file)
        expected.append((try Self.name(registry, file), source))
        for endpoint in value["dataEndpoints"]?.elements ?? [] {
            guard let text = endpoint["endpoint"]?.string else { continue }
            if text.hasPrefix("*") {
                notes.append(
                    "\(source.label): the registry has no data endpoints of its own in "
                        + "\(endpoint["region"]?.string ?? "a region"), as one with a private "
                        + "endpoint has")
                continue
            }
            expected.append((try Self.name(text, file), source))
        }
    }

    static func name(_ text: String, _ file: String) throws(StoreError) -> Name {
        do throws(NameTextError) {
            return try Name(text: text)
        } catch {
            throw .refused("\(file): \(text) is not a domain name")
        }
    }
}
