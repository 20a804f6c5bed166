// The positions of values in a settings file, for warnings that need the zones too. Positions are
// not part of Settings: files with the same values give equal settings.

internal import DNSWire

/// A place in a settings file.
public struct SettingsPlace: Equatable, Sendable {
    /// The file as the caller named it.
    public let file: String
    /// The line, from 1.
    public let line: Int
    /// The column in Unicode scalars, from 1.
    public let column: Int

    init(file: String, _ mark: SettingsMark) {
        self.file = file
        line = mark.line
        column = mark.column
    }
}

extension SettingsPlace: Comparable, CustomStringConvertible {
    /// `FILE:LINE:COLUMN`.
    public var description: String { "\(file):\(line):\(column)" }

    /// The order of the file.
    public static func < (left: SettingsPlace, right: SettingsPlace) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// The places of one settings file.
public struct SettingsPlaces: Sendable {
    /// A suffix of a link.
    public enum LinkEnd: String, Sendable {
        /// The one that clients ask for.
        case `public`
        /// The one of the counterparts.
        case `private`
    }

    /// An entry of `links`, before a service is replaced by its links.
    private struct LinkEntry {
        let link: Settings.Link
        let mark: SettingsMark
        let keys: [String: SettingsMark]
    }

    private let file: String
    private let keys: [String: SettingsMark]
    private var links: [LinkEntry] = []

    init(_ typed: TypedSettings, file: String) {
        self.file = file
        keys = typed.values.mapValues(\.mark)
        guard case .list(let entries) = typed.values["links"]?.value else { return }
        for entry in entries {
            guard case .record(let record) = entry.value,
                let link = Settings.Link(setting: entry.value)
            else { continue }
            links.append(LinkEntry(link: link, mark: entry.mark, keys: record.mapValues(\.mark)))
        }
    }

    /// The position of a key outside lists; that of the whole file if the key is absent.
    public func value(of path: String) -> SettingsPlace {
        SettingsPlace(file: file, keys[path] ?? .start)
    }

    /// The place of a link's suffix, with its variable labels bound or not: that of the suffix's
    /// key, or of the `service` that replaces it.
    public func suffix(_ end: LinkEnd, of link: Settings.Link) -> SettingsPlace {
        let candidates = links.filter {
            $0.link.service == link.service && $0.link.cloud == link.cloud
        }
        let entry =
            link.service != nil
            ? candidates.first
            : candidates.first { Self.isPair($0.link, of: link) }
                ?? candidates.first { $0.link.isPattern && Self.fits($0.link, link) }
        guard let entry else { return value(of: "links") }
        return SettingsPlace(
            file: file, entry.keys[end.rawValue] ?? entry.keys["service"] ?? entry.mark)
    }

    private static func isPair(_ entry: Settings.Link, of link: Settings.Link) -> Bool {
        entry.publicSuffix == link.publicSuffix && entry.privateSuffix == link.privateSuffix
    }

    /// Whether binding the labels of `entry` makes `link`.
    private static func fits(_ entry: Settings.Link, _ link: Settings.Link) -> Bool {
        guard entry.makes(link),
            let bindings = NamePattern(entry.privateSuffix).bindings(ofSuffixOf: link.privateSuffix)
        else { return false }
        return NamePattern(entry.publicSuffix).filled(with: bindings) == link.publicSuffix
    }
}
