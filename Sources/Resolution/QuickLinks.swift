// The links that a question can be answered through as soon as its name is seen to end with the public suffix and
// the rest to be a name of the private zone. That is so where nothing else can have a say: no local zone at or
// above the public suffix, no other zone than the private one below its own suffix, and nothing else that the
// settings name below the public suffix and that the private zone has a counterpart of.

internal import DNSWire
internal import Zones

/// A table of such links by their public suffix.
///
/// It cannot be copied, so that borrowing it costs no retain.
struct QuickLinks: ~Copyable, Sendable {
    /// What is to be known of one link.
    struct Row: BitwiseCopyable, Sendable {
        /// The number of the private zone.
        var zone: Int32
        /// The TTL of the alias.
        var ttl: UInt32
        /// Where the folded public suffix is in the table's octets.
        var suffixStart: Int32
        var suffixCount: Int32
        /// The labels of the private suffix that the public one does not end with; the root as well, where they
        /// end alike in nothing else.
        var middleStart: Int32
        var middleCount: Int32
        /// How many octets of the public suffix come before what both end with; -1 where that is nothing.
        var ownCount: Int32
        /// Whether the names in the zone's SOA record have no label in common with the other names of a reply,
        /// so that a message has them as the zone does: not compressed.
        var copiesStart: Bool
    }

    private struct Slot: BitwiseCopyable, Sendable {
        /// The lower half of the suffix's hash.
        var tag: UInt32 = 0
        /// The place in `rows`; -1 in an empty slot.
        var row: Int32 = -1
    }

    private let hasher: NameHasher
    private var slots: [Slot]
    private var rows: [Row] = []
    private var octets: [UInt8] = []
    /// The numbers of labels of the suffixes, the greatest first.
    private var labelCounts: [Int] = []
    /// A bit for each type below 128 whose data hold names.
    private var namesBelow64: UInt64 = 0
    private var namesFrom64: UInt64 = 0

    /// An empty table for at most `count` links.
    init(count: Int, hasher: NameHasher) {
        self.hasher = hasher
        var size = 4
        while size < count * 2 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
        for fields in RecordDataFields.rows where fields.holdsNames {
            let number = UInt64(fields.type.rawValue)
            if number < 64 {
                namesBelow64 |= 1 << number
            } else {
                namesFrom64 |= 1 << (number - 64)
            }
        }
    }

    /// Adds a link whose public suffix is not in the table, and whose private zone is `zone`, of this number.
    private mutating func add(_ link: PrivateLink, _ zone: Zone, number: Int) {
        let suffix = link.publicSuffix.folded.octets
        let shared = Self.sharedOctets(suffix, link.privateSuffix.folded.octets)
        let own = link.privateSuffix.octets.dropLast(shared)
        rows.append(
            Row(
                zone: Int32(number), ttl: link.ttl, suffixStart: Int32(octets.count),
                suffixCount: Int32(suffix.count),
                middleStart: Int32(octets.count + suffix.count), middleCount: Int32(own.count),
                ownCount: shared == 0 ? -1 : Int32(suffix.count - shared),
                copiesStart: Self.copiesStart(of: zone.tables, link)))
        octets += suffix
        octets += own
        // So that any octet can be read as the first of two words.
        octets += [UInt8](repeating: 0, count: 16)
        let tag = UInt32(truncatingIfNeeded: hasher.hash(suffix.span))
        var index = Int(tag) & (slots.count - 1)
        while slots[index].row >= 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = Slot(tag: tag, row: Int32(rows.count - 1))
        let labels = link.publicSuffix.labelCount
        if labels > 0, !labelCounts.contains(labels) { labelCounts.append(labels) }
        labelCounts.sort(by: >)
    }

    /// How many octets the whole labels take that two folded names end with; 0 when that is the root alone.
    private static func sharedOctets(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var position = 0
        while left[position] != 0 {
            let rest = left.count - position
            if rest <= right.count, left[position...] == right[(right.count - rest)...] {
                if labelStarts(right).contains(right.count - rest) { return rest }
            }
            position += Int(left[position]) + 1
        }
        return 0
    }

    private static func labelStarts(_ name: [UInt8]) -> [Int] {
        var starts: [Int] = []
        var position = 0
        while name[position] != 0 {
            starts.append(position)
            position += Int(name[position]) + 1
        }
        return starts
    }

    /// Whether the two names that the zone's SOA record begins with end in different labels, and in others than
    /// the link's suffixes.
    private static func copiesStart(of zone: borrowing ZoneTables, _ link: PrivateLink) -> Bool {
        let data = zone.data(of: zone.firstRecord(of: zone.soa))
        var ends = [link.publicSuffix, link.privateSuffix].compactMap { $0.folded.labels.last }
        var position = 0
        for _ in 0..<2 {
            let start = position
            while data[position] != 0 { position += Int(data[position]) + 1 }
            position += 1
            guard let name = try? Name(wire: data.extracting(start..<position)) else {
                return false
            }
            guard let end = name.folded.labels.last else { continue }
            if ends.contains(end) { return false }
            ends.append(end)
        }
        return true
    }

    /// Whether a message has records of `type`, which is below 128, as the zone does: without a name in them that
    /// may have to be compressed.
    @inline(__always)
    borrowing func copiesRecords(of type: RecordType) -> Bool {
        let names = type.rawValue < 64 ? namesBelow64 : namesFrom64
        return names &>> UInt64(truncatingIfNeeded: type.rawValue & 63) & 1 == 0
    }

    /// The link whose public suffix the name of `question` in `message` is below, and where in the name that
    /// starts.
    @inline(__always)
    borrowing func find(
        _ question: PlainQuestion, in message: Span<UInt8>
    ) -> (row: Row, start: Int)? {
        for index in labelCounts.indices {
            guard let start = question.start(ofLast: labelCounts.span[index]) else { continue }
            let suffix = FoldedOctets(
                message, from: MessageHeader.size &+ start, size: question.nameSize &- start)
            let row = row(suffix, message)
            if row >= 0 { return (rows.span[row], start) }
        }
        return nil
    }

    /// The row of a suffix, or -1.
    @inline(__always)
    private borrowing func row(_ suffix: FoldedOctets, _ message: Span<UInt8>) -> Int {
        let slots = slots.span
        let rows = rows.span
        let tag = UInt32(truncatingIfNeeded: hasher.hash(suffix, in: message))
        var index = Int(tag) & (slots.count &- 1)
        while true {
            let slot = slots[index]
            if slot.row < 0 { return -1 }
            if slot.tag == tag {
                let row = Int(slot.row)
                if Int(rows[row].suffixCount) == suffix.size,
                    suffix.areHeld(by: octets.span, at: Int(rows[row].suffixStart), message)
                {
                    return row
                }
            }
            index = (index &+ 1) & (slots.count &- 1)
        }
    }

    /// Writes a reply with these records of the private zone; returns its size, or 0 when it does not fit.
    @inline(__always)
    borrowing func write(
        _ reply: LinkReply, to question: PlainQuestion, in message: Span<UInt8>, _ row: Row,
        records: Span<UInt8>, into room: inout MutableSpan<UInt8>
    ) -> Int {
        let start = Int(row.middleStart)
        let middle = octets.span.extracting(start..<(start &+ Int(row.middleCount)))
        return reply.write(
            to: question, in: message, middle: middle, records: records, into: &room)
    }
}

extension QuickLinks {
    /// The links among `links` that fulfil what is said above.
    init(_ links: [PrivateLink], _ zones: LoadedZones, hasher: NameHasher) {
        self.init(count: links.count, hasher: hasher)
        let below = Self.names(links, zones)
        var seen: Set<Name> = []
        for link in links where seen.insert(link.publicSuffix).inserted {
            guard zones.enclosing(link.publicSuffix) == nil,
                let only = zones.only(atOrBelow: link.privateSuffix), let zone = only.zone
            else { continue }
            let hasRival = (below[link.publicSuffix] ?? []).contains { suffix in
                let own = suffix.folded.octets.dropLast(link.publicSuffix.octets.count)
                return zone.tables.hasNode(Array(own))
            }
            if !hasRival { add(link, zone, number: only.number) }
        }
    }

    /// For each public suffix what else is named below it.
    private static func names(_ links: [PrivateLink], _ zones: LoadedZones) -> [Name: [Name]] {
        let publicSuffixes = Set(links.map(\.publicSuffix))
        var all = Set(zones.origins)
        for link in links { all.formUnion([link.publicSuffix, link.privateSuffix]) }
        var below: [Name: [Name]] = [:]
        for name in all {
            var ancestor = name.parent
            while let suffix = ancestor {
                if publicSuffixes.contains(suffix) { below[suffix, default: []].append(name) }
                ancestor = suffix.parent
            }
        }
        return below
    }
}
