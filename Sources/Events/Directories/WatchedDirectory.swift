// A directory whose changes the kernel collects, with its subdirectories and its parent
// directories. It needs no loop: create it before reading the files; DirectoryWatch then reports
// all changes since.

internal import Glibc

/// A directory that is watched.
public struct WatchedDirectory: Sendable {
    /// Directories that are watched at most; those beyond are found when another one changes.
    static let maximumDirectories = 1_024
    private static let maximumDepth = 8

    struct Watched: Equatable {
        let directory: String
        /// The only name in it that matters; nil if all do.
        let name: String?
    }

    private let path: String
    let inotify: Inotify
    /// What each watch is for.
    private(set) var watches: [CInt: Watched] = [:]

    /// Watches `path`, which need not exist yet.
    public init(_ path: String) throws(SystemError) {
        self.path = path
        inotify = try Inotify()
        renewWatches()
    }

    /// Watches what is now at the path, and what leads there.
    mutating func renewWatches() {
        var wanted: [CInt: Watched] = [:]
        watchAbove(path, &wanted)
        watchBelow(path, depth: 0, &wanted)
        for (watch, _) in watches where wanted[watch] == nil { inotify.remove(watch) }
        watches = wanted
    }

    /// The nearest directory above `path` that exists, for the name that leads down.
    private func watchAbove(_ path: String, _ wanted: inout [CInt: Watched]) {
        var below = path
        while let (parent, name) = Self.split(below) {
            if let watch = inotify.add(parent) {
                wanted[watch] = Watched(directory: parent, name: name)
                return
            }
            below = parent
        }
    }

    private func watchBelow(_ directory: String, depth: Int, _ wanted: inout [CInt: Watched]) {
        guard depth <= Self.maximumDepth, wanted.count < Self.maximumDirectories,
            let watch = inotify.add(directory)
        else { return }
        wanted[watch] = Watched(directory: directory, name: nil)
        for name in Self.subdirectories(of: directory) {
            watchBelow("\(directory)/\(name)", depth: depth + 1, &wanted)
        }
    }

    private static func split(_ path: String) -> (parent: String, name: String)? {
        guard path != "/", path != ".", !path.isEmpty else { return nil }
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let name = String(path[path.index(after: slash)...])
        return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
    }

    /// The names of directories in `directory`; those that begin with a dot contain no zones.
    private static func subdirectories(of directory: String) -> [String] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream), names.count < maximumDirectories {
            let kind = unsafe CInt(entry.pointee.d_type)
            guard kind == CInt(DT_DIR) || kind == CInt(DT_UNKNOWN) else { continue }
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                unsafe String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
