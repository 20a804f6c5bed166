// Reads and checks the settings file, and reports every mistake in the form that editors
// understand. SettingsLint makes the warnings.

internal import Files
internal import Settings

/// Reads a settings file.
enum SettingsFile {
    /// The maximum size of a settings file in bytes.
    private static let limit = 16 << 20

    /// The settings, or every mistake as `FILE:LINE:COLUMN: sentence`.
    static func read(_ path: String) -> (settings: Settings?, mistakes: [String]) {
        let read = readWithPlaces(path)
        return (read.found?.settings, read.mistakes)
    }

    /// The settings with the positions of their values, or every mistake.
    static func readWithPlaces(
        _ path: String
    ) -> (found: (settings: Settings, places: SettingsPlaces)?, mistakes: [String]) {
        let octets: [UInt8]
        do throws(FileError) {
            octets = try Files.read(path, limit: limit).octets
        } catch {
            return (nil, ["\(path):1:1: \(error)"])
        }
        do throws(SettingsMistakes) {
            return (try SettingsReader.readWithPlaces(octets, file: path), [])
        } catch {
            return (nil, error.mistakes.map { "\($0)" })
        }
    }
}
