// The zone directory as a source of zones: every `ORIGIN.zone` is a zone, read again only when it or a
// file that it includes changed. A file with a mistake never replaces good data. It is used on one thread at a
// time, the loader's, and never writes to the directory.

internal import DNSWire
internal import Files
internal import Store
internal import Zones

/// Which zones may lose most of their records, or go away with their files.
enum ShrinkagePermission: Sendable, Equatable {
    /// None.
    case none
    /// These zones, where it is forced.
    case zones(Set<Name>)
    /// All.
    case all

    /// Whether `origin` may.
    func includes(_ origin: Name) -> Bool {
        switch self {
        case .none: false
        case .zones(let origins): origins.contains(origin)
        case .all: true
        }
    }

    /// What both allow.
    mutating func formUnion(_ other: ShrinkagePermission) {
        switch (self, other) {
        case (.all, _), (_, .none): break
        case (_, .all), (.none, _): self = other
        case (.zones(let own), .zones(let more)): self = .zones(own.union(more))
        }
    }
}

/// How a source is read.
struct ScanOptions {
    /// Files that count when they are closed.
    var unclosed: Set<String> = []
    /// Which zones may lose most of their records.
    var shrinkage = ShrinkagePermission.all
    /// The zones that may be dropped though they were not deleted.
    var removal = ShrinkagePermission.none
    /// The most bytes of a zone's files.
    var maximumFileSize = ZoneFileReader.defaultMaximumSize
}

/// What reading a source found.
struct ScanResult: Sendable {
    /// Why the zones could not be listed.
    var failure: String?
    /// The zones that are listed.
    var listed: Set<Name> = []
    /// The zones that are not, and of which a deletion is on record.
    var deleted: Set<Name> = []
    /// The zones that are not, and that the source has traces of, but no record of a deletion; only of the first
    /// reading that could list zones.
    var traces: Set<Name> = []
    /// What is left for later, each a sentence.
    var notices: [String] = []
    /// Mistakes that belong to no zone, such as a file name that is no domain name.
    var mistakes: [String] = []
    var changed = 0
    var added = 0
    var removed = 0
    /// How many files were read; the others are as they were.
    var filesRead = 0
}

/// The zone directory and its last known content.
struct ZoneStore: ZoneSource {
    private static let suffix = ".zone"

    let directory: String
    let hasher: NameHasher
    let copies: LastGoodCopies?
    private(set) var zones: [Name: StoredZone] = [:]
    /// Whether the directory could be read at any time.
    private(set) var wasRead = false
    /// The zones that an earlier process served; nil if it left no word of them.
    private let servedBefore: ServedZones?
    /// The deletion records found together with a file; they refer to an earlier file.
    private var outdatedDeletions: [Name: WallTime] = [:]

    /// A store that has not been read yet.
    init(directory: String, hasher: NameHasher, copies: LastGoodCopies?) {
        self.directory = directory
        self.hasher = hasher
        self.copies = copies
        servedBefore = copies?.served
    }

    /// Reads what changed. When the directory cannot be read, nothing changes.
    ///
    /// Half a file often makes sense: what is in `look.unclosed` counts when it is closed.
    mutating func read(_ look: ScanOptions = ScanOptions()) -> ScanResult {
        var reading = ScanResult()
        let names: [String]
        do throws(FileError) {
            names = try Files.list(directory)
        } catch {
            reading.failure = "\(error)"
            return reading
        }
        var found: Set<Name> = []
        for name in names where name.hasSuffix(Self.suffix) && !name.hasPrefix(".") {
            let path = "\(directory)/\(name)"
            guard let origin = try? Name(text: name.dropLast(Self.suffix.count)) else {
                reading.mistakes.append(
                    "\(path):1:1: the file's name is not the name of a zone followed by .zone")
                continue
            }
            guard found.insert(origin).inserted else {
                reading.mistakes.append(
                    "\(path):1:1: another file is for the same zone, in different case")
                continue
            }
            if let unclosed = unclosedFile(of: origin, path: path, look.unclosed) {
                reading.notices.append(
                    "\(unclosed):1:1: warning: the file is still being written, and is read once it is closed"
                )
                continue
            }
            readZone(origin, path: path, look, into: &reading)
        }
        for origin in zones.keys where !found.contains(origin) {
            zones[origin] = zones[origin]?.unlisted
        }
        reading.listed = found
        noteDeletions(&reading)
        wasRead = true
        return reading
    }

    mutating func useLastGood(needed: [Name]) {
        let served = servedBefore.map { Set($0.zones.keys) } ?? copies?.origins() ?? []
        for origin in served.union(needed) where zones[origin] == nil {
            var zone = replacement(for: origin, path: path(of: origin))
            zone.isAssumed = zone.zone == nil && !served.contains(origin)
            zones[origin] = zone
        }
    }

    mutating func restore(_ origins: Set<Name>) {
        for origin in origins where zones[origin] == nil {
            zones[origin] = replacement(for: origin, path: path(of: origin)).unlisted
        }
    }

    mutating func drop(_ origins: Set<Name>) {
        for origin in origins { zones[origin] = nil }
    }

    /// A file of the zone, or one it included when last read, that is open for writing.
    private func unclosedFile(
        of origin: Name, path: String, _ unclosed: Set<String>
    ) -> String? {
        if unclosed.contains(path) { return path }
        return zones[origin]?.identities.first { unclosed.contains($0.path) }?.path
    }

    /// The path that the file of a zone has which is not there.
    private func path(of origin: Name) -> String { ZoneDirectory(directory).newPath(of: origin) }

    /// Determines which of the unlisted zones were deliberately deleted.
    ///
    /// A record that is older than what was last loaded is about an earlier file of the same name.
    private mutating func noteDeletions(_ reading: inout ScanResult) {
        let store = ZoneDirectory(directory)
        let recorded = store.recordedDeletions()
        if !wasRead {
            reading.traces = store.zonesInHistory().subtracting(reading.listed)
                .subtracting(recorded)
        }
        for origin in recorded {
            if reading.listed.contains(origin) {
                outdatedDeletions[origin] = store.deletionTime(of: origin)
                continue
            }
            guard zones[origin] != nil || !wasRead, let time = store.deletionTime(of: origin),
                time != outdatedDeletions[origin]
            else { continue }
            // What this process has loaded from a file was there before the record was.
            let stored = zones[origin]
            let isOfCopy = stored?.isCopy ?? true
            if isOfCopy, let copied = copies?.time(of: origin), time < copied { continue }
            reading.deleted.insert(origin)
        }
    }

    // MARK: One zone

    private mutating func readZone(
        _ origin: Name, path: String, _ look: ScanOptions, into reading: inout ScanResult
    ) {
        let mayShrink = look.shrinkage.includes(origin)
        let before = zones[origin]
        if let before, before.provenance == .file(path), !(before.isRefused && mayShrink),
            isUnchanged(before)
        {
            return
        }
        reading.filesRead += 1
        var after = load(origin, path: path, look.maximumFileSize, before: before)
        if !mayShrink { refuseShrinking(&after, before ?? copyOfEmptied(after)) }
        if let zone = after.zone, let old = before?.zone, zone.fingerprint == old.fingerprint,
            zone.recordCount == old.recordCount
        {
            after.zone = old
        } else if before?.zone !== after.zone {
            if before == nil { reading.added += 1 } else { reading.changed += 1 }
        }
        zones[origin] = after
    }

    private func isUnchanged(_ stored: StoredZone) -> Bool {
        guard !stored.identities.isEmpty else { return false }
        return stored.identities.allSatisfy { (try? FileIdentity(of: $0.path)) == $0.identity }
    }

    /// Leaves a zone as it was that would lose most of its records.
    private func refuseShrinking(_ after: inout StoredZone, _ before: StoredZone?) {
        guard after.state == .current, let old = before?.zone, let new = after.zone,
            ZoneShrinkage.isSuspicious(
                from: old.ordinaryRecordCount, to: new.ordinaryRecordCount)
        else { return }
        after.zone = old
        after.isCopy = before?.isCopy ?? false
        after.loaded = before?.loaded
        after.state = after.isCopy ? .lastGoodCopy : .kept
        after.isRefused = true
        after.mistakes.append(
            "\(after.provenance):1:1: the zone would go from \(old.ordinaryRecordCount) records "
                + "to \(new.ordinaryRecordCount); `privatelinkctl reload --force` applies the change"
        )
    }

    /// The last good copy of a zone that an earlier process served, and whose file is found without a record at the
    /// start: a disk that was full, or an editor, may have emptied it. One that `privatelinkctl` has written since is
    /// meant so.
    private func copyOfEmptied(_ found: StoredZone) -> StoredZone? {
        let origin = found.origin
        guard !wasRead, let zone = found.zone, zone.ordinaryRecordCount == 0,
            servedBefore == nil || servedBefore?.zones[origin] != nil,
            let copied = copies?.time(of: origin)
        else { return nil }
        let written = ZoneDirectory(directory).versions(of: origin).first?.replaced
        if let written, written > copied { return nil }
        return replacement(for: origin, path: "\(found.provenance)")
    }

    private func load(
        _ origin: Name, path: String, _ maximumSize: Int, before: StoredZone?
    ) -> StoredZone {
        let found: (reading: ZoneReading, identities: FileIdentities?)
        do throws(FileError) {
            found = try ZoneFileReader(
                directory: directory, hasher: hasher, maximumSize: maximumSize
            ).readZone(path, origin: origin)
        } catch {
            return replacement(
                for: origin, path: path, before: before, mistakes: ["\(path):1:1: \(error)"])
        }
        let warnings = found.reading.warnings.map {
            "\($0.file):\($0.line):\($0.column): warning: \($0.sentence)"
        }
        guard let zone = found.reading.zone else {
            var mistakes = found.reading.mistakes.map { "\($0)" }
            let more = found.reading.mistakeCount - mistakes.count
            if more > 0 { mistakes.append("\(path):1:1: \(more) more mistakes not shown") }
            var kept = replacement(for: origin, path: path, before: before, mistakes: mistakes)
            kept.identities = found.identities ?? []
            kept.warnings = warnings
            return kept
        }
        return StoredZone(
            origin: origin, provenance: .file(path), zone: zone, state: .current,
            warnings: warnings, loaded: .now, identities: found.identities ?? [])
    }

    /// The replacement for a file that cannot be used: the zone as served before, else the last
    /// good copy, else nothing.
    private func replacement(
        for origin: Name, path: String, before: StoredZone? = nil, mistakes: [String] = []
    ) -> StoredZone {
        var zone = StoredZone(
            origin: origin, provenance: .file(path), zone: nil, state: .failed, mistakes: mistakes)
        if let before, let old = before.zone {
            zone.zone = old
            zone.isCopy = before.isCopy
            zone.loaded = before.loaded
            zone.state = zone.isCopy ? .lastGoodCopy : .kept
        } else if let copy = copies?.read(origin, hasher: hasher) {
            zone.zone = copy
            zone.isCopy = true
            zone.loaded = copies?.time(of: origin)
            zone.state = .lastGoodCopy
        }
        return zone
    }
}
