// One immutable object that many threads read and one replaces. Each reader keeps its own strong
// reference and compares a number once per tick, so reading takes no lock and no reference counting
// while nothing changes.

internal import Synchronization

/// The current one of a succession of immutable objects.
public final class Published<Value: AnyObject & Sendable>: Sendable {
    private let number = Atomic<UInt64>(1)
    private let current: Mutex<Value>

    /// Begins with `value`, as generation 1.
    public init(_ value: Value) { current = Mutex(value) }

    /// The generation of the current object, which grows by one with each `publish`.
    public var generation: UInt64 { number.load(ordering: .acquiring) }

    /// The current object and its generation.
    public func read() -> (value: Value, generation: UInt64) {
        current.withLock { ($0, number.load(ordering: .relaxed)) }
    }

    /// Replaces the current object; returns its successor's generation and the object replaced.
    @discardableResult
    public func publish(_ value: Value) -> (generation: UInt64, replaced: Value) {
        current.withLock { current in
            let replaced = current
            current = value
            return (number.wrappingAdd(1, ordering: .releasing).newValue, replaced)
        }
    }

    /// Brings a reader's own reference up to date; true if it changed.
    ///
    /// `seen` is the generation of `local`, and is 0 before the first call.
    public func refresh(_ local: inout Value, seen: inout UInt64) -> Bool {
        if generation == seen { return false }
        (local, seen) = read()
        return true
    }
}
