// The versions of a zone over time: when each was current, its content, and its successor.

public import DNSWire

/// A version and what is known of it.
public struct ZonePeriod: Sendable {
    /// The version.
    public let version: ZoneVersion
    /// Its content; nil if its file had mistakes.
    public let content: ZoneContent?
    /// How many records the next version added, removed and changed; nil if that is not known.
    public let changes: (added: Int, removed: Int, changed: Int)?

    /// The present version of a zone, the daemon's last good copy of it where that holds something else, and the kept
    /// versions, the newest first.
    public static func all(
        of origin: Name, in directory: ZoneDirectory, stateDirectory: String? = nil
    ) throws(StoreError) -> [ZonePeriod] {
        var versions = directory.versions(of: origin)
        if let current = try directory.currentVersion(of: origin) {
            versions.insert(current, at: 0)
        }
        var periods: [ZonePeriod] = []
        var next: ZoneContent? = nil
        for version in versions {
            let content = try directory.content(of: version, origin: origin)
            periods.append(
                ZonePeriod(version: version, content: content, changes: counts(content, next)))
            next = content
        }
        guard let stateDirectory,
            let copy = directory.lastGoodCopy(of: origin, in: stateDirectory),
            let content = try? directory.content(of: copy, origin: origin),
            !periods.contains(where: { $0.content.map { holdsSame($0, content) } ?? false })
        else { return periods }
        let place = periods.first?.version.kind == .current ? 1 : 0
        periods.insert(
            ZonePeriod(
                version: copy, content: content,
                changes: place == 0 ? nil : counts(content, periods[0].content)), at: place)
        return periods
    }

    private static func holdsSame(_ left: ZoneContent, _ right: ZoneContent) -> Bool {
        ZoneDifference(before: left, after: right).isEmpty
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
