// The daemon's program: arguments, one call, an exit code.

import ArgumentParser
import Daemon

import Glibc

struct PrivateLinkDaemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privatelinkd",
        abstract: "Answers private endpoints' names from zone files and forwards all else.",
        version: Daemon.version)

    @Option(name: .long, help: "The settings file.")
    var config = "/etc/privatelinkd/privatelinkd.yaml"

    @Flag(name: .long, help: "Report every mistake in the settings and zones, and end.")
    var checkConfig = false

    func run() throws {
        if checkConfig { return try check() }
        do {
            try Daemon.run(settingsFile: config, logger: Daemon.standardErrorLogger())
        } catch {
            for sentence in error.sentences { Self.complain(sentence) }
            throw ExitCode(1)
        }
    }

    private func check() throws {
        let check = SettingsCheck(settingsFile: config)
        for warning in check.warnings { Self.complain(warning) }
        for mistake in check.mistakes { Self.complain(mistake) }
        if !check.mistakes.isEmpty { throw ExitCode(1) }
    }

    private static func complain(_ sentence: String) {
        let line = Array("\(sentence)\n".utf8)
        _ = unsafe write(2, line, line.count)
    }
}
