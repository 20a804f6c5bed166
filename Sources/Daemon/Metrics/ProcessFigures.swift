// What the kernel says of this process, under the names that Prometheus' client libraries give it.

internal import Files
internal import Glibc
internal import Transport

/// The process in figures; zero where /proc does not say.
struct ProcessFigures: Equatable {
    /// Seconds since 1970.
    var started = 0
    /// User and system time, in nanoseconds.
    var processorTime: UInt64 = 0
    var residentOctets = 0
    var openDescriptors = 0
    var maximumDescriptors = 0

    /// The process as it is now; proc(5) has the fields of `stat`.
    static var current: ProcessFigures {
        var figures = ProcessFigures()
        let fields = words(of: "/proc/self/stat", after: ")")
        let ticks = max(1, sysconf(Int32(_SC_CLK_TCK)))
        func field(_ number: Int) -> UInt64 {
            // The first after the name is number 3.
            fields.indices.contains(number - 3) ? UInt64(fields[number - 3]) ?? 0 : 0
        }
        figures.processorTime = (field(14) + field(15)) * (1_000_000_000 / UInt64(ticks))
        figures.residentOctets = Int(field(24)) * max(0, sysconf(Int32(_SC_PAGESIZE)))
        let booted = SystemFile.lines(of: "/proc/stat").first { $0.hasPrefix("btime ") }
        let bootTime = booted.flatMap { Int($0.dropFirst(6)) } ?? 0
        figures.started = bootTime + Int(field(22)) / ticks
        // The one that lists them is open, too.
        let descriptors = (try? Files.list("/proc/self/fd")) ?? []
        figures.openDescriptors = max(0, descriptors.count - 1)
        figures.maximumDescriptors = DescriptorLimit.current ?? 0
        return figures
    }

    private static func words(of file: String, after mark: Character) -> [Substring] {
        guard let text = SystemFile.lines(of: file).first, let end = text.lastIndex(of: mark) else {
            return []
        }
        return text[text.index(after: end)...].split(separator: " ")
    }
}
