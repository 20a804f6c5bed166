// Private endpoints and what belongs to them: their network interfaces, their own objects and their DNS zone groups, each
// of which has names with addresses.

internal import Addresses
internal import DNSWire

extension AzureReading {
    /// A name and one of its addresses.
    private typealias Pair = (name: Name, address: IPAddress)

    // MARK: az network nic show, list and ip-config list

    mutating func readNetworkInterface(
        _ value: JSONValue, _ placement: Placement
    ) throws(StoreError) {
        let id = value["id"]?.string
        let owner = value["privateEndpoint"]?["id"]?.string
        let name = value["name"]?.string ?? JSONValue.resource("networkInterfaces", in: id)
        let source = Self.interface(name, id, owner: owner, placement.file)
        try readConfigurations(
            value["ipConfigurations"]?.elements ?? [], of: source, isWhole: !placement.isCut)
    }

    /// Whether a value is an IP configuration of a network interface.
    static func isConfiguration(_ value: JSONValue) -> Bool {
        if value["privateLinkConnectionProperties"] != nil { return true }
        let id = value["id"]?.string?.lowercased() ?? ""
        return id.contains("/networkinterfaces/") && id.contains("/ipconfigurations/")
    }

    /// Reads IP configurations; a list with those of one interface has all of them.
    mutating func readConfigurations(
        _ values: [JSONValue], _ placement: Placement
    ) throws(StoreError) {
        var groups: [(interface: String?, members: [JSONValue])] = []
        for value in values {
            let path = value["id"]?.string.map { Self.path(upTo: "ipConfigurations", in: $0) }
            if let index = groups.firstIndex(where: {
                $0.interface?.lowercased() == path?.lowercased()
            }) {
                groups[index].members.append(value)
            } else {
                groups.append((path, [value]))
            }
        }
        for (path, members) in groups {
            let name = JSONValue.resource("networkInterfaces", in: path)
            let source = Self.interface(name, path, owner: nil, placement.file)
            try readConfigurations(
                members, of: source,
                isWhole: placement.isListed && !placement.isCut && path != nil)
        }
    }

    private static func interface(
        _ name: String?, _ id: String?, owner: String?, _ file: String
    ) -> AzureSource {
        let endpoint = JSONValue.resource("privateEndpoints", in: owner)
        let name = name ?? "without a name"
        return AzureSource(
            kind: "network interface", name: name, endpoint: endpoint ?? name, file: file,
            resource: id?.lowercased(), endpointResource: owner?.lowercased())
    }

    private mutating func readConfigurations(
        _ configurations: [JSONValue], of source: AzureSource, isWhole: Bool
    ) throws(StoreError) {
        if !isWhole { incomplete.insert(source) }
        var pairs: [Pair] = []
        var isEndpoint = source.endpointResource != nil
        for configuration in configurations {
            guard let link = configuration["privateLinkConnectionProperties"] else { continue }
            isEndpoint = true
            let member =
                [link["requiredMemberName"], link["groupId"], configuration["name"]]
                .compactMap { $0?.string }.first { !$0.isEmpty } ?? "without a name"
            guard let address = configuration["privateIpAddress"]?.string.flatMap({ IPAddress($0) })
            else {
                incomplete.insert(source)
                notes.append("\(source.label): member \(member) has no address yet")
                continue
            }
            let names = link["fqdns"]?.elements.compactMap(\.string) ?? []
            if names.isEmpty {
                incomplete.insert(source)
                notes.append(
                    "\(source.label): member \(member) with \(address) has no FQDN and is skipped, as "
                        + "before its connection is approved (an interface shows no state; "
                        + "az network private-endpoint show does)")
            }
            for name in names { pairs.append((try Self.name(name, source.file), address)) }
        }
        if !isEndpoint {
            notes.append("\(source.label): this is not a private endpoint's interface")
        }
        add(pairs, from: source)
    }

    /// Adds a statement for each name, with all its addresses.
    private mutating func add(_ pairs: [Pair], from source: AzureSource) {
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

    mutating func readPrivateEndpoint(_ value: JSONValue, _ placement: Placement) {
        let id = value["id"]?.string
        let name =
            value["name"]?.string ?? JSONValue.resource("privateEndpoints", in: id)
            ?? "without a name"
        let source = AzureSource(
            kind: "private endpoint", name: name, endpoint: name, file: placement.file,
            resource: id?.lowercased(), endpointResource: id?.lowercased())
        if placement.isCut { incomplete.insert(source) }
        let interfaces = (value["networkInterfaces"]?.elements ?? []).compactMap {
            $0["id"]?.string
        }
        if let id {
            for interface in interfaces {
                interfaceOwners[interface.lowercased()] = id.lowercased()
            }
        }
        if let state = value["provisioningState"]?.string, state.lowercased() != "succeeded" {
            incomplete.insert(source)
            notes.append("\(source.label): it is still \(state), so it may lack names")
        }
        let state = Self.state(of: value)
        if let state {
            connections.append(ConnectionStatement(endpoint: name, state: state, source: source))
        }
        let isApproved = (state ?? "Approved").lowercased() == "approved"
        let configurations = value["customDnsConfigs"]?.elements ?? []
        if configurations.isEmpty {
            incomplete.insert(source)
            if isApproved {
                notes.append(
                    "\(source.label): it has no customDnsConfigs, as is usual once it has a DNS zone "
                        + "group; its names are in az network private-endpoint dns-zone-group list "
                        + "--endpoint-name \(name) and in az network nic show --ids "
                        + (interfaces.first ?? "of its interface"))
            }
        }
        var pairs: [Pair] = []
        for configuration in configurations {
            guard let text = configuration["fqdn"]?.string, let name = try? Name(text: text) else {
                incomplete.insert(source)
                notes.append("\(source.label): an entry without FQDN is skipped")
                continue
            }
            let found = Self.addresses(in: configuration)
            if found.isEmpty {
                incomplete.insert(source)
                notes.append("\(source.label): \(name) has no address yet")
            }
            pairs += found.map { (name, $0) }
        }
        add(pairs, from: source)
    }

    /// The state of a private endpoint's connections, the first that is not approved; nil if none shows.
    private static func state(of value: JSONValue) -> String? {
        let connections =
            (value["privateLinkServiceConnections"]?.elements ?? [])
            + (value["manualPrivateLinkServiceConnections"]?.elements ?? [])
        let states = connections.compactMap {
            $0["privateLinkServiceConnectionState"]?["status"]?.string
        }
        return states.first { $0.lowercased() != "approved" } ?? states.first
    }

    private static func addresses(in value: JSONValue) -> [IPAddress] {
        (value["ipAddresses"]?.elements ?? []).compactMap(\.string).compactMap { IPAddress($0) }
    }

    /// A name with addresses that a `--query` took out of an endpoint or a zone group.
    mutating func readNamedAddresses(
        _ value: JSONValue, _ placement: Placement
    ) throws(StoreError) {
        let source = AzureSource(
            kind: "addresses in", name: Paths.name(of: placement.file), endpoint: placement.file,
            file: placement.file)
        incomplete.insert(source)
        try add(value, ttl: value["ttl"]?.integer, zone: nil, source)
    }

    // MARK: az network private-endpoint dns-zone-group list, show

    mutating func readZoneGroup(_ value: JSONValue, _ placement: Placement) throws(StoreError) {
        let id = value["id"]?.string
        let name = value["name"]?.string ?? "without a name"
        let endpoint = JSONValue.resource("privateEndpoints", in: id)
        let source = AzureSource(
            kind: "DNS zone group", name: name, endpoint: endpoint ?? name, file: placement.file,
            resource: id?.lowercased(),
            endpointResource: endpoint == nil
                ? nil : id.map { Self.path(upTo: "privateDnsZoneGroups", in: $0).lowercased() })
        if placement.isCut { incomplete.insert(source) }
        if let state = value["provisioningState"]?.string, state.lowercased() != "succeeded" {
            incomplete.insert(source)
            notes.append(
                "\(source.label): the group of private endpoint \(source.endpoint) is still "
                    + "\(state), so it may lack names")
        }
        let configurations = value["privateDnsZoneConfigs"]?.elements ?? []
        if configurations.isEmpty {
            incomplete.insert(source)
            notes.append(
                "\(source.label): the group of private endpoint \(source.endpoint) is empty: it "
                    + "names no zone")
        }
        for configuration in configurations { try readZoneConfiguration(configuration, source) }
    }

    /// One zone of a group, which a `--query` took out of it.
    mutating func readZoneConfiguration(
        _ value: JSONValue, _ placement: Placement
    ) throws(StoreError) {
        let source = AzureSource(
            kind: "DNS zone configuration", name: value["name"]?.string ?? "without a name",
            endpoint: placement.file, file: placement.file)
        incomplete.insert(source)
        try readZoneConfiguration(value, source)
    }

    private mutating func readZoneConfiguration(
        _ value: JSONValue, _ source: AzureSource
    ) throws(StoreError) {
        let zoneText = JSONValue.resource("privateDnsZones", in: value["privateDnsZoneId"]?.string)
        let zone = zoneText.flatMap { try? Name(text: $0) }
        let sets = value["recordSets"]?.elements ?? []
        if sets.isEmpty {
            incomplete.insert(source)
            notes.append(
                "\(source.label): the list of the group's records in "
                    + "\(zoneText ?? value["name"]?.string ?? "its zone") is empty")
        }
        for set in sets {
            if let state = set["provisioningState"]?.string, state.lowercased() != "succeeded" {
                incomplete.insert(source)
                notes.append(
                    "\(source.label): \(set["fqdn"]?.string ?? "a record set") is still \(state)")
            }
            try add(set, ttl: set["ttl"]?.integer, zone: zone, source)
        }
    }

    private mutating func add(
        _ value: JSONValue, ttl: UInt32?, zone: Name?, _ source: AzureSource
    ) throws(StoreError) {
        guard let text = value["fqdn"]?.string else {
            incomplete.insert(source)
            notes.append("\(source.label): an entry without FQDN is skipped")
            return
        }
        let name = try Self.name(text, source.file)
        let found = Self.addresses(in: value)
        guard !found.isEmpty else {
            incomplete.insert(source)
            notes.append("\(source.label): \(name) has no address yet")
            return
        }
        addresses.append(
            AddressStatement(name: name, addresses: found, ttl: ttl, zone: zone, source: source))
    }

    /// The part of a resource's path in front of `kind`.
    static func path(upTo kind: String, in path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let index = parts.firstIndex(where: { $0.lowercased() == kind.lowercased() }) else {
            return path
        }
        return parts[..<index].joined(separator: "/")
    }

    // MARK: az acr private-endpoint-connection list

    mutating func readConnection(_ value: JSONValue, _ file: String) {
        let path = value["privateEndpoint"]?["id"]?.string
        let endpoint = JSONValue.resource("privateEndpoints", in: path) ?? "without a name"
        let target =
            value["id"]?.string.map { Self.path(upTo: "privateEndpointConnections", in: $0) } ?? ""
        let resource = target.split(separator: "/").last.map(String.init) ?? "without a name"
        let source = AzureSource(
            kind: "connections of", name: resource, endpoint: endpoint, file: file,
            resource: target.lowercased(), endpointResource: path?.lowercased())
        let state =
            value["privateLinkServiceConnectionState"]?["status"]?.string ?? "without a state"
        connections.append(ConnectionStatement(endpoint: endpoint, state: state, source: source))
        guard state.lowercased() == "approved" else { return }
        notes.append(
            "\(source.label): private endpoint \(endpoint) is Approved; its names and addresses are in "
                + "az network private-endpoint show --ids \(path ?? endpoint)")
    }
}
