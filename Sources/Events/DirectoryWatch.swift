// Sketch.

/// Notices changes of a directory's files.
public final class DirectoryWatch {
    /// Watches `path`, which need not exist yet, with its subdirectories.
    ///
    /// `changed` is called when something changed and then nothing happened for `quiet`
    /// nanoseconds, at the latest `maximum` after the first change.
    public init(
        _ loop: EventLoop, path: String, quiet: UInt64 = 250_000_000,
        maximum: UInt64 = 2_000_000_000, changed: @escaping () -> Void
    ) throws(SystemError) { fatalError() }
}
