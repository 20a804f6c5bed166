// What an administrator asked for, after every check that the file alone allows: values only, with
// paths completed and absent keys at their defaults. Which keys there are, and what they default to,
// is SettingKeys' table alone; what the settings do is other modules' business.

public import Addresses
public import DNSWire

/// A configuration file as a checked, normalised value.
public struct Settings: Equatable, Sendable {
    /// The addresses that UDP and TCP are served on, without duplicates; never empty.
    public var listen: [Endpoint] = []
    /// How many workers serve.
    public var workers = Workers.automatic
    /// Who may ask.
    public var access = Access()
    /// Where the local zones are.
    public var zones = ZoneStore()
    /// Pairs of public and private suffixes, in the file's order.
    public var links: [Link] = []
    /// Where the names below a suffix are forwarded to, in the file's order.
    public var forward: [ForwardZone] = []
    /// How much is remembered of what was forwarded, and for how long.
    public var cache = Cache()
    /// How long a question may wait for its answer, from its arrival on.
    public var queryTimeout = Duration.zero
    /// How many questions may wait for upstream servers at once, in the whole daemon.
    public var pendingQuestions = 0
    /// How many of them one client address may have; nil for all.
    public var pendingQuestionsPerClient: Int? = nil
    /// How servers are asked.
    public var upstream = Upstream()
    /// The largest UDP message that is sent or asked for, in octets (RFC 6891, section 6.2.5).
    public var udpPayload = 0
    /// What a query with RD clear gets where no local zone and no link answers.
    public var withoutRecursion = WithoutRecursion.refuse
    /// Bounds on TCP clients.
    public var tcp = TCP()
    /// DNS cookies.
    public var cookies = Cookies()
    /// How the daemon is asked about itself.
    public var control = Control()
    /// How monitors read figures.
    public var metrics = Metrics()
    /// How the daemon ends.
    public var stop = Stop()
    /// What is logged.
    public var log = Log()
    /// What `CH TXT` questions about the daemon get.
    public var identity = Identity()

    /// Every key at its default, as for an empty file in the directory that the process runs in.
    public init() { self = SettingKeys.defaults }

    /// Every property at its type's zero: what the table of keys is applied to.
    init(blank: Void) {}

    /// The paths of the keys that differ from `old` and take effect at the next start only.
    public func changedRestartKeys(from old: Settings) -> [String] {
        SettingKeys.table.compactMap { row in
            row.change == .restart && row.differs(self, old) ? row.path : nil
        }
    }

    /// These settings, but with the values of `running` for the keys that take effect at the next start only.
    public func keepingRestartKeys(of running: Settings) -> Settings {
        var kept = self
        for row in SettingKeys.table where row.change == .restart { row.copy(&kept, running) }
        return kept
    }
}

extension Settings {
    /// A number of workers.
    public enum Workers: Equatable, Sendable {
        /// As many as the affinity mask and the control group's quota allow to run at once.
        case automatic
        /// This many, 1 to 256.
        case count(Int)
    }

    /// Who may ask.
    public struct Access: Equatable, Sendable {
        /// The blocks whose clients are answered; any other client is refused.
        public var allow: [Prefix] = []
    }

    /// Where the local zones are.
    public struct ZoneStore: Equatable, Sendable {
        /// The directory of master files, completed with the settings file's own directory.
        public var directory = ""
        /// Whether a change in the directory is a reload.
        public var watch = true
        /// Whether a zone that would lose most of its records is kept as it was until that is forced.
        public var refusesShrinking = true
        /// The most bytes of a zone's file and the files that it includes.
        public var maximumFileSize = 0
        /// Where the last good copy of each zone is kept; nil leaves the choice to the daemon.
        public var stateDirectory: String? = nil
    }

    /// A public suffix and the private one that its names are looked up in.
    public struct Link: Equatable, Sendable {
        /// The suffix that clients ask for, such as `azurecr.io`.
        public var publicSuffix = Name.root
        /// The suffix of the counterparts, such as `privatelink.azurecr.io`; never at or above
        /// `publicSuffix`.
        public var privateSuffix = Name.root
        /// The service that the suffixes are those of; nil when the settings give them.
        public var service: String? = nil
        /// The cloud that the service is in; nil for the public one.
        public var cloud: Cloud? = nil
        /// What happens to a name whose counterpart does not exist.
        public var whenMissing = Missing.forward
        /// What happens to such a name when its leftmost label is one of the private zone's.
        public var ownedMissing = Missing.forward
        /// Servers that are asked when the ordinary ones say NXDOMAIN.
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

    /// What happens to a name that the private zone lacks.
    public enum Missing: String, CaseIterable, Equatable, Sendable {
        /// It is asked upstream.
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
        /// The address that the servers are asked from, of the servers' family; nil leaves the choice
        /// to the system.
        public var sourceAddress: IPAddress? = nil
        /// How the servers are asked.
        public var transport = UpstreamTransport.udp
        /// Which of them is asked first.
        public var order = ServerOrder.fastest
        /// What becomes of the network that a client says it is in (RFC 7871).
        public var clientSubnet = ClientSubnet.strip

        /// A forward zone whose other keys are at their defaults.
        public init(zone: Name, servers: [Endpoint]) {
            self = SettingKeys.record(ForwardZone(blank: ()), by: SettingKeys.forwardZone)
            self.zone = zone
            self.servers = servers
        }

        init(blank: Void) {}
    }

    /// How a server is asked.
    public enum UpstreamTransport: String, CaseIterable, Equatable, Sendable {
        /// Over UDP, and over TCP where a reply is truncated.
        case udp
        /// Over TCP always.
        case tcp
    }

    /// What becomes of the network that a client says it is in.
    public enum ClientSubnet: String, CaseIterable, Equatable, Sendable {
        /// Nobody is told.
        case strip
        /// The servers are told, and their answers are kept for nobody else.
        case pass
    }

    /// Which of several servers that answer is asked first.
    public enum ServerOrder: String, CaseIterable, Equatable, Sendable {
        /// The fastest.
        case fastest
        /// The first in the list.
        case strict
    }

    /// How servers are asked, whatever the forward zone.
    public struct Upstream: Equatable, Sendable {
        /// How many queries to one server may be on their way at once, in the whole daemon.
        public var queriesPerServer = 0
        /// Whether names are asked in a random mixture of upper and lower case.
        public var mixedCase = false
        /// Whether servers that may lead back here are probed.
        public var loopProbes = false
    }

    /// Bounds on what is remembered.
    public struct Cache: Equatable, Sendable {
        /// Octets for the whole cache; 0 for no cache.
        public var size = 0
        /// The longest that an answer is kept, in seconds.
        public var maximumTTL: UInt32 = 0
        /// The longest that a denial is kept, in seconds.
        public var maximumNegativeTTL: UInt32 = 0
        /// How long after its time an answer may be given when the servers give none, in seconds.
        public var staleLimit: UInt32 = 0
        /// How long a client waits before it gets such an answer.
        public var staleDelay = Duration.zero
        /// Whether an answer is asked for anew in the last tenth of its time.
        public var prefetch = false
        /// How long a failure of the servers is remembered.
        public var failureTTL = Duration.zero
        /// Whether the denial of a name holds for the names below it.
        public var denialCoversDescendants = false
    }

    /// What a query with RD clear gets where no local zone and no link answers.
    public enum WithoutRecursion: String, CaseIterable, Equatable, Sendable {
        /// REFUSED.
        case refuse
        /// What the cache has; REFUSED where it has nothing.
        case cache
    }

    /// Bounds on TCP clients.
    public struct TCP: Equatable, Sendable {
        /// How many connections may be open at once, in the whole daemon.
        public var connections = 0
        /// How many of them one client address may have.
        public var connectionsPerClient = 0
        /// How long a connection may be silent before it is closed (RFC 7766, section 6.2.3).
        public var idleTimeout = Duration.zero
    }

    /// DNS cookies (RFC 7873).
    public struct Cookies: Equatable, Sendable {
        /// What cookies are made with, the first, and recognised by, all; none for a secret of the
        /// daemon's own.
        public var secrets: [Secret] = []
        /// Whether servers are sent cookies.
        public var toServers = false
        /// Whether a client that sends cookies over UDP is answered only once it has a good one.
        public var require = false
    }

    /// Octets that are not printed.
    public struct Secret: Hashable, Sendable, CustomStringConvertible {
        /// The octets.
        public var octets: [UInt8]

        /// A secret.
        public init(octets: [UInt8]) { self.octets = octets }

        /// Their number.
        public var description: String { "\(octets.count) octets" }
    }

    /// How the daemon is asked about itself.
    public struct Control: Equatable, Sendable {
        /// The path of the Unix socket, completed with the settings file's directory.
        public var socket = ""
    }

    /// How monitors read figures.
    public struct Metrics: Equatable, Sendable {
        /// Where HTTP is served; nil for nowhere.
        public var listen: Endpoint? = nil
    }

    /// How the daemon ends.
    public struct Stop: Equatable, Sendable {
        /// How long everything is answered while `/readyz` says that the daemon is not ready.
        public var delay = Duration.zero
        /// How long questions that wait may wait after that.
        public var grace = Duration.zero
    }

    /// What is logged.
    public struct Log: Equatable, Sendable {
        /// The least level that is logged.
        public var level = LogLevel.info
        /// Whether every query is logged.
        public var queries = false
    }

    /// How much a log message matters, least first; named as swift-log does.
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

    /// What `CH TXT` questions about the daemon get; nil for REFUSED.
    public struct Identity: Equatable, Sendable {
        /// The answer to `version.bind` and `version.server`.
        public var version: String? = nil
        /// The answer to `id.server` and `hostname.bind`.
        public var id: String? = nil
    }
}
