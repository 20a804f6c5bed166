// The way from bytes to Settings: parsed, typed, normalised, each its own type, and none of them
// opens a file. A step that finds mistakes ends the way only where the next could not be trusted.

/// Reads settings files.
public enum SettingsReader {
    /// Reads the bytes of the settings file `file`, whose directory completes relative paths.
    ///
    /// All mistakes are reported together, in the file's order.
    public static func read(
        _ octets: [UInt8], file: String
    ) throws(SettingsMistakes) -> Settings {
        try readWithPlaces(octets, file: file).settings
    }

    /// Reads them as `read(_:file:)` does, with the positions of their values.
    public static func readWithPlaces(
        _ octets: [UInt8], file: String
    ) throws(SettingsMistakes) -> (settings: Settings, places: SettingsPlaces) {
        var mistakes = MistakeList()
        let parsed = ParsedSettings(octets, mistakes: &mistakes)
        if let parsed {
            let typed = TypedSettings(parsed, directory: directory(of: file), mistakes: &mistakes)
            typed.crossCheck(&mistakes)
            if mistakes.isEmpty { return (typed.settings, SettingsPlaces(typed, file: file)) }
        }
        throw mistakes.sorted(file: file)
    }

    /// The path up to and with the last slash; empty without one.
    private static func directory(of file: String) -> String {
        file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    }
}
