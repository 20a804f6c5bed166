// How one query is answered: the resolver's steps in order, and the result.

/// The answer to `explain`.
public struct ExplainReport: Report, Equatable {
    /// The result, in a sentence.
    public var result = ""
    /// The name that was asked for, with its final dot.
    public var name = ""
    /// The queried type.
    public var type = ""
    /// The steps in the order in which they were taken, those of alias targets included.
    public var steps: [Step] = []
    /// The final RCODE, as dig prints it.
    public var responseCode = ""
    /// The header flags that are set, as dig prints them.
    public var flags: [String] = []
    /// The records of the answer, as a zone file would have them.
    public var answer: [String] = []
    /// The records of the authority section, in the same form.
    public var authority: [String] = []
    /// The places of the records that come from local zones.
    public var places: [Place] = []
    /// What is missing for a private answer, each a sentence.
    public var missing: [String] = []
    /// The text of the extended error, with its number; nil for none.
    public var extendedError: String? = nil
    /// How long the answer took.
    public var microseconds = 0

    /// A report with nothing in it.
    public init() {}

    /// What a step did with a name.
    public enum Verdict: String, CaseIterable, Equatable, Sendable {
        /// The answer is this step's.
        case answered
        /// The step passes on.
        case passed
    }

    /// One step for one name.
    public struct Step: Equatable, Sendable {
        /// The name that the step looked at: the question's, or an alias's target.
        public var name: String
        /// The step, such as `private link`.
        public var step: String
        /// What it did.
        public var verdict: Verdict
        /// Why: the zone, link, cache entry or server that decided.
        public var reason: String

        /// A step.
        public init(name: String, step: String, verdict: Verdict, reason: String) {
            self.name = name
            self.step = step
            self.verdict = verdict
            self.reason = reason
        }
    }

    /// The place of one record.
    public struct Place: Equatable, Sendable {
        /// The record, as in the answer.
        public var record: String
        /// The file, which may be an inclusion of the zone's own.
        public var file: String
        /// The line, from 1; nil if the record is no longer there.
        public var line: Int? = nil
        /// A remark.
        public var remark: String? = nil

        /// A record of a file.
        public init(record: String, file: String) {
            self.record = record
            self.file = file
        }
    }

    /// The question, the steps as a table, and the outcome.
    public var fields: [ReportField] {
        [
            ReportField("", "result", .text(result)),
            ReportField("name", "name", .text(name)),
            ReportField("type", "type", .text(type)),
            ReportField(
                "steps", "steps",
                .rows(
                    steps.map { step in
                        [
                            ReportField("NAME", "name", .text(step.name)),
                            ReportField("STEP", "step", .text(step.step)),
                            ReportField("VERDICT", "verdict", .text(step.verdict.rawValue)),
                            ReportField("WHY", "reason", .text(step.reason)),
                        ]
                    })),
            ReportField("status", "status", .text(responseCode)),
            ReportField("flags", "flags", .list(flags)),
            ReportField("answer", "answer", .list(answer)),
            ReportField("authority", "authority", .list(authority)),
            ReportField("defined in", "places", .rows(places.map { row($0) })),
            ReportField("missing", "missing", .list(missing)),
            ReportField("extended error", "extended-error", .optional(extendedError)),
            ReportField("microseconds", "microseconds", .integer(microseconds)),
        ]
    }

    private func row(_ place: Place) -> [ReportField] {
        [
            ReportField("FILE", "file", .text(place.file)),
            ReportField("LINE", "line", place.line.map { .integer($0) } ?? .absent),
            ReportField("RECORD", "record", .text(place.record)),
            ReportField("REMARK", "remark", .optional(place.remark)),
        ]
    }
}
