// The state of each zone: one row for each, in the daemon's order.

/// The answer to `zones`.
public struct ZonesReport: Report, Equatable {
    /// The zones, failed ones included.
    public var zones: [Zone] = []

    /// A report of these zones.
    public init(zones: [Zone] = []) { self.zones = zones }

    /// Where a zone's data comes from.
    public enum State: String, CaseIterable, Equatable, Sendable {
        /// Its file, as it is now.
        case current = "ok"
        /// Its file before a mistake was made in it.
        case kept = "kept old data"
        /// The last good copy, because its file could not be read at the start.
        case lastGoodCopy = "from last good copy"
        /// As last loaded: its file has disappeared, but the zone was not deleted.
        case removed
        /// Nowhere: its names get SERVFAIL.
        case failed
    }

    /// One zone.
    public struct Zone: Equatable, Sendable {
        /// The name of its apex.
        public var origin: String
        /// Where its data comes from.
        public var state: State
        /// How many records it has.
        public var records = 0
        /// How many names it has.
        public var names = 0
        /// Its SOA's serial; nil for a failed zone.
        public var serial: UInt32? = nil
        /// A digest of its content, in hexadecimal.
        public var fingerprint = ""
        /// The file it is read from.
        public var file = ""
        /// When its data was loaded, such as `2026-01-31T20:11:05Z`; nil if that is not known.
        public var loaded: String? = nil
        /// Its errors and what clients get because of them, each a sentence.
        public var errors: [String] = []
        /// Its warnings, each a sentence.
        public var warnings: [String] = []

        /// A zone without records.
        public init(origin: String, state: State) {
            self.origin = origin
            self.state = state
        }
    }

    /// One table, a row to a zone.
    public var fields: [ReportField] {
        [
            ReportField(
                "", "zones",
                .rows(
                    zones.map { zone in
                        [
                            ReportField("ZONE", "origin", .text(zone.origin)),
                            ReportField("STATE", "state", .text(zone.state.rawValue)),
                            ReportField("RECORDS", "records", .integer(zone.records)),
                            ReportField("NAMES", "names", .integer(zone.names)),
                            ReportField(
                                "SERIAL", "serial",
                                zone.serial.map { .integer(Int($0)) } ?? .absent),
                            ReportField("FINGERPRINT", "fingerprint", .text(zone.fingerprint)),
                            ReportField("FILE", "file", .text(zone.file)),
                            ReportField("LOADED", "loaded", .optional(zone.loaded)),
                            ReportField("ERRORS", "errors", .list(zone.errors)),
                            ReportField("WARNINGS", "warnings", .list(zone.warnings)),
                        ]
                    }))
        ]
    }
}
