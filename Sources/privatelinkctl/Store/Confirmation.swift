// The question before a change that takes something away or that files have asked for.

import ArgumentParser
import Control
import Glibc

/// The options of a command that asks before it writes.
struct ConfirmationOptions: ParsableArguments {
    @Flag(name: [.customLong("yes"), .customShort("y")], help: "Write without asking.")
    var isSure = false

    @Flag(name: .customLong("dry-run"), help: "Show what would change and write nothing.")
    var isDryRun = false

    func validate() throws {
        if isSure, isDryRun {
            throw ValidationError("--yes and --dry-run cannot be given together.")
        }
    }
}

extension StoreCommand {
    /// Shows what would change and asks; false when nothing is to be written, which was said then.
    func confirms(_ report: ChangeReport, _ confirmation: ConfirmationOptions) throws -> Bool {
        let output = OutputStream(STDOUT_FILENO)
        if format == .text { output.write(report.text(isColored: output.isTerminal)) }
        if report.count == 0, !report.zones.contains(where: { $0.isNew || $0.isGone }) {
            output.write(format == .text ? report.outcome : report.rendered(as: .json))
            return false
        }
        if confirmation.isDryRun {
            if format == .json { output.write(report.rendered(as: .json)) }
            return false
        }
        if confirmation.isSure { return true }
        guard let terminal = Terminal() else {
            throw CommandFailure.sentence(
                "nobody is there to be asked, so nothing was written: say --yes or --dry-run",
                format)
        }
        let changes = Arguments.counted(report.count, "change")
        guard terminal.answersYes("Write this (\(changes))? [y/N] ") else {
            throw CommandFailure.sentence("nothing was written", format)
        }
        return true
    }
}

/// The terminal that the command was given on, whatever its standard input is.
struct Terminal {
    private let descriptor: Int32

    /// Nil where there is none.
    init?() {
        let opened = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        descriptor = opened
    }

    /// Asks a question; anything but `y` and `yes` is no.
    func answersYes(_ question: String) -> Bool {
        OutputStream(descriptor).write(question)
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while unsafe read(descriptor, &octet, 1) == 1, octet != 0x0A, line.count < 16 {
            line.append(octet)
        }
        let answer = String(decoding: line, as: UTF8.self).lowercased()
        return answer == "y" || answer == "yes"
    }
}
