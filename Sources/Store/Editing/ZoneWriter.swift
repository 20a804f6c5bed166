// Changes zones under the directory's lock: from a zone's content to the desired one and its text.
// ReplacementSteps writes the text to disk.

public import DNSWire
internal import Files
internal import Zones

/// The right to change the zones of a directory, until it is released.
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
    /// `decide` gets nil if there is no such zone, which is then made. The serial number is raised here.
    public borrowing func update(
        _ origin: Name, _ decide: (ZoneContent?) throws(StoreError) -> ZoneContent
    ) throws(StoreError) -> ZoneUpdate {
        let file = try directory.read(origin)
        let before = try file.map { file throws(StoreError) in
            try ZoneDirectory.content(of: file)
        }
        let (update, text) = try directory.draft(
            of: origin, over: file, from: before, to: try decide(before))
        if let text { try steps.write(text, to: update.path, origin: origin, over: file) }
        return update
    }

    /// Makes a zone's file of a whole text, which must be a zone without mistakes. The serial number is one above that of
    /// the zone that was there, of its last version that was kept and of the text; for a zone that was not there it is
    /// that of the text, where that is above all of before.
    public borrowing func replace(
        _ origin: Name, with text: [UInt8]
    ) throws(StoreError) -> ZoneUpdate {
        let file = try directory.read(origin)
        let (update, octets) = try directory.draft(of: origin, over: file, as: text)
        try steps.write(octets, to: update.path, origin: origin, over: file)
        return update
    }

    /// Removes a zone's file; its last version is kept in the history, and that it was deleted.
    public borrowing func delete(_ origin: Name) throws(StoreError) {
        guard let file = try directory.read(origin) else { throw .noZone(origin) }
        try steps.remove(file)
    }

    /// Puts on record that a zone whose file has disappeared was deleted: a daemon that serves it as it was drops it then.
    public borrowing func recordDeletion(of origin: Name) throws(StoreError) {
        guard try directory.path(of: origin) == nil else { throw .zoneExists(origin) }
        try steps.recordDeletion(of: origin)
    }
}

/// What a change of a zone came to.
public struct ZoneUpdate: Sendable {
    /// The zone.
    public let origin: Name
    /// Its file.
    public let path: String
    /// The content before; nil if there was no such zone, or if it had mistakes.
    public let before: ZoneContent?
    /// Whether there was no file of it.
    public let isNew: Bool
    /// What it holds.
    public let after: ZoneContent
    /// What differs.
    public let difference: ZoneDifference
    /// What works in the zone, is suspicious and is so by the change, each a sentence.
    public let warnings: [String]

    /// Whether the zone is emptied or loses more than half of its records, as a reload refuses.
    public var isSuspicious: Bool {
        ZoneShrinkage.isSuspicious(
            from: before?.ordinaryRecordCount ?? 0, to: after.ordinaryRecordCount)
    }

    /// A change; without `isNew`, a zone without content did not exist.
    init(
        origin: Name, path: String, before: ZoneContent?, after: ZoneContent, isNew: Bool? = nil,
        warnings: [String] = []
    ) {
        self.isNew = isNew ?? (before == nil)
        self.origin = origin
        self.path = path
        self.before = before
        self.after = after
        difference = ZoneDifference(before: before, after: after)
        self.warnings = warnings
    }
}
