// Recently failed questions. Repeated queries get an immediate answer, and the servers are not
// queried for a while (RFC 9520). The table has a fixed size: a failure replaces another one in the
// same row, but never an answer.

internal import DNSWire

/// Why a question has no answer, and until when this is cached.
struct CachedFailure {
    /// The RCODE that the last server gave; nil if no server could be reached or none spoke.
    var responseCode: ResponseCode?
    /// Whether no server answered in time.
    var isSilence: Bool
    var expiry: Instant
}

/// Failures of one shard of the cache.
struct FailureTable: ~Copyable {
    private static let capacity = 256

    private struct Row {
        var failure: CachedFailure
        var key: CacheKey
        var hash: UInt64
        var name: [UInt8]
    }

    /// Empty until something fails.
    private var rows: [Row?] = []

    /// The cached failure of a question.
    func find(
        _ key: CacheKey, hash: UInt64, name: Span<UInt8>, at now: Instant
    ) -> CachedFailure? {
        guard let row = row(key, hash, name), now < row.failure.expiry else { return nil }
        return row.failure
    }

    /// Stores a failure, replacing the one in its row.
    mutating func insert(_ failure: CachedFailure, _ key: CacheKey, hash: UInt64, name: [UInt8]) {
        if rows.isEmpty { rows = Array(repeating: nil, count: Self.capacity) }
        rows[Self.place(hash)] = Row(failure: failure, key: key, hash: hash, name: name)
    }

    /// Forgets the failure of a question.
    mutating func remove(_ key: CacheKey, hash: UInt64, name: Span<UInt8>) {
        if row(key, hash, name) != nil { rows[Self.place(hash)] = nil }
    }

    /// Forgets the failures of names at or below `suffix`.
    mutating func flush(suffix: Span<UInt8>) {
        for place in rows.indices {
            guard let name = rows[place]?.name, name.span.isAtOrBelow(suffix) else { continue }
            rows[place] = nil
        }
    }

    private func row(_ key: CacheKey, _ hash: UInt64, _ name: Span<UInt8>) -> Row? {
        guard !rows.isEmpty, let row = rows[Self.place(hash)], row.hash == hash,
            row.key == key, row.name.count == name.count
        else { return nil }
        for index in 0..<name.count where row.name[index] != name[index] { return nil }
        return row
    }

    private static func place(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash >> 32) & (capacity - 1)
    }
}
