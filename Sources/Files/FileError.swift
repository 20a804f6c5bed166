// File errors, with the system's error messages.

internal import Glibc

/// A file operation that failed.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path.
    public let path: String
    /// The operation that failed, such as `read`.
    public let operation: String
    /// The system's error number; 0 when the reason is `detail` alone.
    public let number: Int32
    /// The reason, such as `No such file or directory`.
    public let detail: String

    /// The detail of a file that is not where it has to be.
    static let outside = "the file is outside the zone directory"

    /// Whether there is no such file.
    public var isMissing: Bool { number == ENOENT || number == ENOTDIR }

    /// Whether the file was not read because it is too large.
    public var isTooLarge: Bool { number == EFBIG }

    /// `cannot read /etc/x: Permission denied`.
    public var description: String { "cannot \(operation) \(path): \(detail)" }

    /// An operation that failed with the system's error `number`.
    public init(_ operation: String, _ path: String, number: Int32) {
        self.path = path
        self.operation = operation
        self.number = number
        detail = unsafe String(cString: strerror(number))
    }

    /// A file that is too large to be read, by itself or together with the `earlier` bytes of other
    /// files.
    init(tooLarge path: String, _ size: Int, _ earlier: Int, _ limit: Int) {
        let before = earlier == 0 ? "" : " after \(earlier) of other files"
        self.path = path
        operation = "read"
        number = EFBIG
        detail = "\(size) bytes\(before), more than the limit of \(limit)"
    }

    init(_ operation: String, _ path: String, detail: String) {
        self.path = path
        self.operation = operation
        number = 0
        self.detail = detail
    }
}
