// A metric without its values, as listed in the documentation and described to Prometheus.

/// A metric's name, kind, labels and meaning.
public struct MetricFamily: Equatable, Sendable {
    /// How a metric behaves.
    public enum Kind: String, Sendable {
        /// It only grows, from 0 at the start.
        case counter
        /// It goes up and down.
        case gauge
        /// Counts of values by their size, with their sum.
        case histogram
    }

    /// The name without the program's prefix, such as `queries_total`.
    public var name: String
    /// How it behaves.
    public var kind: Kind
    /// The names of its labels.
    public var labels: [String]
    /// What it counts, as a sentence.
    public var meaning: String
    /// Whether it has its name in all programs, so that it gets no prefix.
    public var isCommon: Bool

    /// A metric with labels.
    public init(_ name: String, _ kind: Kind, _ labels: [String], _ meaning: String) {
        self.name = name
        self.kind = kind
        self.labels = labels
        self.meaning = meaning
        isCommon = false
    }

    /// A metric without labels.
    public init(_ name: String, _ kind: Kind, isCommon: Bool = false, _ meaning: String) {
        self.name = name
        self.kind = kind
        self.meaning = meaning
        self.isCommon = isCommon
        labels = []
    }

    /// The name as monitors know it.
    public var fullName: String { isCommon ? name : "privatelinkd_\(name)" }
}
