// The common procedure of all commands that change zones: show, ask if the command does, write
// under the lock, reload the daemon.

import ArgumentParser
import Control
import DNSWire
import Files
import Glibc
import Store

extension StoreCommand {
    /// Makes changes; with `confirmation` they are shown first and nothing is made without a yes.
    func change(
        _ edits: [ZoneEdit], _ confirmation: ConfirmationOptions? = nil, notes: [String] = [],
        warnings: [String] = []
    ) throws {
        let access = try access()
        var previews: [ZoneUpdate] = []
        for edit in edits {
            previews.append(
                try attempt { () throws(StoreError) in try access.directory.preview(edit) })
        }
        let changing = zip(edits, previews).filter {
            $0.1.before == nil || !$0.1.difference.isEmpty
        }
        var report = ChangeReport(
            zones: changing.map { ChangeReport.ZoneChange($0.1) }, notes: notes,
            warnings: warnings + previews.flatMap(\.warnings))
        if let confirmation {
            guard try confirms(report, confirmation) else { return }
        }
        report.zones = []
        if !changing.isEmpty {
            let writer = try attempt { () throws(StoreError) in try access.directory.lock() }
            for (edit, preview) in changing {
                let owner = FileOwner(of: preview.path)
                do throws(StoreError) {
                    let update = try writer.apply(edit, shown: confirmation == nil ? nil : preview)
                    report.zones.append(ChangeReport.ZoneChange(update))
                    report.isWritten = true
                    report.ownerNotes += FileOwner.note(of: update.path, before: owner)
                } catch {
                    // The zones before this one are written and are to be served.
                    if report.isWritten { try finish(report, access, showsLines: false) }
                    throw CommandFailure.sentence("\(error)", format)
                }
            }
        }
        try finish(report, access, showsLines: confirmation == nil)
    }

    /// Shows the record sets of a zone; refuses when there is no set of the key `requires`.
    func show(
        _ origin: Name, requires key: RecordSetKey? = nil, where matches: (RecordSetKey) -> Bool
    ) throws {
        let access = try access()
        let content = try attempt { () throws(StoreError) in
            guard let content = try access.directory.content(of: origin) else {
                throw .noZone(origin)
            }
            return content
        }
        if let key, content.sets[key] == nil {
            throw CommandFailure.sentence("\(key.owner) has no \(key.type) record", format)
        }
        let report = RecordSetReport(content: content, keys: content.sortedKeys.filter(matches))
        OutputStream(STDOUT_FILENO).write(report.rendered(as: format))
    }
}

/// Who owns a file.
private struct FileOwner: Equatable {
    private let number: UInt32

    /// Nil where there is no file.
    init?(of path: String) {
        guard let attributes = try? FileAttributes(of: path) else { return nil }
        number = attributes.owner
    }

    /// A sentence where a file belongs to somebody else than before, since only root gives files away.
    static func note(of path: String, before: FileOwner?) -> [String] {
        guard let before, let now = FileOwner(of: path), now != before else { return [] }
        return [
            "\(path) belongs to \(now.name) now, and not to \(before.name); group and mode are kept"
        ]
    }

    private var name: String {
        // Safe: the entry lives until the next such call on this, the only, thread, and its text is copied.
        guard let entry = unsafe getpwuid(number), let text = unsafe entry.pointee.pw_name else {
            return "user \(number)"
        }
        return unsafe String(cString: text)
    }
}

/// Record sets as a table.
struct RecordSetReport: Report {
    let content: ZoneContent
    let keys: [RecordSetKey]

    var fields: [ReportField] {
        let rows = keys.map { key -> [ReportField] in
            let set = content.sets[key]
            let data = (set?.data ?? []).map { ZoneContent.text(of: $0, type: key.type) }
            return [
                ReportField(
                    "NAME", "name",
                    .text(ZoneContent.relativeName(key.owner, origin: content.origin))),
                ReportField("TTL", "ttl", .integer(Int(set?.ttl ?? 0))),
                ReportField("TYPE", "type", .text("\(key.type)")),
                ReportField("FQDN", "fqdn", .text("\(key.owner)")),
                ReportField("RECORDS", "records", .list(data)),
            ]
        }
        return [ReportField("", "record-sets", .rows(rows))]
    }
}
