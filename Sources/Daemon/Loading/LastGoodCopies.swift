// Keeps a copy of each zone from its last good file in the daemon's state directory. A start with a
// broken or missing zone file serves the copy. Only this daemon writes and reads the copies. A
// separate thread writes them, and no reload waits for it, because a disk may take milliseconds for
// each. The one `unsafe` expression copies a text of the environment before anything could change
// it.

internal import DNSWire
internal import Files
internal import Glibc
internal import Settings
internal import Store
internal import Synchronization
internal import Zones

/// The state directory.
final class LastGoodCopies: Sendable {
    /// How long a copy outlives its zone: a week, in nanoseconds.
    static let lifetime: Int64 = 7 * 86_400 * 1_000_000_000

    /// What the copies are to follow next.
    private struct Wanted {
        var zones: [StoredZone]
        /// The zones that were deleted.
        var deleted: Set<Name>
    }

    private struct State {
        /// The newest list counts.
        var wanted: Wanted?
        /// Whether a thread writes copies.
        var isWriting = false
        /// What the zones had when they were copied.
        var copied: [Name: ZoneFingerprint] = [:]
    }

    private let directory: String
    private let clock: @Sendable () -> WallTime
    private let state = Mutex(State())

    private var servedFile: String { "\(directory)/served" }

    /// The copies in `directory`, which is made when it is first needed.
    init(directory: String, clock: @escaping @Sendable () -> WallTime = { WallTime.now }) {
        self.directory = directory
        self.clock = clock
    }

    /// The copies in the directory given by the settings, or else by the service manager; nil
    /// without one.
    convenience init?(of settings: Settings) {
        guard let directory = settings.zones.stateDirectory ?? Self.managedDirectory else {
            return nil
        }
        self.init(directory: directory)
    }

    /// The directory that a service manager gives, systemd.exec(5); the first of several.
    private static var managedDirectory: String? {
        unsafe getenv("STATE_DIRECTORY").map {
            String(unsafe String(cString: $0).prefix { $0 != ":" })
        }
    }

    /// The copy of a zone, if there is one and it can be read.
    func read(_ origin: Name, hasher: NameHasher) -> Zone? {
        let read = try? Files.read(path(of: origin), limit: Self.maximumSize)
        guard let contents = read else { return nil }
        return ZoneReader.read(
            contents.octets.span, file: path(of: origin), origin: origin, hasher: hasher,
            include: { _, file in .unreadable("a copy cannot include files", file: file) }
        ).zone
    }

    /// When the copy of a zone was made, or outlived its zone; nil without one.
    func time(of origin: Name) -> WallTime? {
        (try? FileAttributes(of: path(of: origin))).map { WallTime(nanoseconds: $0.modified) }
    }

    /// The most bytes of a copy. Its text spells out what a zone's file may say in fewer.
    private static var maximumSize: Int { 1 << 31 - 1 }

    /// The zones that there are copies of.
    func origins() -> Set<Name> {
        let files = (try? Files.list(directory)) ?? []
        return Set(
            files.filter { $0.hasSuffix(".zone") }.compactMap { try? Name(text: $0.dropLast(5)) })
    }

    /// The zones that were served when copies were last written; nil if there is no such list.
    var served: ServedZones? {
        (try? Files.read(servedFile, limit: Self.maximumSize).octets).flatMap { ServedZones($0) }
    }

    /// Copies zones that were read without mistakes and have no copy yet. Removes the copies of
    /// deleted zones, and those of other zones that disappeared a week ago.
    ///
    /// While another thread does so, it is given the list and this one returns at once.
    ///
    /// - Returns: what could not be copied.
    func follow(_ zones: [StoredZone], deleted: Set<Name> = []) -> [String] {
        let isOther = state.withLock { state in
            let earlier = state.wanted?.deleted ?? []
            state.wanted = Wanted(zones: zones, deleted: deleted.union(earlier))
            defer { state.isWriting = true }
            return state.isWriting
        }
        var failures: [String] = []
        guard !isOther else { return failures }
        while let next = takeWanted() {
            do throws(FileError) {
                failures = try copy(next)
            } catch {
                failures = ["\(error)"]
            }
        }
        return failures
    }

    private func takeWanted() -> Wanted? {
        state.withLock { state in
            let wanted = state.wanted
            state.wanted = nil
            state.isWriting = wanted != nil
            return wanted
        }
    }

    /// Whether a newer list has arrived.
    private var isOutdated: Bool { state.withLock { $0.wanted != nil } }

    /// The list of served zones is written before the copies of new zones and after the dates of
    /// old ones. If the daemon is stopped in between, a zone may seem to be served, but never seems
    /// to be deliberately removed.
    private func copy(_ wanted: Wanted) throws(FileError) -> [String] {
        let next = ServedZones(wanted.zones)
        let before = served
        var copied = state.withLock { $0.copied }
        defer { state.withLock { [copied] in $0.copied = copied } }
        try Files.makeDirectory(directory)
        removeCopies(wanted, before, &copied)
        if next != before { try Files.replace(servedFile, with: Array(next.text.utf8)) }
        var failures: [String] = []
        for stored in wanted.zones where !isOutdated {
            guard stored.state == .current || (stored.state == .removed && !stored.isCopy),
                let zone = stored.zone, copied[zone.origin] != zone.fingerprint
            else { continue }
            do throws(FileError) {
                try write(zone)
                copied[zone.origin] = zone.fingerprint
            } catch {
                failures.append("\(error)")
            }
        }
        return failures
    }

    /// Removes or dates the copies of zones that are no longer served. A copy that cannot be
    /// removed is only stale.
    private func removeCopies(
        _ wanted: Wanted, _ before: ServedZones?, _ copied: inout [Name: ZoneFingerprint]
    ) {
        let now = clock()
        let present = Set(wanted.zones.map(\.origin))
        for origin in origins().subtracting(present) {
            copied[origin] = nil
            if wanted.deleted.contains(origin) {
                try? Files.remove(path(of: origin))
            } else if before == nil || before?.zones[origin] != nil {
                try? Files.setModified(now.nanoseconds, of: path(of: origin))
            } else if let time = time(of: origin),
                now.nanoseconds - time.nanoseconds > Self.lifetime
            {
                try? Files.remove(path(of: origin))
            }
        }
    }

    /// Writes a copy of a zone, replacing an older one.
    private func write(_ zone: Zone) throws(FileError) {
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
