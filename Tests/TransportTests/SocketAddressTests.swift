// Endpoints as the kernel's socket addresses.

import Addresses
import Testing

@testable import Transport

@Suite struct SocketAddressTests {
    @Test(
        "an endpoint becomes a socket address and comes back",
        arguments: ["127.0.0.1:53", "255.1.2.3:65535", "[::1]:53", "[2001:db8::ff00:1]:1"])
    func socketAddresses(text: String) throws {
        let endpoint = try #require(Endpoint(text, defaultPort: 53))
        #expect(SocketAddress(endpoint).endpoint == endpoint)
    }
}

/// SplitMix64, so that what failed once fails again.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
