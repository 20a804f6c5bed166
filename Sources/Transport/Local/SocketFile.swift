// The file of a local socket. It has the right mode from the start, replaces the file of a process
// that has ended, and is never taken from a running process.

internal import Events
internal import Glibc
internal import Sockets

/// Sockets in the file system.
enum SocketFile {
    /// Which file a path leads to.
    struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t
        let isSocket: Bool

        /// What is at `path`, nil if nothing is.
        init?(_ path: String) {
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { return nil }
            device = status.st_dev
            inode = status.st_ino
            isSocket = status.st_mode & S_IFMT == S_IFSOCK
        }
    }

    private static let mode: mode_t = 0o660
    private static let backlog = 64

    /// A listening, non-blocking socket at `path`.
    static func open(_ path: String) throws(UnixStreamServer.OpenError) -> Socket {
        guard !path.hasPrefix("@"), let address = SocketAddress(path: path) else {
            throw .badPath(path)
        }
        try makeRoom(path, address)
        makeDirectory(of: path)
        let socket = try makeSocket(for: path)
        // The mode of the socket before it is bound is that of the file, but for the umask: it is never wider.
        socket.setMode(mode)
        do throws(SystemError) {
            try attempt("bind") { () throws(Errno) in try socket.bind(to: address) }
            if unsafe chmod(path, mode) != 0 { throw SystemError("chmod") }
            try attempt("listen") { () throws(Errno) in try socket.listen(backlog: backlog) }
        } catch {
            socket.close()
            throw .failed(path, error)
        }
        return socket
    }

    private static func makeSocket(
        for path: String
    ) throws(UnixStreamServer.OpenError) -> Socket {
        do throws(Errno) {
            return try Socket.open(.stream, .local)
        } catch {
            throw .failed(path, SystemError("socket", error.rawValue))
        }
    }

    /// Names the call that failed.
    private static func attempt(
        _ call: StaticString, _ body: () throws(Errno) -> Void
    ) throws(SystemError) {
        do throws(Errno) { try body() } catch { throw SystemError(call, error.rawValue) }
    }

    /// Removes a socket without a listening process.
    private static func makeRoom(
        _ path: String, _ address: SocketAddress
    ) throws(UnixStreamServer.OpenError) {
        guard let identity = Identity(path) else { return }
        guard identity.isSocket else { throw .notASocket(path) }
        let socket = try makeSocket(for: path)
        defer { socket.close() }
        switch answer(of: socket, at: address) {
        case .connectionRefused: unsafe unlink(path)
        case nil, .wouldBlock: throw .inUse(path)
        case .some(let error): throw .failed(path, SystemError("connect", error.rawValue))
        }
    }

    /// Why no connection can be made; nil when one can.
    private static func answer(of socket: Socket, at address: SocketAddress) -> Errno? {
        do throws(Errno) {
            try socket.connect(to: address)
            return nil
        } catch {
            return error
        }
    }

    /// Creates the directory if only its last component is missing; binding reports other errors.
    private static func makeDirectory(of path: String) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        unsafe mkdir(String(path[..<slash]), 0o755)
    }
}
