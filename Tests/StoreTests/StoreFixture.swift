// What the tests of this target share: fixtures, directories of their own, zones from text, other programs.

import DNSWire
import Files
import Foundation
import Store
import Zones

/// The fixtures of this target.
let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Fixtures").path

/// A fixture's octets.
func fixture(_ path: String) throws -> [UInt8] {
    try Files.read("\(fixtures)/\(path)", limit: 1 << 24).octets
}

/// A directory that is removed when the test has ended.
final class TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("privatelink-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file of the directory.
    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }

    /// Reads a file of the directory as text.
    func text(of name: String) throws -> String {
        String(decoding: try Files.read("\(path)/\(name)", limit: 1 << 24).octets, as: UTF8.self)
    }
}

/// What another program did.
struct ProgramOutcome {
    var status: Int32
    var output: String
}

/// Runs a program to its end; standard error belongs to its output.
func run(_ program: String, _ arguments: [String], in directory: String) throws -> ProgramOutcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return ProgramOutcome(
        status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
}

/// The content of a zone given as text; a mistake in it is thrown.
func content(_ text: String, origin: String) throws -> ZoneContent {
    let octets = Array(text.utf8)
    let reading = ZoneReader.read(
        octets.span, file: "zone", origin: try Name(text: origin), hasher: NameHasher(key: 0))
    guard let zone = reading.zone else { throw BadFixture(mistakes: reading.mistakes) }
    return ZoneContent(zone)
}

/// A zone that should have been good was not.
struct BadFixture: Error {
    var mistakes: [ZoneNotice]
}

extension ZoneContent {
    /// The zone's canonical form.
    var text: String { String(decoding: canonicalText, as: UTF8.self) }
}
