// Requests that wait for a free slot of their server. Each client has its own queue and the queues
// are served in turn, so a client waits for the number of other clients, not for all their queries.
// Questions that will probably get no answer are in separate queues, which are served when the
// first are empty. If a client's queue is long, its newest request is served first, because the
// older ones may have been given up.

internal import Addresses
internal import DNSWire

/// The queues of all servers, by server, urgency and client.
struct RequestQueues: ~Copyable {
    /// The client of a request without waiters.
    static let nobody = IPAddress.anyIPv4
    /// How long the oldest of a queue may wait before the newest goes first.
    private static let longestWait = TimeSpan.milliseconds(100)
    /// With at most this many entries, a search for obsolete ones is not worth it.
    private static let fewEntries = 1_024

    private struct Entry: BitwiseCopyable {
        var request: SlabHandle
        var since: Instant
        /// The neighbours in the queue, or the next free entry; -1 at the ends.
        var older: Int32 = -1
        var newer: Int32 = -1
    }

    /// One client's queue.
    private struct Row: BitwiseCopyable {
        var client: IPAddress
        var ring: Int32
        var oldest: Int32 = -1
        var newest: Int32 = -1
        /// The queue that has its turn after this one, or the next free row.
        var next: Int32 = -1
    }

    private var entries: [Entry] = []
    private var freeEntry: Int32 = -1
    private var rows: [Row] = []
    private var freeRow: Int32 = -1
    private var rowOfClient = HashIndex<Int32>()
    /// For each server its two rings of queues: the queue that had the last turn, or -1.
    private var rings: [Int32] = []
    private let hasher: NameHasher
    /// The entries at which the unwanted ones are looked for.
    private var searchCount = RequestQueues.fewEntries

    /// The number of entries, some of which may be of requests that have ended.
    private(set) var count = 0

    /// No requests; the hasher's key keeps clients from choosing addresses that collide.
    init(hasher: NameHasher) { self.hasher = hasher }

    /// Adds a request of `client` that waits for the server at `place`.
    mutating func append(
        _ request: SlabHandle, of client: IPAddress, to place: Int, isLast: Bool, at now: Instant
    ) {
        let ring = Int32(place * 2 + (isLast ? 1 : 0))
        while rings.count <= Int(ring) { rings.append(-1) }
        let row = rowOfClient.find(hash(client, ring)) {
            rows[Int($0)].client == client && rows[Int($0)].ring == ring
        }
        add(Entry(request: request, since: now), to: row ?? makeRow(client, ring))
    }

    /// Removes and returns the next request for the server at `place`.
    mutating func popFirst(_ place: Int, at now: Instant) -> SlabHandle? {
        take(fromRing: place * 2, at: now) ?? take(fromRing: place * 2 + 1, at: now)
    }

    /// Whether there are so many entries that those of ended requests should go.
    var isCrowded: Bool { count > searchCount }

    /// Drops the entries of requests that are not `wanted`; its amortized cost is negligible if it
    /// is called when the queues are crowded.
    mutating func drop(unless wanted: (SlabHandle) -> Bool) {
        for ring in rings.indices where rings[ring] >= 0 {
            let last = rings[ring]
            var row = rows[Int(last)].next
            // An empty queue goes when it has its turn.
            while true {
                var entry = rows[Int(row)].oldest
                while entry >= 0 {
                    let newer = entries[Int(entry)].newer
                    if !wanted(entries[Int(entry)].request) { remove(entry, from: row) }
                    entry = newer
                }
                if row == last { break }
                row = rows[Int(row)].next
            }
        }
        searchCount = max(Self.fewEntries, count * 2)
    }

    // MARK: Turns

    private mutating func take(fromRing ring: Int, at now: Instant) -> SlabHandle? {
        while ring < rings.count, rings[ring] >= 0 {
            let last = rings[ring]
            let row = rows[Int(last)].next
            let oldest = rows[Int(row)].oldest
            if oldest < 0 {
                removeRow(row, behind: last, ring)
                continue
            }
            let isLong = now.since(entries[Int(oldest)].since) > Self.longestWait
            let entry = isLong ? rows[Int(row)].newest : oldest
            let request = entries[Int(entry)].request
            remove(entry, from: row)
            rings[ring] = row
            if rows[Int(row)].oldest < 0 { removeRow(row, behind: last, ring) }
            return request
        }
        return nil
    }

    private func hash(_ client: IPAddress, _ ring: Int32) -> UInt64 {
        hasher.hash(words: client.high ^ UInt64(ring) << 32, client.low)
    }

    // MARK: Rows and entries

    private mutating func makeRow(_ client: IPAddress, _ ring: Int32) -> Int32 {
        var row = freeRow
        if row >= 0 {
            freeRow = rows[Int(row)].next
            rows[Int(row)] = Row(client: client, ring: ring)
        } else {
            row = Int32(rows.count)
            rows.append(Row(client: client, ring: ring))
        }
        rowOfClient.insert(hash(client, ring), row)
        // Its turn is after all others.
        let last = rings[Int(ring)]
        rows[Int(row)].next = last < 0 ? row : rows[Int(last)].next
        if last >= 0 { rows[Int(last)].next = row }
        rings[Int(ring)] = row
        return row
    }

    /// Takes a queue out of its ring, in which `last` comes before it.
    private mutating func removeRow(_ row: Int32, behind last: Int32, _ ring: Int) {
        rowOfClient.remove(hash(rows[Int(row)].client, rows[Int(row)].ring)) { $0 == row }
        rings[ring] = last == row ? -1 : last
        rows[Int(last)].next = rows[Int(row)].next
        rows[Int(row)].next = freeRow
        freeRow = row
    }

    private mutating func add(_ entry: Entry, to row: Int32) {
        var index = freeEntry
        if index >= 0 {
            freeEntry = entries[Int(index)].newer
            entries[Int(index)] = entry
        } else {
            index = Int32(entries.count)
            entries.append(entry)
        }
        let newest = rows[Int(row)].newest
        entries[Int(index)].older = newest
        if newest >= 0 { entries[Int(newest)].newer = index } else { rows[Int(row)].oldest = index }
        rows[Int(row)].newest = index
        count += 1
    }

    private mutating func remove(_ entry: Int32, from row: Int32) {
        let (older, newer) = (entries[Int(entry)].older, entries[Int(entry)].newer)
        if older >= 0 { entries[Int(older)].newer = newer } else { rows[Int(row)].oldest = newer }
        if newer >= 0 { entries[Int(newer)].older = older } else { rows[Int(row)].newest = older }
        entries[Int(entry)].newer = freeEntry
        freeEntry = entry
        count -= 1
    }
}
