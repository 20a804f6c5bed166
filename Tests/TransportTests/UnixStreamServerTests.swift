// The local socket: one line in, one reply out, who may use it, and clients that stall or go.

import Events
import Foundation
import Glibc
import Sockets
import Testing

@testable import Transport

/// A program that asks.
private final class LocalClient {
    private(set) var descriptor: CInt
    private(set) var input: [UInt8] = []
    private(set) var hasEnded = false

    init(_ path: String) throws {
        let socket = try Socket.open(.stream, .local, isBlocking: true)
        descriptor = socket.descriptor
        try socket.connect(to: try #require(SocketAddress(path: path)))
        #expect(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    func send(_ text: String) {
        let octets = Array(text.utf8)
        let count = unsafe octets.withUnsafeBytes { bytes in
            unsafe Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        }
        #expect(count == octets.count)
    }

    func endOutput() { #expect(shutdown(descriptor, CInt(SHUT_WR)) == 0) }

    /// Whether the server has closed the connection; everything it sent is in `input`.
    var isOver: Bool {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        while !hasEnded {
            let count = unsafe room.withUnsafeMutableBytes { bytes in
                unsafe recv(descriptor, bytes.baseAddress, bytes.count, 0)
            }
            if count < 0, errno == EAGAIN { return false }
            if count <= 0 { hasEnded = true } else { input += room[..<count] }
        }
        return true
    }

    var text: String { String(decoding: input, as: UTF8.self) }
}

private final class LocalStage {
    /// What the server's closure shares with the stage.
    final class Notes {
        var received: [(connection: ConnectionHandle, line: String)] = []
        var answer: (String) -> String? = { $0.uppercased() }
        weak var server: UnixStreamServer?
    }

    let directory: URL
    let path: String
    let loop: EventLoop
    let server: UnixStreamServer
    private let notes = Notes()
    var received: [(connection: ConnectionHandle, line: String)] { notes.received }
    var answer: (String) -> String? {
        get { notes.answer }
        set { notes.answer = newValue }
    }

    init(_ limits: UnixStreamServer.Limits = .init()) throws {
        directory = FileManager.default.temporaryDirectory
            .appending(path: "privatelinkd-\(UUID().uuidString.prefix(8))")
        path = directory.appending(path: "control.sock").path
        loop = try EventLoop()
        server = try UnixStreamServer(loop, path: path, limits: limits) {
            [notes] connection, line in
            let line = String(decoding: line.array, as: UTF8.self)
            notes.received.append((connection, line))
            if let reply = notes.answer(line) {
                notes.server?.reply(Array(reply.utf8), to: connection)
            }
        }
        notes.server = server
    }

    deinit {
        server.close()
        try? FileManager.default.removeItem(at: directory)
    }

    func expectEnd(
        of client: LocalClient, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try loop.turn(until: { client.isOver }, sourceLocation: sourceLocation)
    }
}

@Suite struct UnixStreamServerTests {
    @Test("a line is answered once, and the connection ends")
    func roundTrip() throws {
        let stage = try LocalStage()
        let client = try LocalClient(stage.path)
        for part in ["sta", "tus", "\nrest"] {
            client.send(part)
            try stage.loop.turn(milliseconds: 2)
        }
        try stage.expectEnd(of: client)
        #expect(client.text == "STATUS")
        #expect(stage.received.map(\.line) == ["status"])
    }

    @Test("a client that ends its output after its line still gets the reply")
    func halfClose() throws {
        let stage = try LocalStage()
        stage.answer = { _ in nil }
        let client = try LocalClient(stage.path)
        client.send("status\n")
        client.endOutput()
        try stage.loop.turn { stage.received.count == 1 }
        try stage.loop.turn(milliseconds: 10)
        #expect(stage.server.reply(Array("later".utf8), to: stage.received[0].connection))
        try stage.expectEnd(of: client)
        #expect(client.text == "later")
    }

    @Test("a client that ends its output before its line is whole is let go")
    func noLine() throws {
        let stage = try LocalStage()
        let client = try LocalClient(stage.path)
        client.send("stat")
        client.endOutput()
        try stage.expectEnd(of: client)
        #expect(client.text.isEmpty && stage.received.isEmpty)
    }

    @Test("a large reply goes on as the client reads")
    func largeReply() throws {
        let stage = try LocalStage()
        let reply = String(repeating: "0123456789abcdef", count: 200_000)
        stage.answer = { _ in reply }
        let client = try LocalClient(stage.path)
        client.send("zones\n")
        try stage.expectEnd(of: client)
        #expect(client.text == reply)
    }

    @Test("a line above the limit ends the connection")
    func tooLong() throws {
        var limits = UnixStreamServer.Limits()
        limits.requestOctets = 10
        let stage = try LocalStage(limits)
        let fits = try LocalClient(stage.path)
        fits.send("0123456789\n")
        try stage.expectEnd(of: fits)
        #expect(fits.text == "0123456789")
        let long = try LocalClient(stage.path)
        long.send("0123456789a\n")
        try stage.expectEnd(of: long)
        #expect(long.text.isEmpty)
        let endless = try LocalClient(stage.path)
        endless.send(String(repeating: "x", count: 100))
        try stage.expectEnd(of: endless)
        #expect(stage.received.count == 1)
    }

    @Test("a client that says nothing is let go, one that waits for us is not")
    func stalled() throws {
        var limits = UnixStreamServer.Limits()
        limits.stallNanoseconds = 60_000_000
        let stage = try LocalStage(limits)
        stage.answer = { _ in nil }
        let waiting = try LocalClient(stage.path)
        waiting.send("reload\n")
        let silent = try LocalClient(stage.path)
        silent.send("rel")
        try stage.expectEnd(of: silent)
        try stage.loop.turn(milliseconds: 150)
        #expect(!waiting.isOver)
        stage.server.reply(Array("done".utf8), to: stage.received[0].connection)
        try stage.expectEnd(of: waiting)
        #expect(waiting.text == "done")
    }

    @Test("a client that does not read its reply is let go")
    func neverReads() throws {
        var limits = UnixStreamServer.Limits()
        limits.stallNanoseconds = 60_000_000
        limits.connections = 1
        let stage = try LocalStage(limits)
        stage.answer = { $0 == "large" ? String(repeating: "x", count: 8 << 20) : "small" }
        let client = try LocalClient(stage.path)
        client.send("large\n")
        try stage.loop.turn { stage.received.count == 1 }
        // With one connection at a time, the next one is served once the first is given up.
        let next = try LocalClient(stage.path)
        next.send("other\n")
        try stage.expectEnd(of: next)
        #expect(next.text == "small")
    }

    @Test("beyond the limit clients wait in the kernel, and are served in turn")
    func limit() throws {
        var limits = UnixStreamServer.Limits()
        limits.connections = 2
        let stage = try LocalStage(limits)
        stage.answer = { _ in nil }
        let clients = try (0..<5).map { _ in try LocalClient(stage.path) }
        for client in clients { client.send("x\n") }
        for count in 1...5 {
            try stage.loop.turn { stage.received.count >= min(count + 1, 5) }
            #expect(stage.received.count == min(count + 1, 5))
            stage.server.reply(Array("done".utf8), to: stage.received[count - 1].connection)
        }
        for client in clients {
            try stage.expectEnd(of: client)
            #expect(client.text == "done")
        }
    }

    @Test("clients that ask nothing make room for others, the one silent for longest first")
    func silentClients() throws {
        var limits = UnixStreamServer.Limits()
        limits.connections = 2
        limits.stallNanoseconds = 600_000_000_000
        let stage = try LocalStage(limits)
        let silent = try LocalClient(stage.path)
        try stage.loop.turn(milliseconds: 20)
        let later = try LocalClient(stage.path)
        try stage.loop.turn(milliseconds: 20)
        let client = try LocalClient(stage.path)
        client.send("x\n")
        try stage.expectEnd(of: client)
        #expect(client.text == "X")
        try stage.expectEnd(of: silent)
        #expect(!later.isOver)
        later.send("y\n")
        try stage.expectEnd(of: later)
        #expect(later.text == "Y")
    }

    @Test("a reply to a client that is gone goes nowhere")
    func gone() throws {
        let stage = try LocalStage()
        stage.answer = { _ in nil }
        let client = try LocalClient(stage.path)
        client.send("x\n")
        try stage.loop.turn { stage.received.count == 1 }
        let connection = stage.received[0].connection
        #expect(stage.server.reply([1], to: connection))
        #expect(!stage.server.reply([2], to: connection))
    }

    @Test("the file has mode 0660, and goes with the server")
    func file() throws {
        let stage = try LocalStage()
        var status = stat()
        let found = unsafe stat(stage.path, &status)
        #expect(found == 0)
        #expect(status.st_mode & 0o777 == 0o660)
        stage.server.close()
        #expect(SocketFile.Identity(stage.path) == nil)
    }

    @Test(
        "a socket that somebody answers on is not taken, a left one is replaced, a file is left alone"
    )
    func takingOver() throws {
        let stage = try LocalStage()
        let loop = try EventLoop()
        #expect(throws: UnixStreamServer.OpenError.inUse(stage.path)) {
            try UnixStreamServer(loop, path: stage.path) { _, _ in }
        }
        // The socket file left by a killed process.
        let left = stage.directory.appending(path: "left.sock").path
        let socket = try Socket.open(.stream, .local)
        try socket.bind(to: try #require(SocketAddress(path: left)))
        socket.close()
        let replaced = try UnixStreamServer(loop, path: left) { _, _ in }
        replaced.close()
        let file = stage.directory.appending(path: "file").path
        try "text".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(throws: UnixStreamServer.OpenError.notASocket(file)) {
            try UnixStreamServer(loop, path: file) { _, _ in }
        }
        #expect(FileManager.default.fileExists(atPath: file))
    }

    @Test("a server does not remove the socket of its successor")
    func successor() throws {
        let stage = try LocalStage()
        let loop = try EventLoop()
        unsafe unlink(stage.path)
        let successor = try UnixStreamServer(loop, path: stage.path) { _, _ in }
        stage.server.close()
        #expect(SocketFile.Identity(stage.path)?.isSocket == true)
        successor.close()
        #expect(SocketFile.Identity(stage.path) == nil)
    }

    @Test(
        "paths that no socket can have",
        arguments: ["", "@abstract", String(repeating: "x", count: 108)])
    func badPaths(path: String) throws {
        let loop = try EventLoop()
        #expect(throws: UnixStreamServer.OpenError.badPath(path)) {
            try UnixStreamServer(loop, path: path) { _, _ in }
        }
    }
}
