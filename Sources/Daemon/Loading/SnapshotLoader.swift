// From the settings and a source of zones to a snapshot: the one function that every start and every reload goes
// through. It runs on the loader's thread; workers know nothing of it until the snapshot is published.

internal import Addresses
internal import Control
internal import DNSWire
internal import Events
internal import Files
internal import Lint
internal import Resolution
internal import Settings
internal import Store
internal import Zones

/// What a load came to.
struct LoadResult: Sendable {
    /// What to serve from now on; nil if nothing changes.
    var snapshot: Snapshot?
    var settings: Settings
    var zones: [StoredZone]
    /// The zones that are no longer served because they were deleted.
    var deleted: Set<Name> = []
    /// Why the zones could not be listed; one of the report's mistakes.
    var failure: String?
    var report: ReloadReport
}

/// Reads settings and zones; its source keeps what it read, so that what did not change is not read again.
struct SnapshotLoader {
    let settingsFile: String
    let hasher: NameHasher
    let workers: Int
    private var source: any ZoneSource
    private var settings: Settings
    /// The positions of the settings in their file.
    private var places: SettingsPlaces
    private var removals: RemovalGuard
    /// Whether an earlier process left word of what it served.
    private let knowsServed: Bool
    /// The zones that the source listed last; nil before it could.
    private var listed: Set<Name>?
    private var generation: UInt64 = 0
    /// What cookies are made with where the settings have no secret; lasts as long as the process.
    private let cookieSecret = CookieSecret(
        first: SystemRandom.nextUInt64(), second: SystemRandom.nextUInt64())

    /// A loader for checked settings and a source that has not been read yet.
    init(
        settingsFile: String, settings: (settings: Settings, places: SettingsPlaces),
        source: any ZoneSource, copies: LastGoodCopies?, hasher: NameHasher, workers: Int
    ) {
        self.settingsFile = settingsFile
        self.settings = settings.settings
        places = settings.places
        self.hasher = hasher
        self.workers = workers
        self.source = source
        let served = copies?.served
        knowsServed = served != nil
        removals = RemovalGuard(
            served: served ?? copies.map { ServedZones(copies: $0.origins()) })
    }

    /// The first load: whatever is wrong with zones, there is something to serve.
    mutating func loadFirst() -> LoadResult {
        let look = ScanOptions(
            shrinkage: settings.zones.refusesShrinking ? .none : .all,
            maximumFileSize: settings.zones.maximumFileSize)
        return finish(source.read(look), removal: .none)
    }

    /// A later load; files that are being written are left as they were. A mistake in the settings changes
    /// nothing at all.
    mutating func reload(_ look: ScanOptions) -> LoadResult {
        let read = SettingsFile.readWithPlaces(settingsFile)
        guard let (new, newPlaces) = read.found else {
            var report = ReloadReport()
            report.succeeded = false
            report.generation = Int(generation)
            report.count(Array(source.zones.values))
            report.mistakes = read.mistakes
            return LoadResult(
                snapshot: nil, settings: settings, zones: [], report: report)
        }
        let restartKeys = new.changedRestartKeys(from: settings)
        settings = new.keepingRestartKeys(of: settings)
        places = newPlaces
        var look = look
        if !new.zones.refusesShrinking { look.shrinkage = .all }
        look.maximumFileSize = new.zones.maximumFileSize
        var result = finish(source.read(look), removal: look.removal)
        result.report.restartKeys = restartKeys
        return result
    }

    /// What a load would come to now; nothing is different afterwards.
    func tried(_ look: ScanOptions) -> LoadResult {
        var trial = self
        return trial.reload(look)
    }

    // MARK: Which zones there are

    /// As long as it is not known which zones exist, no zone that a link may need counts as absent.
    /// For a link with variable labels this includes everything below its fixed part.
    private mutating func useLastGood() {
        source.useLastGood(
            needed: settings.links.flatMap { link in
                link.isPattern
                    ? [link.publicSuffix, link.privateSuffix].map { NamePattern($0).plainTail }
                    : [link.privateSuffix]
            })
    }

    /// Drops the zones that are no longer listed and may go, and keeps the others.
    private mutating func settleUnlisted(
        _ found: ScanResult, _ removal: ShrinkagePermission
    ) -> RemovalGuard.Verdict {
        // What was only assumed until now is known.
        source.drop(
            Set(source.zones.filter(\.value.isAssumed).keys).subtracting(found.listed))
        var unlisted = Set(source.zones.keys).subtracting(found.listed)
        let isFirst = listed == nil
        if isFirst { unlisted.formUnion(removals.expected.subtracting(found.listed)) }
        let traces = isFirst && !knowsServed ? found.traces : []
        let linked = linkedZones(unlisted.union(traces), beside: found.listed)
        unlisted.formUnion(traces.intersection(linked))
        let verdict = removals.judge(
            RemovalGuard.Unlisted(
                zones: unlisted, deleted: found.deleted, forced: removal, linked: linked),
            listed: found.listed, at: SystemClock.elapsed())
        source.restore(verdict.kept.union(verdict.restored))
        source.drop(Set(verdict.dropped.keys))
        // A recently dropped zone without a copy cannot be restored.
        source.drop(verdict.restored.filter { source.zones[$0]?.zone == nil })
        listed = found.listed
        return verdict
    }

    /// Those of `zones`, which are not listed, that hold names of a link's private side: without them private names
    /// could turn public.
    private func linkedZones(_ zones: Set<Name>, beside listed: Set<Name>) -> Set<Name> {
        if zones.isEmpty { return [] }
        let all = listed.union(zones)
        let suffixes = Set(settings.links(forZones: all).map(\.privateSuffix))
        let holders = suffixes.compactMap { suffix in suffix.selfAndAncestors.first(in: all) }
        return zones.filter { $0.selfAndAncestors.first(in: suffixes) != nil }
            .union(holders.filter { zones.contains($0) })
    }

    // MARK: The result

    /// Puts the snapshot together and says what is in it.
    private mutating func finish(
        _ found: ScanResult, removal: ShrinkagePermission
    ) -> LoadResult {
        generation += 1
        let before = source.zones
        var verdict = RemovalGuard.Verdict()
        if found.failure == nil {
            verdict = settleUnlisted(found, removal)
        } else if !source.wasRead {
            useLastGood()
        }
        let now = WallTime.now
        let zones = source.zones.values.map { (SortableName($0.origin), $0) }
            .sorted { $0.0 < $1.0 }.map { _, stored in
                stored.reported(isListed: listed?.contains(stored.origin) ?? true, at: now)
            }
        let snapshot = Snapshot(
            generation: generation,
            zones: zones.map { stored in
                stored.zone.map { LocalZone($0) } ?? LocalZone(failed: stored.origin)
            },
            links: settings.privateLinks(forZones: zones.map(\.origin)),
            forwardZones: settings.resolutionForwardZones,
            access: settings.access.rules.allowed,
            policy: settings.policy(workers: workers, ownSecret: cookieSecret), hasher: hasher,
            dropsOthers: settings.access.action == .drop, listenerAccess: settings.listenerAccess)
        var report = ReloadReport()
        report.mistakes = found.mistakes + zones.flatMap(\.mistakes)
        if let failure = found.failure { report.mistakes.append(failure) }
        report.warnings =
            zones.flatMap(\.warnings) + found.notices + lint(zones)
            + sentences(about: verdict, before, { $0 == .unlisted })
        report.notices = sentences(about: verdict, before, { $0 != .unlisted })
        report.succeeded = report.mistakes.isEmpty
        report.changed = found.changed
        report.added = found.added
        report.removed = verdict.dropped.keys.count { before[$0] != nil }
        report.count(zones)
        report.filesRead = found.filesRead
        report.generation = Int(generation)
        return LoadResult(
            snapshot: snapshot, settings: settings, zones: zones,
            deleted: Set(verdict.dropped.filter { $0.value == .deleted }.keys),
            failure: found.failure, report: report)
    }

    /// The warnings; none as long as it is not known which zones exist.
    private func lint(_ zones: [StoredZone]) -> [String] {
        guard source.wasRead else { return [] }
        return SettingsLint(
            settings: settings, places: places, zones: zones.map { LintedZone($0) }
        ).warnings
    }

    /// Which zones are no longer served, and why.
    private func sentences(
        about verdict: RemovalGuard.Verdict, _ before: [Name: StoredZone],
        _ includes: (RemovalGuard.Reason) -> Bool
    ) -> [String] {
        verdict.dropped.filter { includes($0.value) }.sorted { $0.key < $1.key }.map {
            origin, reason in
            let what = before[origin].map { "\($0.provenance)" } ?? "what it was loaded from"
            return switch reason {
            case .deleted: "zone \(origin) is no longer served: it was deleted"
            case .forced:
                "zone \(origin) is no longer served: \(what) is gone, and the reload was forced"
            case .unlisted: "zone \(origin) is no longer served: \(what) is gone"
            }
        }
    }
}

extension LintedZone {
    /// A zone of the daemon's source.
    init(_ stored: StoredZone) {
        let isFile = if case .file = stored.provenance { true } else { false }
        self.init(
            origin: stored.origin, zone: stored.zone, source: "\(stored.provenance)",
            isFile: isFile && stored.state != .removed)
    }
}

extension Name {
    /// The name, its parent, and so on up to the root.
    fileprivate var selfAndAncestors: some Sequence<Name> {
        sequence(first: self) { $0.parent }
    }
}

extension Sequence<Name> {
    fileprivate func first(in names: Set<Name>) -> Name? { first { names.contains($0) } }
}

extension ReloadReport {
    /// Counts zones and records, and the zones whose data are not what their source has now.
    fileprivate mutating func count(_ stored: [StoredZone]) {
        zones = stored.count
        records = stored.reduce(0) { $0 + ($1.zone?.recordCount ?? 0) }
        kept = stored.count { $0.state == .kept || $0.state == .lastGoodCopy }
        removedStillServed = stored.count { $0.state == .removed }
        failed = stored.count { $0.state == .failed }
    }
}
