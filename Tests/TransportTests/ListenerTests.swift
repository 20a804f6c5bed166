// Listeners as values: an endpoint and what is spoken there.

import Addresses
import Testing

@testable import Transport

@Suite struct ListenerTests {
    private static let endpoint = Endpoint(IPAddress(ipv4: 0x0A00_0004), port: 53)

    @Test("a listener is named by its endpoint and how octets travel")
    func names() {
        #expect("\(Listener(Self.endpoint, .dnsOverUDP))" == "10.0.0.4:53 (UDP)")
        #expect("\(Listener(Self.endpoint, .dnsOverTCP))" == "10.0.0.4:53 (TCP)")
        #expect("\(Listener(Self.endpoint, .http))" == "10.0.0.4:53 (TCP)")
    }

    @Test("two protocols at one endpoint are two listeners")
    func different() {
        let protocols = [ListenerProtocol.dnsOverUDP, .dnsOverTCP, .http]
        #expect(Set(protocols.map { Listener(Self.endpoint, $0) }).count == 3)
    }

    @Test("only datagrams and streams keep apart: pages and messages cannot have one port")
    func ports() throws {
        let loop = try StreamStage().loop
        let server = try StreamServer(loop) { _, _, _, _ in }
        let endpoint = try server.listen(on: .tcp())
        let datagrams = try UDPListener(.udp(endpoint), sharing: .exclusive)
        #expect(datagrams.boundEndpoint == endpoint)
        let pages = Listener(endpoint, .http)
        let error = #expect(throws: ListenError.self) {
            try HTTPServer(loop, on: pages) { _, _ in }
        }
        #expect(error?.listener == pages)
        #expect(error?.reason == .inUse)
    }
}
