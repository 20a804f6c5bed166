// What an answer is composed from: the snapshot, the cache, and the results of earlier hops.

internal import Addresses
internal import DNSWire

/// What compositions draw on; the resolver has one, so that none is made per query.
struct AnswerSources: ~Copyable {
    var snapshot: Snapshot
    let cache: AnswerCache
    /// The type of the question that the fast path looked at last, for its count.
    var typeOfFastPath = RecordType.a

    init(snapshot: Snapshot, cache: AnswerCache) {
        self.snapshot = snapshot
        self.cache = cache
    }

    /// Whether a client at `address` may ask.
    @inline(__always)
    borrowing func permits(_ address: IPAddress) -> Bool {
        if address.isIPv6 { return Self.permitsUnmapped(address, snapshot) }
        return snapshot.access.contains(address)
    }

    @inline(never)
    private static func permitsUnmapped(_ address: IPAddress, _ snapshot: Snapshot) -> Bool {
        snapshot.access.contains(address.unmapped)
    }

    /// The most bytes of a message over UDP.
    var payloadSize: UInt16 { snapshot.policy.payloadSize }
}
