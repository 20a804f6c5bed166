// A zone's tables: rows without references that link by index, and one array of octets. About 65
// octets per name with one address. No building here (ZoneBuilder) and no look-up (+Lookup).

public import DNSWire

/// The content of a zone in flat tables, made once and never changed.
///
/// It cannot be copied, so that borrowing it costs no retain; `Zone` owns it.
public struct ZoneTables: ~Copyable, Sendable {
    /// The origin's octets as spelled, the root's included.
    public let origin: Name
    /// The number of the origin's labels.
    let originLabels: Int
    /// The origin's octets in lower case.
    let foldedOrigin: [UInt8]
    /// What the owners' hashes are made with.
    public let hasher: NameHasher
    /// The apex first, then the other nodes in order of appearance.
    let nodes: [NodeRow]
    /// Ordered by node, then by type.
    let sets: [SetRow]
    /// For each record, ordered by set, the offset in `octets` of its length (two octets), which the
    /// data follow.
    let records: [UInt32]
    /// Owners, relative to the origin and as spelled, and data. Begins with the label `*`.
    let octets: [UInt8]
    /// All nodes by the hash of their whole name.
    let names: NameTable
    /// Nodes two and more labels below the apex that own records, one for each leftmost label.
    let leftmostLabels: NameTable
    /// The SOA record.
    public let soa: RecordSet
    /// The serial number of the SOA record.
    public let serial: UInt32
    /// The TTL of a negative answer: the smaller of the SOA's own and its MINIMUM (RFC 2308, section 5).
    public let negativeTTL: UInt32
    /// A hash of the content, equal in every process for equal content.
    public let fingerprint: ZoneFingerprint

    /// The number of records.
    public var recordCount: Int { records.count }
    /// The number of names, empty non-terminals included.
    public var nodeCount: Int { nodes.count }
}

/// A name of the zone.
struct NodeRow: BitwiseCopyable, Sendable {
    /// Where in the octets the owner starts: its labels without those of the origin.
    var owner: UInt32
    /// The first of its record sets; they end where those of the next node begin.
    var firstSet: UInt32
    /// The topmost node strictly above that is a zone cut or owns a DNAME; `none` without one.
    var barrier: UInt32
    /// The number of the owner's octets: 0 (the apex) to 254.
    var ownerCount: UInt8
    /// The number of the owner's labels, those of the origin not counted: 0 to 127.
    var labelCount: UInt8
    /// What is known of the node without looking at its sets.
    var traits: NodeTraits

    /// No node.
    static let none = UInt32.max
}

/// What a look-up must know of a node besides its records.
struct NodeTraits: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt8

    /// It owns NS records and is not the apex.
    static let zoneCut = NodeTraits(rawValue: 1)
    /// It owns a DNAME record.
    static let redirection = NodeTraits(rawValue: 2)
    /// Its child `*` exists.
    static let hasWildcard = NodeTraits(rawValue: 4)
}

/// The records of one owner and one type.
struct SetRow: BitwiseCopyable, Sendable {
    /// The place of its first record in `records`; the set's records follow one another.
    var firstRecord: UInt32
    /// The lowest TTL of the set.
    var ttl: UInt32
    /// The type's number.
    var type: RecordType
    /// The number of records: 1 to 65535.
    var count: UInt16
}

extension ZoneTables {
    /// The apex.
    public var apex: ZoneNode { ZoneNode(index: 0) }

    /// The node at `index`, from 0 to `nodeCount` - 1: the apex first, then in an order that depends
    /// on the zone's text alone.
    public func node(at index: Int) -> ZoneNode {
        precondition(index >= 0 && index < nodes.count, "no such node")
        return ZoneNode(index: UInt32(index))
    }

    /// The number of record sets of `node`; 0 for an empty non-terminal.
    public func setCount(of node: ZoneNode) -> Int { setRange(of: node.index).count }

    /// The record set of `node` at `index`, from 0 to `setCount(of:)` - 1, in order of type.
    public func recordSet(of node: ZoneNode, at index: Int) -> RecordSet {
        recordSet(row: setRange(of: node.index).lowerBound + index, node: node.index)
    }

    /// The uncompressed data of the record at `index`, from 0 to `set.count` - 1.
    @_lifetime(borrow self)
    public func data(of set: RecordSet, at index: Int) -> Span<UInt8> {
        precondition(index >= 0 && index < set.count, "no such record")
        let octets = octets.span
        let offset = Int(records.span[Int(set.first) + index])
        let count = Int(octets[offset]) << 8 | Int(octets[offset + 1])
        return octets.extracting((offset + 2)..<(offset + 2 + count))
    }

    /// The labels of the set's owner as spelled in the file, those of the origin and the root left
    /// out: empty for the apex.
    @_lifetime(borrow self)
    public func relativeOwner(of set: RecordSet) -> Span<UInt8> {
        relativeOwner(of: ZoneNode(index: set.node))
    }

    /// The labels of the node's name as spelled in the file, those of the origin and the root left
    /// out: empty for the apex.
    @_lifetime(borrow self)
    public func relativeOwner(of node: ZoneNode) -> Span<UInt8> {
        let row = nodes.span[Int(node.index)]
        return octets.span.extracting(
            Int(row.owner)..<(Int(row.owner) + Int(row.ownerCount)))
    }

    /// Makes `name` the owner of `set`, as spelled in the file, with the origin.
    public func copyOwner(of set: RecordSet, into name: inout NameBuffer) {
        copyName(of: ZoneNode(index: set.node), into: &name)
    }

    /// Makes `name` the whole name of `node`, as spelled in the file, with the origin.
    public func copyName(of node: ZoneNode, into name: inout NameBuffer) {
        var wire = InlineArray<256, UInt8>(repeating: 0)
        let relative = relativeOwner(of: node)
        let origin = origin.octets.span
        for index in relative.indices { wire[index] = relative[index] }
        for index in origin.indices { wire[relative.count + index] = origin[index] }
        do throws(WireError) {
            try name.read(from: wire.span, at: 0)
        } catch {
            preconditionFailure("a name of the tables was checked when it was added")
        }
    }

    /// The rows of the node's sets.
    func setRange(of node: UInt32) -> Range<Int> {
        let nodes = nodes.span
        let next = Int(node) + 1
        let end = next < nodes.count ? Int(nodes[next].firstSet) : sets.count
        return Int(nodes[Int(node)].firstSet)..<end
    }

    /// The set in the row at `row`, which belongs to `node`.
    func recordSet(row: Int, node: UInt32) -> RecordSet {
        let row = sets.span[row]
        return RecordSet(
            type: row.type, count: Int(row.count), ttl: row.ttl, node: node,
            first: row.firstRecord)
    }
}
