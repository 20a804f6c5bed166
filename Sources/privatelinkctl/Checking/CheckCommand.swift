// Finds missing records: in the store itself, compared with Azure CLI output, in the daemon's
// answers, and whether the addresses accept connections.

import Addresses
import ArgumentParser
import Control
import DNSWire
import Glibc
import Settings
import Store

struct Check: StoreCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reports what is missing or wrong in the store, with the command that fixes it.",
        discussion: "Exits with 1 if anything is wrong, so a pipeline can stop.")

    @ParentCommand var parent: PrivateLinkControl
    @Option(
        parsing: .upToNextOption,
        help: "Azure CLI output, as read by `import`, to compare the store with.")
    var against: [String] = []
    @Option(
        name: .customLong("subnet"),
        help: "A subnet of the private endpoints, such as 10.0.0.0/24; may be given several times.")
    var subnets: [String] = []
    @Flag(
        name: .customLong("live"), help: "Query the running daemon for each name, over UDP and TCP."
    )
    var isLive = false
    @Option(help: "The server that --live queries, instead of the one in the settings.")
    var server: String?
    @Flag(
        name: .customLong("connect"), help: "Try to connect to TCP port 443 of each address.")
    var connects = false
    @OptionGroup var source: ImportOptions
    @OptionGroup var options: StoreOptions

    func validate() throws {
        if server != nil, !isLive { throw ValidationError("--server needs --live.") }
        let isChosen = source.merge || source.prefer != nil || source.zone != nil
        if isChosen, against.isEmpty {
            throw ValidationError("--merge, --prefer and --zone need --against.")
        }
    }

    func run() throws {
        let prefixes = try subnets.map { text in
            guard let prefix = Prefix(text) else {
                throw ValidationError("\(text) is not a subnet such as 10.0.0.0/24.")
            }
            return prefix
        }
        let access = try access()
        let plan = try comparison(access)
        var coverage = try attempt { () throws(StoreError) in
            try CoverageCheck.run(
                on: access.directory, links: access.links, subnets: prefixes, against: plan,
                files: against)
        }
        if access.settings == nil, coverage.endpoints.isEmpty, coverage.findings.isEmpty {
            coverage.add(
                Coverage.Finding(
                    .noAddress, name: "",
                    "no zone in \(access.directory.path) has an address: only files whose names end in "
                        + ".zone are read"))
        }
        try lint(access, &coverage)
        compareServed(access, &coverage)
        if isLive { try askDaemon(access, &coverage) }
        if connects { connect(&coverage) }
        let report = CoverageReport(coverage: coverage, suffix: storeWords)
        OutputStream(STDOUT_FILENO).write(
            format == .json ? report.rendered(as: .json) : report.text)
        if !coverage.findings.isEmpty { throw CommandFailure.reported }
    }

    private func comparison(_ access: StoreAccess) throws -> ImportPlan? {
        if against.isEmpty { return nil }
        let zone = try source.zone.map { try Arguments.name($0) }
        let reading = try read(against, zone: zone)
        return try attempt { () throws(StoreError) in
            try reading.plan(for: access.directory, links: access.links, choice: source.choice)
        }
    }

    /// The options that lead to this store, for the commands that fix it.
    private var storeWords: [String] {
        var words: [String] = []
        if let file = options.config ?? parent.request.config { words += ["--config", file] }
        if let directory = options.directory { words += ["--directory", directory] }
        if let socket = options.call.socket ?? parent.options.socket {
            words += ["--socket", socket]
        }
        return words
    }

    // MARK: Live

    private func askDaemon(_ access: StoreAccess, _ coverage: inout Coverage) throws {
        let client = DNSClient(server: try liveServer(access))
        for endpoint in coverage.endpoints {
            for type in [RecordType.a, .aaaa] {
                let expected = endpoint.addresses.filter { $0.isIPv6 == (type == .aaaa) }
                for overTCP in [false, true] {
                    guard
                        let wrong = fault(
                            client.ask(endpoint.publicName, type, overTCP: overTCP), expected)
                    else { continue }
                    let transport = overTCP ? "TCP" : "UDP"
                    coverage.add(
                        Coverage.Finding(
                            .answer, name: "\(endpoint.publicName)", registry: endpoint.registry,
                            "\(client.server) over \(transport): \(endpoint.publicName) \(type) \(wrong)"
                        ))
                }
            }
        }
    }

    /// What is wrong with an answer; nil if it is as it should be.
    private func fault(_ answer: LiveAnswer?, _ expected: [IPAddress]) -> String? {
        guard let answer else { return "got no answer" }
        let wanted = expected.isEmpty ? "no address" : words(expected)
        guard answer.responseCode == "NOERROR" else {
            return "is \(answer.responseCode), not \(wanted)"
        }
        if answer.isTruncated { return nil }
        if answer.addresses == expected.sorted() { return nil }
        let found = answer.addresses.isEmpty ? "has no address" : "is \(words(answer.addresses))"
        return "\(found), not \(wanted)"
    }

    private func words(_ addresses: [IPAddress]) -> String {
        addresses.map { "\($0)" }.joined(separator: ", ")
    }

    /// The server to query: the given one, else a listener of the settings.
    private func liveServer(_ access: StoreAccess) throws -> Endpoint {
        if let server {
            guard let endpoint = Endpoint(server, defaultPort: 53) else {
                throw ValidationError("\(server) is not an address or address:port.")
            }
            return endpoint
        }
        guard let listener = access.settings?.listen.first?.endpoint else {
            throw ValidationError("--live needs --config FILE or --server ADDRESS.")
        }
        guard listener.address.isUnspecified else { return listener }
        let loopback = listener.address.isIPv6 ? IPAddress.loopbackIPv6 : .loopbackIPv4
        return Endpoint(loopback, port: listener.port)
    }

    // MARK: Connections

    private func connect(_ coverage: inout Coverage) {
        var addresses: [IPAddress] = []
        for address in coverage.endpoints.flatMap(\.addresses) where !addresses.contains(address) {
            addresses.append(address)
        }
        let failures = ConnectProbe.failures(addresses, port: 443)
        for endpoint in coverage.endpoints {
            for address in endpoint.addresses {
                guard let reason = failures[address] else { continue }
                coverage.add(
                    Coverage.Finding(
                        .connection, name: "\(endpoint.publicName)", registry: endpoint.registry,
                        "\(endpoint.publicName): no connection to \(address) port 443: \(reason)"))
            }
        }
    }
}

/// The outcome of a check, for people and programs.
struct CoverageReport: Report {
    let coverage: Coverage
    /// The options that each fixing command ends with.
    let suffix: [String]

    /// A table of registries, what is wrong, and what fixes it.
    var text: String {
        var text = ""
        if !coverage.registries.isEmpty {
            text += TableReport(key: "", rows: coverage.registries.map(row)).rendered(as: .text)
        }
        for finding in coverage.findings {
            text += "wrong: \(finding.sentence)\n"
            for words in finding.mending { text += "  \(command(words))\n" }
        }
        text += coverage.notes.map { "note: \($0)\n" }.joined()
        let names = Arguments.counted(coverage.endpoints.count, "name")
        let outcome =
            coverage.findings.isEmpty
            ? "nothing is wrong" : "\(coverage.findings.count) wrong"
        return text + "\(names) with addresses: \(outcome)\n"
    }

    private func row(_ registry: Coverage.Registry) -> [ReportField] {
        let state = registry.findingCount == 0 ? "ok" : "\(registry.findingCount) wrong"
        return [
            ReportField("REGISTRY", "registry", .text(registry.name)),
            ReportField(
                "ENDPOINT", "endpoint", .text(registry.addresses.map { words($0) } ?? "MISSING")),
        ]
            + kinds.map { kind in
                let regions = registry.regions(of: kind).map { region, addresses in
                    "\(region) \(addresses.map { words($0) } ?? "MISSING")"
                }
                return ReportField(
                    "\(kind.title.uppercased())S", kind.rawValue,
                    .text(regions.isEmpty ? "NONE" : regions.joined(separator: ", ")))
            } + [ReportField("STATE", "state", .text(state))]
    }

    /// The kinds of endpoints that have a column: those that every registry has, and those that one of them has.
    private var kinds: [EndpointKind] {
        EndpointKind.allCases.filter { kind in
            kind.isInEveryRegion
                || coverage.registries.contains { !$0.regions(of: kind).isEmpty }
        }
    }

    private func words(_ addresses: [IPAddress]) -> String {
        addresses.isEmpty ? "NO ADDRESS" : addresses.map { "\($0)" }.joined(separator: " ")
    }

    private func command(_ words: [String]) -> String {
        (["privatelinkctl"] + words + suffix).map { Shell.quoted($0) }.joined(separator: " ")
    }

    var fields: [ReportField] {
        [
            ReportField("succeeded", "succeeded", .boolean(coverage.findings.isEmpty)),
            ReportField(
                "registries", "registries", .rows(coverage.registries.map { fields(of: $0) })),
            ReportField(
                "findings", "findings",
                .rows(
                    coverage.findings.map { finding in
                        [
                            ReportField("KIND", "kind", .text(finding.kind.rawValue)),
                            ReportField("NAME", "name", .text(finding.name)),
                            ReportField("REGISTRY", "registry", .optional(finding.registry)),
                            ReportField("SENTENCE", "sentence", .text(finding.sentence)),
                            ReportField("MEND", "mend", .list(finding.mending.map { command($0) })),
                        ]
                    })),
            ReportField("names", "names", .integer(coverage.endpoints.count)),
            ReportField("notes", "notes", .list(coverage.notes)),
        ]
    }

    private func fields(of registry: Coverage.Registry) -> [ReportField] {
        let regional = EndpointKind.allCases.filter { $0.label != nil }.map { kind in
            let rows = registry.regions(of: kind).map { region, addresses in
                [
                    ReportField("REGION", "region", .text(region)),
                    ReportField("MISSING", "missing", .boolean(addresses == nil)),
                    ReportField(
                        "ADDRESSES", "addresses", .list((addresses ?? []).map { "\($0)" })),
                ]
            }
            return ReportField(
                kind.rawValue.uppercased(), "\(kind.rawValue)-endpoints", .rows(rows))
        }
        return [
            ReportField("ZONE", "zone", .text("\(registry.zone)")),
            ReportField("REGISTRY", "registry", .text(registry.name)),
            ReportField("MISSING", "missing", .boolean(registry.addresses == nil)),
            ReportField(
                "ADDRESSES", "addresses", .list((registry.addresses ?? []).map { "\($0)" })),
        ] + regional + [ReportField("WRONG", "wrong", .integer(registry.findingCount))]
    }
}

/// Words as a shell reads them.
enum Shell {
    /// A word in quotes where it needs them.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { octet in
            (octet | 0x20) &- 0x61 < 26 || octet &- 0x30 <= 9
                || Array("-_./:@%+=,".utf8).contains(octet)
        }
        if isPlain, !word.isEmpty { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
