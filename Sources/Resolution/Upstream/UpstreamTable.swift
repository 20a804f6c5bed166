// The servers of one worker, each with an index that stays the same across reloads. A server in two
// groups is one server here: if it is dead, it is dead for both.

internal import Addresses
internal import BasicContainers

/// The records of all servers, by index.
struct UpstreamTable: ~Copyable {
    /// Queries go to another server after this time when nothing is known of any.
    private static let unknownPatience = TimeSpan.milliseconds(40)
    private static let shortestPatience = TimeSpan.milliseconds(10)
    private static let longestPatience = TimeSpan.milliseconds(1_000)

    /// Records at the indices in `free` belong to servers that are no longer used.
    private var records = UniqueArray<UpstreamStats>()
    private var places: [ServerKey: Int] = [:]
    private var free: [Int] = []

    /// The record at an index returned by `place(of:random:)`.
    subscript(place: Int) -> UpstreamStats {
        _read { yield records[place] }
        _modify { yield &records[place] }
    }

    /// Where a server's record is; a new server's is made.
    mutating func index(of key: ServerKey, random: inout RandomSource) -> Int {
        if let place = places[key] { return place }
        let cookie = UInt64(random.nextUInt32()) << 32 | UInt64(random.nextUInt32())
        let place = free.popLast() ?? records.count
        if place == records.count {
            records.append(UpstreamStats(key, clientCookie: cookie))
        } else {
            records[place] = UpstreamStats(key, clientCookie: cookie)
        }
        places[key] = place
        return place
    }

    /// A server's index, if it was ever asked.
    func index(of key: ServerKey) -> Int? { places[key] }

    /// Forgets servers that no group names any longer, once no request refers to them.
    mutating func keepOnly(_ keys: Set<ServerKey>) {
        for (key, place) in places {
            records[place].isNamed = keys.contains(key)
            forgetIfUnused(place)
        }
    }

    /// Ends one reference of a request.
    mutating func release(_ place: Int) {
        records[place].references -= 1
        forgetIfUnused(place)
    }

    private mutating func forgetIfUnused(_ place: Int) {
        guard !records[place].isNamed, records[place].references == 0 else { return }
        places[records[place].key] = nil
        free.append(place)
    }

    /// How long to wait for a server of a group before asking another one too: as long as nearly
    /// all answers of the fastest live server take.
    func hedgeDelay(among servers: borrowing UniqueArray<ServerAttempt>) -> TimeSpan {
        var fastest: TimeSpan?
        for index in servers.indices {
            let place = servers[index].place
            guard !records[place].isDead, let trip = records[place].rto else { continue }
            fastest = min(fastest ?? trip, trip)
        }
        guard let fastest else { return Self.unknownPatience }
        return min(max(fastest, Self.shortestPatience), Self.longestPatience)
    }
}
