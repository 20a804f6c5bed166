// What an answer is composed from: the snapshot, the cache, and the results of earlier hops.

internal import Addresses
internal import DNSWire

/// What compositions draw on; the resolver has one, so that none is made per query.
struct AnswerSources: ~Copyable {
    var snapshot: Snapshot {
        didSet { access = snapshot.access }
    }
    /// Who may ask at the listener whose messages are being looked at.
    var access: AccessRules
    let cache: AnswerCache
    /// The type of the question that the fast path looked at last, for its count.
    var typeOfFastPath = RecordType.a

    init(snapshot: Snapshot, cache: AnswerCache) {
        self.snapshot = snapshot
        access = snapshot.access
        self.cache = cache
    }

    /// Whether a client at `address` may ask.
    @inline(__always)
    borrowing func permits(_ address: IPAddress) -> Bool {
        if address.isIPv6 { return Self.permitsUnmapped(address, access) }
        return access.allowed.contains(address)
    }

    @inline(never)
    private static func permitsUnmapped(_ address: IPAddress, _ access: AccessRules) -> Bool {
        access.allowed.contains(address.unmapped)
    }

    /// The most bytes of a message over UDP.
    var payloadSize: UInt16 { snapshot.policy.payloadSize }
}
