// A zone's file is checked, or printed in canonical form, without a daemon, settings or a store: for editors, hooks and
// pipelines.

import ArgumentParser
import Control
import DNSWire
import Files
import Glibc
import Store
import Zones

struct ZoneCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Reports every mistake in a zone file.",
        discussion: """
            Mistakes are lines of the form FILE:LINE:COLUMN: SENTENCE; the exit status is 1 if there is \
            any. With --print, the records of a zone without mistakes go to standard output with \
            absolute names, one record per line, in canonical order, for BIND, Knot and NSD; \
            everything else then goes to standard error.
            """)

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var options: CallOptions
    @Argument(help: "The zone's name, such as privatelink.azurecr.io.") var origin: String
    @Argument(help: "The zone's file; files that it includes must be in the same directory.")
    var file: String
    @Flag(name: [.customLong("print"), .customShort("D")], help: "Print the records.")
    var printsRecords = false

    func validate() throws {
        if printsRecords, format == .json {
            throw ValidationError("--print and --json cannot be given together.")
        }
    }

    private var format: ControlFormat { options.format(under: parent) }

    /// The file, or the target of a symbolic link to another directory: the user named it and may
    /// read it.
    private var realPath: String {
        guard let real = try? Files.resolve(file),
            let home = try? Files.resolve(Arguments.directory(of: file)), home != "/"
        else { return file }
        return real.hasPrefix(home + "/") ? file : real
    }

    func run() throws {
        let origin = try Arguments.name(origin)
        let file = realPath
        let reader = ZoneFileReader(
            directory: Arguments.directory(of: file),
            maximumSize: StoreOptions.usualMaximumFileSize)
        let found: ZoneFile
        do throws(FileError) {
            found = try reader.read(file, origin: origin)
        } catch {
            throw CommandFailure.sentence("\(error)", format)
        }
        let report = ZoneCheckReport(found)
        if printsRecords {
            OutputStream(STDERR_FILENO).write(report.lines)
            if let zone = found.reading.zone {
                OutputStream(STDOUT_FILENO).write(content: ZoneContent(zone).canonicalText)
            }
        } else {
            OutputStream(STDOUT_FILENO).write(
                format == .json ? report.rendered(as: .json) : report.lines + report.summary)
        }
        if found.reading.zone == nil { throw CommandFailure.reported }
    }
}

/// What a check found.
struct ZoneCheckReport: Report {
    let origin: Name
    let reading: ZoneReading

    init(_ file: ZoneFile) {
        origin = file.origin
        reading = file.reading
    }

    /// Every mistake and warning, one to a line.
    var lines: String {
        var lines = reading.mistakes.map { "\($0)\n" }
        if reading.mistakeCount > reading.mistakes.count {
            lines.append("\(reading.mistakeCount - reading.mistakes.count) more mistakes\n")
        }
        lines += reading.warnings.map { "\($0) (warning)\n" }
        if reading.warningCount > reading.warnings.count {
            lines.append("\(reading.warningCount - reading.warnings.count) more warnings\n")
        }
        return lines.joined()
    }

    /// What it came to, in one line.
    var summary: String {
        guard let zone = reading.zone else {
            return "zone \(origin): \(Arguments.counted(reading.mistakeCount, "mistake"))\n"
        }
        let warnings =
            reading.warningCount == 0
            ? "no mistakes" : Arguments.counted(reading.warningCount, "warning")
        return
            "zone \(origin): \(Arguments.counted(zone.recordCount, "record")), serial "
            + "\(zone.serial): \(warnings)\n"
    }

    var fields: [ReportField] {
        [
            ReportField("zone", "origin", .text("\(origin)")),
            ReportField("succeeded", "succeeded", .boolean(reading.zone != nil)),
            ReportField(
                "records", "records", reading.zone.map { .integer($0.recordCount) } ?? .absent),
            ReportField(
                "serial", "serial", reading.zone.map { .integer(Int($0.serial)) } ?? .absent),
            ReportField("mistakes", "mistake-count", .integer(reading.mistakeCount)),
            ReportField("mistakes", "mistakes", .list(reading.mistakes.map { "\($0)" })),
            ReportField("warnings", "warning-count", .integer(reading.warningCount)),
            ReportField("warnings", "warnings", .list(reading.warnings.map { "\($0)" })),
        ]
    }
}
