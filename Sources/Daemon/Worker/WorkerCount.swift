// How many workers: as many as may run at once, by the affinity mask and the control group's quota.

internal import Files
internal import Settings

/// Works out the number of workers.
enum WorkerCount {
    /// The number that the settings ask for.
    static func count(for workers: Settings.Workers) -> Int {
        switch workers {
        case .count(let count): count
        case .automatic: automatic
        }
    }

    private static var automatic: Int {
        let allowed = max(1, affinity)
        guard let quota = groupQuota else { return allowed }
        return max(1, min(allowed, quota))
    }

    /// The processors that the process may run on, from `Cpus_allowed_list` (proc(5)), such as `0-3,8`.
    private static var affinity: Int {
        let lines = SystemFile.lines(of: "/proc/self/status")
        guard let line = lines.first(where: { $0.hasPrefix("Cpus_allowed_list:") }) else {
            return 1
        }
        let ranges = line.drop { $0 != "\t" }.dropFirst().split(separator: ",")
        return ranges.reduce(0) { sum, range in
            let ends = range.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, last >= first else { return sum }
            return sum + last - first + 1
        }
    }

    /// Whole processors of `cpu.max` (cgroup v2), rounded up; nil if there is no limit.
    private static var groupQuota: Int? {
        let own = SystemFile.lines(of: "/proc/self/cgroup")
        if own.isEmpty { return nil }
        let path = own.first { $0.hasPrefix("0::") }?.dropFirst(3)
        var quota: Int?
        var group = path.map(String.init) ?? "/"
        while true {
            if let limit = limit(ofGroup: group) { quota = min(quota ?? limit, limit) }
            guard let slash = group.lastIndex(of: "/"), group != "/" else { return quota }
            group = slash == group.startIndex ? "/" : String(group[..<slash])
        }
    }

    private static func limit(ofGroup group: String) -> Int? {
        let file = "/sys/fs/cgroup\(group == "/" ? "" : group)/cpu.max"
        let words = SystemFile.lines(of: file).first?.split(separator: " ") ?? []
        guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), period > 0
        else { return nil }
        return max(1, (quota + period - 1) / period)
    }
}
