// The zone directory as the daemon reads it: every `ORIGIN.zone` is a zone, read again only when it or a
// file that it includes changed. A file with a mistake never replaces good data. It is used on one thread at a
// time, the loader's, and never writes to the directory.

internal import DNSWire
internal import Files
internal import Zones

/// Where a zone's data comes from.
enum ZoneState: Sendable {
    /// Its file, as it is now.
    case current
    /// Its file as it was before it had a mistake.
    case kept
    /// The copy that was made when its file was last good.
    case lastGoodCopy
    /// Nowhere: its names get SERVFAIL.
    case failed
}

/// A zone of the store, with how it was read.
struct StoredZone: Sendable {
    let origin: Name
    /// The file's name in the directory.
    let file: String
    var zone: Zone?
    var state: ZoneState
    var warnings: [String] = []
    var mistakes: [String] = []
    /// The files that were read, with what tells whether they changed; empty to read again.
    var identities: [(path: String, identity: FileIdentity)] = []
}

/// What a look at the directory found.
struct StoreReading: Sendable {
    var zones: [StoredZone] = []
    /// Why the directory itself could not be read.
    var failure: String?
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

/// The zone directory and what it last held.
struct ZoneStore {
    private static let suffix = ".zone"

    let directory: String
    let hasher: NameHasher
    let copies: LastGoodCopies?
    private(set) var zones: [Name: StoredZone] = [:]

    /// A store that has not been read yet.
    init(directory: String, hasher: NameHasher, copies: LastGoodCopies?) {
        self.directory = directory
        self.hasher = hasher
        self.copies = copies
    }

    /// Reads what changed. When the directory cannot be read, nothing changes.
    ///
    /// Half a file often makes sense: what is in `unclosed` counts when it is closed.
    mutating func read(unclosed: Set<String> = []) -> StoreReading {
        var reading = StoreReading()
        let names: [String]
        do throws(FileError) {
            names = try Files.list(directory)
        } catch {
            reading.failure = "\(error)"
            reading.zones = sortedZones
            return reading
        }
        var found: Set<Name> = []
        for name in names where name.hasSuffix(Self.suffix) && !name.hasPrefix(".") {
            guard let origin = try? Name(text: name.dropLast(Self.suffix.count)) else {
                reading.mistakes.append(
                    "\(directory)/\(name):1:1: the file's name is not a zone's name and .zone")
                continue
            }
            guard found.insert(origin).inserted else {
                reading.mistakes.append(
                    "\(directory)/\(name):1:1: another file is of the same zone, in other case")
                continue
            }
            if let path = unclosedFile(of: origin, file: name, unclosed) {
                reading.notices.append(
                    "\(path):1:1: warning: the file is still being written, and counts when it is closed"
                )
                continue
            }
            readZone(origin, file: name, into: &reading)
        }
        removeMissing(found, &reading)
        reading.zones = sortedZones
        return reading
    }

    /// Takes the last good copy of a zone whose file cannot be looked for, or marks it as failed.
    mutating func adoptUnread(_ origin: Name) {
        guard zones[origin] == nil else { return }
        zones[origin] = replacement(for: origin, file: "\(origin)zone")
    }

    private var sortedZones: [StoredZone] {
        zones.values.sorted { $0.origin < $1.origin }
    }

    /// A file of the zone, or that it included when it was last read, that somebody writes to.
    private func unclosedFile(
        of origin: Name, file: String, _ unclosed: Set<String>
    ) -> String? {
        let path = "\(directory)/\(file)"
        if unclosed.contains(path) { return path }
        return zones[origin]?.identities.first { unclosed.contains($0.path) }?.path
    }

    private mutating func removeMissing(_ found: Set<Name>, _ reading: inout StoreReading) {
        for origin in zones.keys where !found.contains(origin) {
            zones[origin] = nil
            reading.removed += 1
            copies?.remove(origin)
        }
    }

    // MARK: One zone

    private mutating func readZone(
        _ origin: Name, file: String, into reading: inout StoreReading
    ) {
        let before = zones[origin]
        if let before, before.file == file, isUnchanged(before) { return }
        reading.filesRead += 1
        var after = load(origin, file: file, before: before)
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

    private func load(_ origin: Name, file: String, before: StoredZone?) -> StoredZone {
        let path = "\(directory)/\(file)"
        var identities: [(path: String, identity: FileIdentity)] = []
        var isStable = true
        func readFile(_ path: String) throws(FileError) -> [UInt8] {
            let contents = try Files.read(path)
            if let identity = contents.identity {
                identities.append((path, identity))
            } else {
                isStable = false
            }
            return contents.octets
        }
        let octets: [UInt8]
        do throws(FileError) {
            octets = try readFile(path)
        } catch {
            return replacement(
                for: origin, file: file, before: before, mistakes: ["\(path):1:1: \(error)"])
        }
        let result = ZoneReader.read(
            octets.span, file: path, origin: origin, hasher: hasher,
            include: { written, includingFile in
                inclusion(written, from: includingFile, reader: readFile)
            })
        let warnings = result.warnings.map {
            "\($0.file):\($0.line):\($0.column): warning: \($0.sentence)"
        }
        guard let zone = result.zone else {
            var mistakes = result.mistakes.map { "\($0)" }
            let more = result.mistakeCount - mistakes.count
            if more > 0 { mistakes.append("\(path):1:1: \(more) more mistakes are not shown") }
            var kept = replacement(for: origin, file: file, before: before, mistakes: mistakes)
            kept.identities = isStable ? identities : []
            kept.warnings = warnings
            return kept
        }
        return StoredZone(
            origin: origin, file: file, zone: zone, state: .current, warnings: warnings,
            identities: isStable ? identities : [])
    }

    /// What is served in place of a file that cannot be used: what was served before, else the last good
    /// copy, else nothing.
    private func replacement(
        for origin: Name, file: String, before: StoredZone? = nil, mistakes: [String] = []
    ) -> StoredZone {
        if let old = before?.zone {
            let state: ZoneState = before?.state == .lastGoodCopy ? .lastGoodCopy : .kept
            return StoredZone(
                origin: origin, file: file, zone: old, state: state, mistakes: mistakes)
        }
        if let copy = copies?.read(origin, hasher: hasher) {
            return StoredZone(
                origin: origin, file: file, zone: copy, state: .lastGoodCopy, mistakes: mistakes)
        }
        return StoredZone(
            origin: origin, file: file, zone: nil, state: .failed, mistakes: mistakes)
    }

    /// A file that another one includes; only files inside the directory may be, links followed.
    private func inclusion(
        _ written: String, from includingFile: String,
        reader: (String) throws(FileError) -> [UInt8]
    ) -> ZoneInclusion {
        let path: String
        if written.hasPrefix("/") {
            path = written
        } else {
            path = includingFile.prefix(through: lastSlash(of: includingFile)) + written
        }
        do throws(FileError) {
            let resolved = try Files.resolve(path)
            guard resolved.hasPrefix(try Files.resolve(directory) + "/") else {
                return .unreadable("the file is outside of the zone directory", file: path)
            }
            return .octets(try reader(path), file: path)
        } catch {
            return .unreadable(error.detail, file: path)
        }
    }

    private func lastSlash(of path: String) -> String.Index {
        path.lastIndex(of: "/") ?? path.startIndex
    }
}
