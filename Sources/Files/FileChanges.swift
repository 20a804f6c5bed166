// The operations that change something on disk. A writer that must leave either the old or the new
// state, wherever it is stopped, consists of these. A test replaces them and stops the writer at
// each.

internal import Glibc

/// Changes of files and directories, each of which succeeds or fails.
public protocol FileChanges: Sendable {
    /// Creates a new file with these attributes and opens it for writing. A user who may not give files away owns it;
    /// the group is kept.
    func create(_ path: String, _ attributes: FileAttributes) throws(FileError) -> NewFile
    /// Appends all bytes to a created file, or fails.
    func write(_ octets: [UInt8], to file: NewFile) throws(FileError)
    /// Sets when the file's content was last changed, in nanoseconds since 1970.
    func setModified(_ nanoseconds: Int64, of file: NewFile) throws(FileError)
    /// Syncs the file's content to disk.
    func synchronize(_ file: NewFile) throws(FileError)
    /// Closes a created file.
    func close(_ file: NewFile)
    /// Renames a file, replacing a file at the target.
    func rename(_ path: String, to target: String) throws(FileError)
    /// Removes a file; one that does not exist is not an error.
    func remove(_ path: String) throws(FileError)
    /// Creates a directory with these attributes, unless it exists.
    func makeDirectory(_ path: String, _ attributes: FileAttributes) throws(FileError)
    /// Syncs a directory's entries to disk.
    func synchronizeDirectory(_ path: String) throws(FileError)
}

/// A file that is being written.
public struct NewFile: Sendable, BitwiseCopyable {
    /// The descriptor, open for writing.
    public let descriptor: Int32
}

/// The system's own operations.
public struct SystemFileChanges: FileChanges {
    /// The operations.
    public init() {}

    /// Creates and opens a file; fails if it exists, or if its group cannot be set.
    public func create(
        _ path: String, _ attributes: FileAttributes
    ) throws(FileError) -> NewFile {
        let descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard descriptor >= 0 else { throw FileError("write", path, number: errno) }
        guard Self.setOwner(attributes, { fchown(descriptor, $0, $1) }),
            fchmod(descriptor, attributes.mode) == 0
        else {
            let failure = FileError("keep group and mode of", path, number: errno)
            Glibc.close(descriptor)
            unsafe unlink(path)
            throw failure
        }
        return NewFile(descriptor: descriptor)
    }

    /// Appends all bytes.
    public func write(_ octets: [UInt8], to file: NewFile) throws(FileError) {
        let failure = Files.writeAll(file.descriptor, octets.span)
        if failure != 0 { throw FileError("write", "the new file", number: failure) }
    }

    /// Sets the modification time.
    public func setModified(_ nanoseconds: Int64, of file: NewFile) throws(FileError) {
        let time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var times = (time, time)
        // Two timespecs in a row are the array that futimens takes.
        let status = unsafe withUnsafePointer(to: &times) { pointer in
            unsafe pointer.withMemoryRebound(to: timespec.self, capacity: 2) {
                unsafe futimens(file.descriptor, $0)
            }
        }
        guard status == 0 else { throw FileError("date", "the new file", number: errno) }
    }

    /// Waits until the content is on disk.
    public func synchronize(_ file: NewFile) throws(FileError) {
        guard fsync(file.descriptor) == 0 else {
            throw FileError("write", "the new file", number: errno)
        }
    }

    /// Closes the descriptor.
    public func close(_ file: NewFile) { Glibc.close(file.descriptor) }

    /// Renames in one step.
    public func rename(_ path: String, to target: String) throws(FileError) {
        guard unsafe Glibc.rename(path, target) == 0 else {
            throw FileError("replace", target, number: errno)
        }
    }

    /// Unlinks the file.
    public func remove(_ path: String) throws(FileError) { try Files.remove(path) }

    /// Creates the directory; an existing one keeps its attributes.
    public func makeDirectory(
        _ path: String, _ attributes: FileAttributes
    ) throws(FileError) {
        if unsafe mkdir(path, S_IRWXU) != 0 {
            if errno == EEXIST { return }
            throw FileError("make", path, number: errno)
        }
        guard Self.setOwner(attributes, { unsafe chown(path, $0, $1) }),
            unsafe chmod(path, attributes.mode) == 0
        else { throw FileError("keep group and mode of", path, number: errno) }
    }

    /// Sets owner and group by `change`; only root gives files away, so a member of the group keeps
    /// the owner and sets the group.
    private static func setOwner(
        _ attributes: FileAttributes, _ change: (uid_t, gid_t) -> CInt
    ) -> Bool {
        if change(attributes.owner, attributes.group) == 0 { return true }
        // The greatest number leaves the owner as it is, chown(2).
        return errno == EPERM && change(uid_t.max, attributes.group) == 0
    }

    /// Waits until the entries are on disk.
    public func synchronizeDirectory(_ path: String) throws(FileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("write", path, number: errno) }
        defer { Glibc.close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("write", path, number: errno) }
    }
}
