// What a reload would change, computed on the loader's thread by comparison with the served data:
// the records that differ, and which recent queries would get a different answer. Nothing is
// published.

internal import Addresses
internal import Control
internal import DNSWire
internal import Events
internal import Resolution
internal import Settings
internal import Store
internal import Zones

/// Compares what is served with what would be.
struct ReloadPreview {
    /// The maximum number of reported records and names.
    static let limit = 1000

    let served: LoadResult
    let hasher: NameHasher
    let questions: [AskedQuestion]

    /// The report on `tried`, which is not served.
    func report(on tried: LoadResult) -> ReloadPreviewReport {
        var report = ReloadPreviewReport()
        report.mistakes = tried.report.mistakes
        report.warnings = tried.report.warnings
        report.restartKeys = tried.report.restartKeys
        report.succeeded = tried.report.mistakes.isEmpty
        guard let after = tried.snapshot else { return report }
        addZones(tried, to: &report)
        if let before = served.snapshot { addNames(before, after, to: &report) }
        return report
    }

    // MARK: Zones

    private func addZones(_ tried: LoadResult, to report: inout ReloadPreviewReport) {
        var before: [Name: StoredZone] = [:]
        for stored in served.zones { before[stored.origin] = stored }
        var after: [Name: StoredZone] = [:]
        for stored in tried.zones { after[stored.origin] = stored }
        for origin in Set(before.keys).union(after.keys).sorted() {
            let old = before[origin]?.zone
            let new = after[origin]?.zone
            if old === new, (before[origin] == nil) == (after[origin] == nil) { continue }
            if tried.settings.zones.refusesShrinking, let old, let new,
                ZoneShrinkage.isSuspicious(
                    from: old.ordinaryRecordCount, to: new.ordinaryRecordCount)
            {
                report.succeeded = false
                report.mistakes.append(
                    "zone \(origin) would go from \(old.ordinaryRecordCount) records to "
                        + "\(new.ordinaryRecordCount), which a reload applies only with --force")
            }
            let lines = ZoneDifference(from: old, to: new).lines(origin: origin)
            var zone = ReloadPreviewReport.Zone(origin: "\(origin)")
            zone.change =
                before[origin] == nil ? .added : after[origin] == nil ? .removed : .changed
            zone.added = lines.count { $0.sign == .added }
            zone.removed = lines.count { $0.sign == .removed }
            zone.changed = lines.count { $0.sign == .changed }
            report.zones.append(zone)
            for line in lines {
                guard report.records.count < Self.limit else {
                    report.untoldRecords += 1
                    continue
                }
                report.records.append(
                    ReloadPreviewReport.Record(
                        origin: "\(origin)", sign: line.sign.rawValue, name: line.name,
                        ttl: line.ttl, type: line.type, data: line.data))
            }
        }
    }

    // MARK: Names

    private func addNames(
        _ before: Snapshot, _ after: Snapshot, to report: inout ReloadPreviewReport
    ) {
        let old = open(before)
        let new = open(after)
        for question in questions.sorted(by: {
            ($0.name, $0.type.rawValue) < ($1.name, $1.type.rawValue)
        }) {
            let query = ReplyReport.query(question.name, question.type)
            let now = answer(query, from: old)
            let then = answer(query, from: new)
            if now == then { continue }
            guard report.names.count < Self.limit else { break }
            report.names.append(
                ReloadPreviewReport.Question(
                    name: "\(question.name)", type: "\(question.type)", now: now, then: then))
        }
        report.questionCount = questions.count
    }

    /// The same snapshot for everybody: who may ask is not the question.
    private func open(_ snapshot: Snapshot) -> Snapshot {
        let everybody = [IPAddress.anyIPv4, .anyIPv6].compactMap { Prefix($0, length: 0) }
        return Snapshot(
            generation: snapshot.generation, zones: snapshot.localZones, links: snapshot.links,
            forwardZones: snapshot.forwardZones, access: PrefixSet(everybody),
            policy: snapshot.policy, hasher: hasher)
    }

    /// What the resolver says of a query by itself, in one line.
    private func answer(_ query: [UInt8], from snapshot: Snapshot) -> String {
        var resolver = Resolver(
            snapshot: snapshot, cache: AnswerCache(octets: 0), hasher: hasher,
            random: RandomSource { octets in SystemRandom.fill(&octets) })
        var buffer = MessageBuffer(capacity: WorkerState.largestMessage)
        var outbox = Outbox()
        let client = Client(
            handle: 0, remote: Endpoint(.loopbackIPv4, port: 0), local: .loopbackIPv4,
            interface: 0, transport: .tcp)
        let disposition = buffer.write { writer in
            resolver.receive(
                query: query.span, from: client, at: Instant(nanoseconds: SystemClock.elapsed()),
                reply: &writer, outbox: &outbox)
        }
        switch disposition {
        case .dropped: return "no reply"
        case .pending: return "asked upstream"
        case .answered:
            return Self.summary(buffer.read { ReplyReport.report(of: Array(copying: $0)) })
        }
    }

    private static func summary(_ report: ExplainReport) -> String {
        if report.answer.isEmpty {
            return report.responseCode == "NOERROR" ? "no data" : report.responseCode
        }
        // `owner TTL class type data` without the class and the owners that the chain repeats.
        let records = report.answer.map { record in
            let words = record.split(separator: " ", maxSplits: 4)
            return words.count == 5 ? "\(words[3]) \(words[4]) (\(words[1]))" : record
        }
        let code = report.responseCode == "NOERROR" ? "" : "\(report.responseCode) "
        return code + records.joined(separator: ", ")
    }
}
