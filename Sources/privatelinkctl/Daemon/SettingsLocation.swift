// Where the daemon's settings are: the option, else the environment, else the default file if there is one.

import Control
import Files
import Glibc
import Settings

/// The settings file that a command works with.
struct SettingsLocation {
    /// The environment variable for `--config`.
    static let variable = "PRIVATELINKD_CONFIG"

    /// The file.
    let file: String
    /// Whether the user named it; else it need not be there.
    let isNamed: Bool

    /// The file that `option` names, or else the environment.
    init(_ option: String?) {
        // Safe: the text is copied before anything could change the environment.
        let variable = unsafe getenv(Self.variable).map { unsafe String(cString: $0) }
        let named = option ?? (variable?.isEmpty == false ? variable : nil)
        file = named ?? StoreOptions.defaultSettings
        isNamed = named != nil
    }

    /// Whether the file exists, readable or not.
    var isThere: Bool { (try? FileIdentity(of: file)) != nil }

    /// The control socket in the settings. Settings with mistakes give none: the daemon still runs
    /// with its old settings, and the default socket is used.
    func socket(_ format: ControlFormat) throws -> String {
        let octets: [UInt8]
        do throws(FileError) {
            octets = try Files.read(file, limit: StoreOptions.maximumSettings).octets
        } catch {
            guard isNamed else { return CallOptions.defaultSocket }
            throw CommandFailure.sentence("\(error)", format)
        }
        let settings = try? SettingsReader.read(octets, file: file)
        return settings?.control.socket ?? CallOptions.defaultSocket
    }
}
