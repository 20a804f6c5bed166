// The daemon's program: arguments, one call, an exit code.

import ArgumentParser
import Daemon

import Glibc

struct PrivateLinkDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privatelinkd",
        abstract: "Answers names of private endpoints from zone files and forwards all others.",
        version: Daemon.version)

    @Option(name: .long, help: "The settings file.")
    var config = "/etc/privatelinkd/privatelinkd.yaml"

    @Flag(name: .long, help: "Report every mistake in the settings and zones, then exit.")
    var checkConfig = false

    func run() throws {
        if checkConfig { return try check() }
        do {
            try Daemon.run(settingsFile: config, logger: Daemon.standardErrorLogger())
        } catch {
            for sentence in error.sentences { Self.complain(sentence) }
            throw ExitCode(error.isOfSettings ? EX_CONFIG : 1)
        }
    }

    private func check() throws {
        let check = SettingsCheck(settingsFile: config)
        for warning in check.warnings { Self.complain(warning) }
        for mistake in check.mistakes { Self.complain(mistake) }
        if !check.mistakes.isEmpty { throw ExitCode(1) }
    }

    /// Does what the arguments say, and exits: 0 when it was ended, 78 for wrong settings, 2 for a wrong command line, 1
    /// for all else.
    static func runAndExit() -> Never {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let isSuccess = exitCode(for: error).isSuccess
            let text = fullMessage(for: error)
            if !text.isEmpty { Daemon.say(text, to: isSuccess ? STDOUT_FILENO : STDERR_FILENO) }
            Glibc.exit(isSuccess ? 0 : 2)
        }
        Glibc.exit(0)
    }

    private static func complain(_ sentence: String) {
        Daemon.say(sentence, to: STDERR_FILENO)
    }
}
