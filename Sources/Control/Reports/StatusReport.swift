// How a daemon is, in one report. It is filled in by the daemon and only shown here.

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
    /// A digest of what is served, in hexadecimal: equal on two daemons that answer alike.
    public var fingerprint = ""
    /// How many zones are served.
    public var zones = 0
    /// How many records they hold.
    public var records = 0
    /// The origins of the zones that go on with old data, because of a mistake.
    public var keptZones: [String] = []
    /// The origins of the zones that go on as they were, though their files are gone.
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
    /// How many questions wait for upstream servers.
    public var pending = 0
    /// How many entries the cache holds.
    public var cacheEntries = 0
    /// How many octets the cache takes.
    public var cacheOctets = 0
    /// What was wrong with the zones when they were last loaded, each a sentence.
    public var errors: [String] = []
    /// What works and is suspicious, each a sentence.
    public var warnings: [String] = []
    /// The last reload; nil before the first.
    public var lastReload: LastReload? = nil

    /// A report with nothing in it.
    public init() {}

    /// How the last reload went.
    public struct LastReload: Equatable, Sendable {
        /// Seconds since it ended.
        public var age: Int
        /// Whether everything was taken over.
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
