// Upstream answers that all workers share. The cache is cut into shards, each with one lock, held for one
// look-up or one insertion and never across a call out. A question always falls into the same shard, so two
// workers wait for each other only when they ask within the same fraction of a microsecond for names
// of one shard; the worst case, everybody asking one hot name, costs each a wait as long as one
// look-up (hash, compare, a reference counted up).
//
// Each shard is bounded in octets. When it is full, SIEVE evicts: entries stand in order of arrival, a hand
// goes from old to new, spares whoever was asked since it last passed and evicts the first that was not.
// A hit so writes one flag and moves nothing.

internal import DNSWire
private import Synchronization

/// What an answer is kept under.
struct CacheKey: BitwiseCopyable {
    /// The group of servers that was asked.
    var group: UInt64
    /// The type; zero for the denial of a name, which holds for every type.
    var type: RecordType
    /// Whether DNSSEC records were asked for.
    var dnssecOK: Bool
    /// Whether the servers were told not to validate.
    var checkingDisabled: Bool
}

/// What the cache holds, for `status`.
public struct CacheUsage: Equatable, Sendable {
    /// Answers kept.
    public var entries = 0
    /// Octets used, about.
    public var octets = 0
    /// Look-ups that found an answer.
    public var hits: UInt64 = 0
    /// Look-ups that did not.
    public var misses: UInt64 = 0

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

    /// The answer kept for a question that is not older than it may be.
    func find(_ key: CacheKey, _ name: borrowing NameBuffer, at now: Instant) -> KeptResponse? {
        let hash = Self.hash(key, name.hash)
        return shard(name.hash).state.withLock { shard in
            shard.find(key, hash: hash, name: name.folded, at: now)
        }
    }

    /// Keeps an answer, unless its lifetime is zero.
    func insert(_ response: KeptResponse, _ key: CacheKey, nameHash: UInt64) {
        guard response.lifetime > 0 else { return }
        let hash = Self.hash(key, nameHash)
        shard(nameHash).state.withLock { $0.insert(response, key, hash: hash) }
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
        }
        return usage
    }

    /// By the upper bits: the lower ones choose the bucket inside the shard.
    private func shard(_ nameHash: UInt64) -> Shard {
        shards[Int(truncatingIfNeeded: nameHash >> 56) & (shards.count - 1)]
    }

    private static func hash(_ key: CacheKey, _ nameHash: UInt64) -> UInt64 {
        let flags = (key.dnssecOK ? 1 : 0) | (key.checkingDisabled ? 2 : 0) as UInt64
        let question = UInt64(key.type.rawValue) << 2 | flags
        return nameHash ^ key.group ^ (question &* 0x9E37_79B9_7F4A_7C15)
    }
}
