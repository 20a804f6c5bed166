// What a command changed in the store, or would change: lines with `+`, `-` and `~` for people, coloured on a
// terminal, and one object for programs.

import Control
import DNSWire
import Glibc
import Store

/// Changes of zones.
struct ChangeReport: Report {
    /// One zone that changes.
    struct ZoneChange {
        let origin: Name
        let path: String
        let isNew: Bool
        let isGone: Bool
        /// The serial number before; nil if there was none.
        let oldSerial: UInt32?
        /// The new serial number, which a preview shows too; nil if there is none.
        let serial: UInt32?
        let lines: [ChangeLine]

        init(_ update: ZoneUpdate) {
            origin = update.origin
            path = update.path
            isNew = update.isNew
            isGone = false
            oldSerial = update.before?.serial
            serial = update.after.serial
            lines = update.difference.lines(origin: update.origin)
        }

        /// A zone that goes away.
        init(removing origin: Name, path: String, _ content: ZoneContent) {
            self.origin = origin
            self.path = path
            isNew = false
            isGone = true
            oldSerial = content.serial
            serial = nil
            lines = ZoneDifference(before: content, after: nil).lines(origin: origin)
        }

        /// `zone NAME (FILE)`, and the serial number where it is or becomes another.
        var heading: String {
            let state = isNew ? ", new" : isGone ? ", removed" : ""
            let heading = "zone \(origin) (\(path)\(state))"
            guard let serial, serial != oldSerial else { return heading }
            return heading + ", serial " + (oldSerial.map { "\($0) -> \(serial)" } ?? "\(serial)")
        }
    }

    var zones: [ZoneChange]
    var notes: [String] = []
    var warnings: [String] = []
    /// What the writing did to the owners of files, each a sentence.
    var ownerNotes: [String] = []
    var isWritten = false
    var reload = ReloadOutcome.notNeeded

    /// How many records change.
    var count: Int { zones.reduce(0) { $0 + $1.lines.count } }

    /// The zones with their lines.
    var pieces: [OutputStream.Piece] {
        var pieces: [OutputStream.Piece] = []
        for zone in zones {
            pieces.append(OutputStream.Piece(text: zone.heading + "\n"))
            let width = zone.lines.map(\.name.count).max() ?? 0
            let ttlWidth = zone.lines.map(\.ttl.count).max() ?? 0
            for line in zone.lines {
                let words =
                    "  \(line.sign.rawValue) " + padded(line.name, width) + "  "
                    + padded(line.ttl, ttlWidth) + "  \(padded(line.type, 5))  \(line.data)"
                pieces.append(OutputStream.Piece(text: words, color: color(of: line.sign)))
                pieces.append(OutputStream.Piece(text: "\n"))
            }
        }
        let remarks = notes.map { "note: \($0)\n" } + warnings.map { "warning: \($0)\n" }
        return pieces + [OutputStream.Piece(text: remarks.joined())]
    }

    /// What was done, after it.
    var outcome: String {
        guard isWritten else { return count == 0 ? "nothing to change\n" : "" }
        var text = ""
        for zone in zones where !zone.isGone {
            let serial = zone.serial.map { ", serial \($0)" } ?? ""
            text += "written: \(zone.path)\(serial)\n"
        }
        for zone in zones where zone.isGone { text += "removed: \(zone.path)\n" }
        text += ownerNotes.map { "note: \($0)\n" }.joined()
        switch reload {
        case .done: text += "reloaded: the daemon serves it\n"
        case .failed(let words): text += "not reloaded:\n" + words
        case .notServed(let sentences):
            text += "reloaded, but not served:\n" + sentences.map { "  \($0)\n" }.joined()
        case .noDaemon(let sentence): text += "not reloaded: \(sentence)\n"
        case .notNeeded: break
        }
        return text
    }

    var fields: [ReportField] {
        [
            ReportField("written", "written", .boolean(isWritten)),
            ReportField(
                "zones", "zones",
                .rows(
                    zones.map { zone in
                        [
                            ReportField("ZONE", "zone", .text("\(zone.origin)")),
                            ReportField("FILE", "file", .text(zone.path)),
                            ReportField("NEW", "new", .boolean(zone.isNew)),
                            ReportField("REMOVED", "removed", .boolean(zone.isGone)),
                            ReportField(
                                "SERIAL", "serial", zone.serial.map { .integer(Int($0)) } ?? .absent
                            ),
                        ]
                    })),
            ReportField("changes", "changes", .rows(zones.flatMap { rows(of: $0) })),
            ReportField("notes", "notes", .list(notes + ownerNotes)),
            ReportField("warnings", "warnings", .list(warnings)),
            ReportField("reload", "reload", .text(reload.word)),
        ]
    }

    private func rows(of zone: ZoneChange) -> [[ReportField]] {
        zone.lines.map { line in
            [
                ReportField("ZONE", "zone", .text("\(zone.origin)")),
                ReportField("CHANGE", "change", .text(line.sign.rawValue)),
                ReportField("NAME", "name", .text(line.name)),
                ReportField("TTL", "ttl", .text(line.ttl)),
                ReportField("TYPE", "type", .text(line.type)),
                ReportField("DATA", "data", .text(line.data)),
            ]
        }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func color(of sign: ChangeLine.Sign) -> Int {
        switch sign {
        case .added: 32
        case .removed: 31
        case .changed: 33
        }
    }
}

extension StoreCommand {
    /// Prints what was written, reloads the daemon, and reports the result.
    func finish(_ report: ChangeReport, _ access: StoreAccess, showsLines: Bool = true) throws {
        var report = report
        if report.isWritten { report.reload = try access.reload(report.zones.map(\.origin)) }
        let output = OutputStream(STDOUT_FILENO)
        switch format {
        case .text:
            if showsLines { output.write(report.pieces) }
            output.write(report.outcome)
        case .json: output.write(report.rendered(as: .json))
        }
        switch report.reload {
        case .failed: throw CommandFailure.reported
        case .notServed:
            // Who names a directory may mean one that the daemon does not read.
            if options.directory == nil { throw CommandFailure.reported }
        case .done, .noDaemon, .notNeeded: break
        }
    }
}
