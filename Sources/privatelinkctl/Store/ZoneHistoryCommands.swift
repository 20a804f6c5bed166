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
            \(ZoneDirectory.keptVersions) of each zone; last-good is what the daemon last served without \
            mistakes, if no other version holds it. Other versions that were both written and overwritten \
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
            try ZonePeriod.all(
                of: origin, in: access.directory, stateDirectory: access.stateDirectory)
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
            ReportField("VERSION", "version", .text(period.version.kind.rawValue)),
            ReportField(
                "SERIAL", "serial", content?.serial.map { .integer(Int($0)) } ?? .absent),
            ReportField("WRITTEN", "written", .text(period.version.written.preciseDescription)),
            ReportField(
                "REPLACED", "replaced", .optional(period.version.replaced.map(\.preciseDescription))
            ),
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
                    ReportField(
                        "SERIAL", "serial",
                        period.content?.serial.map { .integer(Int($0)) } ?? .absent),
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
    @Option(
        help: """
            The version's serial number, a time at which it was current, or last-good for what the \
            daemon last served without mistakes.
            """)
    var to: String?
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: StoreOptions

    func run() throws {
        let origin = try zone.origin()
        let access = try access()
        let periods = try attempt { () throws(StoreError) in
            try ZonePeriod.all(
                of: origin, in: access.directory, stateDirectory: access.stateDirectory)
        }
        if periods.isEmpty { throw CommandFailure.sentence("\(StoreError.noZone(origin))", format) }
        let period = try chosen(periods)
        guard period.content != nil else {
            let written = period.version.written.preciseDescription
            throw CommandFailure.sentence("the version of \(written) has mistakes", format)
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
        let others = periods.filter { $0.version.kind != .current }
        guard let to else {
            // A mistake by hand is undone by what was served before it.
            let isBroken = periods.first.map { $0.version.kind == .current && $0.content == nil }
            let copy = others.first { $0.version.kind == .lastGood }
            if isBroken == true, let copy { return copy }
            if let period = others.first(where: { $0.version.kind == .kept }) ?? copy {
                return period
            }
            throw CommandFailure.sentence("there is no such version", format)
        }
        if to == ZoneVersion.Kind.lastGood.rawValue {
            if let copy = others.first(where: { $0.version.kind == .lastGood }) { return copy }
            throw CommandFailure.sentence(
                "no last good copy differs from the zone and from its kept versions", format)
        }
        if let serial = UInt32(to) {
            let found = others.filter { $0.content?.serial == serial }
            if found.count == 1 { return found[0] }
            if found.count > 1 {
                let times = found.map(\.version.written.preciseDescription).joined(separator: ", ")
                throw CommandFailure.sentence(
                    "\(found.count) versions have the serial number \(serial): say which by its time: "
                        + times, format)
            }
        }
        guard let time = WallTime(to) else {
            if UInt32(to) != nil {
                throw CommandFailure.sentence(
                    "no kept version has the serial number \(to)", format)
            }
            throw ValidationError("\(to) is neither a serial number, a time nor last-good.")
        }
        guard
            let period = others.first(where: { $0.version.replaced != nil && $0.covers(time) })
                ?? others.first(where: { $0.version.written.preciseDescription.hasPrefix(to) })
        else { throw CommandFailure.sentence("no kept version was in force at \(to)", format) }
        return period
    }
}
