// The UDP side towards clients: batches, the address that was asked, and what cannot be answered.

import Addresses
import Events
import Glibc
import Testing

@testable import Sockets
@testable import Transport

/// A client's UDP socket, not connected, so that it sees who answers.
private final class DatagramClient {
    let descriptor: CInt

    init(_ family: CInt = AF_INET) throws {
        descriptor = socket(family, CInt(SOCK_DGRAM.rawValue), 0)
        try #require(descriptor >= 0)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout,
            socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ octets: [UInt8], to server: Endpoint) {
        let count = unsafe octets.withUnsafeBytes { bytes in
            unsafe SocketAddress(server).withPointer { address, length in
                unsafe sendto(descriptor, bytes.baseAddress, bytes.count, 0, address, length)
            }
        }
        #expect(count == octets.count)
    }

    /// The next datagram and its sender.
    func receive() throws -> (octets: [UInt8], source: Endpoint) {
        var octets = [UInt8](repeating: 0, count: 65_535)
        var address = SocketAddress()
        let count = unsafe octets.withUnsafeMutableBytes { bytes in
            unsafe address.withMutablePointer { address, length in
                unsafe recvfrom(descriptor, bytes.baseAddress, bytes.count, 0, address, length)
            }
        }
        try #require(count >= 0, "nothing came for ten seconds")
        return (Array(octets[..<count]), try #require(address.endpoint))
    }

    /// Whether a datagram has come.
    var hasDatagram: Bool {
        var octet: UInt8 = 0
        return unsafe recv(descriptor, &octet, 1, CInt(MSG_PEEK) | CInt(MSG_DONTWAIT)) >= 0
    }
}

extension UDPListener {
    /// Takes what has come, `count` datagrams at the least, answers each with itself and one byte more,
    /// and returns them.
    fileprivate func echo(_ batch: inout DatagramBatch, atLeast count: Int = 1) -> [[UInt8]] {
        var received: [[UInt8]] = []
        for _ in 0..<10_000 where received.count < count {
            _ = receive(into: &batch)
            batch.answerEach { place, size, _, _, room in
                #expect(place.count == DatagramBatch.datagramCapacity)
                let query = place.extracting(first: size)
                received.append(query.array)
                var room = room
                for index in query.indices { room[index] = query[index] }
                room[query.count] = 0xAA
                return query.count + 1
            }
            send(&batch)
            if received.count < count { usleep(500) }
        }
        return received
    }
}

@Suite struct UDPListenerTests {
    @Test("an answer comes from the address that was asked", arguments: [2, 53, 0x10203])
    func answersFromTheAddressAsked(last: UInt32) throws {
        let listener = try UDPListener(.udp(Endpoint(.anyIPv4, port: 0)))
        var batch = DatagramBatch()
        let client = try DatagramClient()
        let server = Endpoint(
            IPAddress(ipv4: 0x7F00_0000 | last), port: listener.boundEndpoint.port)
        client.send([1, 2], to: server)
        #expect(listener.echo(&batch) == [[1, 2]])
        let reply = try client.receive()
        #expect(reply.octets == [1, 2, 0xAA])
        #expect(reply.source == server)
    }

    @Test("the IPv6 wildcard answers from the address asked, and takes no IPv4")
    func ipv6() throws {
        let listener = try UDPListener(.udp(Endpoint(.anyIPv6, port: 0)))
        let port = listener.boundEndpoint.port
        var batch = DatagramBatch()
        let client = try DatagramClient(AF_INET6)
        client.send([7], to: Endpoint(.loopbackIPv6, port: port))
        #expect(listener.echo(&batch) == [[7]])
        let reply = try client.receive()
        #expect(reply.source == Endpoint(.loopbackIPv6, port: port))
        #expect(reply.octets == [7, 0xAA])
        // The same port is free for IPv4, and datagrams sent there belong to another socket.
        let other = try UDPListener(.udp(Endpoint(.anyIPv4, port: port)), sharing: .exclusive)
        let client4 = try DatagramClient()
        client4.send([8], to: Endpoint(.loopbackIPv4, port: port))
        #expect(other.echo(&batch) == [[8]])
    }

    @Test(
        "a socket of one address needs no telling where answers leave from",
        arguments: [IPAddress(ipv4: 0x7F00_0005), .loopbackIPv6])
    func oneAddress(_ address: IPAddress) throws {
        let listener = try UDPListener(.udp(Endpoint(address, port: 0)))
        #expect(listener.hasOneAddress)
        var batch = DatagramBatch()
        let client = try DatagramClient(address.isIPv6 ? AF_INET6 : AF_INET)
        client.send([7], to: listener.boundEndpoint)
        #expect(listener.echo(&batch) == [[7]])
        let reply = try client.receive()
        #expect(reply.source == listener.boundEndpoint)
        // A late answer says where it comes from, and leaves from there.
        var queue = DatagramQueue()
        let port = try #require(Socket(descriptor: client.descriptor).localEndpoint).port
        let peer = Endpoint(address.isIPv6 ? .loopbackIPv6 : .loopbackIPv4, port: port)
        let path = listener.path(to: peer, from: address, interface: 0)
        #expect(path.local.isUnspecified)
        queue.append(to: path) { room in
            var room = room
            room[0] = 9
            return 1
        }
        listener.send(&queue)
        let late = try client.receive()
        #expect(late.octets == [9])
        #expect(late.source == listener.boundEndpoint)
    }

    @Test("more datagrams than a batch holds are taken in turns, each answered")
    func manyDatagrams() throws {
        let listener = try UDPListener(.udp())
        var batch = DatagramBatch(capacity: 8)
        let client = try DatagramClient()
        for number in 0..<100 as Range<UInt8> { client.send([number], to: listener.boundEndpoint) }
        #expect(listener.echo(&batch, atLeast: 100) == (0..<100).map { [UInt8($0)] })
        for number in 0..<100 as Range<UInt8> {
            #expect(try client.receive().octets == [number, 0xAA])
        }
        #expect(listener.receive(into: &batch) == 0)
        #expect(listener.counters == UDPListener.Counters())
    }

    @Test(
        "a datagram longer than a slot is counted and left unanswered; the others of its batch are not"
    )
    func tooLong() throws {
        let listener = try UDPListener(.udp())
        var batch = DatagramBatch()
        let client = try DatagramClient()
        let longest = [UInt8](repeating: 1, count: DatagramBatch.datagramCapacity)
        client.send([1], to: listener.boundEndpoint)
        client.send(longest + [2], to: listener.boundEndpoint)
        client.send([3], to: listener.boundEndpoint)
        #expect(listener.echo(&batch, atLeast: 2) == [[1], [3]])
        #expect(listener.counters.truncated == 1)
    }

    @Test("an empty datagram gets nothing")
    func empty() throws {
        let listener = try UDPListener(.udp())
        var batch = DatagramBatch()
        let client = try DatagramClient()
        client.send([], to: listener.boundEndpoint)
        client.send([5], to: listener.boundEndpoint)
        #expect(listener.echo(&batch) == [[5]])
        #expect(try client.receive().octets == [5, 0xAA])
        #expect(!client.hasDatagram)
    }

    @Test("a query that is answered later, or never, leaves no reply behind")
    func unanswered() throws {
        let listener = try UDPListener(.udp())
        var batch = DatagramBatch()
        let client = try DatagramClient()
        var path: DatagramAddresses?
        for number in [1, 2, 3] as [UInt8] { client.send([number], to: listener.boundEndpoint) }
        var count = 0
        for _ in 0..<10_000 where count < 3 {
            count += listener.receive(into: &batch)
            batch.answerEach { query, _, address, from, room in
                guard query[0] == 2 else { path = from(); return 0 }
                #expect(address == from().peer.address)
                var room = room
                room[0] = 22
                return 1
            }
            listener.send(&batch)
        }
        #expect(try client.receive().octets == [22])
        var queue = DatagramQueue(capacity: 2)
        let late = try #require(path)
        for number in [33, 44] as [UInt8] {
            let wasFull = queue.isFull
            #expect(!wasFull)
            queue.append(to: late) { room in
                var room = room
                room[0] = number
                return 1
            }
        }
        let isFull = queue.isFull
        listener.send(&queue)
        let left = queue.count
        #expect(isFull && left == 0)
        #expect(try client.receive().octets == [33])
        #expect(try client.receive().octets == [44])
        queue.append(to: late) { _ in 0 }
        let empty = queue.count
        #expect(empty == 0)
    }

    @Test("a port that another socket has is told, unless both share it")
    func inUse() throws {
        let first = try UDPListener(.udp())
        let error = #expect(throws: ListenError.self) {
            try UDPListener(.udp(first.boundEndpoint), sharing: .exclusive)
        }
        #expect(error?.reason == .inUse)
        #expect(error?.listener == .udp(first.boundEndpoint))
        _ = try UDPListener(.udp(first.boundEndpoint))
    }

    @Test("an address that no interface has is told")
    func addressNotAvailable() {
        let error = #expect(throws: ListenError.self) {
            try UDPListener(.udp(Endpoint(IPAddress(ipv4: 0xC000_0201), port: 0)))
        }
        #expect(error?.reason == .addressNotAvailable)
    }

    @Test("a client that has gone does not keep others from their replies")
    func clientGone() throws {
        let listener = try UDPListener(.udp())
        var batch = DatagramBatch()
        let stays = try DatagramClient()
        do {
            let goes = try DatagramClient()
            goes.send([1], to: listener.boundEndpoint)
        }
        stays.send([2], to: listener.boundEndpoint)
        #expect(listener.echo(&batch, atLeast: 2).count == 2)
        #expect(try stays.receive().octets == [2, 0xAA])
        stays.send([3], to: listener.boundEndpoint)
        #expect(listener.echo(&batch) == [[3]])
        #expect(try stays.receive().octets == [3, 0xAA])
    }
}
