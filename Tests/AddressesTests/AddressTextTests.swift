// Addresses and endpoints as text in both directions, and invalid texts.

import Addresses
import Testing

@Suite struct AddressTextTests {
    @Test(
        "what is read, and the one spelling that is printed",
        arguments: [
            ("0.0.0.0", "0.0.0.0"), ("10.0.0.7", "10.0.0.7"),
            ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
            ("2001:DB8::7", "2001:db8::7"), ("2001:0db8:0:0:0:0:0:7", "2001:db8::7"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
            // RFC 5952, section 4.2: the longest run of zeros, the first of equal ones, never one group.
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"), ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
            ("::ffff:10.0.0.7", "::ffff:10.0.0.7"), ("::ffff:0a00:0007", "::ffff:10.0.0.7"),
            ("64:ff9b::10.0.0.7", "64:ff9b::a00:7"), ("::1.2.3.4", "::102:304"),
            ("fe80::1", "fe80::1"),
            (
                "ABCD:EF01:2345:6789:abcd:ef01:2345:6789",
                "abcd:ef01:2345:6789:abcd:ef01:2345:6789"
            ),
        ])
    func addresses(text: String, printed: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == printed)
        #expect(IPAddress(printed) == address)
        let octets = Array(text.utf8)
        #expect(IPAddress(ascii: octets.span) == address)
    }

    @Test(
        "what is no address",
        arguments: [
            "", " ", ".", "1", "1.2.3", "1.2.3.4.", ".1.2.3.4", "1.2.3.4.5", "1..2.3", "256.1.1.1",
            "01.2.3.4", "1.2.3.00", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "+1.2.3.4", "0x1.2.3.4",
            "1.2.3.99999999999999999999", "a.b.c.d", "\u{0661}.2.3.4", ":", ":::", "1:", ":1",
            "1:2",
            "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
            "1::2::3", "12345::", "g::", "::1%eth0", "::1.2.3", "::1.2.3.4:5", "1.2.3.4::",
            "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7:8:1.2.3.4", "::256.1.1.1", "[::1]", "::-1",
            "1:2:3:4::5:6:7:8:9", "\u{0}",
        ])
    func noAddresses(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "endpoints, with a port or the default one",
        arguments: [
            ("10.0.0.4", "10.0.0.4:53"), ("10.0.0.4:5300", "10.0.0.4:5300"),
            ("0.0.0.0:0", "0.0.0.0:0"), ("fd00::4", "[fd00::4]:53"), ("[fd00::4]", "[fd00::4]:53"),
            ("[fd00::4]:65535", "[fd00::4]:65535"), ("::", "[::]:53"),
            // Without brackets the last group is part of the address.
            ("fd00::4:53", "[fd00::4:53]:53"),
        ])
    func endpoints(text: String, printed: String) throws {
        let endpoint = try #require(Endpoint(text, defaultPort: 53))
        #expect(endpoint.description == printed)
        #expect(Endpoint(printed, defaultPort: 1) == endpoint)
        #expect(endpoint.scope == 0)
    }

    @Test(
        "what is no endpoint",
        arguments: [
            "", ":", ":53", "10.0.0.4:", "10.0.0.4:65536", "10.0.0.4:-1", "10.0.0.4:+5",
            "10.0.0.4:5 3", "10.0.0.4:53:53", "10.0.0:53", "[10.0.0.4]:53", "[fd00::4", "[]:53",
            "[fd00::4]53", "[fd00::4]:", "[fd00::4]:x", "[fd00::4]:65536", "fd00::4]:53",
            "localhost:53", "[fe80::1%eth0]:53",
        ])
    func noEndpoints(text: String) {
        #expect(Endpoint(text, defaultPort: 53) == nil)
    }

    @Test("random addresses read back from what is printed")
    func roundTrip() {
        var random = SeededGenerator(state: 1)
        for _ in 0..<5_000 {
            let short = IPAddress(ipv4: UInt32.random(in: 0...UInt32.max, using: &random))
            #expect(IPAddress(short.description) == short)
            // Groups of zeros and small numbers, where the spellings differ.
            var halves: [UInt64] = [0, 0]
            for index in 0..<8 where Bool.random(using: &random) {
                let group = UInt64.random(in: 0...(index % 2 == 0 ? 1 : 0xFFFF), using: &random)
                halves[index / 4] |= group << UInt64(index % 4 * 16)
            }
            let long = IPAddress(ipv6High: halves[0], low: halves[1])
            #expect(IPAddress(long.description) == long)
        }
    }

    @Test("random text is an address or none, never a trap")
    func randomText() {
        var random = SeededGenerator(state: 2)
        let letters = Array("0123456789abcf:.:.[]/%".utf8)
        var found = 0
        for _ in 0..<50_000 {
            let octets = (0..<Int.random(in: 0...12, using: &random)).map { _ in
                letters.randomElement(using: &random) ?? 0x3A
            }
            let text = String(decoding: octets, as: UTF8.self)
            if let address = IPAddress(text) {
                found += 1
                #expect(IPAddress(address.description) == address)
            }
            if let endpoint = Endpoint(text, defaultPort: 53) {
                #expect(Endpoint(endpoint.description, defaultPort: 1) == endpoint)
            }
            if let prefix = Prefix(text) { #expect(Prefix(prefix.description) == prefix) }
        }
        #expect(found > 100)
    }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
