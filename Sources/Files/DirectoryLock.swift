// A kernel lock on a directory. It ends when the process releases it or dies, and leaves nothing in
// the directory.

internal import Glibc

/// The right to change a directory, which one process has at a time.
public struct DirectoryLock: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Locks `directory`; waits for another process for `milliseconds` at most. Nil when the other one
    /// still has the lock then.
    public init?(_ directory: String, waiting milliseconds: Int) throws(FileError) {
        let opened = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { throw FileError("lock", directory, number: errno) }
        var left = milliseconds
        while flock(opened, LOCK_EX | LOCK_NB) != 0 {
            let number = errno
            if number == EINTR { continue }
            guard number == EWOULDBLOCK, left > 0 else {
                close(opened)
                if number == EWOULDBLOCK { return nil }
                throw FileError("lock", directory, number: number)
            }
            usleep(UInt32(Self.pause * 1000))
            left -= Self.pause
        }
        descriptor = opened
    }

    /// Milliseconds between two attempts.
    private static let pause = 20

    deinit { close(descriptor) }
}
