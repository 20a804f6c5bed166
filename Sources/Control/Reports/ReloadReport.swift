// What a reload did. A reload with a mistake is a failed one, whatever else it took over.

/// The answer to `reload`.
public struct ReloadReport: Report, Equatable {
    /// Whether everything was taken over.
    public var succeeded = false
    /// How many zones are served now.
    public var zones = 0
    /// How many of them have other content than before.
    public var changed = 0
    /// How many of them are new.
    public var added = 0
    /// How many are no longer served.
    public var removed = 0
    /// How many keep their data from before because of a mistake.
    public var kept = 0
    /// How many are served as they were, though their files are gone.
    public var removedStillServed = 0
    /// How many have a mistake and no data from before: their names get SERVFAIL.
    public var failed = 0
    /// How many records are served now.
    public var records = 0
    /// How many zones were read from their files; the others are as they were.
    public var filesRead = 0
    /// How long the reload took.
    public var milliseconds = 0
    /// How many snapshots were published, this one included.
    public var generation = 0
    /// Every mistake as `FILE:LINE:COLUMN: sentence`.
    public var mistakes: [String] = []
    /// What works and is suspicious, each a sentence.
    public var warnings: [String] = []
    /// Which zones went away on purpose, each a sentence.
    public var notices: [String] = []
    /// The paths of changed settings that take effect at the next start only.
    public var restartKeys: [String] = []

    /// A report with nothing in it.
    public init() {}

    /// One field to a line.
    public var fields: [ReportField] {
        [
            ReportField("reload", "succeeded", .outcome(succeeded, "succeeded", "failed")),
            ReportField("zones", "zones", .integer(zones)),
            ReportField("changed", "changed", .integer(changed)),
            ReportField("added", "added", .integer(added)),
            ReportField("removed", "removed", .integer(removed)),
            ReportField("kept with old data", "kept", .integer(kept)),
            ReportField("files gone", "removed-still-served", .integer(removedStillServed)),
            ReportField("failed", "failed", .integer(failed)),
            ReportField("records", "records", .integer(records)),
            ReportField("files read", "files-read", .integer(filesRead)),
            ReportField("milliseconds", "milliseconds", .integer(milliseconds)),
            ReportField("generation", "generation", .integer(generation)),
            ReportField("mistakes", "mistakes", .list(mistakes)),
            ReportField("warnings", "warnings", .list(warnings)),
            ReportField("notices", "notices", .list(notices)),
            ReportField("need a restart", "restart-keys", .list(restartKeys)),
        ]
    }
}
