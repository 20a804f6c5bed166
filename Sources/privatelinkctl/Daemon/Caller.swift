// One call to the daemon: connect, send a line, read the answer, print it. It uses blocking sockets
// with a timeout, because there is nothing else to do.

import Control
import Glibc
import Sockets

/// Calls a daemon.
struct Caller {
    /// How many seconds the daemon may be silent.
    static let defaultTimeout = 5
    /// The same while it reloads: many zones take their time.
    static let reloadTimeout = 120

    let socket: String
    let format: ControlFormat
    /// How many seconds the daemon may be silent; nil for the default of the request.
    var timeout: Int?

    /// Sends `request` and prints the answer.
    func call(_ request: ControlRequest) throws {
        let answer = try ask(request)
        let isError = !answer.succeeded && format == .text
        OutputStream(isError ? STDERR_FILENO : STDOUT_FILENO).write(
            String(decoding: answer.body, as: UTF8.self))
        if !answer.succeeded { throw CommandFailure.reported }
    }

    /// Sends `request` and returns the answer.
    func ask(_ request: ControlRequest) throws -> (succeeded: Bool, body: [UInt8]) {
        let line: [UInt8]
        do throws(ControlError) {
            line = try ControlCall(request, format: format).encoded()
        } catch {
            throw failure("Cannot send the request: \(error).")
        }
        var caller = self
        caller.timeout = seconds(for: request)
        return try caller.exchange(line)
    }

    private func seconds(for request: ControlRequest) -> Int {
        if let timeout { return timeout }
        switch request {
        case .reload, .previewReload: return Self.reloadTimeout
        default: return Self.defaultTimeout
        }
    }

    private func exchange(_ line: [UInt8]) throws -> (succeeded: Bool, body: [UInt8]) {
        let daemon = try connect()
        defer { daemon.close() }
        try send(line, to: daemon)
        let head = try readHead(from: daemon)
        return (head.succeeded, try readBody(of: head.bodyLength, from: daemon))
    }

    private func connect() throws -> Socket {
        guard let address = SocketAddress(path: socket) else {
            throw failure(
                "The socket's path must have 1 to \(SocketAddress.longestPath) bytes.")
        }
        let daemon: Socket
        do throws(Errno) {
            daemon = try Socket.open(.stream, .local, isBlocking: true)
        } catch {
            throw failure("No socket can be made: \(error).")
        }
        daemon.limitWaiting(seconds: timeout ?? Self.defaultTimeout)
        do throws(Errno) {
            try daemon.connect(to: address)
            return daemon
        } catch {
            daemon.close()
            let sentence = sentence(forConnect: error)
            if error == .noSuchFile || error == .connectionRefused {
                throw CommandFailure.noDaemon(sentence, format)
            }
            throw failure(sentence)
        }
    }

    private func sentence(forConnect error: Errno) -> String {
        if error == .noSuchFile {
            return "There is no socket \(socket): is privatelinkd running, and is this its socket?"
        }
        if error == .connectionRefused {
            return "Nothing listens on \(socket): privatelinkd is no longer running."
        }
        return error.isRefusal
            ? "Permission denied for \(socket): run as root or as a member of its group."
            : "\(socket) cannot be reached: \(error)."
    }

    private func send(_ line: [UInt8], to daemon: Socket) throws {
        var sent = 0
        while sent < line.count {
            do throws(Errno) {
                sent += try daemon.send(line.span.extracting(sent...))
            } catch {
                throw failure("The daemon does not listen: \(error).")
            }
        }
    }

    private func readHead(from daemon: Socket) throws -> ControlAnswerHead {
        var line: [UInt8] = []
        while true {
            let octet = try read(atMost: 1, from: daemon)[0]
            if octet == UInt8(ascii: "\n") { break }
            line.append(octet)
            if line.count > ControlAnswerHead.maximumLength { break }
        }
        do throws(ControlError) {
            return try ControlAnswerHead(line: line)
        } catch {
            throw failure("What answers on \(socket) is not privatelinkd: \(error).")
        }
    }

    private func readBody(of length: Int, from daemon: Socket) throws -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(length)
        while body.count < length {
            body += try read(atMost: min(length - body.count, 65_536), from: daemon)
        }
        return body
    }

    /// At least one byte.
    private func read(atMost limit: Int, from daemon: Socket) throws -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: limit)
        var room = octets.mutableSpan
        let count: Int
        do throws(Errno) {
            count = try daemon.receive(into: &room)
        } catch {
            if error == .wouldBlock {
                let time = Arguments.counted(timeout ?? Self.defaultTimeout, "second")
                throw failure("The daemon was silent for \(time): --timeout waits longer.")
            }
            throw failure("Cannot read the answer: \(error).")
        }
        if count > 0 { return Array(octets[..<count]) }
        throw failure("The daemon closed the connection before its answer ended.")
    }

    private func failure(_ sentence: String) -> CommandFailure { .sentence(sentence, format) }
}
