// The zone directory as its writers see it: which file is which zone, what it holds, and the right to change it.
// The writing itself is ZoneWriter's, the versions of before are +History's.

public import DNSWire
public import Files
internal import Zones

/// A directory whose files named `ORIGIN.zone` are the zones.
public struct ZoneDirectory: Sendable {
    /// The directory.
    public let path: String
    let changes: any FileChanges
    let clock: @Sendable () -> WallTime
    /// How long a writer waits for another one, in milliseconds.
    let patience: Int
    /// The most bytes of a zone's files.
    let maximumFileSize: Int

    /// What the names of zone files end with.
    public static let suffix = ".zone"

    /// The directory at `path`.
    public init(
        _ path: String, changes: any FileChanges = SystemFileChanges(),
        clock: @escaping @Sendable () -> WallTime = { WallTime.now }, patience: Int = 10_000,
        maximumFileSize: Int = ZoneFileReader.defaultMaximumSize
    ) {
        self.path = path
        self.maximumFileSize = maximumFileSize
        self.changes = changes
        self.clock = clock
        self.patience = patience
    }

    /// What reads its files.
    public var reader: ZoneFileReader {
        ZoneFileReader(directory: path, maximumSize: maximumFileSize)
    }

    /// The zones in order of name, each with its file's name; files that begin with a dot are not
    /// zones.
    public func zones() throws(StoreError) -> [(origin: Name, file: String)] {
        let names = try StoreError.wrap { () throws(FileError) in try Files.list(path) }
        var zones: [(origin: Name, file: String)] = []
        for name in names where name.hasSuffix(Self.suffix) && !name.hasPrefix(".") {
            if let origin = try? Name(text: name.dropLast(Self.suffix.count)) {
                zones.append((origin, name))
            }
        }
        return zones.map { (SortableName($0.origin), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The path of a zone's file, matched case-insensitively; nil if there is none.
    public func path(of origin: Name) throws(StoreError) -> String? {
        let usual = newPath(of: origin)
        if (try? FileIdentity(of: usual)) != nil { return usual }
        return try zones().first { $0.origin == origin }.map { "\(path)/\($0.file)" }
    }

    /// The path that the file of a zone gets which is made.
    public func newPath(of origin: Name) -> String { "\(path)/\(Self.fileName(of: origin))" }

    /// Reads a zone's file; nil if there is none.
    public func read(_ origin: Name) throws(StoreError) -> ZoneFile? {
        guard let path = try path(of: origin) else { return nil }
        return try read(origin, at: path)
    }

    /// Reads every zone's file in order of name; one that cannot be read hides no other.
    public func readAll(
        _ body: (ZoneFile) -> Void,
        unreadable: (_ origin: Name, _ path: String, _ why: StoreError) -> Void
    ) throws(StoreError) {
        for (origin, file) in try zones() {
            do throws(StoreError) {
                body(try read(origin, at: "\(path)/\(file)"))
            } catch {
                unreadable(origin, "\(path)/\(file)", error)
            }
        }
    }

    private func read(_ origin: Name, at path: String) throws(StoreError) -> ZoneFile {
        try StoreError.wrap { () throws(FileError) in try reader.read(path, origin: origin) }
    }

    /// What a zone holds; nil if there is no file of it.
    public func content(of origin: Name) throws(StoreError) -> ZoneContent? {
        guard let file = try read(origin) else { return nil }
        return try Self.content(of: file)
    }

    static func content(of file: ZoneFile) throws(StoreError) -> ZoneContent {
        guard let zone = file.reading.zone else { throw .mistakes(file.reading.mistakes) }
        return ZoneContent(zone)
    }

    /// The right to change the directory; waits for another writer.
    public func lock() throws(StoreError) -> ZoneWriter {
        let lock: DirectoryLock?
        do throws(FileError) {
            lock = try DirectoryLock(path, waiting: patience)
        } catch {
            throw .file(error)
        }
        guard let lock else { throw .busy(directory: path) }
        return ZoneWriter(self, lock)
    }

    /// The name of a zone's file.
    static func fileName(of origin: Name) -> String {
        // A slash would mean another directory; its escape gives the same name.
        let text = "\(origin.folded)".map { $0 == "/" ? "\\047" : String($0) }.joined()
        return text.dropLast() + suffix
    }
}
