// What a reload would change: by zone, by record, and for recently queried names.

/// The answer to a preview of a reload.
public struct ReloadPreviewReport: Report, Equatable {
    /// Whether a reload would apply everything.
    public var succeeded = false
    /// The zones that would change.
    public var zones: [Zone] = []
    /// The records that would change.
    public var records: [Record] = []
    /// How many more records would change.
    public var untoldRecords = 0
    /// How many recent queries were checked.
    public var questionCount = 0
    /// Those of them that would get another answer.
    public var names: [Question] = []
    /// Every mistake as `FILE:LINE:COLUMN: sentence`.
    public var mistakes: [String] = []
    /// The warnings, each a sentence.
    public var warnings: [String] = []
    /// The paths of changed settings that take effect only at the next start.
    public var restartKeys: [String] = []

    /// A report with nothing in it.
    public init() {}

    /// A zone that would change.
    public struct Zone: Equatable, Sendable {
        /// The change.
        public enum Change: String, Equatable, Sendable {
            /// It is new.
            case added
            /// It is no longer served.
            case removed
            /// Its records change.
            case changed
        }

        /// The name of its apex.
        public var origin: String
        /// The change.
        public var change = Change.changed
        /// How many records are new.
        public var added = 0
        /// How many records are removed.
        public var removed = 0
        /// How many records have other data or another TTL.
        public var changed = 0

        /// A zone without counts.
        public init(origin: String) { self.origin = origin }
    }

    /// A record that would change.
    public struct Record: Equatable, Sendable {
        /// The zone.
        public var origin: String
        /// `+`, `-` or `~`.
        public var sign: String
        /// The owner, relative to the zone.
        public var name: String
        /// The TTL, followed by the new one if it differs.
        public var ttl: String
        /// The type.
        public var type: String
        /// The data, followed by the new data if they differ.
        public var data: String

        /// A record.
        public init(
            origin: String, sign: String, name: String, ttl: String, type: String, data: String
        ) {
            self.origin = origin
            self.sign = sign
            self.name = name
            self.ttl = ttl
            self.type = type
            self.data = data
        }
    }

    /// A query that would get a different answer.
    public struct Question: Equatable, Sendable {
        /// The queried name.
        public var name: String
        /// The queried type.
        public var type: String
        /// The current answer.
        public var now: String
        /// The answer after the reload.
        public var then: String

        /// A question.
        public init(name: String, type: String, now: String, then: String) {
            self.name = name
            self.type = type
            self.now = now
            self.then = then
        }
    }

    /// Tables of zones, records and names, and what is wrong.
    public var fields: [ReportField] {
        [
            ReportField(
                "a reload", "succeeded", .outcome(succeeded, "would succeed", "would fail")),
            ReportField("zones that change", "zones", .rows(zones.map { row($0) })),
            ReportField("records that change", "records", .rows(records.map { row($0) })),
            ReportField("more records", "untold-records", .integer(untoldRecords)),
            ReportField("recent queries", "questions", .integer(questionCount)),
            ReportField("other answers", "names", .rows(names.map { row($0) })),
            ReportField("mistakes", "mistakes", .list(mistakes)),
            ReportField("warnings", "warnings", .list(warnings)),
            ReportField("need a restart", "restart-keys", .list(restartKeys)),
        ]
    }

    private func row(_ zone: Zone) -> [ReportField] {
        [
            ReportField("ZONE", "zone", .text(zone.origin)),
            ReportField("CHANGE", "change", .text(zone.change.rawValue)),
            ReportField("+", "added", .integer(zone.added)),
            ReportField("-", "removed", .integer(zone.removed)),
            ReportField("~", "changed", .integer(zone.changed)),
        ]
    }

    private func row(_ record: Record) -> [ReportField] {
        [
            ReportField("", "change", .text(record.sign)),
            ReportField("NAME", "name", .text(record.name)),
            ReportField("TTL", "ttl", .text(record.ttl)),
            ReportField("TYPE", "type", .text(record.type)),
            ReportField("ZONE", "zone", .text(record.origin)),
            ReportField("DATA", "data", .text(record.data)),
        ]
    }

    private func row(_ question: Question) -> [ReportField] {
        [
            ReportField("NAME", "name", .text(question.name)),
            ReportField("TYPE", "type", .text(question.type)),
            ReportField("NOW", "now", .text(question.now)),
            ReportField("AFTER THE RELOAD", "then", .text(question.then)),
        ]
    }
}
