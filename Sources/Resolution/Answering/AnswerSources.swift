// What an answer is composed from: the snapshot, the cache, and the results of earlier hops.

internal import Addresses
internal import DNSWire

/// What a composition may draw on; the resolver has one, so that none is made per query.
struct AnswerSources: ~Copyable {
    var snapshot: Snapshot
    let cache: AnswerCache
    /// What servers said for the question that is being answered.
    var hopResults: [ResolvedHop] = []
    var now = Instant(nanoseconds: 0)
    /// The network that the client says it is in, for servers that are to be told (RFC 7871).
    var subnet: ClientSubnet?
    /// Who wants to know how the question is answered.
    var trace: ResolutionTrace?

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

    /// Whether a group's servers are to be told of the client's network: what they say then is for that
    /// network, and never comes from the cache.
    borrowing func tellsSubnet(to group: Int) -> Bool {
        subnet != nil && snapshot.groups[group].forwardZone.passesSubnets
    }

    /// The most octets of a message over UDP.
    var payloadSize: UInt16 { snapshot.policy.payloadSize }
}
