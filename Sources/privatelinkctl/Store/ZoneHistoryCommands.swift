// What a zone was: the kept versions, what a name had in each of them, and the way back.

import ArgumentParser
import Control
import DNSWire
import Glibc
import Store
import Zones

struct ZoneHistory: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Lists the kept versions of a zone, or the records of a name in them.",
        discussion: """
            privatelinkctl keeps each version that it replaces, the last \
            \(ZoneDirectory.keptVersions) of each zone. Versions that were both written and overwritten \
            by hand are missing; the times show where.
            """)

    @ParentCommand var parent: PrivateLinkControl
    @Argument(help: "The zone.") var zone: String
    @Option(name: [.customLong("name"), .customShort("n")], help: "A name within the zone.")
    var name: String?
    @Option(help: "A record type; default: all.") var type: String?
    @Option(help: "A time, such as 2026-01-31T23:59 (UTC): only the version of that time.")
    var at: String?
    @OptionGroup var options: StoreOptions

    func validate() throws {
        if name == nil, type != nil { throw ValidationError("--type needs --name.") }
    }

    func run() throws {
        let origin = try Arguments.name(zone)
        let access = try access()
        let periods = try attempt { () throws(StoreError) in
            try ZonePeriod.all(of: origin, in: access.directory)
        }
        if periods.isEmpty { throw CommandFailure.sentence("\(StoreError.noZone(origin))", format) }
        let shown =
            try at.map { at in
                guard let time = WallTime(at) else {
                    throw ValidationError("\(at) is not a time such as 2026-01-31T23:59.")
                }
                return periods.filter { $0.covers(time) }
            } ?? periods
        if shown.isEmpty {
            throw CommandFailure.sentence("there is no kept version from \(at ?? "")", format)
        }
        let rows =
            if let name { try rows(of: try owner(name, origin), shown) } else { shown.map(row) }
        let report = TableReport(key: "versions", rows: rows)
        OutputStream(STDOUT_FILENO).write(report.rendered(as: format))
    }

    private func owner(_ name: String, _ origin: Name) throws -> Name {
        if name == "@" { return origin }
        guard let owner = try? Name(text: name, origin: origin) else {
            throw ValidationError("\(name) is not a name.")
        }
        return owner
    }

    private func row(_ period: ZonePeriod) -> [ReportField] {
        let content = period.content
        return [
            ReportField("VERSION", "version", .integer(period.number)),
            ReportField("WRITTEN", "written", .text(period.version.written.preciseDescription)),
            ReportField(
                "REPLACED", "replaced", .optional(period.version.replaced.map(\.preciseDescription))
            ),
            ReportField(
                "SERIAL", "serial", content?.serial.map { .integer(Int($0)) } ?? .absent),
            ReportField("SETS", "record-sets", content.map { .integer($0.sets.count) } ?? .absent),
            ReportField(
                "TO THE NEXT", "changes",
                .text(period.changes.map { "+\($0.added) -\($0.removed) ~\($0.changed)" } ?? "-")),
        ]
    }

    private func rows(of owner: Name, _ periods: [ZonePeriod]) throws -> [[ReportField]] {
        let wanted = try type.map { word in
            guard let type = RecordType(word) else {
                throw ValidationError("\(word) is not a record type.")
            }
            return type
        }
        return periods.flatMap { period in
            let keys = (period.content?.sortedKeys ?? []).filter {
                $0.owner == owner && (wanted == nil || $0.type == wanted)
            }
            let known = keys.map { key -> (String, [String]) in
                let data = period.content?.sets[key]?.data ?? []
                return (
                    "\(key.type)", data.map { ZoneContent.text(of: $0, type: key.type) }
                )
            }
            return (known.isEmpty ? [("-", [])] : known).map { type, records in
                [
                    ReportField("VERSION", "version", .integer(period.number)),
                    ReportField("FROM", "from", .text(period.version.written.preciseDescription)),
                    ReportField(
                        "UNTIL", "until",
                        .optional(period.version.replaced.map(\.preciseDescription))),
                    ReportField("TYPE", "type", .text(type)),
                    ReportField("RECORDS", "records", .list(records)),
                ]
            }
        }
    }
}

struct ZoneRollback: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Restores a kept version of a zone.",
        discussion: """
            Without --to, restores the version before the current one; a second rollback undoes the \
            first. The serial number always increases.
            """)

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneArgument
    @Option(help: "A number from `zone history`, or a time at which the version was current.")
    var to: String?
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: StoreOptions

    func run() throws {
        let origin = try zone.origin()
        let access = try access()
        let periods = try attempt { () throws(StoreError) in
            try ZonePeriod.all(of: origin, in: access.directory)
        }
        if periods.isEmpty { throw CommandFailure.sentence("\(StoreError.noZone(origin))", format) }
        let period = try chosen(periods)
        guard period.content != nil else {
            throw CommandFailure.sentence("version \(period.number) has mistakes", format)
        }
        let preview = try attempt { () throws(StoreError) in
            try access.directory.preview(
                of: origin, as: try access.directory.text(of: period.version))
        }
        var report = ChangeReport(zones: [ChangeReport.ZoneChange(preview)])
        guard try confirms(report, confirmation) else { return }
        let update = try attempt { () throws(StoreError) in
            let text = try access.directory.text(of: period.version)
            return try access.directory.lock().replace(origin, with: text)
        }
        report.zones = [ChangeReport.ZoneChange(update)]
        report.isWritten = true
        try finish(report, access, showsLines: false)
    }

    private func chosen(_ periods: [ZonePeriod]) throws -> ZonePeriod {
        let kept = periods.filter { $0.version.replaced != nil }
        var period: ZonePeriod?
        if let to {
            if let number = Int(to), number < 1000 {
                period = kept.first { $0.number == number }
            } else if let time = WallTime(to) {
                period = kept.first { $0.covers(time) }
            } else {
                throw ValidationError("\(to) is neither a version's number nor a time.")
            }
        } else {
            period = kept.first
        }
        guard let period else {
            throw CommandFailure.sentence("there is no such version", format)
        }
        return period
    }
}
