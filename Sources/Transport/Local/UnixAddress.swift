// The address of a local socket: a path of the file system, or an abstract name.

internal import CLinux
internal import Glibc

/// A sockaddr_un and its length.
struct UnixAddress {
    private var storage = sockaddr_un()
    private let length: socklen_t

    /// The socket at `path`, or the abstract one if it begins with `@`; nil if it is empty, too
    /// long, or has a NUL in it.
    init?(path: String) {
        let octets = Array(path.utf8)
        let start = MemoryLayout<sa_family_t>.size
        let isAbstract = octets.first == UInt8(ascii: "@")
        let room = MemoryLayout<sockaddr_un>.size - start - (isAbstract ? 0 : 1)
        guard !octets.isEmpty, octets.count <= room, !octets.contains(0) else { return nil }
        storage.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            for (index, octet) in octets.enumerated() { unsafe bytes[start + index] = octet }
            if isAbstract { unsafe bytes[start] = 0 }
        }
        length = socklen_t(start + octets.count + (isAbstract ? 0 : 1))
    }

    /// Passes the address to a call that reads it.
    func withPointer<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        unsafe withUnsafeBytes(of: storage) { bytes in
            guard let start = bytes.baseAddress else { preconditionFailure("an empty address") }
            return unsafe body(start.assumingMemoryBound(to: sockaddr.self), length)
        }
    }
}
