// Finds the places of an answer's records. The served tables have no line numbers, so the thread
// that explains an answer reads the zone's file again.

internal import Control
internal import DNSWire
internal import Store
internal import Zones

/// Finds records in the sources of the zones that are served.
struct RecordLocator {
    let directory: String
    let maximumFileSize: Int
    let zones: [StoredZone]

    /// The places of those records that come from local zones; the records are in zone-file form.
    func find(_ records: [String]) -> [ExplainReport.Place] {
        records.flatMap { text -> [ExplainReport.Place] in
            guard let record = try? ZoneRecord(text), let stored = zone(enclosing: record.owner)
            else { return [] }
            return [place(of: record, text, in: stored)].compactMap { $0 }
        }
    }

    private func zone(enclosing owner: Name) -> StoredZone? {
        zones.filter { owner.isAtOrBelow($0.origin) }.max {
            $0.origin.labelCount < $1.origin.labelCount
        }
    }

    /// Nil for a record that is not in the zone, such as a forwarded one or the alias of a link.
    private func place(
        of record: ZoneRecord, _ text: String, in stored: StoredZone
    ) -> ExplainReport.Place? {
        guard let zone = stored.zone else { return nil }
        guard let owner = owner(of: record, in: zone) else { return nil }
        var place = ExplainReport.Place(record: text, file: "\(stored.provenance)")
        switch stored.state {
        case .current: break
        case .kept: place.remark = "as loaded before the \(stored.provenance.noun) had a mistake"
        case .lastGoodCopy: place.remark = "from the last good copy"
        case .removed: place.remark = "as loaded before the \(stored.provenance.noun) was removed"
        case .failed: return nil
        }
        switch stored.provenance {
        case .file(let path): findLine(of: record, owner, path, in: stored, zone, &place)
        case .resource(_, let records): if let own = records[owner] { place.file = own }
        }
        return place
    }

    private func findLine(
        of record: ZoneRecord, _ owner: Name, _ path: String, in stored: StoredZone, _ zone: Zone,
        _ place: inout ExplainReport.Place
    ) {
        let reader = ZoneFileReader(
            directory: directory, hasher: zone.tables.hasher, maximumSize: maximumFileSize)
        guard let outline = try? reader.outline(of: path, origin: stored.origin, only: owner) else {
            if stored.state != .removed { place.remark = "the file cannot be read now" }
            return
        }
        let entry = outline.entries.first { entry in
            entry.records.contains { Self.isSame($0, record) }
        }
        if let entry {
            place.file = entry.file
            place.line = entry.line
        } else if place.remark == nil {
            place.remark = "the file has changed and is not served yet"
        }
    }

    private static func isSame(_ left: ZoneRecord, _ right: ZoneRecord) -> Bool {
        left.type == right.type
            && RecordDataLayout.isSame(left.data.span, right.data.span, of: left.type)
    }

    /// The name in the zone that holds the record: its owner, or the wildcard that it comes from.
    private func owner(of record: ZoneRecord, in zone: Zone) -> Name? {
        if holds(record.owner, record.type, zone) { return record.owner }
        var above = record.owner.parent
        while let encloser = above, encloser.isAtOrBelow(zone.origin) {
            if let wildcard = try? Name(labels: [Array("*".utf8)] + encloser.labels),
                holds(wildcard, record.type, zone)
            {
                return wildcard
            }
            above = encloser.parent
        }
        return nil
    }

    private func holds(_ owner: Name, _ type: RecordType, _ zone: Zone) -> Bool {
        var buffer = NameBuffer(hasher: zone.tables.hasher)
        buffer.set(owner)
        return zone.tables.glue(of: buffer, type: type) != nil
    }
}
