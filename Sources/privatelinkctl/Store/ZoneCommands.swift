// The commands about whole zones, in the words of `az network private-dns zone`, and those about their history.

import ArgumentParser
import Control
import DNSWire
import Files
import Glibc
import Store
import Zones

struct ZoneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zone", abstract: "Checks, lists and changes zones.",
        subcommands: [
            ZoneCheck.self, ZoneCreate.self, ZoneDelete.self, ZoneList.self, ZoneShow.self,
            ZoneExport.self, ZoneImport.self, ZoneHistory.self, ZoneRollback.self,
        ])
}

/// The zone that a command is about: an argument, or the option that az has for it.
struct ZoneArgument: ParsableArguments {
    @Argument(help: "The zone, such as privatelink.azurecr.io.") var zone: String?
    @Option(name: [.customLong("name"), .customShort("n")], help: "The zone, in az's form.")
    var name: String?

    func validate() throws {
        if (zone == nil) == (name == nil) { throw ValidationError("Name one zone.") }
    }

    func origin() throws -> Name { try Arguments.name(zone ?? name ?? "") }
}

struct ZoneCreate: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Creates a zone without records.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneArgument
    @OptionGroup var options: StoreOptions

    func run() throws {
        let origin = try zone.origin()
        if origin.isRoot { throw ValidationError("The root cannot be a zone of the store.") }
        let access = try access()
        let exists = try attempt { () throws(StoreError) in
            try access.directory.path(of: origin) != nil
        }
        if exists {
            throw CommandFailure.sentence("\(StoreError.zoneExists(origin))", format)
        }
        try change(
            [ZoneEdit(origin: origin, makesZone: true) { _ in }],
            notes: access.missingLinks([origin]))
    }
}

struct ZoneDelete: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Removes a zone; `zone rollback` brings it back.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneArgument
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: StoreOptions

    func run() throws {
        let origin = try zone.origin()
        let access = try access()
        let file = try attempt { () throws(StoreError) in try access.directory.read(origin) }
        guard let file else { return try deleteGone(origin, access) }
        // A zone with mistakes can be removed too; what it holds is not known then.
        let content = file.reading.zone.map { ZoneContent($0) } ?? ZoneContent(origin: origin)
        try delete(origin, at: file.path, content, access) { writer throws(StoreError) in
            try writer.delete(origin)
        }
    }

    /// A zone whose file has disappeared: a daemon keeps serving it until the deletion is recorded.
    private func deleteGone(_ origin: Name, _ access: StoreAccess) throws {
        let directory = access.directory
        let versions = directory.versions(of: origin)
        let isRecorded = directory.deletionTime(of: origin) != nil
        let isServed = access.servedZones()?.contains { $0.origin == origin } ?? false
        guard isServed || access.hasCopy(of: origin) || (!versions.isEmpty && !isRecorded) else {
            throw CommandFailure.sentence("\(StoreError.noZone(origin))", format)
        }
        let content = try attempt { () throws(StoreError) in
            try versions.first.flatMap { version throws(StoreError) in
                try directory.content(of: version, origin: origin)
            } ?? ZoneContent(origin: origin)
        }
        try delete(origin, at: directory.newPath(of: origin), content, access) {
            writer throws(StoreError) in
            try writer.recordDeletion(of: origin)
        }
    }

    private func delete(
        _ origin: Name, at path: String, _ content: ZoneContent, _ access: StoreAccess,
        _ body: (borrowing ZoneWriter) throws(StoreError) -> Void
    ) throws {
        var report = ChangeReport(zones: [
            ChangeReport.ZoneChange(removing: origin, path: path, content)
        ])
        guard try confirms(report, confirmation) else { return }
        try attempt { () throws(StoreError) in try body(access.directory.lock()) }
        report.isWritten = true
        try finish(report, access, showsLines: false)
    }
}

struct ZoneList: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the zones of the store.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: StoreOptions

    func run() throws {
        let access = try access()
        let rows = try attempt { () throws(StoreError) in
            var rows: [[ReportField]] = []
            try access.directory.readAll { file in
                rows.append(
                    row(file.origin, file.path, file.reading.zone, file.reading.mistakeCount))
            } unreadable: { origin, path, _ in
                rows.append(row(origin, path, nil, 1))
            }
            return rows
        }
        let report = TableReport(key: "zones", rows: rows)
        OutputStream(STDOUT_FILENO).write(report.rendered(as: format))
    }

    private func row(
        _ origin: Name, _ path: String, _ zone: Zone?, _ mistakes: Int
    ) -> [ReportField] {
        [
            ReportField("ZONE", "zone", .text("\(origin)")),
            ReportField("RECORDS", "records", zone.map { .integer($0.recordCount) } ?? .absent),
            ReportField("SERIAL", "serial", zone.map { .integer(Int($0.serial)) } ?? .absent),
            ReportField("MISTAKES", "mistakes", .integer(mistakes)),
            ReportField("FILE", "file", .text(path)),
        ]
    }
}

struct ZoneShow: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the record sets of a zone.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneArgument
    @OptionGroup var options: StoreOptions

    func run() throws { try show(try zone.origin()) { _ in true } }
}

struct ZoneExport: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Prints a zone file in canonical form: absolute names, one record per line.",
        discussion: """
            az network private-dns zone import reads it; what az would refuse or read otherwise is a warning.
            """)

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneArgument
    @Option(
        name: [.customLong("file-name"), .customShort("f")],
        help: "Write it to this file instead of standard output.")
    var file: String?
    @OptionGroup var options: StoreOptions

    func run() throws {
        let origin = try zone.origin()
        let access = try access()
        let content = try attempt { () throws(StoreError) in
            guard let content = try access.directory.content(of: origin) else {
                throw .noZone(origin)
            }
            return content
        }
        for warning in content.azureImportWarnings {
            OutputStream(STDERR_FILENO).write("warning: \(warning)\n")
        }
        guard let file else {
            return OutputStream(STDOUT_FILENO).write(content: content.exportedText)
        }
        do throws(FileError) {
            try Files.replace(file, with: content.exportedText)
        } catch {
            throw CommandFailure.sentence("\(error)", format)
        }
    }
}

/// A table and nothing else.
struct TableReport: Report {
    let key: String
    let rows: [[ReportField]]

    var fields: [ReportField] { [ReportField("", key, .rows(rows))] }
}
