// A copy of each zone as it was when its file was last good, in the daemon's state directory: what a start
// with a broken zone serves. Only this daemon writes and reads the copies. They are written on a thread of their
// own, which no reload waits for: a disk may take milliseconds for each.

internal import DNSWire
internal import Files
internal import Synchronization
internal import Zones

/// The state directory.
final class LastGoodCopies: Sendable {
    private struct State {
        /// The zones that are to be copied next; the newest list counts.
        var wanted: [StoredZone]?
        /// Whether a thread writes copies.
        var isWriting = false
        /// What the zones had when they were copied.
        var copied: [Name: ZoneFingerprint] = [:]
        /// The zones of the last list; nil before the first, when an earlier process may have left copies.
        var followed: Set<Name>?
    }

    private let directory: String
    private let state = Mutex(State())

    /// The copies in `directory`, which is made when it is first needed.
    init(directory: String) { self.directory = directory }

    /// The copy of a zone, if there is one and it can be read.
    func read(_ origin: Name, hasher: NameHasher) -> Zone? {
        let read = try? Files.read(path(of: origin), limit: Self.maximumSize)
        guard let contents = read else { return nil }
        return ZoneReader.read(
            contents.octets.span, file: path(of: origin), origin: origin, hasher: hasher,
            include: { _, file in .unreadable("a copy includes nothing", file: file) }
        ).zone
    }

    /// The most bytes of a copy. Its text spells out what a zone's file may say in fewer.
    private static var maximumSize: Int { 1 << 31 - 1 }

    /// The zones that there are copies of.
    func origins() -> Set<Name> {
        let files = (try? Files.list(directory)) ?? []
        return Set(
            files.filter { $0.hasSuffix(".zone") }.compactMap { try? Name(text: $0.dropLast(5)) })
    }

    /// Copies zones that were read well and are not copied yet, and removes the copies of those that are no more.
    ///
    /// While another thread does so, it is given the list and this one returns at once.
    ///
    /// - Returns: what could not be copied.
    func follow(_ zones: [StoredZone]) -> [String] {
        let isOther = state.withLock { state in
            state.wanted = zones
            defer { state.isWriting = true }
            return state.isWriting
        }
        var failures: [String] = []
        guard !isOther else { return failures }
        while let next = takeWanted() { failures = copy(next) }
        return failures
    }

    private func takeWanted() -> [StoredZone]? {
        state.withLock { state in
            let wanted = state.wanted
            state.wanted = nil
            state.isWriting = wanted != nil
            return wanted
        }
    }

    /// Whether a newer list has come meanwhile.
    private var isOutdated: Bool { state.withLock { $0.wanted != nil } }

    private func copy(_ zones: [StoredZone]) -> [String] {
        let present = Set(zones.map(\.origin))
        var (copied, followed) = state.withLock { ($0.copied, $0.followed) }
        for origin in (followed ?? origins()).subtracting(present) {
            copied[origin] = nil
            // A copy that cannot be removed is only stale.
            try? Files.remove(path(of: origin))
        }
        followed = present
        var failures: [String] = []
        for stored in zones where !isOutdated {
            guard stored.state == .current, let zone = stored.zone,
                copied[zone.origin] != zone.fingerprint
            else { continue }
            do throws(FileError) {
                try write(zone)
                copied[zone.origin] = zone.fingerprint
            } catch {
                failures.append("\(error)")
            }
        }
        state.withLock { ($0.copied, $0.followed) = (copied, followed) }
        return failures
    }

    /// Makes a copy of a zone in place of an older one.
    private func write(_ zone: Zone) throws(FileError) {
        try Files.makeDirectory(directory)
        try Files.replace(path(of: zone.origin)) { file throws(FileError) in
            try zone.tables.writeMasterFile { piece throws(FileError) in try file.append(piece) }
        }
    }

    /// A name's text may hold a slash, which a file's name cannot.
    private func path(of origin: Name) -> String {
        let text = "\(origin.folded)".map { $0 == "/" ? "\\047" : String($0) }.joined()
        return "\(directory)/\(text)zone"
    }
}
