// One shard of the cache: rows that are linked in order of arrival, and an index by hash, so that no row is looked at
// but the one that is meant. Not locked by itself; AnswerCache does that.

internal import BasicContainers
internal import DNSWire

/// A bounded table of answers with SIEVE eviction.
struct CacheShard: ~Copyable {
    /// Not private: the compiler (6.3) fails where other files cannot name what a UniqueArray holds.
    struct Row {
        var response: CachedResponse?
        var key = CacheKey(group: 0, type: .a, dnssecOK: false, checkingDisabled: false)
        var hash: UInt64 = 0
        var isVisited = false
        /// The neighbours in order of arrival, or in `newer` the next free row; -1 at the ends.
        var older: Int32 = -1
        var newer: Int32 = -1
    }

    /// The bytes of a row and its share of the index, without the answer itself.
    private static let rowSize = 96

    private let limit: Int
    private var rows = UniqueArray<Row>()
    private var index = HashIndex<Int32>()
    private var free: Int32 = -1
    private var oldest: Int32 = -1
    private var newest: Int32 = -1
    /// Where the next eviction starts looking; -1 is the oldest.
    private var hand: Int32 = -1
    private(set) var usage = CacheUsage()
    /// Failed questions; they have a separate table and evict no answers.
    var failures = FailureTable()

    /// An empty shard of at most `limit` bytes.
    init(limit: Int) { self.limit = limit }

    /// What is kept for `name` under `key`, or for its denial.
    mutating func find(
        _ key: CacheKey, hash: UInt64, denialHash: UInt64, name: Span<UInt8>, at now: Instant
    ) -> CacheResult {
        let answer = row(key, hash: hash, name: name)
        if let response = fresh(answer, at: now) { return .fresh(response) }
        let denial = row(key.ofDenial, hash: denialHash, name: name)
        if let response = fresh(denial, at: now) { return .fresh(response) }
        usage.misses += 1
        let younger = received(answer) >= received(denial) ? answer : denial
        guard younger >= 0, let response = rows[younger].response else { return .nothing }
        return .expired(response)
    }

    /// The cached denial of `name`. If there is none, this is not counted as a miss, because the
    /// caller has looked up the question itself.
    mutating func findDenial(
        _ key: CacheKey, hash: UInt64, name: Span<UInt8>, at now: Instant
    ) -> CachedResponse? {
        fresh(row(key.ofDenial, hash: hash, name: name), at: now)
    }

    private mutating func fresh(_ row: Int, at now: Instant) -> CachedResponse? {
        guard row >= 0, let response = rows[row].response, now < response.expiry else { return nil }
        rows[row].isVisited = true
        usage.hits += 1
        return response
    }

    /// When the answer in a row was received; before all others if there is none.
    private func received(_ row: Int) -> Instant {
        row >= 0 ? rows[row].response?.received ?? .start : .start
    }

    /// Forgets what is kept for `name` under `key`.
    mutating func remove(_ key: CacheKey, hash: UInt64, name: Span<UInt8>) {
        let row = row(key, hash: hash, name: name)
        if row >= 0 { remove(row) }
    }

    /// Removes answers for names at or below `suffix`, and chains of aliases that lead there, among
    /// `count` rows from `start` on; `next` is the row to continue with, or -1 at the end, where
    /// failures are removed too.
    mutating func flush(
        suffix: Span<UInt8>, from start: Int, count: Int
    ) -> (flushed: Int, next: Int) {
        let end = min(start + count, rows.count)
        var flushed = 0
        var name = NameBuffer(hasher: NameHasher(key: 0))
        for row in start..<max(start, end) {
            guard let response = rows[row].response,
                response.isAtOrBelow(suffix) || response.leads(to: suffix, reading: &name)
            else { continue }
            remove(row)
            flushed += 1
        }
        if end < rows.count { return (flushed, end) }
        failures.flush(suffix: suffix)
        return (flushed, -1)
    }

    /// Stores `response`, replacing an older answer to the same question.
    mutating func insert(
        _ response: CachedResponse, _ key: CacheKey, hash: UInt64, name: Span<UInt8>
    ) {
        let old = row(key, hash: hash, name: name)
        if old >= 0 { remove(old) }
        let size = response.size + Self.rowSize
        guard size <= limit else { return }
        while usage.octets + size > limit { evictOne() }
        let row = takeRow()
        rows[row] = Row(response: response, key: key, hash: hash, older: newest)
        index.insert(hash, Int32(row))
        if newest >= 0 { rows[Int(newest)].newer = Int32(row) } else { oldest = Int32(row) }
        newest = Int32(row)
        usage.entries += 1
        usage.octets += size
    }

    // MARK: Rows

    private func row(_ key: CacheKey, hash: UInt64, name: Span<UInt8>) -> Int {
        let found = index.find(hash) { found in
            let row = Int(found)
            return rows[row].key == key && rows[row].response?.isAbout(name) == true
        }
        return found.map(Int.init) ?? -1
    }

    private mutating func takeRow() -> Int {
        if free >= 0 {
            let row = Int(free)
            free = rows[row].newer
            return row
        }
        rows.append(Row())
        return rows.count - 1
    }

    private mutating func remove(_ row: Int) {
        let older = rows[row].older
        let newer = rows[row].newer
        index.remove(rows[row].hash) { Int($0) == row }
        if older >= 0 { rows[Int(older)].newer = newer } else { oldest = newer }
        if newer >= 0 { rows[Int(newer)].older = older } else { newest = older }
        if Int(hand) == row { hand = newer }
        usage.entries -= 1
        usage.octets -= (rows[row].response?.size ?? 0) + Self.rowSize
        rows[row].response = nil
        rows[row].newer = free
        free = Int32(row)
    }

    /// The maximum number of rows that an eviction skips, so that no caller waits for a pass over
    /// all of them.
    private static let maximumSpared = 32

    /// Evicts the first row from the hand on that was not asked since the hand last passed it.
    private mutating func evictOne() {
        var row = hand >= 0 ? Int(hand) : Int(oldest)
        var spared = 0
        while rows[row].isVisited, spared < Self.maximumSpared {
            rows[row].isVisited = false
            row = Int(rows[row].newer >= 0 ? rows[row].newer : oldest)
            spared += 1
        }
        hand = Int32(row)
        usage.evictions += 1
        remove(row)
    }
}
