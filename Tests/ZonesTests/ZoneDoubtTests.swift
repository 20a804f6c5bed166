// What is served as it was written, with a warning, because BIND, Knot and NSD do not all refuse it; and what the
// printer writes so that all three can read it.

import DNSWire
import Glibc
import Testing
import Zones

private let head = "@ 60 SOA ns hostmaster 1 2 3 4 5\n@ 60 NS ns\nns 60 A 192.0.2.1\n"

/// The warnings of these lines in a zone that has nothing else to warn of.
private func warnings(_ lines: String) throws -> [String] {
    let reading = try reading(head + lines)
    #expect(reading.mistakes.isEmpty)
    return reading.warnings.map { $0.sentence }
}

/// So many digits of a digest.
private func digest(_ bytes: Int) -> String { String(repeating: "ab", count: bytes) }

private let noVariable = "dohpath has no variable \"dns\", such as /dns-query{?dns} has"
private let wrongHash = "a hash of algorithm 1 has 20 bytes, and this one has 5"

private func wrongDigest(_ type: Int, _ right: Int, _ wrong: Int) -> String {
    "a digest of type \(type) has \(right) bytes, and this one has \(wrong)"
}

private func hugeTTL(_ ttl: String) -> String {
    "the TTL \(ttl) is larger than 2147483647 and means 0"
}

private func tooLarge(_ type: String, _ size: Int) -> String {
    "x.example. \(type) takes at least \(size) bytes and fits in no message"
}

@Test(
    "doubtful data",
    arguments: [
        ("s 60 NS a.\ns 60 DS 1 8 2 \(digest(31))", wrongDigest(2, 32, 31)),
        ("s 60 NS a.\ns 60 DS 1 8 2 \(digest(32))", nil),
        ("s 60 NS a.\ns 60 DS 1 8 1 \(digest(32))", wrongDigest(1, 20, 32)),
        ("s 60 NS a.\ns 60 DS 1 8 1 \(digest(20))", nil),
        ("s 60 NS a.\ns 60 DS 1 8 4 \(digest(32))", wrongDigest(4, 48, 32)),
        ("s 60 NS a.\ns 60 DS 1 8 4 \(digest(48))", nil),
        ("s 60 NS a.\ns 60 DS 1 8 99 \(digest(7))", nil),
        ("@ 60 CDS 1 8 2 \(digest(20))", wrongDigest(2, 32, 20)),
        ("@ 60 CDS 0 0 0 00", nil),
        (
            "@ 60 DS 1 8 2 \(digest(32))",
            "the DS record of example. belongs to the parent zone, not here"
        ),
        ("x 60 NSEC3 1 0 1 - 01234567 A", wrongHash),
        ("x 60 NSEC3 1 0 1 ab 01234567 A", wrongHash),
        ("x 60 NSEC3 1 0 1 - 0123456789abcdefghij0123456789ab A", nil),
        ("x 60 NSEC3 2 0 1 - 01234567 A", nil),
        ("x 60 SVCB 1 . dohpath=/q", noVariable),
        ("x 60 HTTPS 1 . key7=/q{dnsx}", noVariable),
        ("x 60 SVCB 1 . dohpath=/q{?dns", noVariable),
        ("x 60 SVCB 1 . dohpath=/q{?dns}", nil),
        ("x 60 SVCB 1 . dohpath=/q{?a,dns}", nil),
        ("x 60 SVCB 1 . alpn=h2", nil),
        ("x 2147483648 TXT a", hugeTTL("2147483648")),
        ("$TTL 4294967295\nx TXT a", hugeTTL("4294967295")),
        ("x 2147483647 TXT a", nil),
    ])
func doubtfulData(_ lines: String, _ warning: String?) throws {
    #expect(try warnings(lines) == (warning.map { [$0] } ?? []))
}

@Test("a TTL with the highest bit set is 0, also from $TTL")
func hugeTTLMeansZero() throws {
    let text = try zone(head + "x 4294967295 TXT a\n$TTL 2147483648\ny TXT a").masterFile
    #expect(text.contains("x.example. 0 IN TXT") && text.contains("y.example. 0 IN TXT"))
}

@Test("an RRset of the largest size fits in a message, and one byte more does not")
func largestSet() throws {
    // Header, question x.example. with type and class, and a record with its fixed part.
    let rest = 65535 - 12 - (11 + 4) - 12
    let strings = Array(repeating: "\"\(String(repeating: "a", count: 255))\"", count: 255)
    let left = rest - 255 * 256 - 1
    func line(_ last: Int) -> String {
        "x 60 TXT " + (strings + ["\(String(repeating: "b", count: last))"]).joined(separator: " ")
    }
    #expect(try warnings(line(left)) == [])
    #expect(
        try warnings(line(left + 1)) == [tooLarge("TXT", 65536)])
    // Names that can be compressed count as pointers.
    let long = (1...3).map { _ in String(repeating: "n", count: 60) }.joined(separator: ".")
    let names = (0..<4000).map { "x 60 PTR h\($0).\(long).\n" }.joined()
    #expect(try warnings(names) == [])
    let many = (0..<4700).map { "x 60 PTR h\($0).\n" }.joined()
    #expect(try warnings(many) == [tooLarge("PTR", 65827)])
}

@Test(
    "Windows' ages are passed over",
    arguments: [
        "x [AGE:3610534] 60 A 192.0.2.1", "x [Age:0]\t60 IN A 192.0.2.1",
        "x 60 [AGE:1] A 192.0.2.1",
    ])
func windowsAges(_ line: String) throws {
    #expect(try zone(head + line).masterFile.contains("x.example. 60 IN A 192.0.2.1\n"))
}

@Test(
    "what only resembles an age",
    arguments: ["[AGE:]", "[AGE:x]", "[AGE:1", "\"[AGE:1]\"", "[OLD:1]"])
func noAges(_ word: String) throws {
    #expect(try reading(head + "x \(word) 60 A 192.0.2.1").mistakeCount == 1)
}

@Test("refusing a parameter costs its length, not its square")
func longParameters() throws {
    // Four times the length takes four times the processor time; with a reading of both items at every comparison,
    // sixteen times.
    let short = try processorTime(ofParameters: 4_000)
    let long = try processorTime(ofParameters: 16_000)
    #expect(long < 9 * short, "\(short) and \(long) ns")
}

/// The least of three, in nanoseconds of this thread.
private func processorTime(ofParameters count: Int) throws -> Int {
    let long = "key" + String(repeating: "9", count: 10 * count)
    let short = Array(repeating: "port", count: count)
    let items = (short[..<(count / 2)] + [long] + short[(count / 2)...]).joined(separator: ",")
    let repeated = short.joined(separator: ",")
    var least = Int.max
    for _ in 0..<3 {
        let start = threadNanoseconds()
        #expect(try reading(head + "x 60 SVCB 1 . mandatory=\(items)").mistakeCount == 1)
        #expect(try reading(head + "x 60 SVCB 1 . mandatory=\(repeated)").mistakeCount == 1)
        least = min(least, threadNanoseconds() - start)
    }
    return least
}

private func threadNanoseconds() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

@Test(
    "whole records are printed in words that BIND 9.18, Knot 3.2 and NSD 4.6 know",
    arguments: [
        ("a\\,b\\% 60 A 192.0.2.1", "a\\,b\\%.example. 60 IN A 192.0.2.1"),
        ("*.a-b_c/d 60 A 192.0.2.1", "*.a-b_c/d.example. 60 IN A 192.0.2.1"),
        ("x 60 CNAME a+b!c.", "x.example. 60 IN CNAME a\\+b\\!c."),
        ("x 60 HIP 2 AB12 AQ==", "x.example. 60 IN TYPE55 \\# 7 02020001ab1201"),
        ("x 60 AMTRELAY 10 0 0 .", "x.example. 60 IN TYPE260 \\# 2 0a00"),
        ("x 60 RESINFO a", "x.example. 60 IN TYPE261 \\# 2 0161"),
        ("x 60 HHIT AQ==", "x.example. 60 IN TYPE67 \\# 1 01"),
        ("x 60 IPSECKEY 10 0 0 .", "x.example. 60 IN IPSECKEY 10 0 0 ."),
        (
            "x 60 NSEC a. A IPSECKEY HIP RESINFO",
            "x.example. 60 IN NSEC a. A IPSECKEY TYPE55 TYPE261"
        ),
        ("x 60 SVCB 1 . dohpath=/{?dns} ohttp", "x.example. 60 IN SVCB 1 . key7=\"/{?dns}\" key8"),
        (
            "x 60 SVCB 1 . mandatory=alpn,dohpath alpn=h2 dohpath=/{?dns}",
            "x.example. 60 IN SVCB 1 . mandatory=alpn,key7 alpn=\"h2\" key7=\"/{?dns}\""
        ),
        ("x 60 SVCB 1 . alpn=h2,h3", "x.example. 60 IN SVCB 1 . alpn=\"h2,h3\""),
        ("x 60 SVCB 1 . alpn=a,bb", "x.example. 60 IN SVCB 1 . key1=\"\\001a\\002bb\""),
        ("x 60 SVCB 1 . alpn=a\\\\,b", "x.example. 60 IN SVCB 1 . key1=\"\\003a,b\""),
    ])
func portableWords(_ line: String, _ printed: String) throws {
    let text = try zone(head + line).masterFile
    #expect(text.split(separator: "\n").contains(Substring(printed)))
    #expect(try zone(text).fingerprint == zone(head + line).fingerprint)
}
