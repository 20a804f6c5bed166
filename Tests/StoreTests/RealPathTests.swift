// Which files are read: those that are really inside of the zone directory, wherever links lead. What is outside is
// neither read nor quoted.

import DNSWire
import Files
import Foundation
import Store
import Testing
import Zones

@Suite struct RealPathTests {
    let scratch: TemporaryDirectory
    let origin: Name

    private var zones: String { "\(scratch.path)/zones" }

    init() throws {
        scratch = try TemporaryDirectory()
        origin = try Name(text: "example.")
        for name in ["zones", "zones/..2026", "zones-beside"] {
            try FileManager.default.createDirectory(
                atPath: "\(scratch.path)/\(name)", withIntermediateDirectories: false)
        }
        try scratch.write("$TTL 5\n@ SOA ns host 1 1 2 3 4\n", to: "zones/..2026/example.zone")
        try scratch.write("root:$6$secret:20000\n", to: "shadow")
        try scratch.write("root:$6$secret:20000\n", to: "zones-beside/shadow")
    }

    private func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/\(name)", withDestinationPath: target)
    }

    /// What reading the zone from a directory says; empty when it is read.
    private func read(in directory: String) -> String {
        let path = "\(directory)/example.zone"
        do throws(FileError) {
            let file = try ZoneFileReader(directory: directory).read(path, origin: origin)
            return file.reading.mistakes.map { "\($0)" }.joined(separator: "\n")
        } catch {
            #expect(error.path == path)
            return error.detail
        }
    }

    @Test func linksInsideTheDirectoryAreFollowed() throws {
        try link("zones/..data", to: "..2026")
        try link("zones/example.zone", to: "..data/example.zone")
        #expect(read(in: zones) == "")
        // The directory may be a link itself, and links may name it in full.
        try link("also", to: "zones")
        #expect(read(in: "\(scratch.path)/also") == "")
        try FileManager.default.removeItem(atPath: "\(zones)/example.zone")
        try link("zones/example.zone", to: "\(scratch.path)/also/..data/example.zone")
        #expect(read(in: zones) == "")
    }

    @Test(arguments: ["../shadow", "../zones-beside/shadow", "/proc/self/environ", "..out/shadow"])
    func aFileThatIsOutsideIsNotRead(_ target: String) throws {
        try link("zones/..out", to: "..")
        try link("zones/example.zone", to: target)
        #expect(read(in: zones) == "the file is outside the zone directory")
    }

    @Test(arguments: ["../shadow", "/proc/self/environ", "inside"])
    func whatIsIncludedIsNotQuotedEither(_ name: String) throws {
        try link("zones/inside", to: "../shadow")
        try scratch.write("@ 5 SOA ns host 1 1 2 3 4\n$INCLUDE \(name)\n", to: "zones/example.zone")
        let found = read(in: zones)
        #expect(found.contains("outside the zone directory"))
        #expect(!found.contains("secret"))
    }

    @Test func aFileThatIsNotThereIsMissing() throws {
        let path = "\(zones)/example.zone"
        let error = #expect(throws: FileError.self) {
            _ = try ZoneFileReader(directory: zones).read(path, origin: origin)
        }
        #expect(error?.isMissing == true)
        #expect(error?.description == "cannot read \(path): No such file or directory")
    }
}
