// What a forwarder is asked, beside the name, and by whom.

internal import Addresses
internal import DNSWire

/// A question for the servers of a group; its name is passed beside it.
struct UpstreamQuestion: BitwiseCopyable {
    /// What the cache keeps the answer under, beside the name.
    let key: CacheKey
    /// The group's index in the snapshot.
    let group: Int
    /// The client's network, where the group's servers are told of it (RFC 7871).
    let subnet: ClientSubnet?
}

/// Who waits for an answer, and as whom a forwarding loop would show: the sender of the query.
struct Asker: BitwiseCopyable {
    /// The handle that comes back with the result.
    let waiter: SlabHandle
    /// The sender's address, unmapped, and the address that it asked.
    let address: IPAddress
    let local: IPAddress
    /// The id of its query.
    let id: UInt16
}

/// Where a waiter stands: its request, and the index among the request's waiters.
struct WaiterPosition: BitwiseCopyable {
    var request: SlabHandle
    var index: Int
}
