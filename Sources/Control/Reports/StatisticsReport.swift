// The daemon's statistics as one table with three renderings: text, JSON, and the text format of
// Prometheus. A new statistic is one more row where the table is filled.

/// A metric with its figures: one, or one for each combination of its labels' values.
public struct Statistic: Equatable, Sendable {
    /// A value with the labels that distinguish it.
    public struct Sample: Equatable, Sendable {
        /// Values of the family's labels, in the same order.
        public var labels: [String]
        /// The figure.
        public var value: Value

        /// A whole number.
        public init(_ value: Int, _ labels: String...) {
            self.labels = labels
            self.value = .integer(value)
        }

        /// A count.
        public init(_ value: UInt64, _ labels: String...) {
            self.labels = labels
            self.value = .integer(Int(clamping: value))
        }

        /// A number of seconds.
        public init(nanoseconds: UInt64, _ labels: String...) {
            self.labels = labels
            self.value = .seconds(nanoseconds)
        }

        /// Values by their size; the buckets' counts are not cumulative, and one more than their upper ends, which are
        /// in nanoseconds as the sum is.
        public init(counts: [UInt64], ends: [UInt64], sum: UInt64, _ labels: String...) {
            self.labels = labels
            self.value = .histogram(counts: counts, ends: ends, sum: sum)
        }
    }

    /// A figure.
    public enum Value: Equatable, Sendable {
        /// A whole number.
        case integer(Int)
        /// A number of seconds, in nanoseconds.
        case seconds(UInt64)
        /// Counts, upper ends and sum of a histogram.
        case histogram(counts: [UInt64], ends: [UInt64], sum: UInt64)
    }

    /// What it is.
    public var family: MetricFamily
    /// The figures.
    public var samples: [Sample]

    /// A metric without labels.
    public init(_ family: MetricFamily, _ value: Int) { self.init(family, [Sample(value)]) }

    /// A metric without labels that counts.
    public init(_ family: MetricFamily, _ value: UInt64) { self.init(family, [Sample(value)]) }

    /// A metric with a figure for each combination of labels.
    public init(_ family: MetricFamily, _ samples: [Sample]) {
        self.family = family
        self.samples = samples
    }
}

/// The answer to `stats`, and the page of metrics.
public struct StatisticsReport: Report, Equatable {
    /// The page's media type for Prometheus.
    public static let mediaType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    /// The figures, in the order in which they are shown.
    public var statistics: [Statistic]

    /// A report of these figures.
    public init(_ statistics: [Statistic]) { self.statistics = statistics }

    /// One figure to a line; of a histogram the number of values and their sum. Of the combinations of several labels
    /// those that never occurred are left out.
    public var fields: [ReportField] {
        statistics.flatMap { statistic in
            let isWide = statistic.family.labels.count > 1
            let samples = statistic.samples.filter { !isWide || $0.value != .integer(0) }
            return samples.flatMap { sample in
                let labels = Self.braced(statistic.family.labels, sample.labels)
                let name = statistic.family.name
                return switch sample.value {
                case .integer(let value):
                    [ReportField(name + labels, name + labels, .integer(value))]
                case .seconds(let value):
                    [ReportField(name + labels, name + labels, .decimal(nanoseconds: value))]
                case .histogram(let counts, _, let sum):
                    [
                        ReportField(
                            "\(name)_count\(labels)", "\(name)_count\(labels)",
                            .integer(Int(counts.reduce(0, +)))),
                        ReportField(
                            "\(name)_sum\(labels)", "\(name)_sum\(labels)",
                            .decimal(nanoseconds: sum)),
                    ]
                }
            }
        }
    }

    /// The figures on one line, for the log; those that are zero are left out.
    public var line: String {
        fields.filter { $0.value != .integer(0) && $0.value != .decimal(nanoseconds: 0) }
            .map { "\($0.label)=\(ReportText.text(of: $0.value))" }.joined(separator: " ")
    }

    /// The text exposition format of Prometheus, version 0.0.4.
    public var prometheusText: String {
        var lines: [String] = []
        for statistic in statistics {
            let family = statistic.family
            let name = family.fullName
            lines.append("# HELP \(name) \(family.meaning)")
            lines.append("# TYPE \(name) \(family.kind.rawValue)")
            for sample in statistic.samples {
                let labels = Self.braced(family.labels, sample.labels)
                switch sample.value {
                case .integer(let value): lines.append("\(name)\(labels) \(value)")
                case .seconds(let value): lines.append("\(name)\(labels) \(value.asSeconds)")
                case .histogram(let counts, let ends, let sum):
                    var count: UInt64 = 0
                    for (index, part) in counts.enumerated() {
                        count += part
                        let end = index < ends.count ? ends[index].asSeconds : "+Inf"
                        let bucket = Self.braced(family.labels + ["le"], sample.labels + [end])
                        lines.append("\(name)_bucket\(bucket) \(count)")
                    }
                    lines.append("\(name)_sum\(labels) \(sum.asSeconds)")
                    lines.append("\(name)_count\(labels) \(count)")
                }
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func braced(_ names: [String], _ values: [String]) -> String {
        guard !values.isEmpty else { return "" }
        let pairs = zip(names, values).map { "\($0)=\"\(escaped($1))\"" }
        return "{" + pairs.joined(separator: ",") + "}"
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

extension UInt64 {
    /// Nanoseconds as seconds, such as `0.00001`.
    var asSeconds: String {
        let (whole, rest) = quotientAndRemainder(dividingBy: 1_000_000_000)
        if rest == 0 { return String(whole) }
        var digits = String(rest)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
