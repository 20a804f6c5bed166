// A zone's tables: one array of bytes with a node for each name, and two hash tables that say where the
// nodes are. About 60 bytes per name with one address. No building here (ZoneBuilder) and no lookup
// (+Lookup).
//
// A node is a sequence of bytes, so a lookup touches a slot of the hash table and then one memory
// location:
//
//     traits (1)  labels (1)  bytes of the owner (1)  record sets (2)
//     cut (4), only with the trait belowCut
//     the owner relative to the origin, in lower case, without the root
//     the same as spelled, only with the trait isSpelled
//     for each record set, in order of type:
//         bytes of its records (4)  records (2)
//         for each record, as a message has it after the owner:
//             type (2)  class (2)  TTL (4)  length of the data (2)  data
//
// The records' numbers are in network order, all others have the lowest byte first.

public import DNSWire

/// The content of a zone in flat tables, made once and never changed.
///
/// It cannot be copied, so that borrowing it costs no retain, and is of four words, so that passing it costs
/// no copy in memory; `Zone` owns it.
public struct ZoneTables: ~Copyable, Sendable {
    /// The label `*`, then the nodes: the apex first, the others in order of appearance. Zeros end them, so
    /// that any byte of a node can be read as the first of four words.
    let octets: [UInt8]
    /// All nodes by the hash of their folded owners.
    let names: NameTable
    /// Nodes two and more labels below the apex that own records, one for each leftmost label.
    let leftmostLabels: NameTable
    /// All else.
    let facts: ZoneFacts
}

extension ZoneTables {
    /// The origin's bytes in original case, including the root's.
    public var origin: Name { facts.origin }
    /// What the owners' hashes are made with.
    public var hasher: NameHasher { facts.hasher }
    /// The SOA record.
    public var soa: RecordSet { facts.soa }
    /// The serial number of the SOA record.
    public var serial: UInt32 { facts.serial }
    /// The TTL of a negative answer: the smaller of the SOA's own and its MINIMUM (RFC 2308, section 5).
    public var negativeTTL: UInt32 { facts.negativeTTL }
    /// The number of records.
    public var recordCount: Int { facts.recordCount }
    /// The number of names, empty non-terminals included.
    public var nodeCount: Int { facts.nodeCount }
    /// A hash of the content, equal in every process for equal content.
    public var fingerprint: ZoneFingerprint { facts.fingerprint }
}

extension ZoneTables {
    /// The apex.
    public var apex: ZoneNode { .apex }

    /// The node that follows, in an order that depends on the zone's text alone; nil after the last.
    public func node(after node: ZoneNode) -> ZoneNode? {
        let octets = octets.span
        let head = NodeHead(octets.word(at: Int(node.place)), at: Int(node.place))
        var place = head.sets
        for _ in 0..<head.setCount {
            place += NodeHead.setSize + Int(octets.halfWord(at: place))
        }
        return place + NodeHead.padding < octets.count ? ZoneNode(place: UInt32(place)) : nil
    }

    /// The first record set of `node`, in order of type; nil for an empty non-terminal.
    public func firstSet(of node: ZoneNode) -> RecordSet? {
        let octets = octets.span
        let head = NodeHead(octets.word(at: Int(node.place)), at: Int(node.place))
        if head.setCount == 0 { return nil }
        return RecordSet(
            octets.word(at: head.sets), at: head.sets, node: node.place, octets: octets,
            followers: head.setCount - 1)
    }

    /// The record set of the same node that follows `set`.
    public func set(after set: RecordSet) -> RecordSet? {
        if set.followers == 0 { return nil }
        let octets = octets.span
        let place = Int(set.first) + Int(set.size)
        return RecordSet(
            octets.word(at: place), at: place, node: set.node, octets: octets,
            followers: Int(set.followers) - 1)
    }

    /// The first record of `set`.
    @inline(__always)
    public func firstRecord(of set: RecordSet) -> StoredRecord {
        record(at: Int(set.first), end: Int(set.first) + Int(set.size))
    }

    /// The record of the same set that follows `record`.
    @inline(__always)
    public func record(after record: StoredRecord) -> StoredRecord? {
        record.next < record.end ? self.record(at: Int(record.next), end: Int(record.end)) : nil
    }

    @inline(__always)
    private func record(at place: Int, end: Int) -> StoredRecord {
        let octets = octets.span
        let count = Int(octets[place + 8]) << 8 | Int(octets[place + 9])
        return StoredRecord(
            place: UInt32(place), next: UInt32(place + StoredRecord.headSize + count),
            end: UInt32(end))
    }

    /// A record as in a message after its owner: type, class, TTL, length and uncompressed data.
    @_lifetime(borrow self)
    @inline(__always)
    public func encoded(_ record: StoredRecord) -> Span<UInt8> {
        octets.span.extracting(Int(record.place)..<Int(record.next))
    }

    /// The uncompressed data of a record.
    @_lifetime(borrow self)
    @inline(__always)
    public func data(of record: StoredRecord) -> Span<UInt8> {
        octets.span.extracting((Int(record.place) + StoredRecord.headSize)..<Int(record.next))
    }

    /// The labels of the node's name in the file's case, without those of the origin and the root;
    /// empty for the apex.
    @_lifetime(borrow self)
    public func relativeOwner(of node: ZoneNode) -> Span<UInt8> {
        let octets = octets.span
        let head = NodeHead(octets.word(at: Int(node.place)), at: Int(node.place))
        return octets.extracting(head.spelling..<(head.spelling + head.ownerCount))
    }

    /// Sets `name` to the whole name of `node` in the file's case, with the origin.
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
}
