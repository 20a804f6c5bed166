// What a zone holds, as record sets by owner and type: what edits, differences and checks are made of. Tools
// work with it; the daemon serves from the flat tables of Zones.

public import DNSWire
public import Zones

/// The owner and type of a record set.
public struct RecordSetKey: Hashable, Sendable, Comparable {
    /// The owner; compared case-insensitively.
    public var owner: Name
    /// The type.
    public var type: RecordType

    /// A key.
    public init(owner: Name, type: RecordType) {
        self.owner = owner
        self.type = type
    }

    /// Canonical order of owners, then order of types.
    public static func < (left: RecordSetKey, right: RecordSetKey) -> Bool {
        left.owner == right.owner
            ? left.type.rawValue < right.type.rawValue : left.owner < right.owner
    }
}

/// The TTL and the data of a record set.
public struct RecordSetContent: Sendable {
    /// The seconds that its records may be kept.
    public var ttl: UInt32
    /// The data of its records, uncompressed, each once.
    public var data: [[UInt8]]

    /// A record set.
    public init(ttl: UInt32, data: [[UInt8]]) {
        self.ttl = ttl
        self.data = data
    }

    /// Whether one of the records has data like these.
    public func holds(_ other: [UInt8], of type: RecordType) -> Bool {
        data.contains { RecordDataLayout.isSame($0.span, other.span, of: type) }
    }

    /// Whether the sets have the same data in any order; TTLs are not compared.
    public func hasSameData(as other: RecordSetContent, of type: RecordType) -> Bool {
        data.count == other.data.count && data.allSatisfy { other.holds($0, of: type) }
    }
}

/// Everything in a zone.
public struct ZoneContent: Sendable {
    /// The apex.
    public let origin: Name
    /// The record sets, the SOA's included.
    public var sets: [RecordSetKey: RecordSetContent] = [:]

    /// A zone without records.
    public init(origin: Name) { self.origin = origin }

    /// The content of a zone.
    public init(_ zone: Zone) {
        self.init(origin: zone.origin)
        fill(zone.tables)
    }

    private mutating func fill(_ tables: borrowing ZoneTables) {
        tables.forEachSet { key, set, _ in sets[key] = tables.content(of: set) }
    }

    /// The number of records other than the SOA record.
    var ordinaryRecordCount: Int {
        sets.reduce(0) { $0 + ($1.key.type == .soa ? 0 : $1.value.data.count) }
    }

    /// The keys in canonical order, the SOA's first.
    public var sortedKeys: [RecordSetKey] {
        let soa = RecordSetKey(owner: origin, type: .soa)
        let sortable = sets.keys.filter { $0 != soa }.map {
            (name: SortableName($0.owner), type: $0.type.rawValue, key: $0)
        }
        let sorted = sortable.sorted { left, right in
            left.name == right.name ? left.type < right.type : left.name < right.name
        }
        return (sets[soa] == nil ? [] : [soa]) + sorted.map(\.key)
    }

    /// The whole zone as a zone file in canonical form: absolute names, one record a line, the SOA first,
    /// then in canonical order of names (RFC 4034, section 6.1), of types and of data.
    public var canonicalText: [UInt8] {
        var printer = RecordPrinter()
        printCanonically(with: &printer)
        return printer.text
    }

    /// Prints all records in canonical order.
    func printCanonically(with printer: inout RecordPrinter) {
        for key in sortedKeys {
            guard let set = sets[key] else { continue }
            let data = set.data.sorted { $0.lexicographicallyPrecedes($1) }
            for data in data {
                printer.append(
                    owner: key.owner.octets.span, ttl: set.ttl, type: key.type, data: data.span)
            }
        }
    }
}

extension ZoneTables {
    /// Gives every record set with its key and its owner to `body`.
    borrowing func forEachSet(
        _ body: (RecordSetKey, RecordSet, borrowing NameBuffer) -> Void
    ) {
        var buffer = NameBuffer(hasher: hasher)
        var nextNode: ZoneNode? = apex
        while let node = nextNode {
            nextNode = self.node(after: node)
            var nextSet = firstSet(of: node)
            if nextSet == nil { continue }
            copyName(of: node, into: &buffer)
            let owner = Name(buffer)
            while let set = nextSet {
                nextSet = self.set(after: set)
                body(RecordSetKey(owner: owner, type: set.type), set, buffer)
            }
        }
    }

    /// The TTL and data of a record set.
    borrowing func content(of set: RecordSet) -> RecordSetContent {
        var content = RecordSetContent(ttl: set.ttl, data: [])
        var nextRecord: StoredRecord? = firstRecord(of: set)
        while let record = nextRecord {
            nextRecord = self.record(after: record)
            content.data.append([UInt8](copying: data(of: record)))
        }
        return content
    }

    /// The TTL and data of the set that a name owns; nil if it owns none of the type.
    borrowing func content(
        of name: borrowing NameBuffer, _ type: RecordType
    ) -> RecordSetContent? {
        guard let set = glue(of: name, type: type) else { return nil }
        return content(of: set)
    }
}

/// A name as bytes whose plain order is the canonical order of names.
public struct SortableName: Comparable {
    private let octets: [UInt8]

    /// The key of a name.
    public init(_ name: Name) {
        var octets: [UInt8] = []
        for label in name.labels.reversed() {
            for octet in label {
                octets.append(octet.lowercasedASCII)
                // A zero byte differs from the end of a label.
                if octet == 0 { octets.append(1) }
            }
            octets.append(0)
            octets.append(0)
        }
        self.octets = octets
    }

    /// Canonical order (RFC 4034, section 6.1).
    public static func < (left: SortableName, right: SortableName) -> Bool {
        left.octets.lexicographicallyPrecedes(right.octets)
    }
}
