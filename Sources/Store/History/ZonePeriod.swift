// The versions of a zone over time: when each was current, its content, and its successor.

public import DNSWire

/// A version and what is known of it.
public struct ZonePeriod: Sendable {
    /// How many versions ago; 0 is the current one.
    public let number: Int
    /// The version.
    public let version: ZoneVersion
    /// Its content; nil if its file had mistakes.
    public let content: ZoneContent?
    /// How many records the next version added, removed and changed; nil if that is not known.
    public let changes: (added: Int, removed: Int, changed: Int)?

    /// The present version of a zone and the kept ones, the newest first.
    public static func all(
        of origin: Name, in directory: ZoneDirectory
    ) throws(StoreError) -> [ZonePeriod] {
        var versions = directory.versions(of: origin)
        if let current = try directory.currentVersion(of: origin) {
            versions.insert(current, at: 0)
        }
        let first = versions.first?.replaced == nil ? 0 : 1
        var periods: [ZonePeriod] = []
        var next: ZoneContent? = nil
        for (index, version) in versions.enumerated() {
            let content = try directory.content(of: version, origin: origin)
            periods.append(
                ZonePeriod(
                    number: index + first, version: version, content: content,
                    changes: counts(content, next)))
            next = content
        }
        return periods
    }

    /// Whether the version was in force at a time.
    public func covers(_ time: WallTime) -> Bool {
        guard version.written <= time else { return false }
        guard let replaced = version.replaced else { return true }
        return time < replaced
    }

    private static func counts(
        _ content: ZoneContent?, _ next: ZoneContent?
    ) -> (added: Int, removed: Int, changed: Int)? {
        guard let content, let next else { return nil }
        let lines = ZoneDifference(before: content, after: next).lines(origin: content.origin)
        func count(_ sign: ChangeLine.Sign) -> Int { lines.count { $0.sign == sign } }
        return (count(.added), count(.removed), count(.changed))
    }
}
