// The trace for `explain`: the steps taken for one query, in order. The resolver has one only on
// request.

/// The steps that a question passes.
public enum ResolutionStep: String, Sendable {
    /// A local zone.
    case localZone = "local zone"
    /// A private link.
    case privateLink = "private link"
    /// A special-use name.
    case specialName = "special name"
    /// An answer kept from before.
    case cache = "cache"
    /// The servers of a forward zone.
    case forwarder = "forwarder"
}

/// One step that was taken for one name.
public struct RecordedStep: Equatable, Sendable {
    /// Which step.
    public var step: ResolutionStep
    /// The name that the step looked at.
    public var name: String
    /// Whether it answered, wholly or with an alias, or passed the name on.
    public var didAnswer: Bool
    /// Why.
    public var reason: String
}

/// Collects the steps of one question; bounded by the hops of a chain.
public final class ResolutionTrace {
    /// The steps of the last composition, in order.
    public private(set) var steps: [RecordedStep] = []

    /// An empty trace.
    public init() {}

    func begin() { steps.removeAll() }

    func note(_ step: ResolutionStep, _ name: String, answered: Bool, _ reason: String) {
        steps.append(
            RecordedStep(step: step, name: name, didAnswer: answered, reason: reason))
    }
}
