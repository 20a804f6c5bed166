// One call to the daemon: connect, send a line, read the answer, print it. It uses blocking sockets
// with a timeout, because there is nothing else to do.

import Control
import Glibc

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
        let descriptor = try connect()
        defer { close(descriptor) }
        try send(line, to: descriptor)
        let head = try readHead(from: descriptor)
        return (head.succeeded, try readBody(of: head.bodyLength, from: descriptor))
    }

    private func connect() throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let path = Array(socket.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard !path.isEmpty, path.count < room, !path.contains(0) else {
            throw failure("The socket's path must have 1 to \(room - 1) bytes.")
        }
        // Safe: the copy is bounded by the room just checked, and the rest is zero already.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            unsafe target.copyBytes(from: path)
        }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw failure("No socket can be made: \(reason(errno)).") }
        setTimeouts(of: descriptor)
        // Safe: the address outlives the call, and its length is that of its own type.
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if status == 0 { return descriptor }
        let code = errno
        close(descriptor)
        if code == ENOENT || code == ECONNREFUSED {
            throw CommandFailure.noDaemon(sentence(forConnect: code), format)
        }
        throw failure(sentence(forConnect: code))
    }

    private func setTimeouts(of descriptor: Int32) {
        var limit = timeval(tv_sec: timeout ?? Self.defaultTimeout, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            // Safe: the value outlives the call, and its length is that of its own type.
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &limit, length)
        }
    }

    private func sentence(forConnect code: Int32) -> String {
        switch code {
        case ENOENT:
            "There is no socket \(socket): is privatelinkd running, and is this its socket?"
        case ECONNREFUSED: "Nothing listens on \(socket): privatelinkd is no longer running."
        case EACCES, EPERM:
            "Permission denied for \(socket): run as root or as a member of its group."
        default: "\(socket) cannot be reached: \(reason(code))."
        }
    }

    private func send(_ line: [UInt8], to descriptor: Int32) throws {
        var sent = 0
        while sent < line.count {
            // Safe: the span's bytes are borrowed for the call and its count bounds the read.
            let count = unsafe line.span.extracting(sent..<line.count).withUnsafeBufferPointer {
                rest in
                unsafe Glibc.send(
                    descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("The daemon does not listen: \(reason(errno)).") }
            sent += count
        }
    }

    private func readHead(from descriptor: Int32) throws -> ControlAnswerHead {
        var line: [UInt8] = []
        while true {
            let octet = try read(atMost: 1, from: descriptor)[0]
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

    private func readBody(of length: Int, from descriptor: Int32) throws -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(length)
        while body.count < length {
            body += try read(atMost: min(length - body.count, 65_536), from: descriptor)
        }
        return body
    }

    /// At least one byte.
    private func read(atMost limit: Int, from descriptor: Int32) throws -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: limit)
        while true {
            // Safe: the buffer is exclusively borrowed for the call and its count bounds the write.
            let count = unsafe octets.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count > 0 { return Array(octets[..<count]) }
            if count == 0 {
                throw failure("The daemon closed the connection before its answer ended.")
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                let time = Arguments.counted(timeout ?? Self.defaultTimeout, "second")
                throw failure("The daemon was silent for \(time): --timeout waits longer.")
            default: throw failure("Cannot read the answer: \(reason(errno)).")
            }
        }
    }

    private func failure(_ sentence: String) -> CommandFailure { .sentence(sentence, format) }

    private func reason(_ code: Int32) -> String {
        // Safe: strerror returns a C string that lives until its next call on this, the only, thread.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }
}
