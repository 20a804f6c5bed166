// The number by which a system call says why it failed, as an error.

internal import Glibc

/// An `errno` value.
public struct Errno: Error, RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    /// The number.
    public let rawValue: CInt

    /// An error from its number.
    @inline(__always)
    public init(rawValue: CInt) { self.rawValue = rawValue }

    /// Why the last system call of this thread failed.
    @inline(__always)
    static var last: Errno { Errno(rawValue: errno) }

    /// Nothing can be transferred without waiting.
    public static var wouldBlock: Errno { Errno(rawValue: EAGAIN) }
    /// The system has no memory for what is to be sent.
    public static var noBuffers: Errno { Errno(rawValue: ENOBUFS) }
    /// The other side has broken the connection off.
    public static var connectionReset: Errno { Errno(rawValue: ECONNRESET) }
    /// The other side does not read any more.
    public static var brokenPipe: Errno { Errno(rawValue: EPIPE) }
    /// Nobody listens there.
    public static var connectionRefused: Errno { Errno(rawValue: ECONNREFUSED) }
    /// No answer in time.
    public static var timedOut: Errno { Errno(rawValue: ETIMEDOUT) }
    /// There is nothing of that name.
    public static var noSuchFile: Errno { Errno(rawValue: ENOENT) }

    /// Whether the process or the system has no descriptors or memory left.
    public var isExhaustion: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(rawValue) }
    /// Whether the process may not do what it tried.
    public var isRefusal: Bool { rawValue == EACCES || rawValue == EPERM }
}

extension Errno: CustomStringConvertible {
    /// The system's words, such as `Connection refused`.
    public var description: String {
        // strerror is safe enough here: glibc returns constant text for every known number.
        guard let text = unsafe strerror(rawValue) else { return "error \(rawValue)" }
        return unsafe String(cString: text)
    }
}
