// Reads, lists and replaces files. It knows no formats: Zones knows what a zone file means, and
// Daemon which files belong to a store.

internal import Glibc

/// Operations on paths.
public enum Files {
    /// The bytes of a file, and its identity to detect later changes.
    public struct Contents: Sendable {
        /// All bytes.
        public let octets: [UInt8]
        /// The identity of the file; nil if it changed during the read, so it is read again.
        public let identity: FileIdentity?
    }

    /// Reads a regular file. With the `earlier` bytes of other files, it may have at most `limit`
    /// bytes; a larger file is not read. With `home`, a path without symbolic links, neither is a
    /// file outside it.
    public static func read(
        _ path: String, limit: Int, earlier: Int = 0, within home: String? = nil
    ) throws(FileError) -> Contents {
        if let home { try expect(resolvedForReading(path), within: home, path) }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw FileError("read", path, number: errno) }
        defer { close(descriptor) }
        // A link may have changed since it was resolved, so the opened file is checked.
        if let home, let opened = openedPath(descriptor) { try expect(opened, within: home, path) }
        var before = stat()
        guard unsafe fstat(descriptor, &before) == 0 else {
            throw FileError("read", path, number: errno)
        }
        guard before.st_mode & S_IFMT == S_IFREG else {
            throw FileError("read", path, detail: "not a regular file")
        }
        let (size, left) = (Int(before.st_size), max(0, limit - earlier))
        guard size <= left else { throw FileError(tooLarge: path, size, earlier, limit) }
        let octets = try readAll(descriptor, path, expected: size, limit: left)
        guard octets.count <= left else {
            throw FileError(tooLarge: path, octets.count, earlier, limit)
        }
        var after = stat()
        guard unsafe fstat(descriptor, &after) == 0 else {
            throw FileError("read", path, number: errno)
        }
        let identity = FileIdentity(before)
        return Contents(octets: octets, identity: identity == FileIdentity(after) ? identity : nil)
    }

    private static func resolvedForReading(_ path: String) throws(FileError) -> String {
        do throws(FileError) {
            return try resolve(path)
        } catch {
            throw FileError("read", path, number: error.number)
        }
    }

    /// The path of an open file according to the kernel; nil if there is no /proc.
    private static func openedPath(_ descriptor: CInt) -> String? {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/fd/\(descriptor)", &text, text.count)
        guard count > 0, count < text.count else { return nil }
        return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func expect(
        _ real: String, within home: String, _ path: String
    ) throws(FileError) {
        guard real.hasPrefix(home == "/" ? home : home + "/") else {
            throw FileError("read", path, detail: FileError.outside)
        }
    }

    /// All bytes of a file, or somewhat more than `limit` of them.
    private static func readAll(
        _ descriptor: CInt, _ path: String, expected: Int, limit: Int
    ) throws(FileError) -> [UInt8] {
        var octets: [UInt8] = []
        var size = min(max(expected, 0), limit) + 1
        while true {
            var failure: CInt = 0
            let wanted = size
            let chunk = unsafe [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                // The initializer provides as many bytes as were requested.
                let got = unsafe Glibc.read(descriptor, buffer.baseAddress, wanted)
                if got < 0 { failure = errno }
                count = max(got, 0)
            }
            if failure == EINTR { continue }
            if failure != 0 { throw FileError("read", path, number: failure) }
            if chunk.isEmpty { return octets }
            if octets.isEmpty { octets = chunk } else { octets.append(contentsOf: chunk) }
            if octets.count > limit { return octets }
            size = 65_536
        }
    }

    /// The names in a directory, without `.` and `..`, sorted.
    public static func list(_ directory: String) throws(FileError) -> [String] {
        guard let stream = unsafe opendir(directory) else {
            throw FileError("read", directory, number: errno)
        }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else { break }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                // d_name ends with a zero byte (readdir(3)).
                unsafe String(
                    cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw FileError("read", directory, number: errno) }
        return names.sorted()
    }

    /// The path without symbolic links, absolute.
    public static func resolve(_ path: String) throws(FileError) -> String {
        guard let resolved = unsafe realpath(path, nil) else {
            throw FileError("find", path, number: errno)
        }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Replaces a file atomically: writes a new one next to it, syncs it and renames it over the
    /// old one.
    public static func replace(_ path: String, with octets: [UInt8]) throws(FileError) {
        try replace(path) { file throws(FileError) in try file.append(octets.span) }
    }

    /// Replaces a file atomically by what `body` appends.
    public static func replace(
        _ path: String, _ body: (borrowing ReplacementFile) throws(FileError) -> Void
    ) throws(FileError) {
        let temporary = path + ".new"
        let file = try ReplacementFile(temporary)
        do throws(FileError) {
            try body(file)
            try file.sync()
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        guard unsafe rename(temporary, path) == 0 else {
            throw FileError("replace", path, number: errno)
        }
    }

    /// Writes everything; 0, or an error number.
    static func writeAll(_ descriptor: CInt, _ octets: Span<UInt8>) -> CInt {
        var written = 0
        while written < octets.count {
            let count = unsafe octets.withUnsafeBytes { bytes in
                unsafe write(
                    descriptor, bytes.baseAddress?.advanced(by: written), octets.count - written)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0 { return errno }
            written += count
        }
        return 0
    }

    /// Removes a file; one that does not exist is not an error.
    public static func remove(_ path: String) throws(FileError) {
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw FileError("remove", path, number: errno)
        }
    }

    /// Sets when a file's content was last changed, in nanoseconds since 1970.
    public static func setModified(_ nanoseconds: Int64, of path: String) throws(FileError) {
        let time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        var times = (time, time)
        // Two timespecs in a row are the array that utimensat takes.
        let status = unsafe withUnsafePointer(to: &times) { pointer in
            unsafe pointer.withMemoryRebound(to: timespec.self, capacity: 2) {
                unsafe utimensat(AT_FDCWD, path, $0, 0)
            }
        }
        guard status == 0 else { throw FileError("date", path, number: errno) }
    }

    /// Creates a directory, unless it exists.
    public static func makeDirectory(_ path: String) throws(FileError) {
        guard unsafe mkdir(path, S_IRWXU | S_IRGRP | S_IXGRP) == 0 || errno == EEXIST else {
            throw FileError("make", path, number: errno)
        }
    }
}

/// A file that will replace another; it is open during the lifetime of this value.
public struct ReplacementFile: ~Copyable {
    private let path: String
    private let descriptor: CInt

    /// Creates or truncates the file.
    fileprivate init(_ path: String) throws(FileError) {
        self.path = path
        descriptor = unsafe open(
            path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP)
        guard descriptor >= 0 else { throw FileError("write", path, number: errno) }
    }

    deinit { close(descriptor) }

    /// Appends all of `octets`.
    public borrowing func append(_ octets: Span<UInt8>) throws(FileError) {
        let failure = Files.writeAll(descriptor, octets)
        guard failure == 0 else { throw FileError("write", path, number: failure) }
    }

    fileprivate borrowing func sync() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("write", path, number: errno) }
    }
}
