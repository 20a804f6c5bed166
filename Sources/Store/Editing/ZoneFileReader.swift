// Reads a zone's file and its inclusions from disk. This file decides where an `$INCLUDE` may lead;
// Zones knows what the text means. Nothing is written.

public import DNSWire
public import Files
public import Zones

/// Reads the zone files of one directory.
public struct ZoneFileReader: Sendable {
    /// No file that is really outside of this directory is read or included, wherever links lead.
    public let directory: String
    /// What the zones' tables are made with.
    public let hasher: NameHasher
    /// The most bytes of a zone's files, each of them as often as it is included. More are not read.
    public let maximumSize: Int

    /// The default maximum size of a zone's files in bytes, the same as in the settings.
    public static let defaultMaximumSize = 256 << 20

    /// A reader of the files in `directory`.
    public init(
        directory: String, hasher: NameHasher = NameHasher(key: 0),
        maximumSize: Int = Self.defaultMaximumSize
    ) {
        self.directory = directory
        self.hasher = hasher
        self.maximumSize = maximumSize
    }

    /// Reads the zone at `origin` from the file at `path`.
    public func read(_ path: String, origin: Name) throws(FileError) -> ZoneFile {
        var inclusions = Inclusions(directory, maximumSize)
        let octets = try inclusions.read(path)
        let reading = ZoneReader.read(
            octets.span, file: path, origin: origin, hasher: hasher
        ) { written, file in inclusions.inclusion(written, from: file) }
        return ZoneFile(
            path: path, origin: origin, octets: octets, reading: reading,
            identities: inclusions.identities)
    }

    /// Reads the zone at `origin` from the file at `path`, of which no text is kept.
    public func readZone(
        _ path: String, origin: Name
    ) throws(FileError) -> (reading: ZoneReading, identities: FileIdentities?) {
        var inclusions = Inclusions(directory, maximumSize)
        let reading = ZoneReader.read(
            releasing: try inclusions.read(path), file: path, origin: origin, hasher: hasher
        ) { written, file in inclusions.inclusion(written, from: file) }
        return (reading, inclusions.identities)
    }

    /// Reads a text that is to become the file at `path`.
    public func read(_ octets: [UInt8], as path: String, origin: Name) -> ZoneReading {
        var inclusions = Inclusions(directory, maximumSize, read: octets.count)
        return ZoneReader.read(
            octets.span, file: path, origin: origin, hasher: hasher
        ) { written, file in inclusions.inclusion(written, from: file) }
    }

    /// The positions of the entries of the file at `path`, or of those of one owner.
    public func outline(
        of path: String, origin: Name, only owner: Name? = nil
    ) throws(FileError) -> ZoneOutline {
        var inclusions = Inclusions(directory, maximumSize)
        let octets = try inclusions.read(path)
        return outline(octets, as: path, origin: origin, only: owner)
    }

    /// The positions of the entries of a text that is, or will be, the file at `path`.
    public func outline(
        _ octets: [UInt8], as path: String, origin: Name, only owner: Name? = nil
    ) -> ZoneOutline {
        var inclusions = Inclusions(directory, maximumSize, read: octets.count)
        return ZoneReader.outline(
            octets.span, file: path, origin: origin, only: owner
        ) { written, file in inclusions.inclusion(written, from: file) }
    }
}

/// The identities of a zone's files, to detect changes, the zone's own file first; a file that does
/// not exist has none.
public typealias FileIdentities = [(path: String, identity: FileIdentity?)]

/// A zone's file as it was read.
public struct ZoneFile: Sendable {
    /// The file.
    public let path: String
    /// The zone's apex.
    public let origin: Name
    /// The text of the file, without those that it includes.
    public let octets: [UInt8]
    /// The zone, or its mistakes.
    public let reading: ZoneReading
    /// Nil when one of the files changed while it was read.
    public let identities: FileIdentities?
}

/// The files of one reading, none of which is really outside of the directory.
private struct Inclusions {
    private let directory: String
    /// The directory without symbolic links, once it is known.
    private var home: String?
    let maximumSize: Int
    /// The bytes that were read.
    private var size: Int
    private(set) var identities: FileIdentities? = []

    init(_ directory: String, _ maximumSize: Int, read size: Int = 0) {
        self.directory = directory.isEmpty ? "." : directory
        self.maximumSize = maximumSize
        self.size = size
    }

    mutating func read(_ path: String) throws(FileError) -> [UInt8] {
        let home: String
        do throws(FileError) {
            home = if let known = self.home { known } else { try Files.resolve(directory) }
        } catch {
            throw FileError("read", path, number: error.number)
        }
        self.home = home
        let contents = try Files.read(path, limit: maximumSize, earlier: size, within: home)
        size += contents.octets.count
        if let identity = contents.identity {
            identities?.append((path, identity))
        } else {
            identities = nil
        }
        return contents.octets
    }

    /// A file that another one includes.
    mutating func inclusion(_ written: String, from includingFile: String) -> ZoneInclusion {
        let path =
            written.hasPrefix("/") ? written : Paths.directory(of: includingFile) + written
        do throws(FileError) {
            return .octets(try read(path), file: path)
        } catch {
            if error.isTooLarge {
                // With another limit it can be read, unchanged as it is.
                identities = nil
            } else {
                identities?.append((path, try? FileIdentity(of: path)))
            }
            return .unreadable(error.detail, file: path)
        }
    }
}

/// Paths as text.
enum Paths {
    /// Everything up to and with the last slash; empty without one.
    static func directory(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    /// Everything after the last slash.
    static func name(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}
