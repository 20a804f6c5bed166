// What is known of each server: how long it takes to answer and whether it lately did not. From this follow
// the order in which a group's servers are asked and how long to wait before asking the next one as well.

internal import Addresses

/// A server as one group asks it.
struct ServerKey: Hashable, BitwiseCopyable {
    var endpoint: Endpoint
    var source: IPAddress?
}

/// Round trips and failures of one server, as seen by one worker.
struct ServerRecord: BitwiseCopyable {
    /// The smoothed round trip (RFC 6298, section 2); nil before the first answer.
    var smoothed: TimeSpan?
    /// How much round trips vary.
    var variation = TimeSpan(nanoseconds: 0)
    /// Sendings in a row that got no answer.
    var failures = 0
    /// When the server last answered or failed to.
    var lastHeard = Instant(nanoseconds: 0)

    /// How long to wait for this server before the next one is asked too.
    var patience: TimeSpan {
        guard let smoothed else { return .milliseconds(40) }
        let late = smoothed.nanoseconds + 4 * variation.nanoseconds
        return min(max(TimeSpan(nanoseconds: late), .milliseconds(10)), .milliseconds(1_000))
    }
}

/// The servers that were asked, at most as many as the settings name.
struct ServerBook: ~Copyable {
    /// Failures in a row after which a server goes behind those that answer.
    private static let failuresBeforeDistrust = 1
    /// How long a server that failed is asked last.
    private static let distrust = TimeSpan.seconds(30)

    private var records: [ServerKey: ServerRecord] = [:]

    /// What is known of `server`.
    func record(_ server: ServerKey) -> ServerRecord { records[server] ?? ServerRecord() }

    /// An answer of any kind came after `trip`.
    mutating func answered(_ server: ServerKey, after trip: TimeSpan, at now: Instant) {
        var record = record(server)
        let sample = trip.nanoseconds
        if let smoothed = record.smoothed?.nanoseconds {
            let difference = smoothed > sample ? smoothed - sample : sample - smoothed
            let variation = record.variation.nanoseconds
            record.variation = TimeSpan(nanoseconds: variation - variation / 4 + difference / 4)
            record.smoothed = TimeSpan(nanoseconds: smoothed - smoothed / 8 + sample / 8)
        } else {
            record.smoothed = trip
            record.variation = TimeSpan(nanoseconds: sample / 2)
        }
        record.failures = 0
        record.lastHeard = now
        records[server] = record
    }

    /// No answer came in time, or the network says that none will.
    mutating func failed(_ server: ServerKey, at now: Instant) {
        var record = record(server)
        record.failures = min(record.failures + 1, 1_000)
        record.lastHeard = now
        records[server] = record
    }

    /// The servers of a group in the order in which to ask them: those that answer, the fastest
    /// first, unknown ones among them by their place in the settings; then those that failed.
    func order(_ servers: [ServerKey], at now: Instant) -> [Int] {
        let ranks = servers.enumerated().map { index, server in
            let record = record(server)
            let isDistrusted =
                record.failures >= Self.failuresBeforeDistrust
                && now.since(record.lastHeard) < Self.distrust
            return (
                isDistrusted: isDistrusted, trip: record.smoothed ?? .milliseconds(0), index: index
            )
        }
        return ranks.sorted { left, right in
            if left.isDistrusted != right.isDistrusted { return right.isDistrusted }
            return left.trip != right.trip ? left.trip < right.trip : left.index < right.index
        }.map(\.index)
    }

    /// Forgets servers that no group names any more.
    mutating func keepOnly(_ servers: Set<ServerKey>) {
        records = records.filter { servers.contains($0.key) }
    }
}
