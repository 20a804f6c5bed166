// The one table of settings. The reader, the defaults, the documentation and the list of changes
// that need a restart all come from it; a new setting is a property of Settings and a row here.

/// Every key that a settings file may have.
enum SettingKeys {
    /// The keys in the order in which they are documented.
    static let table: [SettingRow<Settings>] = service + zones + upstream + bounds + operation

    /// The keys of a link.
    static let link: [SettingRow<Settings.Link>] = [
        SettingRow(
            "public", .name(allowsRoot: false), .requiredWithout("service"), at: \.publicSuffix,
            "The suffix that clients query. A label in braces, such as {region}, matches any "
                + "label; the link then applies to each local zone that matches `private`."),
        SettingRow(
            "private", .name(allowsRoot: false), .requiredWithout("service"), at: \.privateSuffix,
            "The suffix of the local names that are looked up instead."),
        SettingRow(
            "service", .text(maximum: 64), .unset, at: \.service,
            "An Azure service instead of `public` and `private`; `privatelinkctl links` lists "
                + "the services and their suffixes."),
        SettingRow(
            "cloud", .choice(words(of: Settings.Cloud.self)), .unset, at: \.cloud,
            "The service's cloud; by default Azure's public cloud."),
        SettingRow(
            "when-missing", .choice(words(of: Settings.Missing.self)), .text("forward"),
            at: \.whenMissing,
            "What to do with a name that is not in the private zone: forward it, or deny it if "
                + "its public name is an alias into the private zone."),
        SettingRow(
            "owned-missing", .choice(words(of: Settings.Missing.self)), .text("forward"),
            at: \.ownedMissing,
            "What to do with such a name if the private zone has another name with the same "
                + "leftmost label, which means that only a record is missing."),
        SettingRow(
            "fallback", .list(of: .server, count: 0...16), .list([]), at: \.fallback,
            "Servers to query for such a name if the ordinary servers answer NXDOMAIN."),
        SettingRow(
            "ttl", .seconds(0...604_800), .text("1800"), at: \.ttl,
            "The TTL of the alias from the public name to the private name."),
    ]

    /// The keys of a listener that is more than an address.
    static let listener: [SettingRow<Settings.Listener>] = [
        SettingRow(
            "address", .listener(port: 53), .required, at: \.endpoint,
            "The address, with a port where it is not 53."),
        SettingRow(
            "protocol", .choice(words(of: Settings.ListenerProtocol.self)), .text("dns"),
            at: \.protocol, "What is spoken there: DNS over UDP and TCP."),
        SettingRow(
            "access.allow", .list(of: .prefix, count: 0...4096), .unset, at: \.allow,
            "The blocks whose clients are answered there, in place of `access.allow`."),
        SettingRow(
            "access.deny", .list(of: .prefix, count: 0...4096), .unset, at: \.deny,
            "The blocks whose clients are not answered there, in place of `access.deny`."),
        SettingRow(
            "access.action", .choice(words(of: Settings.AccessAction.self)), .unset, at: \.action,
            "What other clients get there, in place of `access.action`."),
    ]

    /// The keys of a forward zone.
    static let forwardZone: [SettingRow<Settings.ForwardZone>] = [
        SettingRow(
            "zone", .name(allowsRoot: true), .required, at: \.zone,
            "The suffix whose names are forwarded; `.` for all names that no other entry covers."),
        SettingRow(
            "servers", .list(of: .server, count: 0...16), .required, at: \.servers,
            "The servers to query; with an empty list, the names are refused."),
        SettingRow(
            "source-address", .address, .unset, at: \.sourceAddress,
            "The source address of queries to the servers; by default the system chooses one."),
        SettingRow(
            "transport", .choice(words(of: Settings.UpstreamTransport.self)), .text("udp"),
            at: \.transport,
            "The transport of queries: UDP, with TCP for truncated answers, or always TCP."),
        SettingRow(
            "order", .choice(words(of: Settings.ServerOrder.self)), .text("fastest"), at: \.order,
            "Which of the responding servers is queried first: the fastest, or with `strict` the "
                + "first in the list."),
        SettingRow(
            "client-subnet", .choice(words(of: Settings.ClientSubnet.self)), .text("strip"),
            at: \.clientSubnet,
            "Whether the servers get the network that a client says it is in (RFC 7871); with "
                + "`pass`, such queries are not answered from the cache."),
        SettingRow(
            "mixed-case", .boolean, .text("true"), at: \.mixedCase,
            "Whether `upstream.mixed-case` applies to these servers; false for servers that respond in "
                + "lower case or compare names case-sensitively."),
    ]

    private static let service: [SettingRow<Settings>] = [
        SettingRow(
            "listen",
            .valuesOrRecords(.listener(port: 53), listener.map(\.field), count: 1...64),
            .list(["0.0.0.0:53", "[::]:53"]),
            .restart, at: \.listen,
            "The addresses that serve UDP and TCP; `[::]` is IPv6 only. An entry may be a map that says "
                + "more."),
        SettingRow(
            "workers", .automaticOrInteger(1...256), .text("auto"), .restart, at: \.workers,
            "The number of workers; `auto` follows the CPU affinity mask and the control group's "
                + "quota."),
        SettingRow(
            "access.allow", .list(of: .prefix, count: 0...4096),
            .list([
                "127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                "100.64.0.0/10", "fc00::/7", "fe80::/10",
            ]), at: \.access.allow,
            "The address blocks whose clients are answered; all other clients are refused."),
        SettingRow(
            "access.deny", .list(of: .prefix, count: 0...4096), .list([]), at: \.access.deny,
            "The blocks within `access.allow` whose clients are not answered."),
        SettingRow(
            "access.action", .choice(words(of: Settings.AccessAction.self)), .text("refuse"),
            at: \.access.action,
            "What clients get that are not answered: REFUSED, or nothing with `drop`."),
        SettingRow(
            "access.open", .boolean, .text("false"), at: \.access.isOpen,
            "Whether `access.allow`, or that of a listener, may hold all of IPv4 or IPv6; otherwise that is "
                + "a mistake, since an open resolver is used to attack others."),
    ]

    private static let zones: [SettingRow<Settings>] = [
        SettingRow(
            "zones.directory", .path(maximum: 4095), .text("zones"), .restart,
            at: \.zones.directory,
            "The directory of the local zones, one file ORIGIN.zone for each; relative to this "
                + "file."),
        SettingRow(
            "zones.watch", .boolean, .text("true"), .restart, at: \.zones.watch,
            "Whether to reload when the zone directory changes."),
        SettingRow(
            "zones.refuse-shrinking", .boolean, .text("true"), at: \.zones.refusesShrinking,
            "Whether a reload that would empty a zone, or remove more than half of a zone of ten "
                + "records or more, keeps the zone as loaded until it is forced; at a start, an "
                + "emptied zone is served from its last good copy."),
        SettingRow(
            "zones.maximum-file-size", .size((4 << 10)...(2047 << 20)), .text("256MiB"),
            at: \.zones.maximumFileSize,
            "The largest size of a zone file including the files that it includes; a larger file "
                + "is not read, and the zone is kept as loaded."),
        SettingRow(
            "zones.state-directory", .path(maximum: 4095), .unset, .restart,
            at: \.zones.stateDirectory,
            "Where to keep the last good copy of each zone, relative to this file; by default "
                + "the service manager's state directory, or nowhere if there is none."),
        SettingRow(
            "links", .records(link.map(\.field), count: 0...16_384), .list([]),
            at: \.links,
            "Pairs of a public suffix and a private one; names below the public suffix are first "
                + "looked up below the private one."),
    ]

    private static let upstream: [SettingRow<Settings>] = [
        SettingRow(
            "forward", .records(forwardZone.map(\.field), count: 0...4096), .list([]),
            at: \.forward,
            "Where to forward names; the longest matching zone applies."),
        SettingRow(
            "query-timeout", .duration(1000...60_000), .text("6s"), at: \.queryTimeout,
            "How long a query may wait for its answer; Azure's resolver may take more than 4s."),
        SettingRow(
            "pending-questions", .integer(1...1_000_000), .text("10000"), .restart,
            at: \.pendingQuestions,
            "How many queries may wait for upstream servers at a time; further ones get "
                + "SERVFAIL."),
        SettingRow(
            "pending-questions-per-client", .integer(1...1_000_000), .unset,
            at: \.pendingQuestionsPerClient,
            "How many of these one client may have (an IPv4 address or an IPv6 /64 network); by "
                + "default all, but above three quarters of the limit, the client with the most "
                + "is refused first."),
        SettingRow(
            "upstream.queries-per-server", .integer(1...100_000), .text("200"),
            at: \.upstream.queriesPerServer,
            "How many queries to one server may be in flight; further ones wait, in turn for "
                + "each client, which avoids overloading a server that throttles. A query "
                + "without an answer counts for three usual round trips, 10 ms to 1 s."),
        SettingRow(
            "upstream.mixed-case", .boolean, .text("true"), at: \.upstream.mixedCase,
            "Whether to send names in random case, which a reply must repeat, to protect against "
                + "forged replies; if a UDP reply does not, the query is repeated over TCP."),
        SettingRow(
            "upstream.loop-probes", .boolean, .text("true"), at: \.upstream.loopProbes,
            "Whether to send each server a query for a random name every minute, to detect "
                + "servers that forward back to this daemon; otherwise only a server that "
                + "returns the daemon's own queries is detected."),
        SettingRow(
            "without-recursion", .choice(words(of: Settings.WithoutRecursion.self)),
            .text("refuse"), at: \.withoutRecursion,
            "How to answer a query with RD clear if no local zone and no link answers it: with "
                + "REFUSED, or from the cache."),
        SettingRow(
            "cache.size", .size(0...(1 << 40)), .text("64MiB"), .restart, at: \.cache.size,
            "How much memory the cache may use; 0 for no cache."),
        SettingRow(
            "cache.maximum-ttl", .seconds(1...604_800), .text("1d"), at: \.cache.maximumTTL,
            "How long an answer is cached at most, whatever its TTL."),
        SettingRow(
            "cache.maximum-negative-ttl", .seconds(1...604_800), .text("1h"),
            at: \.cache.maximumNegativeTTL,
            "How long a denial is cached at most, whatever its SOA record says."),
        SettingRow(
            "cache.stale-limit", .seconds(0...604_800), .text("1d"), at: \.cache.staleLimit,
            "How long an expired answer may still be given if the servers give none, with a TTL "
                + "of 30 and an extended error; 0 for never."),
        SettingRow(
            "cache.stale-delay", .duration(0...60_000), .text("1800ms"), at: \.cache.staleDelay,
            "How long a client waits for the servers before it gets an expired answer."),
        SettingRow(
            "cache.prefetch", .boolean, .text("true"), at: \.cache.prefetch,
            "Whether to refresh an answer that is queried in the last tenth of its lifetime."),
        SettingRow(
            "cache.failure-ttl", .duration(0...300_000), .text("3s"), at: \.cache.failureTTL,
            "How long a failure of the servers is cached before they are queried again; 0 for "
                + "not at all."),
        SettingRow(
            "cache.denial-covers-descendants", .boolean, .text("false"),
            at: \.cache.denialCoversDescendants,
            "Whether the denial of a name covers the names below it (RFC 8020); a server that "
                + "wrongly denies a name because only names below it have records would hide "
                + "these."),
    ]

    private static let bounds: [SettingRow<Settings>] = [
        SettingRow(
            "udp-payload", .integer(512...1400), .text("1232"), at: \.udpPayload,
            "The largest UDP message to send and to advertise, in bytes."),
        SettingRow(
            "tcp.connections", .integer(1...1_000_000), .text("10000"), .restart,
            at: \.tcp.connections,
            "How many TCP connections may be open at a time; the workers share this number."),
        SettingRow(
            "tcp.connections-per-client", .integer(1...1_000_000), .text("256"), .restart,
            at: \.tcp.connectionsPerClient,
            "How many TCP connections one client address may have open at a time; the workers "
                + "share this number."),
        SettingRow(
            "tcp.idle-timeout", .duration(100...600_000), .text("10s"), .restart,
            at: \.tcp.idleTimeout,
            "How long a TCP connection may be idle before it is closed."),
        SettingRow(
            "cookies.secrets", .list(of: .secret(octets: 16), count: 0...4), .list([]),
            at: \.cookies.secrets,
            "The secrets of DNS cookies: the first creates cookies, and all are accepted. Use "
                + "the same on all servers behind one address; by default each daemon draws one "
                + "at its start."),
        SettingRow(
            "cookies.require", .boolean, .text("false"), at: \.cookies.require,
            "Whether a client that sends cookies over UDP is answered only if it has a valid "
                + "one."),
        SettingRow(
            "cookies.to-servers", .boolean, .text("true"), at: \.cookies.toServers,
            "Whether to send cookies to servers, and require the cookie of a server in its UDP "
                + "replies once it has sent one."),
    ]

    private static let operation: [SettingRow<Settings>] = [
        SettingRow(
            "control.socket", .path(maximum: 107), .text("/run/privatelinkd/control.sock"),
            .restart, at: \.control.socket,
            "The Unix socket for privatelinkctl, relative to this file; owner and group have "
                + "access."),
        SettingRow(
            "metrics.listen", .listener(port: 9153), .unset, .restart, at: \.metrics.listen,
            "The address for monitoring over HTTP: `/metrics` in the text format of Prometheus, "
                + "`/healthz` and `/readyz`; by default there is none."),
        SettingRow(
            "stop.delay", .duration(0...600_000), .text("0s"), at: \.stop.delay,
            "How long the daemon continues to answer after SIGTERM while `/readyz` answers 503, "
                + "so that a load balancer takes it out of service first."),
        SettingRow(
            "stop.grace", .duration(0...600_000), .text("6s"), at: \.stop.grace,
            "How long pending queries may wait for their answers after that; the remaining ones "
                + "then get SERVFAIL. A second SIGTERM ends the daemon immediately."),
        SettingRow(
            "log.level", .choice(words(of: Settings.LogLevel.self)), .text("info"), at: \.log.level,
            "The lowest level that is logged."),
        SettingRow(
            "log.queries", .boolean, .text("false"), at: \.log.queries,
            "Whether to log every query."),
        SettingRow(
            "identity.version", .text(maximum: 255), .unset, at: \.identity.version,
            "The answer to the CH TXT queries version.bind and version.server; they are refused "
                + "if it is not set."),
        SettingRow(
            "identity.id", .text(maximum: 128), .unset, at: \.identity.id,
            "The answer to the CH TXT queries id.server and hostname.bind, and to the EDNS "
                + "option NSID; without it, the queries are refused and the option is ignored."),
    ]

    /// Every key at its default.
    static let defaults = TypedSettings.defaults.settings

    /// Assigns the values of a record by its rows; false if the value is not a record.
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
