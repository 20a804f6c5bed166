// Notices that files of a directory changed, and waits until the change is whole. A file counts when it was
// closed after writing, renamed, linked or removed; not while it is being written, since half a file often
// makes sense. The directory may be missing, be replaced or come back: the one above it is watched as well.

internal import Glibc

/// Notices changes of a directory's files.
public final class DirectoryWatch {
    private let quiet: UInt64
    private let maximum: UInt64
    private let changed: () -> Void
    private var directory: WatchedDirectory
    private var inotify: Inotify { directory.inotify }
    private var watches: [CInt: WatchedDirectory.Watched] { directory.watches }
    private var readable: ReadinessEvent?
    private var timer: TimerEvent?

    /// Files that were written and not closed yet: when they were last seen written.
    private var unclosed: [File: UInt64] = [:]
    /// When the current burst of changes began, and when the last change was seen.
    private var burst: (began: UInt64, last: UInt64)?

    private struct File: Hashable {
        let watch: CInt
        let name: String
    }

    /// Watches `path`, which need not exist yet, with its subdirectories.
    ///
    /// `changed` is called when something changed and then nothing happened for `quiet`
    /// nanoseconds, at the latest `maximum` after the first change.
    public convenience init(
        _ loop: EventLoop, path: String, quiet: UInt64 = 250_000_000,
        maximum: UInt64 = 2_000_000_000, changed: @escaping () -> Void
    ) throws(SystemError) {
        try self.init(
            loop, WatchedDirectory(path), quiet: quiet, maximum: maximum, changed: changed)
    }

    /// The same for a directory that is already watched: earlier changes count.
    public init(
        _ loop: EventLoop, _ directory: WatchedDirectory, quiet: UInt64 = 250_000_000,
        maximum: UInt64 = 2_000_000_000, changed: @escaping () -> Void
    ) throws(SystemError) {
        self.directory = directory
        self.quiet = quiet
        self.maximum = maximum
        self.changed = changed
        readable = try ReadinessEvent(
            loop, descriptor: directory.inotify.descriptor, .readable
        ) { [unowned self] in read() }
        timer = try TimerEvent(loop) { [unowned self] in timerFired() }
    }

    /// The paths of files that are open for writing and therefore may be incomplete.
    public var unclosedFiles: Set<String> {
        Set(
            unclosed.keys.compactMap { file in
                watches[file.watch].map { "\($0.directory)/\(file.name)" }
            })
    }

    /// Watches what is now at the path, and what leads there.
    private func renewWatches() {
        directory.renewWatches()
        let watches = directory.watches
        unclosed = unclosed.filter { watches[$0.key.watch] != nil }
    }

    // MARK: What happens

    private func read() {
        var happened = false
        inotify.read { event in
            if note(event) { happened = true }
        }
        guard happened else { return }
        let now = SystemClock.elapsed()
        let began = burst?.began ?? now
        burst = (began, now)
        // Changes that never pause must not put the end off forever.
        let latest = began + maximum
        timer?.arm(afterNanoseconds: min(quiet, latest > now ? latest - now : 0))
    }

    /// Whether the event is a change, or shows that one is in progress.
    private func note(_ event: Inotify.Event) -> Bool {
        if event.kind == .overflow {
            // A file's closing may be among the events that were lost.
            unclosed = [:]
            return true
        }
        guard let watched = watches[event.watch] else { return false }
        if let name = watched.name, name != event.name { return false }
        // Editors and tools write files under names with a dot first; links such as Kubernetes'
        // ..data lead to what counts.
        let path = "\(watched.directory)/\(event.name)"
        if event.name.hasPrefix("."), watched.name == nil, !Self.isLink(path) { return false }
        let file = File(watch: event.watch, name: event.name)
        switch event.kind {
        case .written:
            noteWriting(to: file)
            return burst != nil
        case .created:
            // A plain file counts when it is closed; a link, a directory or a further name immediately.
            guard Self.isNewPlainFile(path) else { return true }
            noteWriting(to: file)
            return false
        case .closed, .changed, .overflow:
            unclosed[file] = nil
            return true
        }
    }

    private func noteWriting(to file: File) {
        guard unclosed.count < WatchedDirectory.maximumDirectories || unclosed[file] != nil else {
            return
        }
        unclosed[file] = SystemClock.elapsed()
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// Whether the file was just created and may not be complete yet, unlike one that was linked
    /// when complete.
    private static func isNewPlainFile(_ path: String) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1 && status.st_size == 0
    }

    private func timerFired() {
        guard let burst else { return }
        let now = SystemClock.elapsed()
        let isWriting = unclosed.values.contains { now - $0 < maximum }
        let settled = isWriting ? burst.began + maximum : burst.last + quiet
        let due = min(settled, burst.began + maximum)
        guard now >= due else {
            timer?.arm(afterNanoseconds: min(due - now, quiet))
            return
        }
        self.burst = nil
        renewWatches()
        changed()
    }
}
