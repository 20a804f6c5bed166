// The CLIENT-SUBNET option (RFC 7871, section 6): valid and invalid networks, and that a network
// read is written back.

import DNSWire
import Testing

@Suite struct ClientSubnetTests {
    private static func read(_ text: String) throws -> ClientSubnet {
        let data = octets(text)
        let message = [0, 8, 0, UInt8(data.count)] + data
        let found = EDNSOption(in: message.span, at: 0, within: message.count)
        return try ClientSubnet(try #require(found), in: message.span)
    }

    @Test(
        "a network, as it is read and written",
        arguments: [
            "0001 18 00 c63364", "0001 20 00 c6336407", "0001 00 00", "0001 11 10 c63380",
            "0000 00 00", "0002 80 40 20010db8000000000000000000000001",
            "0002 38 00 20010db8000001",
            "0002 41 00 20010db80000000180", "0002 40 40 20010db800000001",
        ])
    func networks(text: String) throws {
        let subnet = try Self.read(text)
        #expect(hexadecimal(subnet.option.dropFirst(4)) == hexadecimal(octets(text)[...]))
        #expect(subnet.option.prefix(4) == [0, 8, 0, UInt8(octets(text).count)])
        #expect(subnet.isSameNetwork(as: subnet))
    }

    @Test(
        "what is no network",
        arguments: [
            "", "0001", "0001 18", "0001 18 00", "0001 18 00 c633", "0001 18 00 c6336400",
            "0001 21 00 c633640101", "0001 18 21 c63364", "0001 17 00 c63365", "0001 01 00 40",
            "0003 00 00", "0000 01 00 80", "0000 00 01",
            "0002 81 00 20010db800000000000000000000000000", "0002 41 00 20010db80000000140",
        ])
    func faults(text: String) {
        #expect(throws: WireError.badOptions) { try Self.read(text) }
    }

    @Test("networks differ in family, length or bits, and not in scope")
    func comparison() throws {
        let network = try Self.read("0001 18 00 c63364")
        #expect(network.isSameNetwork(as: try Self.read("0001 18 14 c63364")))
        for other in ["0001 17 00 c63364", "0001 18 00 c63365", "0002 18 00 c63364"] {
            #expect(!network.isSameNetwork(as: try Self.read(other)))
        }
    }
}
