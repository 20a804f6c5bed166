// The resolver's time: nanoseconds that are passed in; the resolver never reads a clock.

/// A point on a clock that never goes back and counts suspended time too.
public struct Instant: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// Nanoseconds since an arbitrary start.
    public let nanoseconds: UInt64

    /// The instant this many nanoseconds after the clock's start.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The clock's start.
    static let start = Instant(nanoseconds: 0)

    /// Earlier before later.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `span` later; stays at the end of time rather than wrap.
    public static func + (instant: Instant, span: TimeSpan) -> Instant {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(span.nanoseconds)
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    /// The time from `earlier` to this; zero when `earlier` is later.
    public func since(_ earlier: Instant) -> TimeSpan {
        TimeSpan(
            nanoseconds: nanoseconds > earlier.nanoseconds
                ? nanoseconds - earlier.nanoseconds : 0)
    }
}

/// A length of time; never negative.
public struct TimeSpan: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The length in nanoseconds.
    public let nanoseconds: UInt64

    /// A span of this many nanoseconds.
    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// A span of whole seconds.
    public static func seconds(_ count: UInt64) -> TimeSpan {
        let (product, overflow) = count.multipliedReportingOverflow(by: 1_000_000_000)
        return TimeSpan(nanoseconds: overflow ? .max : product)
    }

    /// A span of whole milliseconds.
    public static func milliseconds(_ count: UInt64) -> TimeSpan {
        let (product, overflow) = count.multipliedReportingOverflow(by: 1_000_000)
        return TimeSpan(nanoseconds: overflow ? .max : product)
    }

    /// The whole seconds in it, rounded down.
    public var wholeSeconds: UInt64 { nanoseconds / 1_000_000_000 }

    /// Shorter before longer.
    public static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
