// An administrator's settings after all checks that need only the file: plain values, with absolute
// paths and defaults for absent keys. Keys and defaults are in SettingKeys' table; other modules
// apply the settings.

public import Addresses
public import DNSWire

/// A configuration file as a checked, normalised value.
public struct Settings: Equatable, Sendable {
    /// The addresses that serve UDP and TCP, without duplicates; never empty.
    public var listen: [Listener] = []
    /// The number of workers.
    public var workers = Workers.automatic
    /// Which clients have access.
    public var access = Access()
    /// Where the local zones are.
    public var zones = ZoneStore()
    /// Pairs of public and private suffixes, in the file's order.
    public var links: [Link] = []
    /// Where the names below a suffix are forwarded to, in the file's order.
    public var forward: [ForwardZone] = []
    /// The size of the cache and the lifetimes in it.
    public var cache = Cache()
    /// How long a query may wait for its answer, from its arrival.
    public var queryTimeout = Duration.zero
    /// How many queries may wait for upstream servers at a time, in the whole daemon.
    public var pendingQuestions = 0
    /// How many of them one client address may have; nil for all.
    public var pendingQuestionsPerClient: Int? = nil
    /// How servers are queried.
    public var upstream = Upstream()
    /// The largest UDP message that is sent and advertised, in octets (RFC 6891, section 6.2.5).
    public var udpPayload = 0
    /// How a query with RD clear is answered if no local zone and no link answers it.
    public var withoutRecursion = WithoutRecursion.refuse
    /// Limits on TCP clients.
    public var tcp = TCP()
    /// DNS cookies.
    public var cookies = Cookies()
    /// The control socket.
    public var control = Control()
    /// The metrics page.
    public var metrics = Metrics()
    /// How the daemon stops.
    public var stop = Stop()
    /// What is logged.
    public var log = Log()
    /// The answers to `CH TXT` queries about the daemon.
    public var identity = Identity()

    /// Every key at its default, as for an empty file in the current directory.
    public init() { self = SettingKeys.defaults }

    /// Every property at its type's zero, before the table of keys is applied.
    init(blank: Void) {}

    /// The paths of the keys that differ from `old` and take effect at the next start only.
    public func changedRestartKeys(from old: Settings) -> [String] {
        SettingKeys.table.compactMap { row in
            row.change == .restart && row.differs(self, old) ? row.path : nil
        }
    }

    /// These settings, with the values of `running` for the keys that take effect only at the next
    /// start.
    public func keepingRestartKeys(of running: Settings) -> Settings {
        var kept = self
        for row in SettingKeys.table where row.change == .restart { row.copy(&kept, running) }
        return kept
    }
}

extension Settings {
    /// A number of workers.
    public enum Workers: Equatable, Sendable {
        /// As many as the affinity mask and the control group's quota allow.
        case automatic
        /// This many, 1 to 256.
        case count(Int)
    }

    /// Which clients have access.
    public struct Access: Equatable, Sendable {
        /// The blocks whose clients are answered; any other client is refused.
        public var allow: [Prefix] = []
        /// The blocks within those whose clients are not.
        public var deny: [Prefix] = []
        /// What clients get that are not answered.
        public var action = AccessAction.refuse
        /// Whether `allow` may hold all addresses.
        public var isOpen = false
    }

    /// What a client gets that may not ask.
    public enum AccessAction: String, CaseIterable, Equatable, Sendable {
        /// REFUSED.
        case refuse
        /// Nothing.
        case drop
    }

    /// An address that is listened on.
    public struct Listener: Equatable, Sendable {
        /// The address and port.
        public var endpoint = Endpoint(.anyIPv4, port: 53)
        /// What is spoken there.
        public var `protocol` = ListenerProtocol.dns
        /// What of `access` is different there; nil for what is not.
        public var allow: [Prefix]? = nil
        /// The blocks within those whose clients are not answered.
        public var deny: [Prefix]? = nil
        /// What clients get that are not answered.
        public var action: AccessAction? = nil

        /// A listener for DNS that `access` holds for.
        public init(_ endpoint: Endpoint) { self.endpoint = endpoint }

        init(blank: Void) {}
    }

    /// What is spoken at an address.
    public enum ListenerProtocol: String, CaseIterable, Equatable, Sendable {
        /// DNS over UDP and TCP.
        case dns
    }

    /// Who may ask at a listener.
    public func access(at listener: Listener) -> Access {
        var access = access
        access.allow = listener.allow ?? access.allow
        access.deny = listener.deny ?? access.deny
        access.action = listener.action ?? access.action
        return access
    }

    /// Where the local zones are.
    public struct ZoneStore: Equatable, Sendable {
        /// The directory of zone files, completed with the settings file's own directory.
        public var directory = ""
        /// Whether a change in the directory is a reload.
        public var watch = true
        /// Whether a zone that would lose most of its records is kept as loaded until the change is
        /// forced.
        public var refusesShrinking = true
        /// The maximum total size of a zone's file and its inclusions, in bytes.
        public var maximumFileSize = 0
        /// Where the last good copy of each zone is kept; nil leaves the choice to the daemon.
        public var stateDirectory: String? = nil
    }

    /// A public suffix and the private one below which its names are looked up.
    public struct Link: Equatable, Sendable {
        /// The suffix that clients ask for, such as `azurecr.io`.
        public var publicSuffix = Name.root
        /// The suffix of the counterparts, such as `privatelink.azurecr.io`; never at or above
        /// `publicSuffix`.
        public var privateSuffix = Name.root
        /// The service that the suffixes belong to; nil if the settings give them.
        public var service: String? = nil
        /// The cloud that the service is in; nil for the public one.
        public var cloud: Cloud? = nil
        /// What happens to a name whose counterpart does not exist.
        public var whenMissing = Missing.forward
        /// What happens to such a name when its leftmost label is one of the private zone's.
        public var ownedMissing = Missing.forward
        /// Servers to query if the ordinary ones answer NXDOMAIN.
        public var fallback: [Endpoint] = []
        /// The TTL of the alias from the name to its counterpart, in seconds: 0 to 604800.
        public var ttl: UInt32 = 0

        /// A link whose other keys are at their defaults.
        public init(publicSuffix: Name, privateSuffix: Name) {
            self = SettingKeys.record(Link(blank: ()), by: SettingKeys.link)
            self.publicSuffix = publicSuffix
            self.privateSuffix = privateSuffix
        }

        init(blank: Void) {}
    }

    /// How a name that the private zone lacks is handled.
    public enum Missing: String, CaseIterable, Equatable, Sendable {
        /// It is forwarded.
        case forward
        /// It is denied.
        case nxdomain
    }

    /// The servers for the names at and below a suffix.
    public struct ForwardZone: Equatable, Sendable {
        /// The suffix; the root for all names that no other forward zone has.
        public var zone = Name.root
        /// The servers; none means that the names are refused.
        public var servers: [Endpoint] = []
        /// The source address of queries, of the servers' family; nil leaves the choice to the
        /// system.
        public var sourceAddress: IPAddress? = nil
        /// The transport of queries.
        public var transport = UpstreamTransport.udp
        /// Which of them is queried first.
        public var order = ServerOrder.fastest
        /// Whether a client's network is passed on (RFC 7871).
        public var clientSubnet = ClientSubnet.strip
        /// Whether names are asked in mixed case, where that is on at all.
        public var mixedCase = true

        /// A forward zone whose other keys are at their defaults.
        public init(zone: Name, servers: [Endpoint]) {
            self = SettingKeys.record(ForwardZone(blank: ()), by: SettingKeys.forwardZone)
            self.zone = zone
            self.servers = servers
        }

        init(blank: Void) {}
    }

    /// The transport of queries to a server.
    public enum UpstreamTransport: String, CaseIterable, Equatable, Sendable {
        /// Over UDP, and over TCP where a reply is truncated.
        case udp
        /// Over TCP always.
        case tcp
    }

    /// Whether a client's network is passed on.
    public enum ClientSubnet: String, CaseIterable, Equatable, Sendable {
        /// It is not passed on.
        case strip
        /// It is passed on, and the answers are not cached.
        case pass
    }

    /// Which of several responding servers is queried first.
    public enum ServerOrder: String, CaseIterable, Equatable, Sendable {
        /// The fastest.
        case fastest
        /// The first in the list.
        case strict
    }

    /// How servers are queried, in all forward zones.
    public struct Upstream: Equatable, Sendable {
        /// How many queries to one server may be in flight, in the whole daemon.
        public var queriesPerServer = 0
        /// Whether names are sent in random case.
        public var mixedCase = false
        /// Whether servers are probed for forwarding loops.
        public var loopProbes = false
    }

    /// Limits of the cache.
    public struct Cache: Equatable, Sendable {
        /// Bytes for the whole cache; 0 for no cache.
        public var size = 0
        /// The longest that an answer is kept, in seconds.
        public var maximumTTL: UInt32 = 0
        /// The longest that a denial is kept, in seconds.
        public var maximumNegativeTTL: UInt32 = 0
        /// How long an expired answer may be given if the servers give none, in seconds.
        public var staleLimit: UInt32 = 0
        /// How long a client waits before it gets such an answer.
        public var staleDelay = Duration.zero
        /// Whether an answer queried in the last tenth of its lifetime is refreshed.
        public var prefetch = false
        /// How long a failure of the servers is cached.
        public var failureTTL = Duration.zero
        /// Whether the denial of a name covers the names below it.
        public var denialCoversDescendants = false
    }

    /// How a query with RD clear is answered if no local zone and no link answers it.
    public enum WithoutRecursion: String, CaseIterable, Equatable, Sendable {
        /// REFUSED.
        case refuse
        /// What the cache has; REFUSED where it has nothing.
        case cache
    }

    /// Limits on TCP clients.
    public struct TCP: Equatable, Sendable {
        /// How many connections may be open at a time, in the whole daemon.
        public var connections = 0
        /// How many of them one client address may have.
        public var connectionsPerClient = 0
        /// How long a connection may be silent before it is closed (RFC 7766, section 6.2.3).
        public var idleTimeout = Duration.zero
    }

    /// DNS cookies (RFC 7873).
    public struct Cookies: Equatable, Sendable {
        /// The secrets of cookies: the first creates them, all are accepted; none for a random
        /// secret of the daemon.
        public var secrets: [Secret] = []
        /// Whether servers are sent cookies.
        public var toServers = false
        /// Whether a client that sends cookies over UDP is answered only if it has a valid one.
        public var require = false
    }

    /// Bytes that are not printed.
    public struct Secret: Hashable, Sendable, CustomStringConvertible {
        /// The bytes.
        public var octets: [UInt8]

        /// A secret.
        public init(octets: [UInt8]) { self.octets = octets }

        /// Their number.
        public var description: String { "\(octets.count) bytes" }
    }

    /// The control socket.
    public struct Control: Equatable, Sendable {
        /// The path of the Unix socket, completed with the settings file's directory.
        public var socket = ""
    }

    /// The metrics page.
    public struct Metrics: Equatable, Sendable {
        /// Where HTTP is served; nil for nowhere.
        public var listen: Endpoint? = nil
    }

    /// How the daemon stops.
    public struct Stop: Equatable, Sendable {
        /// How long the daemon continues to answer while `/readyz` reports that it is not ready.
        public var delay = Duration.zero
        /// How long pending queries may wait after that.
        public var grace = Duration.zero
    }

    /// What is logged.
    public struct Log: Equatable, Sendable {
        /// The least level that is logged.
        public var level = LogLevel.info
        /// Whether every query is logged.
        public var queries = false
    }

    /// The level of a log message, lowest first; named as in swift-log.
    public enum LogLevel: String, CaseIterable, Equatable, Sendable {
        /// Every step.
        case trace
        /// What helps to find a fault.
        case debug
        /// What a running daemon does.
        case info
        /// What is rare and in order.
        case notice
        /// What works and should not be so.
        case warning
        /// What failed.
        case error
        /// What ends the daemon.
        case critical
    }

    /// The answers to `CH TXT` queries about the daemon; nil for REFUSED.
    public struct Identity: Equatable, Sendable {
        /// The answer to `version.bind` and `version.server`.
        public var version: String? = nil
        /// The answer to `id.server` and `hostname.bind`.
        public var id: String? = nil
    }
}
