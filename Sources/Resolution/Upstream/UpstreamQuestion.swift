// A question to the forwarder, except for the name, and its asker.

internal import Addresses
internal import DNSWire

/// A question for the servers of a group; its name is passed separately.
struct UpstreamQuestion: BitwiseCopyable {
    /// The cache key of the answer, except for the name.
    let key: CacheKey
    /// The group's index in the snapshot.
    let group: Int
    /// The client's network, if the group's servers get it (RFC 7871).
    let subnet: ClientSubnet?
}

/// The sender of the query, who waits for an answer; it would show a forwarding loop.
struct Asker: BitwiseCopyable {
    /// The handle that comes back with the result.
    let waiter: SlabHandle
    /// The sender's address, unmapped, and the address that it asked.
    let address: IPAddress
    let local: IPAddress
    /// The id of its query.
    let id: UInt16
}

/// A waiter's position: its request, and its index among the request's waiters.
struct WaiterPosition: BitwiseCopyable {
    var request: SlabHandle
    var index: Int
}
