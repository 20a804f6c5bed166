// The check of each registry as a whole: endpoints that it lacks, and TTLs that differ.

internal import DNSWire
internal import Zones

extension CoverageCheck {
    mutating func checkRegistries() {
        let reported = Set(coverage.findings.filter { $0.kind == .missing }.map(\.name))
        for registry in rows.values.sorted(by: { ($0.zone, $0.name) < ($1.zone, $1.name) }) {
            let present = EndpointKind.allCases.filter { kind in
                registry.regions(of: kind).contains { $0.addresses != nil }
            }
            let own = RegistryEndpoint(registry: registry.name, kind: .registry)
            let isReported = own.name(below: registry.zone).map { reported.contains("\($0)") }
            if registry.addresses == nil, !present.isEmpty, isReported != true {
                let kinds = present.map { "\($0.title)s" }.joined(separator: " and ")
                coverage.add(
                    Coverage.Finding(
                        .noRegistry, name: "\(registry.name).\(registry.zone)",
                        registry: registry.name,
                        "\(registry.name) has \(kinds) but no record of its own, so logins "
                            + "are public",
                        mending: addition(own, registry.zone)))
            }
            if registry.addresses?.isEmpty == false, registry.regions(of: .data).isEmpty {
                let data = RegistryEndpoint(
                    registry: registry.name, kind: .data, region: "REGION")
                coverage.add(
                    Coverage.Finding(
                        .noDataEndpoint, name: "\(registry.name).\(registry.zone)",
                        registry: registry.name,
                        "\(registry.name) has no data endpoint, so pulls hang",
                        mending: addition(data, registry.zone)))
            }
            checkTTLs(registry)
        }
    }

    private mutating func checkTTLs(_ registry: Coverage.Registry) {
        let keys = addressKeys[["\(registry.zone)", registry.name]] ?? []
        var ttls: [UInt32: [String]] = [:]
        for (zone, key) in keys {
            ttls[contents[zone]?.sets[key]?.ttl ?? 0, default: []].append(
                ZoneContent.relativeName(key.owner, origin: registry.zone))
        }
        guard ttls.count > 1, let lowest = ttls.keys.min() else { return }
        let words = ttls.sorted { $0.key < $1.key }.map { ttl, names in
            "\(ttl) (\(names.sorted().joined(separator: ", ")))"
        }
        let mending = keys.compactMap { zone, key -> [String]? in
            guard let set = contents[zone]?.sets[key], set.ttl != lowest, let data = set.data.first
            else { return nil }
            return command("add-record", key, zone, data).map { $0 + ["--ttl", "\(lowest)"] }
        }
        coverage.add(
            Coverage.Finding(
                .differentTTLs, name: "\(registry.name).\(registry.zone)", registry: registry.name,
                "the TTLs of \(registry.name) differ: \(words.joined(separator: ", "))",
                mending: mending))
    }

    /// The commands that add an address which only the administrator knows.
    private func addition(_ endpoint: RegistryEndpoint, _ suffix: Name) -> [[String]] {
        guard let owner = endpoint.name(below: suffix) else { return [] }
        return addition(of: owner, suffix)
    }

    /// The commands that add an address to `owner`, which only the administrator knows, and create
    /// its zone if necessary.
    func addition(of owner: Name, _ suffix: Name) -> [[String]] {
        let holder = holder(of: owner)
        let zone = holder ?? suffix
        let text = String("\(zone)".dropLast())
        let creation = holder == nil ? [["zone", "create", text]] : []
        return creation + [
            [
                "record-set", "a", "add-record", "--zone", text, "--name",
                ZoneContent.relativeName(owner, origin: zone), "--ipv4-address", "ADDRESS",
            ]
        ]
    }

    func finish() -> Coverage {
        var coverage = coverage
        coverage.registries = rows.values.sorted { ($0.zone, $0.name) < ($1.zone, $1.name) }
        let findings = coverage.findings
        coverage.findings = []
        for finding in findings { coverage.add(finding) }
        return coverage
    }
}
