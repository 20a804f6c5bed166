// Who may ask at a listener, and what others get.

public import Addresses

/// Who may ask.
public struct AccessRules: Equatable, Sendable {
    /// The clients that are answered.
    public var allowed: PrefixSet
    /// Whether others get nothing, where they would get REFUSED.
    public var drops: Bool

    /// Rules.
    public init(allowed: PrefixSet, drops: Bool = false) {
        self.allowed = allowed
        self.drops = drops
    }
}
