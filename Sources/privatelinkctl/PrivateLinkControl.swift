// The program's arguments, and the commands that are a request to the running daemon and nothing more. Those
// that work on the zone directory have files of their own.

import ArgumentParser
import Control

/// The program's arguments.
struct PrivateLinkControl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privatelinkctl",
        abstract: "Asks a running privatelinkd, and keeps its zones.",
        discussion: "Exits with 0 when done, 1 when refused or failed, 2 for wrong usage.",
        version: ProductVersion.current,
        subcommands: [
            Status.self, Reload.self, Zones.self, Explain.self, Stats.self, Cache.self,
            Forward.self, Flush.self,
            ZoneCommand.self, RecordSetCommand.self, Import.self, Check.self, Links.self,
        ])

    @OptionGroup var options: CallOptions

    func run() throws { throw ValidationError("A command is missing.") }
}

/// The options that stand before or after the command.
struct CallOptions: ParsableArguments {
    /// Where the daemon listens unless its settings say otherwise.
    static let defaultSocket = "/run/privatelinkd/control.sock"

    @Option(help: "The daemon's control socket (default: \(CallOptions.defaultSocket)).")
    var socket: String?

    @Flag(help: "Answer with one JSON object.")
    var json = false

    /// The form of answers; the flag may stand before the command too.
    func format(under parent: PrivateLinkControl) -> ControlFormat {
        json || parent.options.json ? .json : .text
    }
}

/// A command that is one request.
protocol RequestCommand: ParsableCommand {
    var parent: PrivateLinkControl { get }
    var options: CallOptions { get }
    var request: ControlRequest { get }
}

extension RequestCommand {
    func run() throws {
        try Caller(
            socket: options.socket ?? parent.options.socket ?? CallOptions.defaultSocket,
            format: options.format(under: parent)
        ).call(request)
    }
}

struct Status: RequestCommand {
    static let configuration = CommandConfiguration(abstract: "Shows how the daemon is.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    var request: ControlRequest { .status }
}

struct Reload: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads settings and zones again; returns when every worker serves them.",
        discussion: """
            A zone that would be emptied, or that has ten records or more and would lose more than half, \
            is left as it was unless --force says that it is meant.
            """)

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    @Flag(
        name: .customLong("dry-run"),
        help: "Tell what would change, and which names asked lately would get another answer.")
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
    @OptionGroup var options: CallOptions
    var request: ControlRequest { .zones }
}

struct Explain: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows which step answers a question, and why those before it do not.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    @Argument(help: "The name that is asked for.") var name: String
    @Argument(help: "The type that is asked for.") var type = "A"
    var request: ControlRequest { .explain(name: name, type: type) }
}

struct Stats: RequestCommand {
    static let configuration = CommandConfiguration(abstract: "Shows what was counted.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    var request: ControlRequest { .statistics }
}

struct Forward: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the servers that names are forwarded to, and how they are.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    var request: ControlRequest { .forward }
}

struct Cache: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows how full the cache is and how often it has the answer.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    var request: ControlRequest { .cache }
}

struct Flush: RequestCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forgets what the cache has for a name and the names below it.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    @Argument(help: "The name; everything is forgotten without one.") var name = "."
    var request: ControlRequest { .flush(name: name) }
}
