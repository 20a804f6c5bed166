// From the settings and a source of zones to a snapshot: the one function that every start and every reload goes
// through. It runs on the loader's thread; workers know nothing of it until the snapshot is published.

internal import Addresses
internal import Control
internal import DNSWire
internal import Events
internal import Files
internal import Resolution
internal import Settings
internal import Zones

/// What a load came to.
struct LoadResult: Sendable {
    /// What to serve from now on; nil when nothing changes.
    var snapshot: Snapshot?
    var settings: Settings
    var zones: [StoredZone]
    var report: ReloadReport
}

/// Reads settings and zones; its source keeps what it read, so that what did not change is not read again.
struct SnapshotLoader {
    let settingsFile: String
    let hasher: NameHasher
    let workers: Int
    private var source: any ZoneSource
    private var settings: Settings
    private var generation: UInt64 = 0
    /// What cookies are made with where the settings have no secret; lasts as long as the process.
    private let cookieSecret = CookieSecret(
        first: SystemRandom.nextUInt64(), second: SystemRandom.nextUInt64())

    /// A loader for checked settings and a source that has not been read yet.
    init(
        settingsFile: String, settings: Settings, source: any ZoneSource, hasher: NameHasher,
        workers: Int
    ) {
        self.settingsFile = settingsFile
        self.settings = settings
        self.hasher = hasher
        self.workers = workers
        self.source = source
    }

    /// The first load: whatever is wrong with zones, there is something to serve.
    mutating func loadFirst() -> LoadResult {
        finish(source.read(ScanOptions(maximumFileSize: settings.zones.maximumFileSize)))
    }

    /// A later load; files that are being written are left as they were. A mistake in the settings changes
    /// nothing at all.
    mutating func reload(_ look: ScanOptions) -> LoadResult {
        let read = readSettings()
        guard let new = read.settings else {
            var report = ReloadReport()
            report.succeeded = false
            report.generation = Int(generation)
            report.count(source.sortedZones)
            report.mistakes = read.mistakes
            return LoadResult(
                snapshot: nil, settings: settings, zones: [], report: report)
        }
        let restartKeys = new.changedRestartKeys(from: settings)
        settings = new.keepingRestartKeys(of: settings)
        var look = look
        if !new.zones.refusesShrinking { look.shrinkage = .all }
        look.maximumFileSize = new.zones.maximumFileSize
        var result = finish(source.read(look))
        result.report.restartKeys = restartKeys
        return result
    }

    /// What a load would come to now; nothing is different afterwards.
    func tried(_ look: ScanOptions) -> LoadResult {
        var trial = self
        return trial.reload(look)
    }

    /// As long as nobody could say which zones there are, none that a link may need is taken for absent. Of a
    /// link with variable labels that is whatever lies below them.
    private mutating func withLastGood(_ found: ScanResult) -> ScanResult {
        source.useLastGood(
            needed: settings.links.flatMap { link in
                link.isPattern
                    ? [link.publicSuffix, link.privateSuffix].map { NamePattern($0).plainTail }
                    : [link.privateSuffix]
            })
        var reading = found
        reading.zones = source.sortedZones
        return reading
    }

    private func readSettings() -> (settings: Settings?, mistakes: [String]) {
        SettingsFile.read(settingsFile)
    }

    /// Puts the snapshot together and says what is in it.
    private mutating func finish(_ found: ScanResult) -> LoadResult {
        generation += 1
        let reading = source.wasRead ? found : withLastGood(found)
        let zones = reading.zones.map { stored in
            stored.zone.map { LocalZone($0) } ?? LocalZone(failed: stored.origin)
        }
        let snapshot = Snapshot(
            generation: generation, zones: zones,
            links: settings.privateLinks(forZones: reading.zones.map(\.origin)),
            forwardZones: settings.resolutionForwardZones,
            access: PrefixSet(settings.access.allow),
            policy: settings.policy(workers: workers, ownSecret: cookieSecret), hasher: hasher)
        var report = ReloadReport()
        report.mistakes = reading.mistakes + reading.zones.flatMap(\.mistakes)
        if let failure = reading.failure { report.mistakes.append(failure) }
        report.warnings = reading.zones.flatMap(\.warnings) + reading.notices
        report.succeeded = report.mistakes.isEmpty
        report.changed = reading.changed
        report.added = reading.added
        report.removed = reading.removed
        report.count(reading.zones)
        report.filesRead = reading.filesRead
        report.generation = Int(generation)
        return LoadResult(
            snapshot: snapshot, settings: settings, zones: reading.zones, report: report)
    }
}

extension ReloadReport {
    /// Counts zones and records, and the zones whose data are not what their source has now.
    fileprivate mutating func count(_ stored: [StoredZone]) {
        zones = stored.count
        records = stored.reduce(0) { $0 + ($1.zone?.recordCount ?? 0) }
        kept = stored.count { $0.state == .kept || $0.state == .lastGoodCopy }
        failed = stored.count { $0.state == .failed }
    }
}
