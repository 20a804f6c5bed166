// What `--check-config` says: every mistake in the settings and in the zones, and what works and is
// suspicious. It opens no socket.

internal import DNSWire
internal import Resolution
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
        guard let (settings, places) = read.found else {
            mistakes = read.mistakes
            warnings = []
            return
        }
        var store = ZoneStore(
            directory: settings.zones.directory, hasher: NameHasher(key: 0), copies: nil)
        let reading = store.read(
            ScanOptions(maximumFileSize: settings.zones.maximumFileSize))
        mistakes =
            (reading.failure.map { ["\(places.value(of: "zones.directory")): \($0)"] } ?? [])
            + reading.mistakes
            + reading.zones.flatMap(\.mistakes)
        // Which zones links lack is not known of a directory that could not be read.
        let suspicious =
            reading.failure == nil
            ? SettingsLint(settings: settings, places: places, zones: reading.zones).warnings
            : []
        warnings = reading.zones.flatMap(\.warnings) + suspicious
    }
}
