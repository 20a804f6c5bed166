// The settings of a scenario: zones as zone text, links, forward zones, access, policy. Each statement changes
// the settings; before the first question they are taken as they are, afterwards `reload` makes them true.

import Addresses
import DNSWire
import Resolution
import Zones

/// What snapshots are made of.
struct ScenarioSettings {
    var zones: [Name: LocalZone] = [:]
    var links: [PrivateLink] = []
    var forwardZones: [ForwardZone] = []
    var access: [Prefix] = [IPAddress.anyIPv4, .anyIPv6].compactMap { Prefix($0, length: 0) }
    var policy = ScenarioSettings.plainPolicy

    /// The defaults, without what would make every query another one.
    private static var plainPolicy: Policy {
        var policy = Policy()
        policy.mixesCase = false
        policy.sendsCookies = false
        return policy
    }
}

extension ScenarioStage {
    /// Carries out a statement about settings; false when it is about something else.
    func changeSettings(
        _ verb: String, _ words: inout ScenarioWords, _ block: [BlockLine]
    ) throws -> Bool {
        switch verb {
        case "zone": try setZone(&words, block)
        case "link": try setLink(&words)
        case "forward": try setForwardZone(&words)
        case "access": try setAccess(&words)
        case "policy": try setPolicy(&words)
        case "without": try remove(&words)
        case "cache" where !hasStarted:
            try words.expect("size")
            cacheSize = try words.number()
        default: return false
        }
        hasUnusedSettings = true
        return true
    }

    /// A snapshot of the settings as they stand.
    func makeSnapshot() throws -> Snapshot {
        generation += 1
        hasUnusedSettings = false
        return Snapshot(
            generation: generation, zones: Array(settings.zones.values), links: settings.links,
            forwardZones: settings.forwardZones, access: PrefixSet(settings.access),
            policy: settings.policy, hasher: Self.hasher)
    }

    /// Answers from the settings as they stand from now on.
    func reload() throws {
        let box = try box
        box.resolver.adopt(try makeSnapshot())
        try settle()
    }

    // MARK: Statements

    /// `zone NAME` and its text as the block, or `zone NAME failed`.
    private func setZone(_ words: inout ScenarioWords, _ block: [BlockLine]) throws {
        let origin = try words.name()
        if words.take("failed") {
            settings.zones[origin] = LocalZone(failed: origin)
            return
        }
        let text = block.map(\.text).joined(separator: "\n") + "\n"
        let reading = ZoneReader.read(
            Array(text.utf8).span, file: "zone", origin: origin, hasher: Self.hasher)
        if let notice = reading.mistakes.first {
            let line = block.indices.contains(notice.line - 1) ? block[notice.line - 1].line : line
            throw ScenarioMistake(line: line, sentence: "\(notice.column): \(notice.sentence)")
        }
        guard let zone = reading.zone else { throw words.mistake("there is no zone") }
        settings.zones[origin] = LocalZone(zone)
    }

    /// `link PUBLIC to PRIVATE`, then `when-missing`, `owned-missing`, `fallback`, `ttl`.
    private func setLink(_ words: inout ScenarioWords) throws {
        let publicSuffix = try words.name()
        try words.expect("to")
        var link = PrivateLink(publicSuffix: publicSuffix, privateSuffix: try words.name())
        while !words.isEmpty {
            if words.take("when-missing") {
                link.whenMissing = try missing(&words)
            } else if words.take("owned-missing") {
                link.ownedMissing = try missing(&words)
            } else if words.take("ttl") {
                link.ttl = UInt32(try words.number())
            } else {
                try words.expect("fallback")
                link.fallback = try words.endpoints()
            }
        }
        settings.links.removeAll {
            $0.publicSuffix == link.publicSuffix && $0.privateSuffix == link.privateSuffix
        }
        settings.links.append(link)
    }

    private func missing(_ words: inout ScenarioWords) throws -> PrivateLink.Missing {
        if words.take("forward") { return .forward }
        try words.expect("nxdomain")
        return .nxdomain
    }

    /// `forward ZONE to SERVER...`, then `source` and `transport`; without servers it refuses.
    private func setForwardZone(_ words: inout ScenarioWords) throws {
        let name = try words.name()
        try words.expect("to")
        var zone = ForwardZone(zone: name, servers: try words.endpoints())
        while !words.isEmpty {
            if words.take("source") {
                zone.source = try words.address()
            } else if words.take("order") {
                try words.expect("strict")
                zone.order = .strict
            } else if words.take("passes-subnets") {
                zone.passesSubnets = true
            } else if words.take("no-mixed-case") {
                zone.mixesCase = false
            } else {
                try words.expect("transport")
                zone.transport = words.take("tcp") ? .tcp : .udp
                if zone.transport == .udp { try words.expect("udp") }
            }
        }
        settings.forwardZones.removeAll { $0.zone == name }
        settings.forwardZones.append(zone)
    }

    /// `access` and the prefixes that may ask.
    private func setAccess(_ words: inout ScenarioWords) throws {
        settings.access = []
        while !words.isEmpty {
            let word = try words.next("a prefix")
            guard let prefix = Prefix(word) else { throw words.mistake("\(word) is no prefix") }
            settings.access.append(prefix)
        }
    }

    private func setPolicy(_ words: inout ScenarioWords) throws {
        let key = try words.next("a policy")
        switch key {
        case "query-timeout": settings.policy.queryTimeout = try words.span()
        case "maximum-pending-per-client":
            settings.policy.maximumPendingPerClient = try words.number()
        case "maximum-in-flight": settings.policy.maximumInFlight = try words.number()
        case "mixed-case":
            try words.expect("on")
            settings.policy.mixesCase = true
        case "cookies-to-servers":
            try words.expect("on")
            settings.policy.sendsCookies = true
        case "loop-probes":
            let isOff = words.take("off")
            settings.policy.loopProbeInterval = isOff ? nil : try words.span()
        case "maximum-pending": settings.policy.maximumPending = try words.number()
        case "payload-size": settings.policy.payloadSize = UInt16(try words.number())
        case "maximum-ttl": settings.policy.maximumTTL = UInt32(try words.number())
        case "maximum-negative-ttl":
            settings.policy.maximumNegativeTTL = UInt32(try words.number())
        case "stale-limit": settings.policy.staleLimit = try words.span()
        case "stale-delay": settings.policy.staleDelay = try words.span()
        case "failure-lifetime": settings.policy.failureLifetime = try words.span()
        case "prefetch":
            settings.policy.prefetches = words.take("on")
            if !settings.policy.prefetches { try words.expect("off") }
        case "denial-covers-descendants": settings.policy.denialCoversDescendants = true
        case "without-recursion":
            settings.policy.nonRecursive = words.take("cache") ? .answerFromCache : .refuse
            if settings.policy.nonRecursive == .refuse { try words.expect("refuse") }
        case "version": settings.policy.version = words.quoted()
        case "identity": settings.policy.identity = words.quoted()
        case "cookie-secrets":
            var secrets: [CookieSecret] = []
            while !words.isEmpty {
                guard let secret = CookieSecret(octets: try words.hexadecimal()) else {
                    throw words.mistake("a secret has sixteen octets")
                }
                secrets.append(secret)
            }
            settings.policy.cookies = ServerCookies(secrets)
        case "requires-cookies": settings.policy.requiresCookies = true
        default: throw words.mistake("\(key) is not a policy")
        }
    }

    /// `without zone NAME`, `without link PUBLIC`, `without forward ZONE`.
    private func remove(_ words: inout ScenarioWords) throws {
        let kind = try words.next("zone, link or forward")
        let name = try words.name()
        let before = settings.zones.count + settings.links.count + settings.forwardZones.count
        switch kind {
        case "zone": settings.zones[name] = nil
        case "link": settings.links.removeAll { $0.publicSuffix == name }
        case "forward": settings.forwardZones.removeAll { $0.zone == name }
        default: throw words.mistake("\(kind) cannot be left out")
        }
        let after = settings.zones.count + settings.links.count + settings.forwardZones.count
        guard after < before else { throw words.mistake("there is no \(kind) \(name)") }
    }
}
