// Recently reported names, so that a log has one line for a thousand queries. The table is limited:
// once a client fills it with new names, nothing more is reported until entries expire after an
// hour.

public import DNSWire

/// The names of the last hour.
public struct RecentNames {
    /// The most names.
    static let capacity = 1_000
    /// How long a name counts.
    static let period = TimeSpan.seconds(3_600)
    /// How long a full table is taken to be full before it is looked through again.
    static let pause = TimeSpan.seconds(60)

    private var names: [Name: Instant] = [:]
    private var nextSearch = Instant.start

    /// No names.
    public init() {}

    /// Whether `name` is new; it is not from then on, for an hour.
    public mutating func insert(_ name: Name, at now: Instant) -> Bool {
        if let told = names[name], now.since(told) < Self.period { return false }
        if names.count >= Self.capacity, now >= nextSearch {
            names = names.filter { now.since($0.value) < Self.period }
            nextSearch = now + Self.pause
        }
        guard names.count < Self.capacity else { return false }
        names[name] = now
        return true
    }
}
