// What is wrong with a command line beyond what the argument parser finds by itself: a command that there is not, with
// the one that was probably meant, and values that only the command knows to be wrong, with its own usage.

import ArgumentParser
import Glibc
import Settings

/// A wrong command line.
struct UsageError {
    private let message: String
    private let command: any ParsableCommand.Type

    /// A mistake in the arguments of `command`.
    init(_ message: String, of command: any ParsableCommand.Type) {
        self.message = message
        self.command = command
    }

    /// The first word that is in the place of a command but is not one; nil if there is no such
    /// word.
    init?(unknownCommandIn arguments: some Sequence<String>) {
        var command: any ParsableCommand.Type = PrivateLinkControl.self
        var words = Array(arguments)[...]
        while let word = words.popFirst() {
            let commands = command.configuration.subcommands
            if commands.isEmpty || ["--", "-h", "--help", "--version"].contains(word) {
                return nil
            }
            if word.hasPrefix("-") {
                // The options that are allowed before a command.
                if ["--config", "--socket", "--timeout"].contains(word) {
                    words = words.dropFirst()
                }
                continue
            }
            if let next = commands.first(where: { Self.names(of: $0).contains(word) }) {
                command = next
                continue
            }
            if word == "help" || word.hasPrefix("generate-completion") { return nil }
            let known = commands.flatMap { Self.names(of: $0) }
            let longer = known.first { word.utf8.count > 2 && $0.hasPrefix(word) }
            let meant = longer ?? KeySuggestion.nearest(to: word, among: known)
            let hint = meant.map { "; did you mean \($0)?" } ?? "."
            self.init("There is no command \(word)\(hint)", of: command)
            return
        }
        return nil
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        [command._commandName] + command.configuration.aliases
    }

    /// Prints the mistake and how the command is used.
    func report() {
        let help = PrivateLinkControl.helpMessage(for: command)
        let start = help.firstRange(of: "USAGE: ")?.upperBound ?? help.endIndex
        let lines = help[start...].split(separator: "\n", omittingEmptySubsequences: false)
            .prefix { !$0.isEmpty }
        let words = lines.first.map { line in
            line.split(separator: " ").prefix {
                !$0.hasPrefix("[") && !$0.hasPrefix("<") && !$0.hasPrefix("-")
            }
        }
        let path = (words ?? []).joined(separator: " ")
        OutputStream(STDERR_FILENO).write(
            "Error: \(message)\nUsage: \(lines.joined(separator: "\n"))\n"
                + "  See '\(path) --help' for more information.\n")
    }
}
