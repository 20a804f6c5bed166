import Control
import DNSWire
import Foundation
import Resolution
import Settings
import Testing
import Transport
import Zones

@testable import Daemon

/// The settings that a text means.
private func settings(_ text: String) throws -> Settings {
    try SettingsReader.read(Array(text.utf8), file: "f.yaml")
}

@Suite struct RecentQueryRingTests {
    /// A query for TXT of a name of this many octets, and what a place has behind it.
    private func query(nameSize: Int) -> (octets: [UInt8], size: Int) {
        var octets: [UInt8] = [1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        var left = nameSize - 1
        while left > 0 {
            // The last label has one octet at the least.
            let length = left == 65 ? 62 : min(63, left - 1)
            octets += [UInt8(length)] + [UInt8](repeating: 0x61, count: length)
            left -= length + 1
        }
        octets += [0, 0, 16, 0, 1]
        return (octets + [UInt8](repeating: 0xFF, count: 300), octets.count)
    }

    @Test("names of every size are remembered, with and without room behind them")
    func sizes() throws {
        for hasRoom in [true, false] {
            for size in 3...255 {
                var recent = RecentQueryRing()
                let (octets, count) = query(nameSize: size)
                let place = hasRoom ? octets : Array(octets[..<count])
                recent.note(place.span, size: count)
                let asked = try #require(recent.questions.first)
                #expect(recent.questions.count == 1)
                #expect(asked.name.octets == Array(octets[12..<(12 + size)]))
                #expect(asked.type == .txt)
            }
        }
    }

    @Test("what is no query is not remembered, and the newest thousand are")
    func bounds() throws {
        var recent = RecentQueryRing()
        var (octets, count) = query(nameSize: 6)
        for size in 0...12 { recent.note(octets.span, size: size) }
        recent.note(octets.span, size: 15)
        octets[2] = 0x80
        recent.note(octets.span, size: count)
        #expect(recent.questions.isEmpty)
        octets[2] = 1
        for number in 0..<2_000 {
            octets[13] = UInt8(0x61 + number % 26)
            octets[14] = UInt8(0x61 + number / 26 % 26)
            octets[15] = UInt8(0x61 + number / 676)
            recent.note(octets.span, size: count)
        }
        #expect(recent.questions.count == RecentQueryRing.capacity)
        let last = try Name(wire: octets.span.extracting(12..<18))
        #expect(recent.questions.contains { $0.name == last })
    }
}
