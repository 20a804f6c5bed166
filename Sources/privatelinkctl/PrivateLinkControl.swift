// The program's arguments, and the commands that are a request to the running daemon and nothing more. Those
// that work on the zone directory have files of their own.

import ArgumentParser
import Control

/// The program's arguments.
struct PrivateLinkControl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privatelinkctl",
        abstract: "Controls a running privatelinkd and edits its zones.",
        discussion: """
            Exit status: 0 success, 1 refused or failed, 2 wrong usage. --config, --socket and --json may \
            stand before or after the command, and so may --timeout; PRIVATELINKD_CONFIG stands in \
            for --config.
            """,
        version: ProductVersion.current,
        subcommands: [
            Status.self, Reload.self, Zones.self, Explain.self, Stats.self, Cache.self,
            Forward.self, Flush.self,
            ZoneCommand.self, RecordSetCommand.self, Import.self, Check.self, Links.self,
        ])

    @OptionGroup var request: RequestOptions

    /// The options before the command.
    var options: CallOptions { request.call }

    func run() throws { throw ValidationError("A command is missing.") }
}

/// The options before or after the command.
struct CallOptions: ParsableArguments {
    /// Where the daemon listens unless its settings say otherwise.
    static let defaultSocket = "/run/privatelinkd/control.sock"

    @Option(help: "The daemon's control socket (default: \(CallOptions.defaultSocket)).")
    var socket: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @Option(
        help: """
            How many seconds the daemon may be silent (default: \(Caller.defaultTimeout), and \
            \(Caller.reloadTimeout) for a reload).
            """,
        transform: { word in
            guard let seconds = Int(word), (1...86_400).contains(seconds) else {
                throw ValidationError("\(word) is not a number of seconds from 1 to 86400.")
            }
            return seconds
        })
    var timeout: Int?

    /// The format of answers; the flag may also be before the command.
    func format(under parent: PrivateLinkControl) -> ControlFormat {
        json || parent.options.json ? .json : .text
    }
}

/// A command that is one request.
protocol RequestCommand: ParsableCommand {
    var parent: PrivateLinkControl { get }
    var options: RequestOptions { get }
    var request: ControlRequest { get }
}

extension RequestCommand {
    func run() throws {
        let format = options.call.format(under: parent)
        let socket = options.call.socket ?? parent.options.socket
        let path = options.config ?? parent.request.config
        try Caller(
            socket: socket ?? SettingsLocation(path).socket(format), format: format,
            timeout: options.call.timeout ?? parent.options.timeout
        ).call(request)
    }
}

/// The options of a command that is one request.
struct RequestOptions: ParsableArguments {
    @Option(help: "The daemon's settings, which name the control socket.")
    var config: String?

    @OptionGroup var call: CallOptions
}

struct Status: RequestCommand {
    static let configuration = CommandConfiguration(abstract: "Shows the daemon's state.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: RequestOptions
    var request: ControlRequest { .status }
}

struct Reload: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reloads settings and zones; returns when every worker serves them.",
        discussion: """
            A zone that would be emptied, or that has ten records or more and would lose more than half, \
            is kept as loaded unless --force is given.
            """)

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: RequestOptions
    @Flag(
        name: .customLong("dry-run"),
        help: "Show what would change, and which recent queries would get a different answer.")
    var isDryRun = false
    @Flag(name: .customLong("force"), help: "Let zones lose most of their records.")
    var isForced = false

    func validate() throws {
        if isDryRun, isForced {
            throw ValidationError("--dry-run and --force cannot be given together.")
        }
    }

    var request: ControlRequest {
        isDryRun ? .previewReload : .reload(force: isForced ? .all : .none)
    }
}

struct Zones: RequestCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the local zones.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: RequestOptions
    var request: ControlRequest { .zones }
}

struct Explain: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows which step answers a query, and why the earlier steps do not.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: RequestOptions
    @Argument(help: "The name to look up; of a URL or an image reference its host is taken.")
    var name: String
    @Argument(help: "The record type.") var type = "A"
    var request: ControlRequest { .explain(name: Arguments.host(in: name), type: type) }
}

struct Stats: RequestCommand {
    static let configuration = CommandConfiguration(abstract: "Shows counters.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: RequestOptions
    var request: ControlRequest { .statistics }
}

struct Forward: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the upstream servers and their state.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: RequestOptions
    var request: ControlRequest { .forward }
}

struct Cache: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the cache's size and hit rate.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: RequestOptions
    var request: ControlRequest { .cache }
}

struct Flush: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Removes a name and all names below it from the cache.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: RequestOptions
    @Argument(help: "The name; without one, everything is removed.") var name = "."
    var request: ControlRequest { .flush(name: name) }
}
