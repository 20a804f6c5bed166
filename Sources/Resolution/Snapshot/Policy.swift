// What an administrator decides about resolution, as plain values. The daemon makes them from the
// settings; nothing here knows where they were written.

public import Addresses
public import DNSWire

/// Limits and choices that hold for every query.
public struct Policy: Equatable, Sendable {
    /// What a query with RD clear gets for a name that is neither in a zone nor linked.
    public enum NonRecursive: Sendable {
        /// REFUSED, without a look into the cache.
        case refuse
        /// What the cache has, else REFUSED.
        case answerFromCache
    }

    /// How long a client waits before it gets SERVFAIL.
    public var queryTimeout = TimeSpan.seconds(6)
    /// The most questions that wait at once, per worker.
    public var maximumPending = 5_000
    /// The most of them that one client has; nil for as many.
    public var maximumPendingPerClient: Int?
    /// The most queries to one server that are in flight at once, per worker; further ones wait.
    public var maximumInFlight = 200
    /// Whether queries to servers use random case, which the replies must repeat.
    public var mixesCase = true
    /// How often each server is probed for a loop; nil for never.
    public var loopProbeInterval: TimeSpan?
    /// The most bytes of a UDP message, in either direction: 512 to `largestPayload`.
    public var payloadSize: UInt16 = 1_232
    /// The most octets of a UDP message that are sure to travel whole (RFC 9715, section 3).
    public static let largestPayload: UInt16 = 1_400
    /// The longest that a positive answer is kept.
    public var maximumTTL: UInt32 = 604_800
    /// The longest that a denial is kept (RFC 2308, section 5).
    public var maximumNegativeTTL: UInt32 = 3_600
    /// How long after its expiry an answer may be given when the servers give none (RFC 8767); zero for never.
    public var staleLimit = TimeSpan.seconds(86_400)
    /// How long a client waits before it gets such an answer while the servers are still being asked.
    public var staleDelay = TimeSpan.milliseconds(1_800)
    /// The TTL of the records of such an answer.
    public var staleTTL: UInt32 = 30
    /// Whether an answer queried in the last tenth of its lifetime is refreshed.
    public var prefetches = true
    /// How long a failure of the servers is the answer to its question (RFC 9520); zero for not at all.
    public var failureLifetime = TimeSpan.seconds(3)
    /// Whether the denial of a name denies the names below it too (RFC 8020).
    public var denialCoversDescendants = false
    /// What RD clear means beyond zones and links.
    public var nonRecursive = NonRecursive.refuse
    /// Whether the sender of replies logs each; the resolver itself logs nothing.
    public var logsQueries = false
    /// The answer to `CH TXT version.bind`; nil refuses it.
    public var version: String?
    /// The answer to `CH TXT id.server` and to NSID, at most 128 bytes; nil refuses it.
    public var identity: String?
    /// The secrets of DNS cookies.
    public var cookies = ServerCookies()
    /// Whether servers are sent cookies.
    public var sendsCookies = true
    /// Whether a client that sends cookies over UDP is answered only once it has a good one.
    public var requiresCookies = false

    /// The defaults.
    public init() {}
}

/// A public suffix whose names have counterparts below a private one.
public struct PrivateLink: Equatable, Sendable {
    /// How a name without a counterpart is handled.
    public enum Missing: Sendable {
        /// It continues as if there were no private zone.
        case forward
        /// It is denied.
        case nxdomain
    }

    /// The public suffix, such as `azurecr.io`.
    public var publicSuffix: Name
    /// The private suffix, such as `privatelink.azurecr.io`.
    public var privateSuffix: Name
    /// How a name without a counterpart is handled if upstream aliases it into the private zone.
    public var whenMissing: Missing
    /// How a name without a counterpart is handled if its registry is in the private zone.
    public var ownedMissing: Missing
    /// Servers asked when the ordinary ones deny a name; none when empty.
    public var fallback: [Endpoint]
    /// The TTL of the alias from the public name to the private one, in seconds.
    public var ttl: UInt32

    /// A link.
    public init(
        publicSuffix: Name, privateSuffix: Name, whenMissing: Missing = .forward,
        ownedMissing: Missing = .forward, fallback: [Endpoint] = [], ttl: UInt32 = 1_800
    ) {
        self.publicSuffix = publicSuffix
        self.privateSuffix = privateSuffix
        self.whenMissing = whenMissing
        self.ownedMissing = ownedMissing
        self.fallback = fallback
        self.ttl = ttl
    }
}

/// Names that are forwarded to certain servers.
public struct ForwardZone: Equatable, Sendable {
    /// The suffix that the names have.
    public var zone: Name
    /// The servers, in the order of the settings; none means that the names are refused.
    public var servers: [Endpoint]
    /// The address that queries leave from; nil lets the system choose.
    public var source: IPAddress?
    /// The transport of the first query.
    public var transport: TransportProtocol
    /// Which of the responding servers is asked first.
    public var order: Order
    /// Whether a client's network is passed on to the servers (RFC 7871).
    public var passesSubnets: Bool
    /// Whether names are asked in mixed case, where the policy has that.
    public var mixesCase: Bool

    /// Which of several servers is asked first.
    public enum Order: Sendable {
        /// The fastest.
        case fastest
        /// The first in the order of the settings.
        case strict
    }

    /// A forward zone.
    public init(
        zone: Name, servers: [Endpoint], source: IPAddress? = nil,
        transport: TransportProtocol = .udp, order: Order = .fastest,
        passesSubnets: Bool = false, mixesCase: Bool = true
    ) {
        self.zone = zone
        self.servers = servers
        self.source = source
        self.transport = transport
        self.order = order
        self.passesSubnets = passesSubnets
        self.mixesCase = mixesCase
    }
}

extension Policy {
    /// How long the records of an answer are kept at most, in seconds.
    struct Lifetimes: BitwiseCopyable {
        /// Those of an answer.
        var maximum: UInt32 = 604_800
        /// A denial.
        var maximumNegative: UInt32 = 3_600
    }

    var lifetimes: Lifetimes {
        Lifetimes(maximum: maximumTTL, maximumNegative: maximumNegativeTTL)
    }
}
