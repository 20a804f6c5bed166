// Owner, mode and times of a file, which a replacement of the file must keep.

internal import Glibc

/// The attributes of a file.
public struct FileAttributes: Equatable, Sendable, BitwiseCopyable {
    /// The permission bits.
    public var mode: UInt32
    /// The user that it belongs to.
    public var owner: UInt32
    /// The group that it belongs to.
    public var group: UInt32
    /// When its content was last changed, in nanoseconds since 1970.
    public var modified: Int64

    /// The attributes of the file or directory that `path` leads to.
    public init(of path: String) throws(FileError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw FileError("read", path, number: errno) }
        mode = status.st_mode & 0o7777
        owner = status.st_uid
        group = status.st_gid
        modified =
            Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }

    /// The same owner and group, another mode.
    public func with(mode: UInt32) -> FileAttributes {
        var attributes = self
        attributes.mode = mode
        return attributes
    }
}
