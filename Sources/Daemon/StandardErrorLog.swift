// Log lines on standard error: the time, the level, the sentence. Where they go from there is the service
// manager's business.

internal import Events
internal import Glibc
internal import Logging

/// Writes each message as one line.
struct StandardErrorLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var line = "\(Self.timestamp(seconds: SystemClock.wallSeconds())) \(event.level): "
        // A name that a client chose must not end the line.
        line += "\(event.message)".split(whereSeparator: \.isNewline).joined(separator: " ")
        line += "\n"
        let octets = Array(line.utf8)
        _ = unsafe octets.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }

    /// `2026-11-24T01:02:03Z`.
    static func timestamp(seconds: UInt64) -> String {
        // Days to a date of the Gregorian calendar, in eras of 400 years that begin on 1 March.
        let days = Int(seconds / 86_400) + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let time = Int(seconds % 86_400)
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(year)-\(two(month))-\(two(day))T\(two(time / 3_600)):"
            + "\(two(time / 60 % 60)):\(two(time % 60))Z"
    }
}
