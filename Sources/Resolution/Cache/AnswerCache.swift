// Upstream answers, shared by all workers. The cache is divided into shards, each with one lock,
// which is held for one lookup or one insertion and never across a callback. A question always
// belongs to the same shard, so two workers wait for each other only if they access one shard
// within the same fraction of a microsecond. In the worst case, all workers look up one hot name,
// and each waits as long as one lookup takes (hash, compare, retain).
//
// Each shard is limited in bytes. When it is full, SIEVE evicts: entries are in order of arrival; a
// hand moves from old to new, skips entries that were hit since it last passed, and evicts the
// first that was not. A hit only sets one flag and moves nothing.

public import DNSWire
private import Synchronization

/// What the cache has for a question.
enum CacheResult {
    /// An answer that may be used.
    case fresh(CachedResponse)
    /// An answer whose time is over; the policy says whether and how long it may still be given.
    case expired(CachedResponse)
    case nothing
}

/// What the cache holds, for `status`.
public struct CacheUsage: Equatable, Sendable {
    /// Answers kept.
    public var entries = 0
    /// Bytes used, about.
    public var octets = 0
    /// Lookups that found an answer.
    public var hits: UInt64 = 0
    /// Lookups that did not.
    public var misses: UInt64 = 0
    /// Answers removed to make room.
    public var evictions: UInt64 = 0

    /// An empty cache's.
    public init() {}
}

/// Answers by forward zone, name, type, DO and CD; the class is always IN.
public final class AnswerCache: Sendable {
    private final class Shard: Sendable {
        let state: Mutex<CacheShard>
        init(limit: Int) { state = Mutex(CacheShard(limit: limit)) }
    }

    private let shards: [Shard]

    /// A cache of at most `octets`; zero keeps nothing.
    public init(octets: Int) {
        var count = 1
        while count < 16, octets / (count * 2) >= 262_144 { count *= 2 }
        shards = (0..<count).map { _ in Shard(limit: octets / count) }
    }

    /// What is kept for a question of the name that starts with label `label` of `name`.
    ///
    /// A fresh answer to the very type comes before a fresh denial of the name; of two that have expired
    /// the younger one is found.
    func find(
        _ key: CacheKey, _ name: borrowing NameBuffer, fromLabel label: Int = 0, at now: Instant
    ) -> CacheResult {
        lookUp(key, name, fromLabel: label, at: now).finding
    }

    /// The same, and whether the question failed a few seconds ago, if it has no fresh answer.
    func lookUp(
        _ key: CacheKey, _ name: borrowing NameBuffer, fromLabel label: Int = 0, at now: Instant
    ) -> (finding: CacheResult, hasFailed: Bool) {
        let nameHash = name.hash(fromLabel: label)
        let hash = key.hash(of: nameHash)
        let denialHash = key.ofDenial.hash(of: nameHash)
        return shard(nameHash).state.withLock { shard in
            let folded = name.folded(fromLabel: label)
            let finding = shard.find(
                key, hash: hash, denialHash: denialHash, name: folded, at: now)
            if case .fresh = finding { return (finding, false) }
            return (finding, shard.failures.find(key, hash: hash, name: folded, at: now) != nil)
        }
    }

    /// The denial of the name, or of one above it, that begins at a label.
    func findDenial(
        _ key: CacheKey, _ name: borrowing NameBuffer, fromLabel label: Int, at now: Instant
    ) -> CachedResponse? {
        let nameHash = name.hash(fromLabel: label)
        let hash = key.ofDenial.hash(of: nameHash)
        return shard(nameHash).state.withLock { shard in
            shard.findDenial(
                key, hash: hash, name: name.folded(fromLabel: label), at: now)
        }
    }

    /// Keeps an answer to a question for `name`, folded, unless its lifetime is zero, and forgets that the
    /// question failed.
    func insert(
        _ response: CachedResponse, _ key: CacheKey, _ name: Span<UInt8>, nameHash: UInt64
    ) {
        let hash = key.hash(of: nameHash)
        let kept = response.deniesName ? key.ofDenial : key
        let keptHash = kept.hash(of: nameHash)
        let denialHash = key.ofDenial.hash(of: nameHash)
        shard(nameHash).state.withLock { shard in
            shard.failures.remove(key, hash: hash, name: name)
            guard response.lifetime > 0 else { return }
            // A name that exists is not denied any longer, and one that is denied has not what was asked for.
            shard.remove(key.ofDenial, hash: denialHash, name: name)
            if response.deniesName { shard.remove(key, hash: hash, name: name) }
            shard.insert(response, kept, hash: keptHash, name: name)
        }
    }

    /// Caches that the servers gave no answer to a question (RFC 9520).
    func noteFailure(
        _ failure: CachedFailure, _ key: CacheKey, _ name: Span<UInt8>, nameHash: UInt64
    ) {
        let hash = key.hash(of: nameHash)
        shard(nameHash).state.withLock { shard in
            shard.failures.insert(failure, key, hash: hash, name: Array(copying: name))
        }
    }

    /// The cached failure of a question.
    func failure(
        _ key: CacheKey, _ name: borrowing NameBuffer, at now: Instant
    ) -> CachedFailure? {
        let hash = key.hash(of: name.hash)
        return shard(name.hash).state.withLock { shard in
            shard.failures.find(key, hash: hash, name: name.folded, at: now)
        }
    }

    /// Forgets what is kept for `name` and the names below it; returns how many answers those were.
    ///
    /// A shard is locked for a thousand rows at a time, so lookups do not wait for the whole flush.
    public func flush(_ name: Name) -> Int {
        let suffix = name.folded
        var count = 0
        for shard in shards {
            var row = 0
            while row >= 0 {
                let part = shard.state.withLock { shard in
                    shard.flush(suffix: suffix.octets.span, from: row, count: 1_024)
                }
                count += part.flushed
                row = part.next
            }
        }
        return count
    }

    /// The sums over all shards.
    public var usage: CacheUsage {
        var usage = CacheUsage()
        for shard in shards {
            let part = shard.state.withLock { $0.usage }
            usage.entries += part.entries
            usage.octets += part.octets
            usage.hits += part.hits
            usage.misses += part.misses
            usage.evictions += part.evictions
        }
        return usage
    }

    /// By the upper bits: the lower ones choose the bucket inside the shard.
    private func shard(_ nameHash: UInt64) -> Shard {
        shards[Int(truncatingIfNeeded: nameHash >> 56) & (shards.count - 1)]
    }
}
