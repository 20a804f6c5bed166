// One question over UDP or TCP with blocking sockets and a timeout: what `check --live` asks the running daemon.

import Addresses
import DNSWire
import Glibc
import Store

/// Asks one server.
struct DNSClient {
    let server: Endpoint
    /// How long an answer may take.
    static let seconds = 8

    /// The reply to a query; nil if there is none in time.
    func ask(_ name: Name, _ type: RecordType, overTCP: Bool) -> LiveAnswer? {
        let id = UInt16.random(in: 0...UInt16.max)
        let query = LiveQuestion.query(name, type, id: id)
        let socket = Glibc.socket(
            server.address.isIPv6 ? AF_INET6 : AF_INET,
            overTCP ? Int32(SOCK_STREAM.rawValue) : Int32(SOCK_DGRAM.rawValue), 0)
        guard socket >= 0 else { return nil }
        defer { close(socket) }
        var limit = timeval(tv_sec: Self.seconds, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            // Safe: the value outlives the call, and its length is that of its own type.
            unsafe setsockopt(socket, SOL_SOCKET, option, &limit, length)
        }
        guard SocketAddress.connect(socket, to: server) == 0 else { return nil }
        let frame = [UInt8(query.count >> 8), UInt8(query.count & 255)]
        guard send(overTCP ? frame + query : query, on: socket) else { return nil }
        if overTCP {
            guard let head = read(2, from: socket) else { return nil }
            guard let body = read(Int(head[0]) << 8 | Int(head[1]), from: socket) else {
                return nil
            }
            return LiveAnswer(body, id: id, name: name)
        }
        // Replies that do not match the query are ignored, up to a limit.
        for _ in 0..<8 {
            guard let octets = receive(on: socket) else { return nil }
            if let answer = LiveAnswer(octets, id: id, name: name) { return answer }
        }
        return nil
    }

    private func send(_ octets: [UInt8], on socket: Int32) -> Bool {
        // Safe: the span's bytes are borrowed for the call and its count bounds the read.
        let count = unsafe octets.span.withUnsafeBufferPointer {
            unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        return count == octets.count
    }

    private func receive(on socket: Int32) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: 65535)
        // Safe: the buffer is exclusively borrowed for the call and its count bounds the write.
        let count = unsafe octets.withUnsafeMutableBytes {
            unsafe recv(socket, $0.baseAddress, $0.count, 0)
        }
        return count > 0 ? Array(octets[..<count]) : nil
    }

    private func read(_ count: Int, from socket: Int32) -> [UInt8]? {
        var octets: [UInt8] = []
        while octets.count < count {
            guard let more = receiveSome(count - octets.count, on: socket) else { return nil }
            octets += more
        }
        return octets
    }

    private func receiveSome(_ limit: Int, on socket: Int32) -> [UInt8]? {
        var octets = [UInt8](repeating: 0, count: limit)
        // Safe: the buffer is exclusively borrowed for the call and its count bounds the write.
        let count = unsafe octets.withUnsafeMutableBytes {
            unsafe recv(socket, $0.baseAddress, $0.count, 0)
        }
        return count > 0 ? Array(octets[..<count]) : nil
    }
}

/// Addresses as the system has them.
enum SocketAddress {
    /// Connects; what the call returns.
    static func connect(_ socket: Int32, to endpoint: Endpoint) -> Int32 {
        guard endpoint.address.isIPv6 else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = endpoint.port.bigEndian
            address.sin_addr.s_addr = (endpoint.address.ipv4Bits ?? 0).bigEndian
            // Safe: the address outlives the call, and its length is that of its own type.
            return unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = endpoint.port.bigEndian
        address.sin6_scope_id = endpoint.scope
        // Safe: the copy has the sixteen bytes that the field has.
        unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { target in
            for index in 0..<16 { unsafe target[index] = endpoint.address.octet(index) }
        }
        // Safe: the address outlives the call, and its length is that of its own type.
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }
}

/// Tries to connect to many addresses at a time.
enum ConnectProbe {
    /// How long a connection may take, in milliseconds.
    static let patience: Int32 = 3000

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
        var open: [(address: IPAddress, poll: pollfd)] = []
        for address in addresses {
            let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
            let socket = Glibc.socket(address.isIPv6 ? AF_INET6 : AF_INET, kind, 0)
            if socket >= 0,
                SocketAddress.connect(socket, to: Endpoint(address, port: port)) == 0
                    || errno == EINPROGRESS
            {
                open.append((address, pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)))
            } else {
                failures[address] = reason(errno)
                if socket >= 0 { close(socket) }
            }
        }
        let deadline = milliseconds() + Int64(patience)
        while !open.isEmpty {
            var polls = open.map(\.poll)
            let left = Int32(clamping: deadline - milliseconds())
            // Safe: the array outlives the call, and its count is given.
            let ready = left <= 0 ? 0 : unsafe poll(&polls, nfds_t(polls.count), left)
            if ready <= 0 { break }
            var waiting: [(address: IPAddress, poll: pollfd)] = []
            for (entry, poll) in zip(open, polls) {
                if poll.revents == 0 {
                    waiting.append(entry)
                    continue
                }
                let error = pendingError(poll.fd)
                if error != 0 { failures[entry.address] = reason(error) }
                close(poll.fd)
            }
            open = waiting
        }
        for entry in open {
            failures[entry.address] = "no answer in \(patience / 1000) seconds"
            close(entry.poll.fd)
        }
        return failures
    }

    private static func pendingError(_ socket: Int32) -> Int32 {
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        // Safe: the value outlives the call, and its length is that of its own type.
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) == 0 else {
            return errno
        }
        return error
    }

    private static func milliseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    private static func reason(_ code: Int32) -> String {
        // Safe: strerror returns a C string that lives until its next call on this, the only, thread.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
