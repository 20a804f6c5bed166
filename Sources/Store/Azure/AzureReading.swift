// What outputs of az say, whatever their shape: addresses of names, record sets of zones, names that ought to exist,
// and what is to be told about them.

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

    /// `network interface NAME (FILE)`.
    public var label: String { "\(kind) \(name) (\(file))" }

    /// Whether somebody means this source by `word`.
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
    /// Who says so.
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
    /// Who says so.
    public let source: AzureSource
}

/// Everything that was read.
public struct AzureReading: Sendable {
    /// Addresses of names.
    public internal(set) var addresses: [AddressStatement] = []
    /// Record sets of zones.
    public internal(set) var recordSets: [RecordSetStatement] = []
    /// Zones whose whole content was read.
    public internal(set) var wholeZones: [Name: AzureSource] = [:]
    /// Names that ought to exist.
    public internal(set) var expected: [(name: Name, source: AzureSource)] = []
    /// Sources that lack a part of what they have, so that silence says nothing.
    public internal(set) var incomplete: Set<AzureSource> = []
    /// What people should know, each a sentence.
    public internal(set) var notes: [String] = []

    /// Nothing yet.
    public init() {}

    /// The most octets that are read of one file.
    public static let limit = 256 << 20

    /// Reads the output of one or more commands; told apart by its content.
    ///
    /// `zone` is the zone of a master file that does not tell it.
    public mutating func read(
        _ octets: [UInt8], file: String, zone: Name? = nil
    ) throws(StoreError) {
        guard let text = Self.decoded(octets) else {
            throw .refused("\(file): this is neither UTF-8 nor UTF-16")
        }
        let first = text.first { $0 != 0x20 && !(0x09...0x0D).contains($0) }
        switch first {
        case nil: throw .refused("\(file): the output is empty")
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let values: [JSONValue]
            do throws(JSONReader.Fault) {
                values = try JSONReader.readAll(text)
            } catch {
                throw .refused("\(file):\(error.line):\(error.column): \(error.sentence)")
            }
            for value in values { try readValue(value, file) }
        default: try readMasterFile(text, file, zone)
        }
    }

    /// The octets as UTF-8 without a mark at the start; PowerShell writes UTF-16.
    private static func decoded(_ octets: [UInt8]) -> [UInt8]? {
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(octets.dropFirst(3)) }
        let isLittle = octets.starts(with: [0xFF, 0xFE])
        guard isLittle || octets.starts(with: [0xFE, 0xFF]) else { return octets }
        guard octets.count.isMultiple(of: 2) else { return nil }
        let units = stride(from: 2, to: octets.count, by: 2).map { index in
            let (low, high) =
                isLittle
                ? (octets[index], octets[index + 1]) : (octets[index + 1], octets[index])
            return UInt16(high) << 8 | UInt16(low)
        }
        guard let text = String(validating: units, as: UTF16.self) else { return nil }
        return Array(text.utf8)
    }
}
