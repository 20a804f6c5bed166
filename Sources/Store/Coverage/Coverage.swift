// What a check of the store found: a row for each registry, and everything that is wrong with the command that fixes
// it.

public import Addresses
public import DNSWire

/// The outcome of a check.
public struct Coverage: Sendable {
    /// A registry and its endpoints.
    public struct Registry: Sendable {
        /// The private suffix that it is below.
        public let zone: Name
        /// The registry's name, such as `myregistry`.
        public let name: String
        /// The addresses of the registry endpoint; nil if it has no record.
        public var addresses: [IPAddress]? = nil
        /// The addresses of the endpoints of each kind that has one in a region, by region; nil if one is missing.
        public var regions: [EndpointKind: [String: [IPAddress]?]] = [:]
        /// How many things are wrong with it.
        public var findingCount = 0

        /// The regions of the endpoints of one kind, in order, with their addresses; nil if one is missing.
        public func regions(of kind: EndpointKind) -> [(region: String, addresses: [IPAddress]?)] {
            (regions[kind] ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }

        /// Notes the endpoint's addresses, or with nil that it is missing, where it has none yet.
        mutating func enter(_ endpoint: RegistryEndpoint, _ found: [IPAddress]?) {
            guard let region = endpoint.region else {
                if let found { addresses = found }
                return
            }
            if found == nil, regions[endpoint.kind]?[region] != nil { return }
            regions[endpoint.kind, default: [:]].updateValue(found, forKey: region)
        }
    }

    /// What is wrong.
    public enum Kind: String, Sendable {
        /// A name that ought to exist has no record.
        case missing
        /// A name has records and none of them is an address.
        case noAddress = "no-address"
        /// A data endpoint without the registry's own record.
        case noRegistry = "no-registry"
        /// A registry without any data endpoint.
        case noDataEndpoint = "no-data-endpoint"
        /// An address that is in none of the subnets.
        case outsideSubnets = "outside-subnets"
        /// One address of two names.
        case addressTwice = "address-twice"
        /// A name with more addresses of one kind than an endpoint has.
        case twoAddresses = "two-addresses"
        /// A public address in a private zone.
        case publicAddress = "public-address"
        /// A name that ends with its suffix twice.
        case repeatedSuffix = "repeated-suffix"
        /// Names of one registry with different TTLs.
        case differentTTLs = "different-ttls"
        /// The store has other data than Azure.
        case differs
        /// The store has what Azure does not have.
        case notInAzure = "not-in-azure"
        /// A private endpoint's connection is not approved.
        case notApproved = "not-approved"
        /// Two of the sources have different data.
        case conflict
        /// The zone's file has mistakes.
        case mistakes
        /// Settings and zones conflict.
        case suspicious
        /// The daemon does not serve the zone as its file is.
        case served
        /// The daemon answers otherwise.
        case answer
        /// Nothing listens on the address.
        case connection
    }

    /// One thing that is wrong.
    public struct Finding: Sendable {
        /// What it is.
        public let kind: Kind
        /// The name that it is about, with its final dot; the zone's for a zone.
        public let name: String
        /// The registry that it is about.
        public let registry: String?
        /// A sentence without a full stop.
        public let sentence: String
        /// The commands that fix it, each as the words after the program's name.
        public let mending: [[String]]

        /// Something that is wrong.
        public init(
            _ kind: Kind, name: String, registry: String? = nil, _ sentence: String,
            mending: [[String]] = []
        ) {
            self.kind = kind
            self.name = name
            self.registry = registry
            self.sentence = sentence
            self.mending = mending
        }
    }

    /// A name with addresses, as clients ask for it.
    public struct Endpoint: Sendable {
        /// The name that clients ask for.
        public let publicName: Name
        /// The name in the private zone.
        public let owner: Name
        /// The registry that it belongs to; nil if there is none.
        public let registry: String?
        /// Its addresses.
        public let addresses: [IPAddress]
    }

    /// The registries in order of zone and name.
    public internal(set) var registries: [Registry] = []
    /// Everything that is wrong.
    public internal(set) var findings: [Finding] = []
    /// All names with addresses that links lead to.
    public internal(set) var endpoints: [Endpoint] = []
    /// What people should know, each a sentence.
    public internal(set) var notes: [String] = []

    /// Adds a finding, and counts it in the row of its registry.
    public mutating func add(_ finding: Finding) {
        findings.append(finding)
        guard let registry = finding.registry else { return }
        for index in registries.indices where registries[index].name == registry {
            registries[index].findingCount += 1
        }
    }
}
