// What a zone's file is to become, worked out before anything is written: a preview shows it, and the writer writes it.

public import DNSWire
internal import Zones

extension ZoneDirectory {
    /// What a zone's file is to become; no text where nothing changes.
    func draft(
        of origin: Name, over file: ZoneFile?, from before: ZoneContent?, to after: ZoneContent
    ) throws(StoreError) -> (update: ZoneUpdate, text: [UInt8]?) {
        guard let file, let before else {
            let path = newPath(of: origin)
            let after = try raisingSerial(of: after, madeAnew: origin)
            let (text, warnings) = try newText(of: after, at: path)
            return (
                ZoneUpdate(
                    origin: origin, path: path, before: nil, after: after, warnings: warnings), text
            )
        }
        var after = after
        let difference = ZoneDifference(before: before, after: after)
        if difference.isEmpty {
            return (
                ZoneUpdate(origin: origin, path: file.path, before: before, after: after), nil
            )
        }
        if hasOwnSerial(file) { after = raiseSerial(of: after, above: before.serial) }
        let (text, reading) = try MasterFileEdit.text(
            of: file, from: before, to: after, reader: reader)
        let known = Set(file.reading.warnings.map(\.sentence))
        let warnings = reading.warnings.map(\.sentence).filter { !known.contains($0) }
        return (
            ZoneUpdate(
                origin: origin, path: file.path, before: before, after: after,
                warnings: warnings), text
        )
    }

    /// The result of replacing a zone's file by a text, as `ZoneWriter.replace` does.
    public func preview(of origin: Name, as text: [UInt8]) throws(StoreError) -> ZoneUpdate {
        try draft(of: origin, over: try read(origin), as: text).update
    }

    /// The text that replaces a zone's file, with its serial number.
    func draft(
        of origin: Name, over file: ZoneFile?, as text: [UInt8]
    ) throws(StoreError) -> (update: ZoneUpdate, text: [UInt8]) {
        let path = file?.path ?? newPath(of: origin)
        let reading = reader.read(text, as: path, origin: origin)
        guard let zone = reading.zone else { throw .mistakes(reading.mistakes) }
        let content = ZoneContent(zone)
        // A file with mistakes is replaced as well: that is what its history is for.
        let before = file?.reading.zone.map { ZoneContent($0) }
        let draft = ZoneFile(
            path: path, origin: origin, octets: text, reading: reading, identities: nil)
        var result = content
        if hasOwnSerial(draft) {
            if file == nil {
                result = try raisingSerial(of: content, madeAnew: origin)
            } else {
                // A file with mistakes may have replaced one that was served and never kept.
                let earlier = try lastSerial(of: origin)
                let last = SerialNumber.greatest([before?.serial, earlier, content.serial])
                result = raiseSerial(of: content, above: last)
            }
        }
        let octets = try MasterFileEdit.text(
            of: draft, from: content, to: result, reader: reader
        ).text
        let update = ZoneUpdate(
            origin: origin, path: path, before: before, after: result, isNew: file == nil)
        return (update, octets)
    }

    /// Whether the SOA record is in the zone's own file; no other file is changed.
    private func hasOwnSerial(_ file: ZoneFile) -> Bool {
        let outline = reader.outline(
            file.octets, as: file.path, origin: file.origin, only: file.origin)
        return outline.entries.contains { entry in
            entry.file == file.path && entry.records.contains { $0.type == .soa }
        }
    }

    private func raiseSerial(of content: ZoneContent, above serial: UInt32?) -> ZoneContent {
        guard let serial else { return content }
        return content.with(serial: SerialNumber.next(after: serial, on: clock()))
    }
}
