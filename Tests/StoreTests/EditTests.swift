// Edits of hand-written files: what changes, and that nothing else does.

import DNSWire
import Files
import Store
import Testing
import Zones

/// A fixed time: 2026-02-03T04:05:06Z.
let fixedTime = WallTime(nanoseconds: 1_770_091_506_000_000_000)

@Suite struct EditTests {
    let scratch: TemporaryDirectory
    let directory: ZoneDirectory
    let origin: Name

    init() throws {
        scratch = try TemporaryDirectory()
        directory = ZoneDirectory(scratch.path, clock: { fixedTime })
        origin = try Name(text: "example.")
    }

    /// The text of a zone after an edit of its content.
    func edited(
        _ text: String, _ change: (inout ZoneContent) throws -> Void
    ) throws -> String {
        try scratch.write(text, to: "example.zone")
        let before = try #require(try directory.content(of: origin))
        var after = before
        try change(&after)
        let writer = try directory.lock()
        _ = try writer.update(origin) { _ throws(StoreError) in after }
        return try scratch.text(of: "example.zone")
    }

    func key(_ owner: String, _ type: RecordType) throws -> RecordSetKey {
        RecordSetKey(owner: try Name(text: owner, origin: origin), type: type)
    }

    func data(_ text: String) throws -> [UInt8] {
        try ZoneRecord("x \(text)", origin: origin).data
    }

    static let hand = """
        ; The zone of the example.   Keep this comment.
        $TTL 10
        @               SOA   ns.example. host.example. (
                              2026010203 ; serial, by date
                              1h         ; refresh
                              5m 4w 10 )

        ; registries
        myregistry                   A      10.0.0.7      ; the registry itself
        myregistry.westeurope.data   A      10.0.0.5

        other                        A      10.0.1.7
                                     TXT    "a; b"        ; inherits
        \tweird\t\tA\t10.0.9.9

        """.replacing("\tweird", with: "weird")

    @Test func aRecordIsAddedBesideItsKin() throws {
        let text = try edited(Self.hand) {
            $0.sets[try key("myregistry.northeurope.data", .a)] = RecordSetContent(
                ttl: 10, data: [try data("A 10.0.0.6")])
        }
        let line = "myregistry.westeurope.data   A      10.0.0.5\n"
        #expect(
            text
                == Self.hand.replacing("2026010203", with: "2026020300").replacing(
                    line, with: line + "myregistry.northeurope.data  A      10.0.0.6\n"))
    }

    @Test func anAddressIsReplacedInItsPlace() throws {
        let text = try edited(Self.hand) {
            $0.sets[try key("myregistry", .a)]?.data = [try data("A 10.0.0.70")]
        }
        #expect(
            text
                == Self.hand.replacing("2026010203", with: "2026020300").replacing(
                    "10.0.0.7 ", with: "10.0.0.70 "))
    }

    @Test func aTTLIsWrittenBeforeTheType() throws {
        let text = try edited(Self.hand) { $0.sets[try key("other", .a)]?.ttl = 300 }
        #expect(
            text
                == Self.hand.replacing("2026010203", with: "2026020300").replacing(
                    "other                        A", with: "other                        300 A"))
    }

    @Test func anHeirGetsTheOwner() throws {
        let text = try edited(Self.hand) { $0.sets[try key("other", .a)] = nil }
        #expect(
            text
                == Self.hand.replacing("2026010203", with: "2026020300").replacing(
                    "other                        A      10.0.1.7\n                             TXT",
                    with: "other                        TXT"))
    }

    @Test func aRecordWithoutKinGoesBehindTheLastOne() throws {
        let text = try edited(Self.hand) {
            $0.sets[try key("zz", .mx)] = RecordSetContent(
                ttl: 60, data: [try data("MX 10 mail"), try data("MX 20 mail")])
        }
        #expect(
            text
                == Self.hand.replacing("2026010203", with: "2026020300")
                + "zz\t\t60 MX\t10 mail.example.\nzz\t\t60 MX\t20 mail.example.\n")
    }

    @Test func aTTLThatOthersInheritedIsGivenToThem() throws {
        let text = "@ 600 SOA ns host 7 1 2 3 4\na 300 A 10.0.0.1\nb A 10.0.0.2\nc A 10.0.0.3\n"
        #expect(
            try edited(text) { $0.sets[try key("a", .a)] = nil }
                == "@ 600 SOA ns host 8 1 2 3 4\nb 300 A 10.0.0.2\nc A 10.0.0.3\n")
        #expect(
            try edited(text) { $0.sets[try key("a", .a)]?.ttl = 20 }
                == "@ 600 SOA ns host 8 1 2 3 4\na 20 A 10.0.0.1\nb 300 A 10.0.0.2\nc A 10.0.0.3\n")
        let grown = try edited(text) {
            $0.sets[try key("a", .a)]?.data.append(try data("A 10.0.0.9"))
            $0.sets[try key("a", .a)]?.ttl = 20
        }
        #expect(
            grown
                == "@ 600 SOA ns host 8 1 2 3 4\na 20 A 10.0.0.1\na 20 A 10.0.0.9\nb 300 A 10.0.0.2\n"
                + "c A 10.0.0.3\n")
        // A new record with its own TTL would pass it on to the records after it.
        #expect(
            try edited(text) {
                $0.sets[try key("b", .aaaa)] = RecordSetContent(
                    ttl: 20, data: [try data("AAAA 2001:db8::1")])
            } == "@ 600 SOA ns host 8 1 2 3 4\na 300 A 10.0.0.1\nb A 10.0.0.2\nc A 10.0.0.3\n"
                + "b.example. 20 IN AAAA 2001:db8::1\n")
    }

    @Test func lineEndsAndOriginsAreKept() throws {
        let text = "$TTL 5\r\n@ SOA ns host 4294967295 1 2 3 4\r\n$ORIGIN sub\r\na A 10.0.0.1"
        #expect(
            try edited(text) {
                $0.sets[try key("b.sub", .a)] = RecordSetContent(
                    ttl: 5, data: [try data("A 10.0.0.2")])
                $0.sets[try key("c", .a)] = RecordSetContent(
                    ttl: 9, data: [try data("A 10.0.0.3")])
            } == "$TTL 5\r\n@ SOA ns host 1 1 2 3 4\r\n$ORIGIN sub\r\na A 10.0.0.1\r\n"
                + "c.example. 9 A 10.0.0.3\r\nb A 10.0.0.2\r\n")
    }

    @Test func aFileWithoutSerialIsEditedAllTheSame() throws {
        #expect(
            try edited("$TTL 5\na A 10.0.0.1\n") { $0.sets[try key("a", .a)]?.ttl = 6 }
                == "$TTL 5\na 6 A 10.0.0.1\n")
    }

    @Test func recordsOfOtherLinesAreRefused() throws {
        try scratch.write("x A 10.0.0.1\n", to: "part")
        let text =
            "$TTL 5\n@ SOA ns host 1 1 2 3 4\n$INCLUDE part\n$GENERATE 1-3 g$ A 10.0.1.$\n"
        for owner in ["x", "g2"] {
            let error = #expect(throws: StoreError.self) {
                try edited(text) { $0.sets[try key(owner, .a)] = nil }
            }
            #expect("\(try #require(error))".contains(owner == "x" ? "part:1" : "zone:4"))
            #expect(try scratch.text(of: "example.zone") == text)
        }
        // What is new has a line of its own.
        let grown = try edited(text) {
            $0.sets[try key("x", .a)]?.data.append(try data("A 10.0.0.2"))
        }
        #expect(
            grown
                == text.replacing("host 1 1 2 3 4\n", with: "host 2 1 2 3 4\nx A 10.0.0.2\n"))
    }

    @Test func aMistakeIsNeverWritten() throws {
        #expect(throws: StoreError.self) {
            try edited(Self.hand) {
                $0.sets[try key("other", .cname)] = RecordSetContent(
                    ttl: 10, data: [try data("CNAME ns")])
            }
        }
        #expect(try scratch.text(of: "example.zone") == Self.hand)
        #expect(try Files.list(scratch.path) == ["example.zone"])
    }

    @Test func nothingIsWrittenWhereNothingDiffers() throws {
        #expect(try edited(Self.hand) { _ in } == Self.hand)
        #expect(directory.versions(of: origin).isEmpty)
    }

    @Test func aStartOfAuthorityIsEditedWordByWord() throws {
        let text = try edited(Self.hand) {
            let record = try ZoneRecord("@ SOA ns host 9 3600 300 2419200 20", origin: origin)
            $0.sets[try key("@", .soa)] = nil
            $0.sets[RecordSetKey(owner: origin, type: .soa)] = RecordSetContent(
                ttl: 10, data: [record.data])
        }
        #expect(
            text
                == Self.hand.replacing("2026010203", with: "2026020300").replacing(
                    "4w 10 )", with: "4w 20 )"))
    }

    @Test func theSameRecordTwiceGoesAsOne() throws {
        let text = "$TTL 5\n@ SOA ns host 1 1 2 3 4\na A 10.0.0.1\nA IN A 10.0.0.1\n"
        #expect(
            try edited(text) { $0.sets[try key("a", .a)]?.data = [try data("A 10.0.0.2")] }
                == "$TTL 5\n@ SOA ns host 2 1 2 3 4\na A 10.0.0.2\n")
    }

    @Test(
        arguments: [
            (0, 1), (7, 8), (UInt32.max, 1), (2_026_010_203, 2_026_020_300),
            (2_026_020_300, 2_026_020_301), (2_026_020_399, 2_026_020_400),
            (2_026_022_300, 2_026_022_301), (2_026_023_100, 2_026_023_101),
            (1_970_010_000, 1_970_010_001),
        ] as [(UInt32, UInt32)])
    func serialNumbersGoUp(_ serial: UInt32, _ next: UInt32) {
        #expect(SerialNumber.next(after: serial, on: fixedTime) == next)
    }
}
