// The outline of a text: its entries make the zone that the reader reads, and each has the
// positions of its words.

import DNSWire
import Files
import Store
import Testing
import Zones

@Suite struct OutlineTests {
    @Test(arguments: CorpusTests.files("good"))
    func entriesMakeTheZone(_ file: String) throws {
        let directory = "\(fixtures)/corpus/good"
        let path = "\(directory)/\(file)"
        let origin = try Name(text: file.dropLast(5))
        let reader = ZoneFileReader(directory: directory)
        let found = try reader.read(path, origin: origin)
        let zone = try #require(found.reading.zone)
        let outline = reader.outline(found.octets, as: path, origin: origin)

        var content = ZoneContent(origin: origin)
        for record in outline.entries.flatMap(\.records) {
            let key = RecordSetKey(owner: record.owner, type: record.type)
            var set = content.sets[key] ?? RecordSetContent(ttl: record.ttl, data: [])
            set.ttl = min(set.ttl, record.ttl)
            if !set.holds(record.data, of: record.type) { set.data.append(record.data) }
            content.sets[key] = set
        }
        #expect(content.text.lowercased() == ZoneContent(zone).text.lowercased())

        var end = 0
        for entry in outline.entries where entry.file == path {
            #expect(entry.range.lowerBound >= end)
            end = entry.range.upperBound
        }
        #expect(end <= found.octets.count)
    }

    @Test func wordsHaveTheirPlaces() throws {
        let text = "$TTL 5\n@ SOA a b ( 7 ; serial\n 1 2 3 4 )\n x\\.y IN 30 TXT \"a b\" c ; end\n"
        let shifted = text.replacing(" x\\.y", with: "x\\.y")
        let outline = ZoneFileReader(directory: ".").outline(
            Array(shifted.utf8), as: "zone", origin: try Name(text: "example."))
        #expect(outline.mistakes.isEmpty)
        let shown = outline.entries.map { entry -> String in
            guard case .record(let words) = entry.form else { return "\(entry.line) directive" }
            func text(_ range: Range<Int>?) -> String {
                range.map { String(decoding: Array(shifted.utf8)[$0], as: UTF8.self) } ?? "-"
            }
            let data = words.data.map { text($0) }.joined(separator: "|")
            return
                "\(entry.line) \(text(words.owner)) \(text(words.ttl)) \(text(words.type)) \(data)"
        }
        #expect(
            shown == [
                "1 directive", "2 @ - SOA a|b|7|1|2|3|4", "4 x\\.y 30 TXT \"a b\"|c",
            ])
        #expect(outline.entries.map(\.ttlSource) == [.none, .directive, .own])
    }

    @Test func oneOwnerIsFound() throws {
        let text = "$TTL 5\na A 192.0.2.1\nb A 192.0.2.2\n AAAA 2001:db8::1\nA TXT x\n"
        let outline = ZoneFileReader(directory: ".").outline(
            Array(text.utf8), as: "zone", origin: try Name(text: "example."),
            only: try Name(text: "a.example."))
        #expect(outline.entries.map(\.line) == [2, 5])
    }
}
