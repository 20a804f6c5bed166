// What `--check-config` says: every mistake in the settings and in the zones, and what works and is suspicious, by the
// load that a start makes, last good copies included. It opens no socket and writes nothing.

internal import Control
internal import DNSWire
internal import Settings

/// A check of a settings file and of the zones that it names.
public struct SettingsCheck: Equatable, Sendable {
    /// Every mistake as `FILE:LINE:COLUMN: sentence`.
    public let mistakes: [String]
    /// What works and is suspicious.
    public let warnings: [String]

    /// Checks the file.
    public init(settingsFile: String) {
        let read = SettingsFile.readWithPlaces(settingsFile)
        guard let found = read.found else {
            mistakes = read.mistakes
            warnings = []
            return
        }
        let hasher = NameHasher(key: 0)
        let directory = found.settings.zones.directory
        let copies = LastGoodCopies(of: found.settings)
        var loader = SnapshotLoader(
            settingsFile: settingsFile, settings: found,
            source: ZoneStore(directory: directory, hasher: hasher, copies: copies),
            copies: copies, hasher: hasher, workers: 1)
        let load = loader.loadFirst()
        let place = found.places.value(of: "zones.directory")
        mistakes = load.report.mistakes.map { $0 == load.failure ? "\(place): \($0)" : $0 }
        warnings = load.report.warnings + load.report.notices
    }
}
