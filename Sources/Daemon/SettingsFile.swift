// The settings file: read and checked, with every mistake in the form that editors understand. What a start
// or a check warns of beside mistakes is SuspiciousSettings' business.

internal import Files
internal import Settings

/// Reads a settings file.
enum SettingsFile {
    /// The most octets of a settings file.
    private static let limit = 16 << 20

    /// The settings, or every mistake as `FILE:LINE:COLUMN: sentence`.
    static func read(_ path: String) -> (settings: Settings?, mistakes: [String]) {
        let octets: [UInt8]
        do throws(FileError) {
            octets = try Files.read(path, limit: limit).octets
        } catch {
            return (nil, ["\(path):1:1: \(error)"])
        }
        do throws(SettingsMistakes) {
            return (try SettingsReader.read(octets, file: path), [])
        } catch {
            return (nil, error.mistakes.map { "\($0)" })
        }
    }
}
