// The file of a local socket. It has the right mode from the start, replaces the file of a process
// that has ended, and is never taken from a running process.

internal import Events
internal import CLinux
internal import Glibc

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
    private static let backlog: CInt = 64

    /// A listening, non-blocking socket at `path`.
    static func open(_ path: String) throws(UnixStreamServer.OpenError) -> CInt {
        guard !path.hasPrefix("@"), let address = UnixAddress(path: path) else {
            throw .badPath(path)
        }
        try makeRoom(path, address)
        makeDirectory(of: path)
        let descriptor = SocketOption.makeSocket(AF_UNIX, SOCK_STREAM)
        guard descriptor >= 0 else { throw .failed(path, SystemError("socket")) }
        // The mode of the socket before it is bound is that of the file, except for the umask: it is never wider.
        fchmod(descriptor, mode)
        let result = unsafe address.withPointer { address, length in
            unsafe bind(descriptor, address, length)
        }
        let failure: SystemError? =
            if result != 0 {
                SystemError("bind")
            } else if unsafe chmod(path, mode) != 0 {
                SystemError("chmod")
            } else if listen(descriptor, backlog) != 0 {
                SystemError("listen")
            } else {
                nil
            }
        if let failure {
            close(descriptor)
            throw .failed(path, failure)
        }
        return descriptor
    }

    /// Removes a socket without a listening process.
    private static func makeRoom(
        _ path: String, _ address: UnixAddress
    ) throws(UnixStreamServer.OpenError) {
        guard let identity = Identity(path) else { return }
        guard identity.isSocket else { throw .notASocket(path) }
        let descriptor = SocketOption.makeSocket(AF_UNIX, SOCK_STREAM)
        guard descriptor >= 0 else { throw .failed(path, SystemError("socket")) }
        defer { close(descriptor) }
        let result = unsafe address.withPointer { address, length in
            unsafe connect(descriptor, address, length)
        }
        if result == 0 || errno == EAGAIN || errno == EINPROGRESS { throw .inUse(path) }
        guard errno == ECONNREFUSED else { throw .failed(path, SystemError("connect")) }
        unsafe unlink(path)
    }

    /// Creates the directory if only its last component is missing; binding reports other errors.
    private static func makeDirectory(of path: String) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        unsafe mkdir(String(path[..<slash]), 0o755)
    }
}
