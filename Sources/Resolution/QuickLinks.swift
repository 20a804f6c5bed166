// The links that a question can be answered through as soon as its name is seen to end with the public suffix and
// the rest to be a name of the private zone. That is so where nothing else can have a say: no local zone at or
// above the public suffix, no other zone than the private one below its own suffix, and nothing else that the
// settings name below the public suffix and that the private zone has a counterpart of.

internal import DNSWire
internal import Zones

/// A table of such links by their public suffix.
///
/// It cannot be copied, so that borrowing it costs no retain, and is of four words, so that passing it costs no copy
/// in memory.
struct QuickLinks: ~Copyable, Sendable {
    /// One link, or an empty place.
    struct Row: BitwiseCopyable, Sendable {
        /// The lower half of the suffix's hash.
        var tag: UInt32 = 0
        /// The number of the private zone; -1 in an empty place.
        var zone: Int32 = -1
        /// The TTL of the alias.
        var ttl: UInt32 = 0
        /// Where the folded public suffix is in the table's octets.
        var suffixStart: Int32 = 0
        var suffixCount: Int32 = 0
        /// The labels of the private suffix that the public one does not end with; the root as well, where they
        /// end alike in nothing else.
        var middleStart: Int32 = 0
        var middleCount: Int32 = 0
        /// How many octets of the public suffix come before what both end with; -1 where that is nothing.
        var ownCount: Int32 = 0
        /// Whether the names in the zone's SOA record have no label in common with the other names of a reply,
        /// so that a message has them as the zone does: not compressed.
        var copiesStart = false
    }

    /// What does not depend on the links.
    private final class Facts: Sendable {
        let hasher: NameHasher
        /// A bit for each type below 128 whose data hold names.
        let namesBelow64: UInt64
        let namesFrom64: UInt64

        init(_ hasher: NameHasher) {
            self.hasher = hasher
            var names: (UInt64, UInt64) = (0, 0)
            for fields in RecordDataFields.rows where fields.holdsNames {
                let number = UInt64(fields.type.rawValue)
                if number < 64 { names.0 |= 1 << number } else { names.1 |= 1 << (number - 64) }
            }
            (namesBelow64, namesFrom64) = names
        }
    }

    private let facts: Facts
    /// Open-addressed, half of it empty.
    private var rows: [Row]
    /// Suffixes and parts of them.
    private(set) var octets: [UInt8] = []
    /// The numbers of labels of the suffixes, one octet each, the greatest lowest.
    private var labelCounts: UInt64 = 0

    /// An empty table for at most `count` links.
    private init(count: Int, hasher: NameHasher) {
        facts = Facts(hasher)
        var size = 4
        while size < count * 2 { size *= 2 }
        rows = Array(repeating: Row(), count: size)
    }

    /// Adds a link whose public suffix is not in the table, and whose private zone is `zone`, of this number.
    private mutating func add(_ link: PrivateLink, _ zone: Zone, number: Int) {
        let suffix = link.publicSuffix.folded.octets
        let shared = link.sharedOctets
        let own = link.middle
        let row = Row(
            tag: UInt32(truncatingIfNeeded: facts.hasher.hash(suffix.span)), zone: Int32(number),
            ttl: link.ttl, suffixStart: Int32(octets.count), suffixCount: Int32(suffix.count),
            middleStart: Int32(octets.count + suffix.count), middleCount: Int32(own.count),
            ownCount: shared == 0 ? -1 : Int32(suffix.count - shared),
            copiesStart: Self.copiesStart(of: zone.tables, link))
        octets += suffix
        octets += own
        // So that any octet can be read as the first of two words.
        octets += [UInt8](repeating: 0, count: 16)
        var index = Int(row.tag) & (rows.count - 1)
        while rows[index].zone >= 0 { index = (index + 1) & (rows.count - 1) }
        rows[index] = row
        note(labelCount: link.publicSuffix.labelCount)
    }

    private mutating func note(labelCount: Int) {
        var counts = Set((0..<8).map { Int(labelCounts >> UInt64(8 * $0) & 0xFF) })
        counts.insert(labelCount)
        labelCounts = counts.subtracting([0]).sorted().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Whether the two names that the zone's SOA record begins with end in different labels, and in others than
    /// the link's suffixes.
    private static func copiesStart(of zone: borrowing ZoneTables, _ link: PrivateLink) -> Bool {
        let data = zone.data(of: zone.firstRecord(of: zone.soa))
        var ends = [link.publicSuffix, link.privateSuffix].compactMap { $0.folded.labels.last }
        var position = 0
        for _ in 0..<2 {
            let start = position
            guard let next = try? MessageReader.endOfName(in: data, at: start),
                let name = try? Name(wire: data.extracting(start..<next))
            else { return false }
            position = next
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
        let names = type.rawValue < 64 ? facts.namesBelow64 : facts.namesFrom64
        return names &>> UInt64(truncatingIfNeeded: type.rawValue & 63) & 1 == 0
    }

    /// The place of the link whose public suffix the name of `question` in `message` is below, and where in the
    /// name that starts; -1 when there is none.
    @inline(__always)
    borrowing func find(
        _ question: PlainQuestion, in message: Span<UInt8>
    ) -> (place: Int, start: Int) {
        var counts = labelCounts
        while counts != 0 {
            let count = Int(truncatingIfNeeded: counts & 0xFF)
            counts &>>= 8
            guard let start = question.start(ofLast: count) else { continue }
            let suffix = SoughtOctets(
                message, from: MessageHeader.size &+ start, size: question.nameSize &- start)
            let place = place(of: suffix, message)
            if place >= 0 { return (place, start) }
        }
        return (-1, 0)
    }

    /// The place of a suffix, or -1.
    @inline(__always)
    private borrowing func place(of suffix: SoughtOctets, _ message: Span<UInt8>) -> Int {
        let rows = rows.span
        let tag = UInt32(truncatingIfNeeded: suffix.hash(facts.hasher, in: message))
        var place = Int(tag) & (rows.count &- 1)
        while rows[place].zone >= 0 {
            if rows[place].tag == tag, Int(rows[place].suffixCount) == suffix.size,
                suffix.areHeld(by: octets.span, at: Int(rows[place].suffixStart), message)
            {
                return place
            }
            place = (place &+ 1) & (rows.count &- 1)
        }
        return -1
    }

    /// The link at a place that was found.
    @inline(__always)
    borrowing func row(at place: Int) -> Row { rows.span[place] }
}

extension QuickLinks {
    /// The links among `links` that fulfil what is said above.
    init(_ links: [PrivateLink], _ zones: LoadedZones, hasher: NameHasher) {
        self.init(count: links.count, hasher: hasher)
        let below = Self.names(links, zones)
        var seen: Set<Name> = []
        for link in links where seen.insert(link.publicSuffix).inserted {
            guard (1...PlainQuestion.furthestLabel).contains(link.publicSuffix.labelCount),
                zones.enclosing(link.publicSuffix) == nil,
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
