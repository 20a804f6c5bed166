// One question over UDP or TCP with blocking sockets and a timeout: what `check --live` asks the running daemon.

import Addresses
import DNSWire
import Glibc
import Sockets
import Store

/// Asks one server.
struct DNSClient {
    let server: Endpoint
    /// How long an answer may take.
    static let seconds = 8

    /// The reply to a query; nil if there is none in time.
    func ask(_ name: Name, _ type: RecordType, overTCP: Bool) -> LiveAnswer? {
        let kind = overTCP ? Socket.Kind.stream : .datagram
        guard let socket = try? Socket.open(kind, server.family, isBlocking: true) else {
            return nil
        }
        defer { socket.close() }
        socket.limitWaiting(seconds: Self.seconds)
        return try? ask(name, type, over: socket, isStream: overTCP)
    }

    private func ask(
        _ name: Name, _ type: RecordType, over socket: Socket, isStream: Bool
    ) throws(Errno) -> LiveAnswer? {
        let id = UInt16.random(in: 0...UInt16.max)
        let query = LiveQuestion.query(name, type, id: id)
        let frame = [UInt8(query.count >> 8), UInt8(query.count & 255)]
        let sent = isStream ? frame + query : query
        try socket.connect(to: SocketAddress(server))
        guard try socket.send(sent.span) == sent.count else { return nil }
        if isStream {
            guard let head = try read(2, from: socket),
                let body = try read(Int(head[0]) << 8 | Int(head[1]), from: socket)
            else { return nil }
            return LiveAnswer(body, id: id, name: name)
        }
        // Replies that do not match the query are ignored, up to a limit.
        for _ in 0..<8 {
            let octets = try receive(atMost: 65535, from: socket)
            if let answer = LiveAnswer(octets, id: id, name: name) { return answer }
        }
        return nil
    }

    private func receive(atMost limit: Int, from socket: Socket) throws(Errno) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: limit)
        var room = octets.mutableSpan
        let count = try socket.receive(into: &room)
        return Array(octets[..<count])
    }

    /// So many bytes; nil when the stream ends before.
    private func read(_ count: Int, from socket: Socket) throws(Errno) -> [UInt8]? {
        var octets: [UInt8] = []
        while octets.count < count {
            let more = try receive(atMost: count - octets.count, from: socket)
            if more.isEmpty { return nil }
            octets += more
        }
        return octets
    }
}

/// Tries to connect to many addresses at a time.
enum ConnectProbe {
    /// How long a connection may take, in milliseconds.
    static let patience: Int32 = 3000

    private struct Attempt {
        let address: IPAddress
        let socket: Socket
    }

    /// Why no connection to an address can be made; nil for those to which it can.
    static func failures(_ addresses: [IPAddress], port: UInt16) -> [IPAddress: String] {
        var failures: [IPAddress: String] = [:]
        var rest = addresses[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(64))
            rest = rest.dropFirst(64)
            failures.merge(probe(batch, port)) { first, _ in first }
        }
        return failures
    }

    private static func probe(_ addresses: [IPAddress], _ port: UInt16) -> [IPAddress: String] {
        var failures: [IPAddress: String] = [:]
        var open: [Attempt] = []
        for address in addresses {
            do throws(Errno) {
                let endpoint = Endpoint(address, port: port)
                let socket = try Socket.open(.stream, endpoint.family)
                do throws(Errno) {
                    try socket.connect(to: SocketAddress(endpoint))
                } catch {
                    try socket.close(after: error)
                }
                open.append(Attempt(address: address, socket: socket))
            } catch {
                failures[address] = "\(error)"
            }
        }
        let deadline = milliseconds() + Int64(patience)
        while !open.isEmpty {
            var polls = open.map {
                pollfd(fd: $0.socket.descriptor, events: Int16(POLLOUT), revents: 0)
            }
            let left = Int32(clamping: deadline - milliseconds())
            // Safe: the array outlives the call, and its count is given.
            let ready = left <= 0 ? 0 : unsafe poll(&polls, nfds_t(polls.count), left)
            if ready <= 0 { break }
            var waiting: [Attempt] = []
            for (attempt, poll) in zip(open, polls) {
                if poll.revents == 0 {
                    waiting.append(attempt)
                    continue
                }
                if let error = attempt.socket.takeError() {
                    failures[attempt.address] = "\(error)"
                }
                attempt.socket.close()
            }
            open = waiting
        }
        for attempt in open {
            failures[attempt.address] = "no answer in \(patience / 1000) seconds"
            attempt.socket.close()
        }
        return failures
    }

    private static func milliseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
