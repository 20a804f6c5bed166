// A daemon in this process: settings and zones in a directory of its own, port 0, and a client for it.

import Addresses
import DNSWire
import Daemon
import Foundation
import Glibc
import Logging
import Testing

/// A directory with settings and zones, removed in the end.
final class DaemonDirectory {
    let path: String
    var settingsFile: String { "\(path)/privatelinkd.yaml" }

    init(settings: String, zones: [String: String] = [:]) throws {
        path = NSTemporaryDirectory() + "privatelinkd-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: "\(path)/zones", withIntermediateDirectories: true)
        try write(settings)
        for (origin, text) in zones { try write(zone: origin, text) }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Replaces the settings file.
    func write(_ settings: String) throws {
        let text = settings + "\ncontrol: {socket: control.sock}\nzones: {directory: zones}\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: settingsFile), options: .atomic)
    }

    /// Replaces a zone's file.
    func write(zone origin: String, _ text: String) throws {
        let file = URL(fileURLWithPath: "\(path)/zones/\(origin).zone")
        try Data(text.utf8).write(to: file, options: .atomic)
    }

    /// Starts a daemon that logs nothing.
    func start() throws(StartError) -> Daemon {
        try Daemon.start(
            settingsFile: settingsFile,
            logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
    }
}

/// How to ask.
enum Way: CaseIterable { case udp, tcp }

/// Asks a daemon; the answer's RCODE and the data of its records.
func ask(
    _ endpoint: Endpoint, _ name: String, _ type: RecordType = .a, over way: Way = .udp
) throws -> (code: ResponseCode, records: [String]) {
    let reply = try Asker(endpoint, way).ask(try query(name, type))
    let header = try MessageHeader(reply.span)
    var position = try MessageReader.endOfName(in: reply.span, at: MessageHeader.size) + 4
    var records: [String] = []
    for _ in 0..<header.answerCount {
        let record = try MessageReader.record(in: reply.span, at: position)
        let data = try record.uncompressedData(in: reply.span)
        position = record.end
        records.append(record.type == .cname ? "\(try Name(wire: data.span))" : dotted(data))
    }
    return (header.flags.lowResponseCode, records)
}

private func dotted(_ octets: [UInt8]) -> String {
    octets.map { String($0) }.joined(separator: ".")
}

private func query(_ name: String, _ type: RecordType) throws -> [UInt8] {
    let number = type.rawValue
    return [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + (try Name(text: name)).octets
        + [UInt8(number >> 8), UInt8(number & 0xFF), 0, 1]
}

/// A socket that is connected to a daemon.
private final class Asker {
    private let descriptor: Int32
    private let way: Way

    init(_ endpoint: Endpoint, _ way: Way) throws {
        self.way = way
        let type = way == .udp ? SOCK_DGRAM : SOCK_STREAM
        let family = endpoint.address.isIPv6 ? AF_INET6 : AF_INET
        descriptor = socket(family, Int32(type.rawValue), 0)
        try #require(descriptor >= 0)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try #require(connect(to: endpoint) == 0)
    }

    deinit { close(descriptor) }

    private func connect(to endpoint: Endpoint) -> Int32 {
        var octets = [UInt8](repeating: 0, count: 28)
        let family = UInt16(endpoint.address.isIPv6 ? AF_INET6 : AF_INET)
        octets[0] = UInt8(family & 0xFF)
        octets[1] = UInt8(family >> 8)
        octets[2] = UInt8(endpoint.port >> 8)
        octets[3] = UInt8(endpoint.port & 0xFF)
        let start = endpoint.address.isIPv6 ? 8 : 4
        for index in 0..<(endpoint.address.bitCount / 8) {
            octets[start + index] = endpoint.address.octet(index)
        }
        let count = socklen_t(endpoint.address.isIPv6 ? 28 : 16)
        return unsafe octets.withUnsafeBytes { bytes in
            guard let address = unsafe bytes.assumingMemoryBound(to: sockaddr.self).baseAddress
            else { return -1 }
            return unsafe Glibc.connect(descriptor, address, count)
        }
    }

    func ask(_ query: [UInt8]) throws -> [UInt8] {
        let framed = way == .udp ? query : [0, UInt8(query.count)] + query
        try #require(unsafe send(descriptor, framed, framed.count, 0) == framed.count)
        if way == .udp { return try receive(65_535, whole: false) }
        let length = try receive(2, whole: true)
        return try receive(Int(length[0]) << 8 | Int(length[1]), whole: true)
    }

    private func receive(_ count: Int, whole: Bool) throws -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        let flags = whole ? Int32(MSG_WAITALL) : 0
        let got = unsafe recv(descriptor, &octets, count, flags)
        try #require(got > 0 && (!whole || got == count), "no answer")
        return Array(octets.prefix(got))
    }
}

/// Asks again and again until a condition holds: for what has no event that a test could wait for.
func waitUntil(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = Date().addingTimeInterval(20)
    while try !condition() {
        try #require(Date() < deadline, "\(what) did not happen")
        usleep(10_000)
    }
}
