// A worker's knowledge of the servers, copied for a report on request.

public import Addresses
public import DNSWire

/// A server of one group, as one worker sees it.
public struct ServerState: Sendable {
    /// The forward zone, or the public suffix of the link whose fallback the server is.
    public let zone: Name
    /// Whether it is queried only for names that the ordinary servers deny.
    public let isFallback: Bool
    /// The server.
    public let server: Endpoint
    /// Whether it was silent, or could not be reached, and has not answered since.
    public let isDead: Bool
    /// Whether it leads back to this daemon.
    public let isLooping: Bool
    /// How long its answers take, smoothed (RFC 6298, section 2); nil before the first.
    public let roundTrip: TimeSpan?
    /// Queries in flight to it.
    public let inFlight: Int
}

extension Resolver {
    /// Every server of every group, in the order of the settings.
    public var serverStates: [ServerState] {
        var states: [ServerState] = []
        for index in snapshot.groups.indices {
            let group = snapshot.groups[index]
            for place in forwarder.indexesOfGroup[index] {
                let path = LoopPath(group: group.identity, server: forwarder.servers[place].key)
                states.append(
                    forwarder.servers[place].state(
                        for: group.forwardZone.zone,
                        isFallback: index >= snapshot.forwardZones.count,
                        isLooping: loops.isLooping(path)))
            }
        }
        return states
    }
}

extension UpstreamStats {
    /// What `status` says of it.
    fileprivate func state(for zone: Name, isFallback: Bool, isLooping: Bool) -> ServerState {
        ServerState(
            zone: zone, isFallback: isFallback, server: key.endpoint, isDead: isDead,
            isLooping: isLooping, roundTrip: srtt, inFlight: inFlight)
    }
}
