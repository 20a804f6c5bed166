// The content of Azure CLI output of any shape: addresses of names, record sets of zones, states of
// connections, names that should exist, and notes to report. ImportPlan derives the changes of
// zones from it.

public import Addresses
public import DNSWire

/// Where a statement comes from.
public struct AzureSource: Hashable, Sendable {
    /// What it is, such as `network interface`.
    public let kind: String
    /// Its name in Azure; the zone's for a zone.
    public let name: String
    /// The private endpoint that it belongs to; its own name for any other.
    public let endpoint: String
    /// The file that it was read from; `-` for standard input.
    public let file: String
    /// The path of its resource, in lower case; nil if the output lacks it.
    var resource: String? = nil
    /// The path of the private endpoint's resource, in lower case; nil if the output lacks it.
    var endpointResource: String? = nil

    /// `network interface NAME (FILE)`.
    public var label: String { "\(kind) \(name) (\(file))" }

    /// Whether `word` names this source.
    func isMeant(by word: String) -> Bool {
        [name, endpoint, file, Paths.name(of: file)].contains {
            $0.lowercased() == word.lowercased()
        }
    }
}

/// Addresses of one name, as one source has them.
public struct AddressStatement: Sendable {
    /// The name that az prints: the public or the private one.
    public let name: Name
    /// Its addresses.
    public let addresses: [IPAddress]
    /// Their TTL where the source has one.
    public let ttl: UInt32?
    /// The private zone where the source names it.
    public let zone: Name?
    /// Where it was read.
    public let source: AzureSource
}

/// A record set of a zone, as one source has it.
public struct RecordSetStatement: Sendable {
    /// The zone.
    public let zone: Name
    /// The owner and type.
    public let key: RecordSetKey
    /// The TTL and the data.
    public let content: RecordSetContent
    /// Where it was read.
    public let source: AzureSource
    /// Whether it comes from a zone export, which joins the strings of a text and writes `"` and
    /// `\"` alike.
    var isExported = false
}

/// The state of a private endpoint's connection.
public struct ConnectionStatement: Sendable {
    /// The private endpoint's name.
    public let endpoint: String
    /// The state in Azure's spelling, such as `Pending`.
    public let state: String
    /// Where it was read.
    public let source: AzureSource

    /// Whether the endpoint's addresses are answered on.
    public var isApproved: Bool { state.lowercased() == "approved" }

    /// One sentence that names the endpoint and the state.
    public var sentence: String {
        "private endpoint \(endpoint) (\(source.file)): its connection is \(state), so nothing "
            + "answers on its addresses"
    }
}

/// A name that ought to exist.
public struct ExpectedName: Sendable {
    /// How the source names it.
    enum Form {
        /// By its public name.
        case name(Name)
        /// By the registry's resource, whose login server the source lacks.
        case endpoint(RegistryEndpoint, resource: String?)
    }

    let form: Form
    /// Where it was read.
    public let source: AzureSource
}

/// What one source lists of a zone.
struct ZoneListing: Sendable {
    /// The record sets, those without records and of types that are left out among them.
    var keys: Set<RecordSetKey> = []
    /// Whether it is the whole zone, as far as the output shows.
    var isWhole = false
    /// The zone's record sets that were left out, so they are not removed either.
    var leftOut: Set<RecordSetKey> = []
}

/// Everything that was read.
public struct AzureReading: Sendable {
    /// Addresses of names.
    public internal(set) var addresses: [AddressStatement] = []
    /// Record sets of zones.
    public internal(set) var recordSets: [RecordSetStatement] = []
    /// States of connections.
    public internal(set) var connections: [ConnectionStatement] = []
    /// Names that ought to exist.
    public internal(set) var expected: [ExpectedName] = []
    /// Sources that lack a part of what they have, so that silence says nothing.
    public internal(set) var incomplete: Set<AzureSource> = []
    /// What people should know, each a sentence.
    public internal(set) var notes: [String] = []

    /// What was listed of each zone.
    var listings: [Name: ZoneListing] = [:]
    /// How many record sets a zone has, as Azure counts them.
    var recordSetCounts: [Name: UInt32] = [:]
    /// The login servers of registries by resource and by name, in lower case.
    var loginServers: [String: Name] = [:]
    /// The private endpoint of network interfaces, by the paths of their resources in lower case.
    var interfaceOwners: [String: String] = [:]
    /// Inputs that have nothing in them.
    var emptyInputs: [String] = []

    /// Nothing yet.
    public init() {}

    /// The most bytes that are read of one file.
    public static let limit = 256 << 20

    /// Reads the output of one or more commands, recognised by its content.
    ///
    /// `zone` is the zone of a zone file that does not name it.
    public mutating func read(
        _ octets: [UInt8], file: String, zone: Name? = nil
    ) throws(StoreError) {
        let text = try AzureText(octets, file: file)
        switch text.form {
        case .json: try readJSON(text.octets, file)
        case .masterFile: try readMasterFile(text.octets, file, zone)
        }
    }

    /// Whether nothing in the inputs speaks of a name or a zone.
    var isEmpty: Bool {
        addresses.isEmpty && recordSets.isEmpty && connections.isEmpty && expected.isEmpty
            && listings.isEmpty && recordSetCounts.isEmpty
    }

    /// The warnings, each a sentence.
    public var warnings: [String] {
        guard isEmpty, !emptyInputs.isEmpty else { return [] }
        return [
            "the input is empty, so there is nothing to import: az also prints an empty list for "
                + "a subscription, a resource group or a --query that matches nothing"
        ]
    }

    static func name(_ text: String, _ file: String) throws(StoreError) -> Name {
        do throws(NameTextError) {
            return try Name(text: text)
        } catch {
            throw .refused("\(file): \"\(text)\" is not a domain name")
        }
    }
}
