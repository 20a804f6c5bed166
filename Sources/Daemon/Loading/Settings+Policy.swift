// Settings as an administrator writes them, to the policy that the resolver works with.

internal import Addresses
internal import DNSWire
internal import Logging
internal import Resolution
internal import Settings
internal import Transport

extension Settings {
    /// The links that work with these local zones, as the resolver knows them.
    func privateLinks(forZones origins: some Sequence<Name>) -> [PrivateLink] {
        links(forZones: origins).map { link in
            PrivateLink(
                publicSuffix: link.publicSuffix, privateSuffix: link.privateSuffix,
                whenMissing: PrivateLink.Missing(link.whenMissing),
                ownedMissing: PrivateLink.Missing(link.ownedMissing), fallback: link.fallback,
                ttl: link.ttl)
        }
    }

    /// Who may ask at each listener, as the resolver knows it; empty where it is the same at all.
    var listenerAccess: [AccessRules] {
        let rules = listen.map { access(at: $0).rules }
        return rules.allSatisfy { $0 == access.rules } ? [] : rules
    }

    /// The forward zones, as the resolver knows them.
    var resolutionForwardZones: [Resolution.ForwardZone] {
        forward.map { zone in
            Resolution.ForwardZone(
                zone: zone.zone, servers: zone.servers, source: zone.sourceAddress,
                transport: zone.transport == .tcp ? .tcp : .udp,
                order: zone.order == .strict ? .strict : .fastest,
                passesSubnets: zone.clientSubnet == .pass, mixesCase: zone.mixedCase)
        }
    }

    /// Limits and choices for one of `workers` workers.
    ///
    /// `ownSecret` makes cookies where the settings have none.
    func policy(workers: Int, ownSecret: CookieSecret) -> Policy {
        var policy = Policy()
        policy.queryTimeout = TimeSpan(queryTimeout)
        policy.maximumPending = max(1, pendingQuestions / max(workers, 1))
        policy.maximumPendingPerClient = pendingQuestionsPerClient.map {
            max(1, $0 / max(workers, 1))
        }
        policy.maximumInFlight = max(1, upstream.queriesPerServer / max(workers, 1))
        policy.mixesCase = upstream.mixedCase
        policy.loopProbeInterval = upstream.loopProbes ? .seconds(60) : nil
        policy.payloadSize = UInt16(clamping: udpPayload)
        policy.maximumTTL = cache.maximumTTL
        policy.maximumNegativeTTL = cache.maximumNegativeTTL
        policy.staleLimit = .seconds(UInt64(cache.staleLimit))
        policy.staleDelay = TimeSpan(cache.staleDelay)
        policy.prefetches = cache.prefetch
        policy.failureLifetime = TimeSpan(cache.failureTTL)
        policy.denialCoversDescendants = cache.denialCoversDescendants
        policy.nonRecursive = withoutRecursion == .cache ? .answerFromCache : .refuse
        policy.logsQueries = log.queries
        policy.version = identity.version
        policy.identity = identity.id
        let secrets = cookies.secrets.compactMap { CookieSecret(octets: $0.octets) }
        policy.cookies = ServerCookies(secrets.isEmpty ? [ownSecret] : secrets)
        policy.requiresCookies = cookies.require
        policy.sendsCookies = cookies.toServers
        return policy
    }
}

extension Settings {
    /// How many TCP clients the process can have: a quarter of its descriptors is left for zones, servers
    /// and its own sockets.
    func connectionLimit(descriptors: Int) -> Int {
        min(tcp.connections, max(1, descriptors / 4 * 3))
    }

    /// The limits on TCP clients of one of `workers` workers, in a process with this many
    /// descriptors.
    func streamLimits(workers: Int, descriptors: Int) -> StreamServer.Limits {
        let workers = max(workers, 1)
        var limits = StreamServer.Limits()
        limits.connections = max(1, connectionLimit(descriptors: descriptors) / workers)
        limits.connectionsPerClient = max(1, tcp.connectionsPerClient / workers)
        limits.heldOctets = max(1 << 20, limits.heldOctets / workers)
        limits.idleNanoseconds = TimeSpan(tcp.idleTimeout).nanoseconds
        return limits
    }
}

extension Settings.Access {
    /// The same, as the resolver knows it.
    var rules: AccessRules {
        AccessRules(
            allowed: PrefixSet(allow).subtracting(PrefixSet(deny)), drops: action == .drop)
    }
}

extension Settings.Log {
    /// The level by its name, which is swift-log's.
    var loggerLevel: Logger.Level { Logger.Level(rawValue: level.rawValue) ?? .info }
}

extension PrivateLink.Missing {
    init(_ missing: Settings.Missing) {
        self = missing == .nxdomain ? .nxdomain : .forward
    }
}

extension TimeSpan {
    /// A duration that is not negative.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(
            nanoseconds: UInt64(max(0, seconds)) * 1_000_000_000
                + UInt64(max(0, attoseconds)) / 1_000_000_000)
    }
}
