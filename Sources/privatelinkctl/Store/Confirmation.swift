// The question before a change that removes something or that comes from files.

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
        if format == .text { output.write(report.pieces) }
        if report.count == 0, !report.zones.contains(where: { $0.isNew || $0.isGone }) {
            output.write(format == .text ? report.outcome : report.rendered(as: .json))
            return false
        }
        if confirmation.isDryRun {
            if format == .json { output.write(report.rendered(as: .json)) }
            return false
        }
        if confirmation.isSure { return true }
        let piped: (any Answerer)? = PipedAnswer()
        guard let answerer = piped ?? Terminal() else {
            throw CommandFailure.sentence(
                "not a terminal, so nothing was written: use --yes to write without asking, or --dry-run",
                format)
        }
        let changes = Arguments.counted(report.count, "change")
        guard answerer.answersYes("Write this (\(changes))? [y/N] ") else {
            throw CommandFailure.sentence("nothing was written", format)
        }
        return true
    }
}

/// The source of an answer.
private protocol Answerer {
    /// Asks a question; anything but `y` and `yes` is no.
    func answersYes(_ question: String) -> Bool
}

/// An answer from a pipe, such as that of `yes`; input that an import has read does not count.
private struct PipedAnswer: Answerer {
    private let isYes: Bool

    /// How many milliseconds the other end of the pipe has to say something.
    private static let patience: Int32 = 2000

    /// Nil where standard input is no pipe, or nothing comes from it.
    init?() {
        var status = stat()
        // Safe: the value outlives the call.
        guard unsafe fstat(STDIN_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
            return nil
        }
        var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        // Safe: there is one entry, and it outlives the call.
        guard unsafe poll(&entry, 1, Self.patience) == 1,
            let line = Terminal.line(from: STDIN_FILENO)
        else { return nil }
        isYes = Terminal.isYes(line)
    }

    func answersYes(_ question: String) -> Bool { isYes }
}

/// The terminal that the command was given on, whatever its standard input is.
private struct Terminal: Answerer {
    private let descriptor: Int32

    /// Nil if there is no terminal.
    init?() {
        let opened = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        descriptor = opened
    }

    func answersYes(_ question: String) -> Bool {
        OutputStream(descriptor).write(question)
        return Self.isYes(Self.line(from: descriptor) ?? "")
    }

    /// The start of the next line; nil at the end.
    static func line(from descriptor: Int32) -> String? {
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while line.count < 16 {
            guard unsafe read(descriptor, &octet, 1) == 1 else {
                return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
            }
            if octet == 0x0A { break }
            line.append(octet)
        }
        return String(decoding: line, as: UTF8.self)
    }

    static func isYes(_ answer: String) -> Bool {
        ["y", "yes"].contains(answer.lowercased())
    }
}
