// Changes of zones under the directory's lock: from what a zone held to what it is to hold, and the text that says
// so. How a text gets on the disk is ReplacementSteps' business.

public import DNSWire
internal import Files
internal import Zones

/// The right to change the zones of a directory, until it is let go.
public struct ZoneWriter: ~Copyable {
    let directory: ZoneDirectory
    private let lock: DirectoryLock

    init(_ directory: ZoneDirectory, _ lock: consuming DirectoryLock) {
        self.directory = directory
        self.lock = lock
    }

    private var steps: ReplacementSteps { ReplacementSteps(directory: directory) }

    /// Changes a zone to what `decide` makes of it and returns what differs; nothing is written when nothing does.
    ///
    /// `decide` gets nil where there is no such zone, which is then made. The serial number is raised here.
    public borrowing func update(
        _ origin: Name, _ decide: (ZoneContent?) throws(StoreError) -> ZoneContent
    ) throws(StoreError) -> ZoneUpdate {
        let file = try directory.read(origin)
        guard let file else {
            let after = try directory.raisingSerial(of: decide(nil), madeAnew: origin)
            let path = "\(directory.path)/\(ZoneDirectory.fileName(of: origin))"
            let text = try directory.newText(of: after, at: path)
            try steps.write(text, to: path, origin: origin, over: nil)
            return ZoneUpdate(origin: origin, path: path, before: nil, after: after)
        }
        let before = try ZoneDirectory.content(of: file)
        var after = try decide(before)
        let update = ZoneUpdate(origin: origin, path: file.path, before: before, after: after)
        if update.difference.isEmpty { return update }
        if hasOwnSerial(file) { after = raiseSerial(of: after, above: before.serial) }
        let text = try MasterFileEdit.text(
            of: file, from: before, to: after, reader: directory.reader)
        try steps.write(text, to: file.path, origin: origin, over: file)
        return ZoneUpdate(origin: origin, path: file.path, before: before, after: after)
    }

    /// Makes a zone's file of a whole text, which must be a zone without mistakes. The serial number is one above that of
    /// the zone that was there, of its last version that was kept and of the text; for a zone that was not there it is
    /// that of the text, where that is above all of before.
    public borrowing func replace(
        _ origin: Name, with text: [UInt8]
    ) throws(StoreError) -> ZoneUpdate {
        let file = try directory.read(origin)
        let path = file?.path ?? "\(directory.path)/\(ZoneDirectory.fileName(of: origin))"
        let reading = directory.reader.read(text, as: path, origin: origin)
        guard let zone = reading.zone else { throw .mistakes(reading.mistakes) }
        let content = ZoneContent(zone)
        // A file with mistakes is replaced as well: that is what its history is for.
        let before = file?.reading.zone.map { ZoneContent($0) }
        let draft = ZoneFile(
            path: path, origin: origin, octets: text, reading: reading, identities: nil)
        var result = content
        if hasOwnSerial(draft) {
            if file == nil {
                result = try directory.raisingSerial(of: content, madeAnew: origin)
            } else {
                // A file with mistakes may have replaced one that was served and never kept.
                let earlier = try directory.lastSerial(of: origin)
                let last = SerialNumber.greatest([before?.serial, earlier, content.serial])
                result = raiseSerial(of: content, above: last)
            }
        }
        let octets = try MasterFileEdit.text(
            of: draft, from: content, to: result, reader: directory.reader)
        try steps.write(octets, to: path, origin: origin, over: file)
        return ZoneUpdate(
            origin: origin, path: path, before: before, after: result, isNew: file == nil)
    }

    /// Removes a zone's file; its last version is kept in the history.
    public borrowing func delete(_ origin: Name) throws(StoreError) {
        guard let file = try directory.read(origin) else { throw .noZone(origin) }
        try steps.remove(file)
    }

    /// Whether the SOA record stands in the zone's own file: no other is changed.
    private func hasOwnSerial(_ file: ZoneFile) -> Bool {
        let outline = directory.reader.outline(
            file.octets, as: file.path, origin: file.origin, only: file.origin)
        return outline.entries.contains { entry in
            entry.file == file.path && entry.records.contains { $0.type == .soa }
        }
    }

    private func raiseSerial(of content: ZoneContent, above serial: UInt32?) -> ZoneContent {
        guard let serial else { return content }
        return content.with(serial: SerialNumber.next(after: serial, on: directory.clock()))
    }
}

/// What a change of a zone came to.
public struct ZoneUpdate: Sendable {
    /// The zone.
    public let origin: Name
    /// Its file.
    public let path: String
    /// What it held; nil when there was no such zone, or one with mistakes.
    public let before: ZoneContent?
    /// Whether there was no file of it.
    public let isNew: Bool
    /// What it holds.
    public let after: ZoneContent
    /// What differs.
    public let difference: ZoneDifference

    /// Whether the zone is emptied or loses more than half of its records, as a reload refuses.
    public var isSuspicious: Bool {
        ZoneShrinkage.isSuspicious(
            from: before?.ordinaryRecordCount ?? 0, to: after.ordinaryRecordCount)
    }

    /// A change; without `isNew` a zone that held nothing was not there.
    init(
        origin: Name, path: String, before: ZoneContent?, after: ZoneContent, isNew: Bool? = nil
    ) {
        self.isNew = isNew ?? (before == nil)
        self.origin = origin
        self.path = path
        self.before = before
        self.after = after
        difference = ZoneDifference(before: before, after: after)
    }
}
