// Blocks of addresses, and sets of them compared with a linear search.

import Addresses
import Testing

@Suite struct PrefixTests {
    @Test(
        "a block, its first address and its last",
        arguments: [
            ("10.0.0.0/8", "10.0.0.0/8", "10.255.255.255"),
            (
                "10.1.2.3/8", "10.0.0.0/8",
                "10.255.255.255"
            ),
            ("0.0.0.0/0", "0.0.0.0/0", "255.255.255.255"), ("10.0.0.7", "10.0.0.7/32", "10.0.0.7"),
            ("10.0.0.7/31", "10.0.0.6/31", "10.0.0.7"),
            (
                "::/0", "::/0",
                "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            ),
            ("fe80::1/10", "fe80::/10", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8:1:2:3::/64", "2001:db8:1:2::/64", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
            (
                "2001:db8::8000:0:0:0/65", "2001:db8:0:0:8000::/65",
                "2001:db8::ffff:ffff:ffff:ffff"
            ),
            ("2001:db8::/63", "2001:db8::/63", "2001:db8:0:1:ffff:ffff:ffff:ffff"),
            ("::1", "::1/128", "::1"), ("::1/127", "::/127", "::1"),
        ])
    func blocks(text: String, printed: String, last: String) throws {
        let prefix = try #require(Prefix(text))
        #expect(prefix.description == printed)
        #expect(prefix.last.description == last)
        #expect(prefix.contains(prefix.first) && prefix.contains(prefix.last))
    }

    @Test(
        "what is no block",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8",
            "10.0.0/8", "10.0.0.0/ 8", "::/129", "::/x", "10.0.0.0/99999999999999999999",
            "10.0.0.0:53/8",
        ])
    func noBlocks(text: String) {
        #expect(Prefix(text) == nil)
    }

    @Test("a block of one family holds no address of the other")
    func families() throws {
        let all = try #require(Prefix("::/0"))
        let old = try #require(Prefix("0.0.0.0/0"))
        let mapped = try #require(IPAddress("::ffff:10.0.0.7"))
        #expect(all.contains(mapped) && !old.contains(mapped))
        #expect(old.contains(mapped.unmapped) && !all.contains(mapped.unmapped))
        #expect(PrefixSet([old]).contains(mapped.unmapped))
        #expect(!PrefixSet([old]).contains(mapped))
    }

    @Test("a set holds what any of its blocks holds")
    func sets() throws {
        var random = SeededGenerator(state: 3)
        func randomAddress() -> IPAddress {
            let bits = UInt32.random(in: 0...0xFF, using: &random)
            guard Bool.random(using: &random) else { return IPAddress(ipv4: bits << 24 | bits) }
            return IPAddress(ipv6High: UInt64(bits) << 56, low: UInt64(bits))
        }
        for _ in 0..<300 {
            var prefixes: [Prefix] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let address = randomAddress()
                let length = Int.random(in: 0...address.bitCount, using: &random)
                prefixes.append(try #require(Prefix(address, length: length)))
            }
            let set = PrefixSet(prefixes)
            #expect(set == PrefixSet(prefixes.reversed()))
            var addresses = prefixes.flatMap { [$0.first, $0.last] }
            addresses += (0..<50).map { _ in randomAddress() }
            for address in addresses {
                #expect(set.contains(address) == prefixes.contains { $0.contains(address) })
            }
        }
        #expect(!PrefixSet([]).contains(.loopbackIPv4))
    }

    @Test("a length out of range makes no block", arguments: [-1, 33, 129])
    func lengths(length: Int) {
        #expect(Prefix(.anyIPv4, length: length) == nil)
        #expect((Prefix(.anyIPv6, length: length) == nil) == (length < 0 || length > 128))
    }
}

@Suite struct AddressTests {
    @Test("octets, from the most significant")
    func octets() throws {
        let short = try #require(IPAddress("10.1.2.255"))
        #expect((0..<4).map { short.octet($0) } == [10, 1, 2, 255])
        let long = try #require(IPAddress("102:304:506:708:90a:b0c:d0e:f10"))
        #expect((0..<16).map { long.octet($0) } == Array(1...16))
        #expect(short.ipv4Bits == 0x0A01_02FF && long.ipv4Bits == nil)
        #expect(short.bitCount == 32 && long.bitCount == 128)
    }

    @Test(
        "loopback and unspecified addresses",
        arguments: [
            ("127.0.0.1", true, false), ("127.255.0.9", true, false), ("128.0.0.1", false, false),
            ("0.0.0.0", false, true), ("::1", true, false), ("::", false, true),
            ("::ffff:127.0.0.1", false, false), ("::2", false, false), ("1::1", false, false),
        ])
    func kinds(text: String, isLoopback: Bool, isUnspecified: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect(address.isLoopback == isLoopback)
        #expect(address.isUnspecified == isUnspecified)
    }

    @Test("only an IPv4-mapped address has an IPv4 address inside")
    func unmapping() throws {
        let mapped = try #require(IPAddress("::ffff:10.0.0.7"))
        #expect(mapped.unmapped == IPAddress("10.0.0.7"))
        for text in ["::10.0.0.7", "64:ff9b::10.0.0.7", "1::ffff:10.0.0.7", "10.0.0.7"] {
            let address = try #require(IPAddress(text))
            #expect(address.unmapped == address)
        }
    }

    @Test("IPv4 comes before IPv6, then numbers decide")
    func order() throws {
        let sorted = ["0.0.0.0", "9.255.255.255", "10.0.0.0", "255.0.0.0", "::", "::1", "1::"]
        let addresses = try sorted.map { try #require(IPAddress($0)) }
        #expect(addresses.reversed().sorted() == addresses)
        // Equal bits of two families are two addresses.
        #expect(IPAddress(ipv4: 1) != IPAddress(ipv6High: 0, low: 1))
        #expect(Set(addresses).count == sorted.count)
    }

    @Test(
        "a set without another has what only the first has",
        arguments: [
            ("10.0.0.0/8", "10.1.0.0/16 10.3.0.0/16", "10.0.0.0 10.2.255.255", "10.1.0.0 10.3.9.9"),
            ("10.0.0.0/8", "10.0.0.0/7", "", "10.0.0.0 10.255.255.255"),
            ("0.0.0.0/0 ::/0", "255.255.255.255 ::", "255.255.255.254 ::1", "255.255.255.255 ::"),
            ("10.1.0.0/16 fd00::/8", "10.0.0.0/15", "fd00::1", "10.1.0.0"),
            ("10.0.0.0/24 10.2.0.0/24", "10.1.0.0/16", "10.0.0.255 10.2.0.0", "10.1.0.0"),
        ])
    func difference(set: String, other: String, inside: String, outside: String) throws {
        func prefixes(_ text: String) throws -> [Prefix] {
            try text.split(separator: " ").map { try #require(Prefix($0)) }
        }
        let difference = try PrefixSet(prefixes(set)).subtracting(PrefixSet(prefixes(other)))
        for text in inside.split(separator: " ") {
            #expect(difference.contains(try #require(IPAddress(text))), "\(text)")
        }
        for text in outside.split(separator: " ") {
            #expect(!difference.contains(try #require(IPAddress(text))), "\(text)")
        }
        #expect(difference.isEmpty == inside.isEmpty)
    }

    @Test(
        "a set has a whole family however it is put together",
        arguments: [
            ("0.0.0.0/1 128.0.0.0/1", "IPv4"), ("::/0 10.0.0.0/8", "IPv6"), ("0.0.0.0/1", nil),
            ("8000::/1 ::/2", nil),
        ] as [(String, String?)])
    func wholeFamily(set: String, family: String?) throws {
        let prefixes = try set.split(separator: " ").map { try #require(Prefix($0)) }
        #expect(PrefixSet(prefixes).wholeFamily == family)
    }
}
