// Endpoints and paths as the kernel's socket addresses.

import Addresses
import Glibc
import Testing

@testable import Sockets

@Suite struct SocketAddressTests {
    @Test(
        "an endpoint becomes a socket address and comes back",
        arguments: ["127.0.0.1:53", "255.1.2.3:65535", "[::1]:53", "[2001:db8::ff00:1]:1"])
    func endpoints(text: String) throws {
        let endpoint = try #require(Endpoint(text, defaultPort: 53))
        let address = SocketAddress(endpoint)
        #expect(address.endpoint == endpoint)
        #expect(address.family == endpoint.family)
        #expect(endpoint.family == (endpoint.address.isIPv6 ? .ipv6 : .ipv4))
    }

    @Test("ip(7), ipv6(7): the octets are those of the kernel")
    func layout() throws {
        let ipv4 = try #require(Endpoint("10.0.0.4:53", defaultPort: 53))
        #expect(octets(of: ipv4) == [2, 0, 0, 53, 10, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0])
        let address = try #require(IPAddress("fe80::1"))
        #expect(
            octets(of: Endpoint(address, port: 0x1234, scope: 3))
                == [10, 0, 0x12, 0x34, 0, 0, 0, 0, 0xFE, 0x80] + [UInt8](repeating: 0, count: 13)
                + [1, 3, 0, 0, 0])
    }

    private func octets(of endpoint: Endpoint) -> [UInt8] {
        var octets = [UInt8](repeating: 0xAA, count: SocketAddress.capacity)
        let length = unsafe octets.withUnsafeMutableBytes { bytes in
            unsafe SocketAddress.write(endpoint, to: bytes)
        }
        return Array(octets[..<Int(length)])
    }

    @Test("unix(7): a path has 107 octets at the most, an abstract name too")
    func paths() throws {
        let longest = String(repeating: "p", count: 107)
        #expect(SocketAddress.longestPath == 107)
        let address = try #require(SocketAddress(path: longest))
        #expect(address.family == .local)
        #expect(address.endpoint == nil)
        #expect(SocketAddress(path: "@" + longest) != nil)
        #expect(SocketAddress(path: longest + "p") == nil)
        #expect(SocketAddress(path: "@" + longest + "p") == nil)
        #expect(SocketAddress(path: "") == nil)
        #expect(SocketAddress(path: "a\0b") == nil)
    }
}
