// The daemon's reports. Every report is a list of fields, and one renderer for each format prints
// any report, so a new field is one line in both formats.

/// A value that can be rendered for people and for programs.
public protocol Report: Sendable {
    /// The fields in the order in which they are shown.
    var fields: [ReportField] { get }
}

/// One line of a report, or one cell of a row.
public struct ReportField: Equatable, Sendable {
    /// The line's label or the column's heading in text; empty for a value without a label.
    public let label: String
    /// The member's name in JSON.
    public let key: String
    /// The value.
    public let value: ReportValue

    /// A field.
    public init(_ label: String, _ key: String, _ value: ReportValue) {
        self.label = label
        self.key = key
        self.value = value
    }
}

/// The value of a field.
public indirect enum ReportValue: Equatable, Sendable {
    /// No value: `-` in text, null in JSON.
    case absent
    /// Text, on one line.
    case text(String)
    /// A number.
    case integer(Int)
    /// A duration in seconds, shown in text as days, hours and minutes.
    case seconds(Int)
    /// A number of nanoseconds, which all read as seconds with a fraction.
    case decimal(nanoseconds: UInt64)
    /// A number of bytes, which people read in KiB and MiB.
    case octets(Int)
    /// Thousandths: a percentage with one decimal in text, a number up to 1 in JSON.
    case perMille(Int)
    /// `yes` or `no` in text.
    case boolean(Bool)
    /// A flag, with the words for true and false in text.
    case outcome(Bool, String, String)
    /// Texts, one to a line.
    case list([String])
    /// Rows that have the same columns in the same order.
    case rows([[ReportField]])

    /// The text, or `absent`.
    public static func optional(_ text: String?) -> ReportValue {
        text.map { .text($0) } ?? .absent
    }
}

extension Report {
    /// The report in `format`, ending with a line feed.
    public func rendered(as format: ControlFormat) -> String {
        switch format {
        case .text: ReportText.render(fields)
        case .json: JSONText.render(fields) + "\n"
        }
    }
}
