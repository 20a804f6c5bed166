// Sockets on loopback: how they connect, what they transfer, and what their options are.

import Addresses
import CLinux
import Glibc
import Testing

@testable import Sockets

private let anyPort = Endpoint(.loopbackIPv4, port: 0)

/// A connection over loopback: both ends, which do not block.
private final class Connection {
    let client: Socket
    let server: Socket
    let peer: Endpoint?

    init() throws {
        let listener = try Socket.open(.stream, .ipv4)
        defer { listener.close() }
        try listener.bind(to: SocketAddress(anyPort))
        try listener.listen(backlog: 1)
        let endpoint = try #require(listener.localEndpoint)
        client = try Socket.open(.stream, .ipv4)
        try client.connect(to: SocketAddress(endpoint))
        let accepted = try listener.accept()
        server = accepted.socket
        peer = accepted.peer.endpoint
    }

    deinit {
        client.close()
        server.close()
    }
}

extension Socket {
    fileprivate func receive(_ limit: Int = 64) throws(Errno) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: limit)
        var room = octets.mutableSpan
        let count = try receive(into: &room)
        return Array(octets[..<count])
    }

    fileprivate func option(_ level: Int, _ name: CInt) -> CInt {
        var value: CInt = -1
        var size = socklen_t(MemoryLayout<CInt>.size)
        #expect(unsafe getsockopt(descriptor, CInt(level), name, &value, &size) == 0)
        return value
    }
}

@Suite struct SocketTests {
    @Test("a stream carries octets, says when there are none, and when it has ended")
    func stream() throws {
        let connection = try Connection()
        #expect(connection.peer == connection.client.localEndpoint)
        #expect(throws: Errno.wouldBlock) { try connection.server.receive() }
        let octets: [UInt8] = [1, 2, 3]
        #expect(try connection.client.send(octets.span) == 3)
        #expect(try connection.server.receive(2) == [1, 2])
        #expect(try connection.server.receive() == [3])
        #expect(shutdown(connection.client.descriptor, CInt(SHUT_WR)) == 0)
        #expect(try connection.server.receive() == [])
    }

    @Test("a stream that nobody reads takes no more at some point")
    func full() throws {
        let connection = try Connection()
        let octets = [UInt8](repeating: 7, count: 1 << 20)
        #expect(throws: Errno.wouldBlock) {
            for _ in 0..<64 { _ = try connection.client.send(octets.span) }
        }
    }

    @Test("nobody listens: at once, or when the socket is writable")
    func refused() throws {
        let listener = try Socket.open(.stream, .ipv4)
        try listener.bind(to: SocketAddress(anyPort))
        let endpoint = try #require(listener.localEndpoint)
        let client = try Socket.open(.stream, .ipv4)
        defer {
            client.close()
            listener.close()
        }
        var found: Errno?
        do throws(Errno) {
            try client.connect(to: SocketAddress(endpoint))
            found = client.takeError()
        } catch {
            found = error
        }
        #expect(found == .connectionRefused)
        #expect(client.takeError() == nil)
        #expect("\(Errno.connectionRefused)" == "Connection refused")
    }

    @Test("a datagram socket gives up its port, and takes a new one when it connects again")
    func disconnect() throws {
        let server = try Socket.open(.datagram, .ipv4)
        let client = try Socket.open(.datagram, .ipv4)
        defer {
            server.close()
            client.close()
        }
        try server.bind(to: SocketAddress(anyPort))
        let endpoint = try #require(server.localEndpoint)
        try client.connect(to: SocketAddress(endpoint))
        let first = try #require(client.localEndpoint)
        let octets: [UInt8] = [7]
        try server.send(octets.span, to: SocketAddress(first))
        try client.disconnect()
        #expect(client.localEndpoint?.port == 0)
        try client.discardOne()
        #expect(throws: Errno.wouldBlock) { try client.discardOne() }
        try client.connect(to: SocketAddress(endpoint))
        #expect(client.localEndpoint?.port != 0)
    }

    @Test("each option sets what it says")
    func options() throws {
        let connection = try Connection()
        let stream = connection.client
        stream.sendWithoutDelay()
        #expect(stream.option(IPPROTO_TCP, TCP_NODELAY) != 0)
        stream.limitUnacknowledged(milliseconds: 1_234)
        #expect(stream.option(IPPROTO_TCP, CInt(CLINUX_TCP_USER_TIMEOUT)) == 1_234)
        let listener = try Socket.open(.stream, .ipv6)
        let datagrams = try Socket.open(.datagram, .ipv4)
        defer {
            listener.close()
            datagrams.close()
        }
        listener.takeIPv6Only()
        #expect(listener.option(IPPROTO_IPV6, IPV6_V6ONLY) == 1)
        listener.reuseAddress()
        #expect(listener.option(Int(SOL_SOCKET), SO_REUSEADDR) == 1)
        listener.sharePort()
        #expect(listener.option(Int(SOL_SOCKET), SO_REUSEPORT) == 1)
        listener.chooseSourcePortLate()
        #expect(listener.option(IPPROTO_IP, CInt(CLINUX_IP_BIND_ADDRESS_NO_PORT)) == 1)
        try datagrams.reportDestinations(isIPv6: false)
        #expect(datagrams.option(IPPROTO_IP, CInt(CLINUX_IP_PKTINFO)) == 1)
        datagrams.ignorePathMTU(isIPv6: false)
        #expect(
            datagrams.option(IPPROTO_IP, CInt(CLINUX_IP_MTU_DISCOVER))
                == CInt(CLINUX_PMTUDISC_OMIT))
        // The kernel doubles what is asked for.
        datagrams.setBuffers(octets: 65_536)
        #expect(datagrams.option(Int(SOL_SOCKET), SO_RCVBUF) == 131_072)
        #expect(datagrams.option(Int(SOL_SOCKET), SO_SNDBUF) == 131_072)
        #expect(throws: Errno.self) { try datagrams.reportDestinations(isIPv6: true) }
    }

    @Test("a blocking socket waits for so long, both ways")
    func timeouts() throws {
        let socket = try Socket.open(.datagram, .ipv4, isBlocking: true)
        defer { socket.close() }
        #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK == 0)
        socket.limitWaiting(seconds: 7)
        for name in [SO_RCVTIMEO, SO_SNDTIMEO] {
            var value = timeval()
            var size = socklen_t(MemoryLayout<timeval>.size)
            #expect(unsafe getsockopt(socket.descriptor, SOL_SOCKET, name, &value, &size) == 0)
            #expect(value.tv_sec == 7)
        }
    }
}
