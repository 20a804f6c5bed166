// The versions of a zone that were replaced: the last twenty, each as it was to the byte, in a directory that the
// daemon does not read. A version says when it was written, by its file's time, and when it was replaced, by its name.

public import DNSWire
internal import Files
internal import Zones

/// A version of a zone.
public struct ZoneVersion: Sendable {
    /// Its file; the zone's own for the version that is served now.
    public let path: String
    /// When it was written.
    public let written: WallTime
    /// When another one replaced it; nil for the current version, and if that is not known.
    public let replaced: WallTime?
    /// What it is.
    public var kind = Kind.kept

    /// Where a version is from.
    public enum Kind: String, Sendable {
        /// The zone's file.
        case current
        /// The history.
        case kept
        /// The daemon's copy of the zone as it last served it without mistakes, whoever wrote it.
        case lastGood = "last-good"
    }
}

extension ZoneDirectory {
    /// How many versions are kept.
    public static let keptVersions = 20

    var historyDirectory: String { "\(path)/.history" }

    func historyDirectory(of origin: Name) -> String {
        "\(historyDirectory)/\(Self.fileName(of: origin).dropLast(Self.suffix.count))"
    }

    /// The names of the kept files of a zone, the oldest first.
    func versionFiles(of origin: Name) -> [String] {
        let names = (try? Files.list(historyDirectory(of: origin))) ?? []
        return names.filter { $0.hasSuffix(Self.suffix) && !$0.hasPrefix(".") }
    }

    /// The kept versions of a zone, the newest first.
    public func versions(of origin: Name) -> [ZoneVersion] {
        let place = historyDirectory(of: origin)
        return versionFiles(of: origin).reversed().compactMap { name in
            let path = "\(place)/\(name)"
            guard let replaced = WallTime(name.dropLast(Self.suffix.count)),
                let attributes = try? FileAttributes(of: path)
            else { return nil }
            return ZoneVersion(
                path: path, written: WallTime(nanoseconds: attributes.modified),
                replaced: replaced)
        }
    }

    /// The version in the directory now; nil if there is none.
    public func currentVersion(of origin: Name) throws(StoreError) -> ZoneVersion? {
        guard let path = try path(of: origin) else { return nil }
        do throws(FileError) {
            let modified = try FileAttributes(of: path).modified
            return ZoneVersion(
                path: path, written: WallTime(nanoseconds: modified), replaced: nil, kind: .current)
        } catch {
            throw .file(error)
        }
    }

    /// The daemon's last good copy of a zone, in its state directory; nil if there is none.
    public func lastGoodCopy(of origin: Name, in stateDirectory: String) -> ZoneVersion? {
        let path = "\(stateDirectory)/\(Self.fileName(of: origin))"
        guard let modified = try? FileAttributes(of: path).modified else { return nil }
        return ZoneVersion(
            path: path, written: WallTime(nanoseconds: modified), replaced: nil, kind: .lastGood)
    }

    /// What a version holds; nil if it has mistakes, as a hand-written file may have had.
    public func content(of version: ZoneVersion, origin: Name) throws(StoreError) -> ZoneContent? {
        let octets = try text(of: version)
        let reading = reader.read(
            octets, as: "\(path)/\(Self.fileName(of: origin))", origin: origin)
        return reading.zone.map { ZoneContent($0) }
    }

    /// A new zone with a serial number above that of its newest readable version. Otherwise a
    /// server with a copy of the deleted zone would consider the new one older.
    public func raisingSerial(
        of content: ZoneContent, madeAnew origin: Name
    ) throws(StoreError) -> ZoneContent {
        guard let serial = content.serial, let last = try lastSerial(of: origin),
            !SerialNumber.isGreater(serial, than: last)
        else { return content }
        return content.with(serial: SerialNumber.next(after: last, on: clock()))
    }

    /// The serial number of the newest kept version that has no mistake.
    func lastSerial(of origin: Name) throws(StoreError) -> UInt32? {
        for version in versions(of: origin) {
            if let serial = try content(of: version, origin: origin)?.serial { return serial }
        }
        return nil
    }

    /// The text of a version.
    public func text(of version: ZoneVersion) throws(StoreError) -> [UInt8] {
        do throws(FileError) {
            return try Files.read(version.path, limit: maximumFileSize).octets
        } catch {
            throw .file(error)
        }
    }
}
