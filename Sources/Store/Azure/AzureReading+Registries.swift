// Container registries in the output of az acr. It has no addresses, but shows which names should
// have one.

internal import DNSWire

extension AzureReading {
    // MARK: az acr show, show-endpoints

    mutating func readRegistry(_ value: JSONValue, _ file: String) throws(StoreError) {
        guard let text = value["loginServer"]?.string else {
            notes.append("\(file): a registry has no login server yet and is skipped")
            return
        }
        let server = try Self.name(text, file)
        guard let suffix = server.parent else {
            throw .refused("\(file): \"\(text)\" is not a registry's login server")
        }
        let source = AzureSource(kind: "endpoints of", name: text, endpoint: text, file: file)
        if let id = value["id"]?.string {
            loginServers[id.lowercased()] = server
            if let name = JSONValue.resource("registries", in: id) {
                loginServers[name.lowercased()] = server
            }
        }
        if Self.isPublicOnPurpose(value) {
            notes.append(
                "\(source.label): the registry has no private endpoint and is public, so "
                    + "it is expected to have no private names")
            return
        }
        expect(server, source)
        let words = server.words(below: suffix)
        var found: Set<RegistryEndpoint> = []
        func note(_ kind: EndpointKind, _ region: String?) {
            guard let region = region.flatMap(Self.region) else { return }
            found.insert(RegistryEndpoint(registry: words[0], kind: kind, region: region))
        }
        for (kind, endpoints, names) in [
            (EndpointKind.data, "dataEndpoints", "dataEndpointHostNames"),
            (.regional, "regionalEndpoints", "regionalEndpointHostNames"),
        ] {
            for endpoint in value[endpoints]?.elements ?? [] {
                // A registry without dedicated data endpoints shows the wildcard of storage
                // accounts; its private endpoint still has a data endpoint in each region.
                note(kind, endpoint["region"]?.string ?? Self.region(ofEndpoint: endpoint, suffix))
            }
            for name in value[names]?.elements ?? [] { note(kind, Self.region(of: name, suffix)) }
        }
        if EndpointKind.data.isInEveryRegion { note(.data, value["location"]?.string) }
        for endpoint in found.sorted(by: { $0.words.lexicographicallyPrecedes($1.words) }) {
            if let name = endpoint.name(below: suffix) { expect(name, source) }
        }
    }

    private mutating func expect(_ name: Name, _ source: AzureSource) {
        expected.append(ExpectedName(form: .name(name), source: source))
    }

    /// Whether `az acr show` says that nothing private leads to a registry, and that nothing private has to.
    private static func isPublicOnPurpose(_ value: JSONValue) -> Bool {
        guard case .list(let connections)? = value["privateEndpointConnections"],
            let access = value["publicNetworkAccess"]?.string
        else { return false }
        return connections.isEmpty && access.lowercased() == "enabled"
    }

    private static func region(ofEndpoint endpoint: JSONValue, _ suffix: Name) -> String? {
        endpoint["endpoint"].flatMap { region(of: $0, suffix) }
    }

    /// The region of an endpoint's name.
    private static func region(of value: JSONValue, _ suffix: Name) -> String? {
        guard let name = value.string.flatMap({ try? Name(text: $0) }) else { return nil }
        return RegistryEndpoint(name, below: suffix)?.region
    }

    /// A region's short name: `westeurope`, also for `West Europe`; nil if the text is not a
    /// region.
    private static func region(_ text: String) -> String? {
        let word = text.lowercased().filter { $0 != " " }
        let isWord = !word.isEmpty && word.utf8.allSatisfy { $0.isASCIILetterOrDigit }
        return isWord ? word : nil
    }

    // MARK: az acr replication list

    mutating func readReplication(_ value: JSONValue, _ file: String) {
        let id = value["id"]?.string
        let registry = JSONValue.resource("registries", in: id)
        let source = AzureSource(
            kind: "replications of", name: registry ?? "a registry without a name",
            endpoint: registry ?? "", file: file)
        let place = value["location"]?.string ?? value["name"]?.string ?? ""
        guard let registry, let region = Self.region(place) else {
            notes.append("\(source.label): a replication without registry or region is skipped")
            return
        }
        if let state = value["provisioningState"]?.string, state.lowercased() != "succeeded" {
            notes.append(
                "\(source.label): the replication in \(region) is still \(state), so nothing is "
                    + "expected of it")
            return
        }
        let resource = id.map { Self.path(upTo: "replications", in: $0).lowercased() }
        let kinds = EndpointKind.allCases.filter { $0.label == nil || $0.isInEveryRegion }
        for kind in kinds {
            let endpoint = RegistryEndpoint(
                registry: registry.lowercased(), kind: kind,
                region: kind.label == nil ? nil : region)
            expected.append(
                ExpectedName(form: .endpoint(endpoint, resource: resource), source: source))
        }
    }
}

extension AzureReading {
    /// The public name that is expected; nil if no link leads to registries.
    func name(of expectation: ExpectedName, _ links: LinkMap, _ zones: Set<Name>) -> Name? {
        switch expectation.form {
        case .name(let name): return name
        case .endpoint(let endpoint, let resource):
            let server =
                resource.flatMap { loginServers[$0] } ?? loginServers[endpoint.registry]
            guard let server, let suffix = server.parent else {
                return links.registrySuffix(zones: zones).flatMap { endpoint.name(below: $0) }
            }
            let registry = server.words(below: suffix)[0]
            return RegistryEndpoint(
                registry: registry, kind: endpoint.kind, region: endpoint.region
            )
            .name(below: suffix)
        }
    }
}

extension UInt8 {
    fileprivate var isASCIILetterOrDigit: Bool {
        self &- 0x30 < 10 || (self | 0x20) &- 0x61 < 26
    }
}
