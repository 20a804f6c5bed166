// Access to the store and to its daemon: the settings name the zone directory and the control
// socket, and options override them.

import ArgumentParser
import Control
import DNSWire
import Files
import Glibc
import Settings
import Store

/// The options of the commands that work on the zone directory.
struct StoreOptions: ParsableArguments {
    /// The settings that are read where nothing is said.
    static let defaultSettings = "/etc/privatelinkd/privatelinkd.yaml"

    /// The maximum size of a zone's files according to the settings at the default path, or the
    /// default if there are none.
    static var usualMaximumFileSize: Int {
        let octets = try? Files.read(defaultSettings, limit: maximumSettings).octets
        let settings = octets.flatMap { try? SettingsReader.read($0, file: defaultSettings) }
        return (settings ?? Settings()).zones.maximumFileSize
    }

    /// The most bytes of a settings file.
    static var maximumSettings: Int { 16 << 20 }

    @Option(
        help: """
            The daemon's settings, which name the zone directory and the control socket \
            (default: \(StoreOptions.defaultSettings)).
            """)
    var config: String?

    @Option(help: "The zone directory, instead of the one in the settings.")
    var directory: String?

    @OptionGroup var azure: AzureOptions
    @OptionGroup var call: CallOptions
}

/// Options of az that the store does not need. They are accepted and reported, so that az's
/// commands need no other change.
struct AzureOptions: ParsableArguments {
    @Option(
        name: [.customLong("resource-group"), .customShort("g")],
        help: ArgumentHelp("Ignored: the store has no resource groups.", visibility: .hidden))
    var resourceGroup: String?

    @Option(help: ArgumentHelp("Ignored: the store has no subscriptions.", visibility: .hidden))
    var subscription: String?

    func validate() {
        for (option, value) in [
            ("--resource-group", resourceGroup), ("--subscription", subscription),
        ] where value != nil {
            OutputStream(STDERR_FILENO).write(
                "note: \(option) is ignored: the store is one directory\n")
        }
    }
}

/// A command that works on the zone directory.
protocol StoreCommand: ParsableCommand {
    var parent: PrivateLinkControl { get }
    var options: StoreOptions { get }
}

extension StoreCommand {
    /// The form of answers.
    var format: ControlFormat { options.call.format(under: parent) }

    /// The store that the options lead to.
    func access() throws -> StoreAccess {
        let read = try readSettings()
        let settings = read?.settings
        guard let directory = options.directory ?? settings?.zones.directory else {
            throw ValidationError(
                "There is no \(StoreOptions.defaultSettings), and no daemon answers that says where its "
                    + "settings are: use --config FILE or --directory DIR."
            )
        }
        let socket =
            options.call.socket ?? parent.options.socket ?? settings?.control.socket
            ?? CallOptions.defaultSocket
        let maximumFileSize = (settings ?? Settings()).zones.maximumFileSize
        return StoreAccess(
            directory: ZoneDirectory(directory, maximumFileSize: maximumFileSize),
            settings: settings, places: read?.places, socket: socket, format: format,
            timeout: options.call.timeout ?? parent.options.timeout)
    }

    /// The settings that are named, or at the usual path, or else those of the daemon that answers on the socket.
    private var location: SettingsLocation {
        let location = SettingsLocation(options.config ?? parent.request.config)
        if location.isNamed || options.directory != nil || location.isThere { return location }
        let socket = options.call.socket ?? parent.options.socket ?? CallOptions.defaultSocket
        let timeout = options.call.timeout ?? parent.options.timeout
        guard
            let answer = try? Caller(socket: socket, format: .json, timeout: timeout).ask(.status),
            answer.succeeded, let file = DaemonStatus.settingsFile(in: answer.body)
        else { return location }
        return SettingsLocation(file)
    }

    private func readSettings() throws -> (settings: Settings, places: SettingsPlaces)? {
        let location = location
        let file = location.file
        let octets: [UInt8]
        do throws(FileError) {
            octets = try Files.read(file, limit: StoreOptions.maximumSettings).octets
        } catch {
            if !location.isNamed, error.isMissing { return nil }
            // With a directory, the settings are only read for the socket.
            if !location.isNamed, options.directory != nil { return nil }
            throw CommandFailure.sentence("\(error)", format)
        }
        do throws(SettingsMistakes) {
            return try SettingsReader.readWithPlaces(octets, file: file)
        } catch {
            let lines = error.mistakes.map { "\($0)" }.joined(separator: "\n")
            throw CommandFailure.sentence("the settings have mistakes:\n\(lines)", format)
        }
    }

    /// Does something with the store; its refusals end the command.
    func attempt<Result: ~Copyable>(_ body: () throws(StoreError) -> Result) throws -> Result {
        do throws(StoreError) {
            return try body()
        } catch {
            throw CommandFailure.sentence("\(error)", format)
        }
    }
}

/// A store, and the daemon that serves it.
struct StoreAccess {
    let directory: ZoneDirectory
    let settings: Settings?
    /// The positions of the settings in their file; nil without a file.
    let places: SettingsPlaces?
    let socket: String
    let format: ControlFormat
    /// How many seconds the daemon may be silent; nil for the default.
    let timeout: Int?

    /// The daemon's state directory, as far as the settings of this store name it.
    var stateDirectory: String? {
        guard let zones = settings?.zones, zones.directory == directory.path else { return nil }
        return zones.stateDirectory
    }

    /// Whether the daemon's state directory has a copy of a zone.
    func hasCopy(of origin: Name) -> Bool {
        guard let state = stateDirectory else { return false }
        return (try? FileIdentity(of: ZoneDirectory(state).newPath(of: origin))) != nil
    }

    /// The zones that a daemon serves from this directory; nil if none answers.
    func servedZones() -> [ServedZone]? {
        guard let answer = try? Caller(socket: socket, format: .json, timeout: timeout).ask(.zones),
            answer.succeeded
        else { return nil }
        func real(_ path: String) -> String { (try? Files.resolve(path)) ?? path }
        let home = real(directory.path)
        return ServedZone.all(in: answer.body)?.filter {
            real(Arguments.directory(of: $0.file)) == home
        }
    }

    /// Asks the daemon to reload the changed files of `zones`, even if they shrink.
    func reload(_ zones: [Name]) throws -> ReloadOutcome {
        let names = zones.map { "\($0)" }
        // A protocol line has a maximum length; too many zones are sent as "all".
        let isShort = names.reduce(0) { $0 + $1.utf8.count + 1 } < 3000
        do {
            let answer = try Caller(socket: socket, format: format, timeout: timeout)
                .ask(.reload(force: isShort ? .zones(names) : .all))
            let text = String(decoding: answer.body, as: UTF8.self)
            return answer.succeeded ? try observed(zones) : .failed(text)
        } catch CommandFailure.noDaemon(let sentence, _) {
            return .noDaemon(sentence)
        } catch CommandFailure.sentence(let sentence, _) {
            return .failed(sentence + "\n")
        }
    }
}

extension StoreAccess {
    /// What a daemon that has reloaded serves of `zones`: it may have read another directory.
    private func observed(_ zones: [Name]) throws -> ReloadOutcome {
        let answer = try Caller(socket: socket, format: .json, timeout: timeout).ask(.zones)
        guard answer.succeeded, let served = ServedZone.all(in: answer.body) else {
            return .failed("what the daemon serves cannot be read\n")
        }
        do throws(StoreError) {
            let sentences = try directory.differences(from: served, of: zones)
            return sentences.isEmpty ? .done : .notServed(sentences)
        } catch {
            return .failed("\(error)\n")
        }
    }
}

/// Whether the daemon serves what was written.
enum ReloadOutcome {
    /// Every worker serves it.
    case done
    /// The daemon found mistakes or could not be asked; its words.
    case failed(String)
    /// The daemon has reloaded and serves something else; a sentence for each zone.
    case notServed([String])
    /// No daemon runs.
    case noDaemon(String)
    /// Nothing was written.
    case notNeeded

    /// One word for programs.
    var word: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .notServed: "not-served"
        case .noDaemon: "no-daemon"
        case .notNeeded: "not-needed"
        }
    }
}
