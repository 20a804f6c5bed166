// Small text files that the kernel makes when they are read, as in /proc and /sys.

/// Reads the kernel's text files.
public enum SystemFile {
    /// The lines of a file of up to 1 MiB; none if it cannot be read.
    public static func lines(of path: String) -> [Substring] {
        guard let octets = try? Files.read(path, limit: 1 << 20).octets else { return [] }
        return String(decoding: octets, as: UTF8.self).split(separator: "\n")
    }
}
