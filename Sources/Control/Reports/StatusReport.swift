// The state of a daemon in one report. The daemon fills it in.

/// The answer to `status`.
public struct StatusReport: Report, Equatable {
    /// The daemon's version.
    public var version = ""
    /// The settings file, as an absolute path.
    public var settingsFile = ""
    /// Its process.
    public var processID = 0
    /// Seconds since it started.
    public var uptime = 0
    /// Whether it serves.
    public var ready = false
    /// How many workers serve.
    public var workers = 0
    /// The endpoints that are served, as text.
    public var listen: [String] = []
    /// How many snapshots were published, this one included.
    public var generation = 0
    /// A digest of the served data in hexadecimal, equal on two daemons that give the same answers.
    public var fingerprint = ""
    /// How many zones are served.
    public var zones = 0
    /// How many records they have.
    public var records = 0
    /// The origins of the zones kept as loaded because of a mistake.
    public var keptZones: [String] = []
    /// The origins of the zones kept as loaded though their files have disappeared.
    public var removedZones: [String] = []
    /// The origins of the zones that could not be loaded.
    public var failedZones: [String] = []
    /// The links, as `public -> private`.
    public var links: [String] = []
    /// The forward zones, each with its servers.
    public var forwardZones: [String] = []
    /// The upstream servers that do not answer, or lead back here, each with its state.
    public var failedServers: [String] = []
    /// How many queries were answered since the start.
    public var queriesAnswered = 0
    /// How many queries wait for upstream servers.
    public var pending = 0
    /// The number of cache entries.
    public var cacheEntries = 0
    /// The size of the cache in bytes.
    public var cacheOctets = 0
    /// The errors of the zones at the last load, each a sentence.
    public var errors: [String] = []
    /// The warnings, each a sentence.
    public var warnings: [String] = []
    /// The last reload; nil before the first.
    public var lastReload: LastReload? = nil

    /// A report with nothing in it.
    public init() {}

    /// The result of the last reload.
    public struct LastReload: Equatable, Sendable {
        /// Seconds since it ended.
        public var age: Int
        /// Whether everything was applied.
        public var succeeded: Bool
        /// How many mistakes were found.
        public var mistakes: Int

        /// A reload that ended `age` seconds ago.
        public init(age: Int, succeeded: Bool, mistakes: Int) {
            self.age = age
            self.succeeded = succeeded
            self.mistakes = mistakes
        }
    }

    /// One field to a line.
    public var fields: [ReportField] {
        [
            ReportField("version", "version", .text(version)),
            ReportField("settings", "settings-file", .text(settingsFile)),
            ReportField("process", "process-id", .integer(processID)),
            ReportField("uptime", "uptime-seconds", .seconds(uptime)),
            ReportField("ready", "ready", .boolean(ready)),
            ReportField("workers", "workers", .integer(workers)),
            ReportField("listen", "listen", .list(listen)),
            ReportField("generation", "generation", .integer(generation)),
            ReportField("fingerprint", "fingerprint", .text(fingerprint)),
            ReportField("zones", "zones", .integer(zones)),
            ReportField("records", "records", .integer(records)),
            ReportField("kept zones", "kept-zones", .list(keptZones)),
            ReportField("removed zones", "removed-zones", .list(removedZones)),
            ReportField("failed zones", "failed-zones", .list(failedZones)),
            ReportField("links", "links", .list(links)),
            ReportField("forward zones", "forward-zones", .list(forwardZones)),
            ReportField("failed servers", "failed-servers", .list(failedServers)),
            ReportField("queries answered", "queries-answered", .integer(queriesAnswered)),
            ReportField("pending questions", "pending-questions", .integer(pending)),
            ReportField("cache entries", "cache-entries", .integer(cacheEntries)),
            ReportField("cache size", "cache-octets", .octets(cacheOctets)),
            ReportField(
                "last reload", "last-reload-age-seconds",
                lastReload.map { .seconds($0.age) } ?? .absent),
            ReportField(
                "last reload succeeded", "last-reload-succeeded",
                lastReload.map { .boolean($0.succeeded) } ?? .absent),
            ReportField(
                "last reload mistakes", "last-reload-mistakes",
                lastReload.map { .integer($0.mistakes) } ?? .absent),
            ReportField("errors", "errors", .list(errors)),
            ReportField("warnings", "warnings", .list(warnings)),
        ]
    }
}
