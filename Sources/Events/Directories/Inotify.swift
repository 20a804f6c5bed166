// The kernel's notices of what happens to files, as small values. What they mean is for `DirectoryWatch`.

internal import Glibc

/// An inotify instance (inotify(7)).
final class Inotify: Sendable {
    /// What happened to a name in a watched directory.
    struct Event {
        enum Kind {
            /// It is new; a plain file's content may follow.
            case created
            /// Bytes were written.
            case written
            /// It was closed by one who could write.
            case closed
            /// It was renamed, removed or replaced, or the directory itself was.
            case changed
            /// Notices were lost.
            case overflow
        }

        let kind: Kind
        let watch: CInt
        /// Empty for the directory itself.
        let name: String
    }

    private static let mask =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM)
        | UInt32(IN_DELETE) | UInt32(IN_CREATE) | UInt32(IN_MODIFY) | UInt32(IN_DELETE_SELF)
        | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)
    private static let headSize = 16
    private static let capacity = 1 << 14

    /// What is watched for readability.
    let descriptor: CInt

    init() throws(SystemError) {
        descriptor = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
        if descriptor < 0 { throw SystemError("inotify_init1") }
    }

    deinit { close(descriptor) }

    /// Watches a directory; nil if it does not exist, or if the limit of watches is reached.
    func add(_ directory: String) -> CInt? {
        let watch = unsafe inotify_add_watch(descriptor, directory, Self.mask)
        return watch >= 0 ? watch : nil
    }

    /// Ends a watch.
    func remove(_ watch: CInt) { inotify_rm_watch(descriptor, watch) }

    /// Reads what happened, without waiting, as far as one block of bytes goes.
    func read(_ body: (Event) -> Void) {
        var octets = [UInt8](repeating: 0, count: Self.capacity)
        let count = unsafe octets.withUnsafeMutableBytes { bytes in
            unsafe Glibc.read(descriptor, bytes.baseAddress, bytes.count)
        }
        var start = 0
        while start + Self.headSize <= count {
            let mask = Self.number(octets, start + 4)
            let length = Int(Self.number(octets, start + 12))
            let name = octets[(start + Self.headSize)...].prefix(length).prefix { $0 != 0 }
            body(
                Event(
                    kind: Self.kind(mask), watch: CInt(bitPattern: Self.number(octets, start)),
                    name: String(decoding: name, as: UTF8.self)))
            start += Self.headSize + length
        }
    }

    private static func kind(_ mask: UInt32) -> Event.Kind {
        if mask & UInt32(IN_Q_OVERFLOW) != 0 { return .overflow }
        if mask & UInt32(IN_CREATE) != 0 { return .created }
        if mask & UInt32(IN_MODIFY) != 0 { return .written }
        if mask & UInt32(IN_CLOSE_WRITE) != 0 { return .closed }
        return .changed
    }

    /// A number in the machine's order, little-endian on all that Linux runs Swift on.
    private static func number(_ octets: [UInt8], _ start: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(octets[start + $1]) << UInt32(8 * $1) }
    }
}
