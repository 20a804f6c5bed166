// The one table of settings. The reader, the defaults, the documentation and the question which
// changes need a restart all come from it; a new setting is a property of Settings and a row here.

/// Every key that a settings file may have.
enum SettingKeys {
    /// The keys in the order in which they are documented.
    static let table: [SettingRow<Settings>] = service + zones + upstream + bounds + operation

    /// The keys of a link.
    static let link: [SettingRow<Settings.Link>] = [
        SettingRow(
            "public", .name(allowsRoot: false), .requiredWithout("service"), at: \.publicSuffix,
            "The suffix that clients ask for. A label in braces, such as {region}, stands for any; the "
                + "link is then one for each local zone that `private` fits."),
        SettingRow(
            "private", .name(allowsRoot: false), .requiredWithout("service"), at: \.privateSuffix,
            "The suffix of the names that are looked up in the local zones instead."),
        SettingRow(
            "service", .text(maximum: 64), .unset, at: \.service,
            "A service of Azure in place of `public` and `private`; `privatelinkctl links` lists "
                + "them with their suffixes."),
        SettingRow(
            "cloud", .choice(words(of: Settings.Cloud.self)), .unset, at: \.cloud,
            "The cloud of the service; Azure's public one where it is not set."),
        SettingRow(
            "when-missing", .choice(words(of: Settings.Missing.self)), .text("forward"),
            at: \.whenMissing,
            "What happens to a name that the private zone lacks: it is asked upstream, or denied "
                + "where the upstream shows that its alias leads into the private zone."),
        SettingRow(
            "owned-missing", .choice(words(of: Settings.Missing.self)), .text("forward"),
            at: \.ownedMissing,
            "What happens to such a name when the private zone has another name with the same "
                + "leftmost label, so that only a record is missing."),
        SettingRow(
            "fallback", .list(of: .server, count: 0...16), .list([]), at: \.fallback,
            "Servers that are asked for such a name when the ordinary ones say NXDOMAIN."),
        SettingRow(
            "ttl", .seconds(0...604_800), .text("1800"), at: \.ttl,
            "The TTL of the alias from the public name to the private one."),
    ]

    /// The keys of a forward zone.
    static let forwardZone: [SettingRow<Settings.ForwardZone>] = [
        SettingRow(
            "zone", .name(allowsRoot: true), .required, at: \.zone,
            "The suffix whose names are forwarded; `.` for all that no other entry has."),
        SettingRow(
            "servers", .list(of: .server, count: 0...16), .required, at: \.servers,
            "The servers that are asked; with an empty list the names are refused."),
        SettingRow(
            "source-address", .address, .unset, at: \.sourceAddress,
            "The address that the servers are asked from; the system chooses where it is not set."),
        SettingRow(
            "transport", .choice(words(of: Settings.UpstreamTransport.self)), .text("udp"),
            at: \.transport,
            "Whether the servers are asked over UDP, with TCP for what is truncated, or over TCP "
                + "always."),
        SettingRow(
            "order", .choice(words(of: Settings.ServerOrder.self)), .text("fastest"), at: \.order,
            "Which of the servers that answer is asked first: the fastest, or with `strict` the "
                + "first in the list."),
        SettingRow(
            "client-subnet", .choice(words(of: Settings.ClientSubnet.self)), .text("strip"),
            at: \.clientSubnet,
            "Whether the servers are told of the network that a client says it is in (RFC 7871); with "
                + "`pass` such questions are not answered from the cache."),
    ]

    private static let service: [SettingRow<Settings>] = [
        SettingRow(
            "listen", .list(of: .listener(port: 53), count: 1...64),
            .list(["0.0.0.0:53", "[::]:53"]),
            .restart, at: \.listen,
            "The addresses that UDP and TCP are served on; `[::]` is IPv6 only."),
        SettingRow(
            "workers", .automaticOrInteger(1...256), .text("auto"), .restart, at: \.workers,
            "How many workers serve; `auto` follows the affinity mask and the control group's quota."
        ),
        SettingRow(
            "access.allow", .list(of: .prefix, count: 0...4096),
            .list([
                "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                "100.64.0.0/10", "fc00::/7", "fe80::/10",
            ]), at: \.access.allow,
            "The blocks whose clients are answered; all others are refused."),
    ]

    private static let zones: [SettingRow<Settings>] = [
        SettingRow(
            "zones.directory", .path(maximum: 4095), .text("zones"), .restart,
            at: \.zones.directory,
            "The directory whose files named ORIGIN.zone are the local zones; relative to this file."
        ),
        SettingRow(
            "zones.watch", .boolean, .text("true"), .restart, at: \.zones.watch,
            "Whether a change in the directory is a reload."),
        SettingRow(
            "zones.refuse-shrinking", .boolean, .text("true"), at: \.zones.refusesShrinking,
            "Whether a reload that would empty a zone, or take away more than half of one with ten "
                + "records or more, leaves the zone as it was until it is forced; at a start a zone "
                + "that was emptied is served from its last good copy."),
        SettingRow(
            "zones.maximum-file-size", .size((4 << 10)...(2047 << 20)), .text("256MiB"),
            at: \.zones.maximumFileSize,
            "How large a zone's file may be together with the files that it includes; of a larger one "
                + "nothing is read, and the zone stays as it was."),
        SettingRow(
            "zones.state-directory", .path(maximum: 4095), .unset, .restart,
            at: \.zones.stateDirectory,
            "Where the last good copy of each zone is kept, relative to this file; where it is not "
                + "set, the directory that the service manager gives, and else none is kept."),
        SettingRow(
            "links", .records(link.map(\.field), count: 0...16_384), .list([]),
            at: \.links,
            "Pairs of a public suffix and the private one that its names are looked up in first."),
    ]

    private static let upstream: [SettingRow<Settings>] = [
        SettingRow(
            "forward", .records(forwardZone.map(\.field), count: 0...4096), .list([]),
            at: \.forward,
            "Where names are forwarded to; the longest zone that a name is in decides."),
        SettingRow(
            "query-timeout", .duration(1000...60_000), .text("6s"), at: \.queryTimeout,
            "How long a question may wait for its answer; Azure's resolver may take more than 4s."),
        SettingRow(
            "pending-questions", .integer(1...1_000_000), .text("10000"), .restart,
            at: \.pendingQuestions,
            "How many questions may wait for upstream servers at once; further ones get SERVFAIL."),
        SettingRow(
            "pending-questions-per-client", .integer(1...1_000_000), .unset,
            at: \.pendingQuestionsPerClient,
            "How many of them one client may have, an IPv4 address or an IPv6 network of 64 bits; where it "
                + "is not set all of them, but "
                + "beyond three quarters the client that has most is turned away first."),
        SettingRow(
            "upstream.queries-per-server", .integer(1...100_000), .text("200"),
            at: \.upstream.queriesPerServer,
            "How many queries to one server may be on their way at once; further ones wait, each client's "
                + "in turn, so that a server that throttles is not pushed. A query without an answer counts "
                + "for three usual round trips, 10 ms to 1 s."),
        SettingRow(
            "upstream.mixed-case", .boolean, .text("true"), at: \.upstream.mixedCase,
            "Whether names are asked in a random mixture of upper and lower case that a reply has to "
                + "repeat, so that it is hard to forge; a datagram that does not is asked for over TCP."
        ),
        SettingRow(
            "upstream.loop-probes", .boolean, .text("true"), at: \.upstream.loopProbes,
            "Whether each server is asked every minute for a name that nobody can know, to notice "
                + "servers that forward back to this daemon; otherwise only one is that asks for what it is asked."
        ),
        SettingRow(
            "without-recursion", .choice(words(of: Settings.WithoutRecursion.self)),
            .text("refuse"), at: \.withoutRecursion,
            "What a query with RD clear gets where no local zone and no link answers: REFUSED, or "
                + "what the cache has."),
        SettingRow(
            "cache.size", .size(0...(1 << 40)), .text("64MiB"), .restart, at: \.cache.size,
            "How much memory the cache may take; 0 for no cache."),
        SettingRow(
            "cache.maximum-ttl", .seconds(1...604_800), .text("1d"), at: \.cache.maximumTTL,
            "The longest that an answer is kept, whatever its TTL."),
        SettingRow(
            "cache.maximum-negative-ttl", .seconds(1...604_800), .text("1h"),
            at: \.cache.maximumNegativeTTL,
            "The longest that a denial is kept, whatever its SOA says."),
        SettingRow(
            "cache.stale-limit", .seconds(0...604_800), .text("1d"), at: \.cache.staleLimit,
            "How long after its time an answer may still be given when the servers give none, with a "
                + "TTL of 30 and an extended error; 0 for never."),
        SettingRow(
            "cache.stale-delay", .duration(0...60_000), .text("1800ms"), at: \.cache.staleDelay,
            "How long a client waits for the servers before it gets such an answer."),
        SettingRow(
            "cache.prefetch", .boolean, .text("true"), at: \.cache.prefetch,
            "Whether an answer that is asked for in the last tenth of its time is asked for anew."),
        SettingRow(
            "cache.failure-ttl", .duration(0...300_000), .text("3s"), at: \.cache.failureTTL,
            "How long clients are told that the servers failed before those are asked again; 0 for "
                + "not at all."),
        SettingRow(
            "cache.denial-covers-descendants", .boolean, .text("false"),
            at: \.cache.denialCoversDescendants,
            "Whether the denial of a name holds for the names below it (RFC 8020); one server that "
                + "denies names which only have others below them would so hide these."),
    ]

    private static let bounds: [SettingRow<Settings>] = [
        SettingRow(
            "udp-payload", .integer(512...1400), .text("1232"), at: \.udpPayload,
            "The largest UDP message that is sent or asked for, in octets."),
        SettingRow(
            "tcp.connections", .integer(1...1_000_000), .text("10000"), .restart,
            at: \.tcp.connections,
            "How many TCP connections may be open at once; each worker has its share of them."),
        SettingRow(
            "tcp.connections-per-client", .integer(1...1_000_000), .text("256"), .restart,
            at: \.tcp.connectionsPerClient,
            "How many TCP connections one client address may have open at once; each worker has its "
                + "share of them."),
        SettingRow(
            "tcp.idle-timeout", .duration(100...600_000), .text("10s"), .restart,
            at: \.tcp.idleTimeout,
            "How long a TCP connection may be silent before it is closed."),
        SettingRow(
            "cookies.secrets", .list(of: .secret(octets: 16), count: 0...4), .list([]),
            at: \.cookies.secrets,
            "What DNS cookies are made with, the first, and recognised by, all; the same on all servers "
                + "behind one address, in place of a secret that each daemon draws at its start."),
        SettingRow(
            "cookies.require", .boolean, .text("false"), at: \.cookies.require,
            "Whether a client that sends cookies over UDP is answered only once it has a good one."),
        SettingRow(
            "cookies.to-servers", .boolean, .text("true"), at: \.cookies.toServers,
            "Whether servers are sent cookies, and believed over UDP only with theirs once they gave one."
        ),
    ]

    private static let operation: [SettingRow<Settings>] = [
        SettingRow(
            "control.socket", .path(maximum: 107), .text("/run/privatelinkd/control.sock"),
            .restart, at: \.control.socket,
            "The Unix socket that privatelinkctl asks, relative to this file; owner and group may "
                + "use it."),
        SettingRow(
            "metrics.listen", .listener(port: 9153), .unset, .restart, at: \.metrics.listen,
            "The address that answers monitors over HTTP: `/metrics` in Prometheus' text format, "
                + "`/healthz` and `/readyz`; none where it is not set."),
        SettingRow(
            "stop.delay", .duration(0...600_000), .text("0s"), at: \.stop.delay,
            "How long the daemon goes on answering everything after SIGTERM, while `/readyz` says 503, so "
                + "that a load balancer takes it out first."),
        SettingRow(
            "stop.grace", .duration(0...600_000), .text("6s"), at: \.stop.grace,
            "How long questions that wait for servers may wait for their answers after that; those "
                + "left then get SERVFAIL. A second SIGTERM ends the daemon at once."),
        SettingRow(
            "log.level", .choice(words(of: Settings.LogLevel.self)), .text("info"), at: \.log.level,
            "The least level that is logged."),
        SettingRow(
            "log.queries", .boolean, .text("false"), at: \.log.queries,
            "Whether every query is logged."),
        SettingRow(
            "identity.version", .text(maximum: 255), .unset, at: \.identity.version,
            "The answer to the CH TXT questions version.bind and version.server, refused where it "
                + "is not set."),
        SettingRow(
            "identity.id", .text(maximum: 128), .unset, at: \.identity.id,
            "The answer to the CH TXT questions id.server and hostname.bind, refused where it is "
                + "not set, and to the EDNS option NSID, ignored then."),
    ]

    /// Every key at its default.
    static let defaults = TypedSettings.defaults.settings

    /// Puts the values of a record where its rows say; false where the record is none.
    static func assign<Owner>(
        _ value: SettingValue, to owner: inout Owner, by rows: [SettingRow<Owner>]
    ) -> Bool {
        guard case .record(let values) = value else { return false }
        for row in rows {
            if let value = values[row.path]?.value { row.assign(&owner, value) }
        }
        return true
    }

    /// A record with every key at its default.
    static func record<Owner>(_ blank: Owner, by rows: [SettingRow<Owner>]) -> Owner {
        var reader = TypedReader(directory: "")
        var owner = blank
        for row in rows {
            let value = reader.defaults(of: [row.field], at: .start)[row.path]?.value
            if let value { row.assign(&owner, value) }
        }
        return owner
    }

    private static func words<Choice: CaseIterable & RawRepresentable<String>>(
        of choice: Choice.Type
    ) -> [String] {
        choice.allCases.map(\.rawValue)
    }
}
