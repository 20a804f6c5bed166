// The size limit of zone files: a larger file is not read at all.

import DNSWire
import Files
import Foundation
import Store
import Testing
import Zones

@Suite struct FileSizeTests {
    let scratch: TemporaryDirectory
    let origin: Name

    init() throws {
        scratch = try TemporaryDirectory()
        origin = try Name(text: "corp.example.")
    }

    private func writeZone(_ more: String = "") throws -> String {
        try scratch.write("@ 60 SOA ns h 1 2 3 4 5\n@ NS ns\n" + more, to: "corp.example.zone")
        return "\(scratch.path)/corp.example.zone"
    }

    /// Bytes that this process has read, by the kernel's count.
    private func bytesRead() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/io", encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("rchar:") })
        return try #require(Int(line.dropFirst(6).trimmingCharacters(in: .whitespaces)))
    }

    @Test("a file beyond the default limit is refused with its size, and not read")
    func sparseFile() throws {
        let path = try writeZone()
        let size = 600 << 20
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: UInt64(size))
        try file.close()
        let before = try bytesRead()
        let sentence = "cannot read \(path): \(size) bytes, more than the limit of \(256 << 20)"
        #expect {
            try ZoneFileReader(directory: scratch.path).read(path, origin: origin)
        } throws: { "\($0)" == sentence }
        #expect {
            try ZoneFileReader(directory: scratch.path).readZone(path, origin: origin)
        } throws: { "\($0)" == sentence }
        #expect {
            try ZoneFileReader(directory: scratch.path).outline(of: path, origin: origin)
        } throws: { "\($0)" == sentence }
        #expect(throws: StoreError.self) {
            try ZoneDirectory(scratch.path).read(origin)
        }
        // Other tests read at the same time, but less.
        #expect(try bytesRead() - before < size / 2)
    }

    @Test("a file as large as the limit is read, a byte more is not")
    func limit() throws {
        let path = try writeZone()
        let size = try #require(
            try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
        let reader = ZoneFileReader(directory: scratch.path, maximumSize: size)
        #expect(try reader.read(path, origin: origin).reading.zone != nil)
        let smaller = ZoneFileReader(directory: scratch.path, maximumSize: size - 1)
        #expect {
            try smaller.read(path, origin: origin)
        } throws: { ($0 as? FileError)?.isTooLarge == true }
    }

    @Test("files that are included count as often as they are, and the mistake says so")
    func inclusions() throws {
        let lines = String(repeating: "; a comment of a few words\n", count: 40)
        try scratch.write(lines + "a A 10.0.0.1\n", to: "more.inc")
        let path = try writeZone("$INCLUDE more.inc\n$INCLUDE more.inc\n")
        let reader = ZoneFileReader(directory: scratch.path, maximumSize: 3_000)
        #expect(try reader.read(path, origin: origin).reading.zone != nil)
        let smaller = ZoneFileReader(directory: scratch.path, maximumSize: 2_000)
        let file = try smaller.read(path, origin: origin)
        #expect(file.reading.zone == nil)
        let mistake = try #require(file.reading.mistakes.first)
        #expect(mistake.line == 4)
        #expect(mistake.sentence.contains("more.inc"))
        #expect(
            mistake.sentence.contains(
                "1093 bytes after 1161 of other files, more than the limit of 2000"))
        // So that it is read again, unchanged as it is, when the limit is another.
        #expect(file.identities == nil)
    }

    @Test("a text that is to become a file counts like one")
    func newText() throws {
        try scratch.write(String(repeating: "; more\n", count: 100), to: "more.inc")
        let text = Array("@ 60 SOA ns h 1 2 3 4 5\n@ NS ns\n$INCLUDE more.inc\n".utf8)
        let path = "\(scratch.path)/corp.example.zone"
        let reader = ZoneFileReader(directory: scratch.path, maximumSize: text.count + 700)
        #expect(reader.read(text, as: path, origin: origin).zone != nil)
        let smaller = ZoneFileReader(directory: scratch.path, maximumSize: text.count + 699)
        #expect(smaller.read(text, as: path, origin: origin).zone == nil)
    }
}
