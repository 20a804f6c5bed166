// What the daemon has counted, as one table that is shown three ways: to people, as JSON, and as the text that
// Prometheus reads. A new figure is one more row where the table is filled.

/// One figure, or one for each value of a label.
public struct Statistic: Equatable, Sendable {
    /// How a figure behaves.
    public enum Kind: String, Sendable {
        /// It only grows, from 0 at the start.
        case counter
        /// It goes up and down.
        case gauge
    }

    /// A figure with the labels that tell it from its siblings.
    public struct Sample: Equatable, Sendable {
        /// Names and values of labels, in order.
        public var labels: [(name: String, value: String)]
        /// The figure.
        public var value: Int

        /// A sample.
        public init(_ value: Int, labels: [(name: String, value: String)] = []) {
            self.labels = labels
            self.value = value
        }

        /// Equal in labels and value.
        public static func == (left: Sample, right: Sample) -> Bool {
            left.value == right.value && left.labels.elementsEqual(right.labels, by: ==)
        }
    }

    /// The name without the program's prefix, such as `queries_total`.
    public var name: String
    /// What it counts, in a few words.
    public var meaning: String
    /// How it behaves.
    public var kind: Kind
    /// The figures; at least one.
    public var samples: [Sample]

    /// A figure without labels.
    public init(_ name: String, _ kind: Kind, _ value: Int, _ meaning: String) {
        self.init(name, kind, [Sample(value)], meaning)
    }

    /// Figures with labels.
    public init(_ name: String, _ kind: Kind, _ samples: [Sample], _ meaning: String) {
        self.name = name
        self.kind = kind
        self.samples = samples
        self.meaning = meaning
    }
}

/// The answer to `stats`, and the page of metrics.
public struct StatisticsReport: Report, Equatable {
    /// What Prometheus is told the page is.
    public static let mediaType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    /// The figures, in the order in which they are shown.
    public var statistics: [Statistic]

    /// A report of these figures.
    public init(_ statistics: [Statistic]) { self.statistics = statistics }

    /// One figure to a line.
    public var fields: [ReportField] {
        statistics.flatMap { statistic in
            statistic.samples.map { sample in
                let key = statistic.name + Self.braced(sample.labels)
                return ReportField(key, key, .integer(sample.value))
            }
        }
    }

    /// All figures in one line, for a log.
    public var line: String {
        statistics.flatMap { statistic in
            statistic.samples.map { "\(statistic.name)\(Self.braced($0.labels))=\($0.value)" }
        }.joined(separator: " ")
    }

    /// The text exposition format of Prometheus, version 0.0.4.
    public var prometheusText: String {
        var lines: [String] = []
        for statistic in statistics {
            let name = "privatelinkd_\(statistic.name)"
            lines.append("# HELP \(name) \(statistic.meaning)")
            lines.append("# TYPE \(name) \(statistic.kind.rawValue)")
            for sample in statistic.samples {
                lines.append("\(name)\(Self.braced(sample.labels)) \(sample.value)")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func braced(_ labels: [(name: String, value: String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
            + "}"
    }

    private static func escaped(_ value: String) -> String {
        value.map { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(character)
            }
        }.joined()
    }
}
