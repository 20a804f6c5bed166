// Imports records from Azure CLI output: shows the difference, asks, writes it and reloads the
// daemon.

import ArgumentParser
import Control
import DNSWire
import Files
import Glibc
import Settings
import Store

struct Import: StoreCommand {
    static let configuration = CommandConfiguration(
        abstract: "Imports records from Azure CLI output.",
        discussion: """
            Recognises by their content: az network nic show, list and ip-config list, az network \
            private-endpoint show and list, az network private-endpoint dns-zone-group list, az acr show, \
            show-endpoints, replication list and private-endpoint-connection list, az network private-dns \
            record-set list, and zone files such as those of az network private-dns zone export.
            Removes a name only if the input is authoritative for it: an approved endpoint for its own \
            names, a whole zone for all of them. An incomplete list removes nothing.
            """)

    @ParentCommand var parent: PrivateLinkControl
    @Argument(help: "The files; - or none is standard input.") var files: [String] = []
    @OptionGroup var source: ImportOptions
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var force: ForceOption
    @OptionGroup var options: StoreOptions

    func run() throws {
        try importFiles(
            files, zone: try source.zone.map { try Arguments.name($0) }, source.choice,
            confirmation,
            force)
    }
}

/// The option that allows what a reload would refuse.
struct ForceOption: ParsableArguments {
    @Flag(name: .customLong("force"), help: "With --yes: let a zone lose most of its records.")
    var isForced = false
}

/// What decides between sources that differ.
struct ImportOptions: ParsableArguments {
    @Option(help: "The zone of a zone file that does not name it.") var zone: String?
    @Flag(help: "If sources differ, keep the addresses of all, and those in the store.")
    var merge = false
    @Option(
        help:
            "If sources differ, use this one: the name of an endpoint, an interface or a file.")
    var prefer: String?

    func validate() throws {
        if merge, prefer != nil {
            throw ValidationError("--merge and --prefer cannot be given together.")
        }
    }

    var choice: ImportChoice {
        var choice = ImportChoice()
        choice.merges = merge
        choice.preferred = prefer
        return choice
    }
}

struct ZoneImport: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Replaces the records of a zone with those of a zone file.",
        discussion:
            "An existing zone keeps its layout and comments; only differing records change.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneArgument
    @Option(name: [.customLong("file-name"), .customShort("f")], help: "The zone file.")
    var file: String
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var force: ForceOption
    @OptionGroup var options: StoreOptions

    func run() throws {
        try importFiles([file], zone: try zone.origin(), ImportChoice(), confirmation, force)
    }
}

extension StoreCommand {
    /// Reads files, plans, and makes the changes.
    func importFiles(
        _ files: [String], zone: Name?, _ choice: ImportChoice,
        _ confirmation: ConfirmationOptions, _ force: ForceOption
    ) throws {
        let access = try access()
        let reading = try read(files, zone: zone)
        let plan = try attempt { () throws(StoreError) in
            try reading.plan(
                for: access.directory, links: access.links, choice: choice)
        }
        if !plan.conflicts.isEmpty {
            let lines = plan.conflicts.map { "  \($0.sentence)\n" }.joined()
            let sides = plan.conflicts.flatMap(\.sides).map(\.source.name)
            let hint =
                plan.conflicts.contains(where: \.mayBeStale)
                ? "an interface does not show the state of its connection; import it together with "
                    + "az network private-endpoint list, so that an endpoint that is not approved gives no records\n"
                : ""
            throw CommandFailure.sentence(
                "sources differ, so nothing was written:\n\(lines)\(hint)"
                    + "use --merge to keep all, or --prefer \(sides.last ?? "NAME") to take one",
                format)
        }
        let previews = try attempt { () throws(StoreError) in
            var previews: [ZoneUpdate] = []
            for edit in plan.edits { previews.append(try access.directory.preview(edit)) }
            return previews
        }
        // A user who confirms has read the difference; a pipeline has not.
        if confirmation.isSure, !force.isForced, let zone = previews.first(where: \.isSuspicious) {
            throw CommandFailure.sentence(
                "zone \(zone.origin) would be emptied or lose more than half of its records, so nothing "
                    + "was written: use --force to write it anyway", format)
        }
        var notes = plan.unapproved.map {
            $0.sentence + "; it gives no records, and existing ones are left alone"
        }
        notes += plan.notes + access.missingLinks(plan.edits.map(\.origin))
        notes += try attempt { () throws(StoreError) in
            try plan.missing(after: previews, in: access.directory)
        }
        try change(plan.edits, confirmation, notes: notes, warnings: plan.warnings)
    }

    /// Reads outputs of az from files; none is standard input.
    func read(_ files: [String], zone: Name? = nil) throws -> AzureReading {
        var reading = AzureReading()
        for file in files.isEmpty ? ["-"] : files {
            let octets: [UInt8]
            if file == "-" {
                guard let input = StandardInput.read(limit: AzureReading.limit) else {
                    throw CommandFailure.sentence("standard input cannot be read", format)
                }
                octets = input
            } else {
                do throws(FileError) {
                    octets = try Files.read(file, limit: AzureReading.limit).octets
                } catch {
                    throw CommandFailure.sentence("\(error)", format)
                }
            }
            try attempt { () throws(StoreError) in
                try reading.read(octets, file: file, zone: zone)
            }
        }
        return reading
    }
}

extension StoreAccess {
    /// The links of the settings, followed by those of the built-in table.
    var links: LinkMap {
        let table = LinkServices.all.map { row in
            LinkSuffixes(
                publicSuffix: row.publicSuffix, privateSuffix: row.privateSuffix,
                isRegistry: row.service == "container-registry")
        }
        let own = (settings?.links ?? []).map { link in
            let isRegistry =
                link.service == "container-registry"
                || link.publicSuffix.folded.labels.first == Array("azurecr".utf8)
            return LinkSuffixes(
                publicSuffix: link.publicSuffix, privateSuffix: link.privateSuffix,
                isRegistry: isRegistry)
        }
        return LinkMap(own + table)
    }

    /// A sentence for each zone that the daemon does not link to although Azure does.
    func missingLinks(_ origins: [Name]) -> [String] {
        guard let settings else { return [] }
        let linked = settings.links(forZones: origins).map(\.privateSuffix)
        return origins.compactMap { origin in
            if linked.contains(where: { origin.isAtOrBelow($0) || $0.isAtOrBelow(origin) }) {
                return nil
            }
            let rows = LinkServices.all.filter { row in
                NamePattern(row.privateSuffix).bindings(ofSuffixOf: origin) != nil
            }
            guard let row = rows.min(by: { Self.breadth(of: $0) < Self.breadth(of: $1) }) else {
                return nil
            }
            let cloud = row.cloud == .public ? "" : ", cloud: \(row.cloud.rawValue)"
            return "the settings do not link \(row.publicSuffix) to \(origin): "
                + "add {service: \(row.service)\(cloud)} to their links"
        }
    }
}

extension StoreAccess {
    /// How many pairs a service has; one named like its suffix comes first.
    fileprivate static func breadth(of row: LinkService) -> (Int, Int) {
        let pairs = LinkServices.all.count { $0.service == row.service && $0.cloud == row.cloud }
        return (pairs, "\(row.publicSuffix)".hasPrefix(row.service) ? 0 : 1)
    }
}

/// Standard input, as a whole.
enum StandardInput {
    /// All bytes; nil if it cannot be read or has more than `limit`.
    static func read(limit: Int) -> [UInt8]? {
        var octets: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            // Safe: the buffer is exclusively borrowed for the call and its count bounds the write.
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(STDIN_FILENO, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return octets }
            octets += chunk[..<count]
            if octets.count > limit { return nil }
        }
    }
}
