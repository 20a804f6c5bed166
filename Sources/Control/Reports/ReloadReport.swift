// The result of a reload. A reload with a mistake has failed, whatever else it applied.

/// The answer to `reload`.
public struct ReloadReport: Report, Equatable {
    /// Whether everything was applied.
    public var succeeded = false
    /// How many zones are served now.
    public var zones = 0
    /// How many of them have changed.
    public var changed = 0
    /// How many of them are new.
    public var added = 0
    /// How many are no longer served.
    public var removed = 0
    /// How many keep their old data because of a mistake.
    public var kept = 0
    /// How many are kept as loaded though their files have disappeared.
    public var removedStillServed = 0
    /// How many have a mistake and no old data: their names get SERVFAIL.
    public var failed = 0
    /// How many records are served now.
    public var records = 0
    /// How many zones were read from their files; the others are unchanged.
    public var filesRead = 0
    /// How long the reload took.
    public var milliseconds = 0
    /// How many snapshots were published, this one included.
    public var generation = 0
    /// Every mistake as `FILE:LINE:COLUMN: sentence`.
    public var mistakes: [String] = []
    /// The warnings, each a sentence.
    public var warnings: [String] = []
    /// The zones that were deliberately removed, each a sentence.
    public var notices: [String] = []
    /// The paths of changed settings that take effect only at the next start.
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
