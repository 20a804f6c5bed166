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
struct FastPathTable: ~Copyable, Sendable {
    /// One link, or an empty slot.
    struct Row: BitwiseCopyable, Sendable {
        /// The number of bytes of the public suffix; 0 in an empty slot.
        var suffixSize: UInt8 = 0
        /// Whether the names in the zone's SOA record have no label in common with the other names of a reply,
        /// so that a message has them as the zone does: not compressed.
        var copiesStart = false
        /// The number of the private zone.
        var zone: Int32 = 0
        /// Where the folded public suffix is in the table's bytes.
        var suffixStart: Int32 = 0
        /// Its first sixteen bytes, followed by zeros.
        var suffixWord: UInt128 = 0
        /// The alias record.
        var alias = AliasTemplate()
    }

    /// What does not depend on the links.
    private final class Facts: Sendable {
        /// A bit for each type below 128 whose data hold names.
        let namesBelow64: UInt64
        let namesFrom64: UInt64

        init() {
            var names: (UInt64, UInt64) = (0, 0)
            for fields in RecordDataFields.rows where fields.holdsNames {
                let number = UInt64(fields.type.rawValue)
                if number < 64 { names.0 |= 1 << number } else { names.1 |= 1 << (number - 64) }
            }
            (namesBelow64, namesFrom64) = names
        }
    }

    private let facts: Facts
    /// Open-addressed, with a power of two of slots, half of them empty.
    private var rows: [Row]
    /// Suffixes and parts of them.
    private(set) var octets: [UInt8] = []
    /// The numbers of labels of the suffixes, one byte each, the greatest lowest.
    private var labelCounts: UInt64 = 0

    /// An empty table for at most `count` links.
    private init(count: Int) {
        facts = Facts()
        var size = 4
        while size < count * 2 { size *= 2 }
        rows = Array(repeating: Row(), count: size)
    }

    /// Adds a link whose public suffix is not in the table, and whose private zone is `zone`, of this number.
    private mutating func add(_ link: PrivateLink, _ zone: Zone, number: Int) {
        let suffix = link.publicSuffix.folded.octets
        let start = octets.count
        octets += suffix
        octets += link.middle
        // So that any byte can be read as the first of sixteen.
        octets += [UInt8](repeating: 0, count: 16)
        var row = Self.row(link, octets.span, suffixAt: start)
        row.copiesStart = Self.copiesStart(of: zone.tables, link)
        row.zone = Int32(number)
        var place = Self.place(of: row.suffixWord, row.suffixSize, among: rows.count)
        while rows[place].suffixSize > 0 { place = (place + 1) & (rows.count - 1) }
        rows[place] = row
        note(labelCount: link.publicSuffix.labelCount)
    }

    /// What a row has from a link alone.
    private static func row(
        _ link: PrivateLink, _ octets: Span<UInt8>, suffixAt start: Int
    ) -> Row {
        let size = link.publicSuffix.octets.count
        let shared = link.sharedOctets
        var row = Row()
        row.suffixSize = UInt8(size)
        row.suffixStart = Int32(start)
        row.suffixWord = octets.doubleWord(at: start) & mask(row.suffixSize)
        row.alias = AliasTemplate(
            ttl: link.ttl, middle: octets, at: start + size, size: UInt8(link.middle.count),
            own: shared == 0 ? nil : UInt8(size - shared))
        return row
    }

    /// The first slot of the search for a suffix with this size and these first bytes, at most
    /// sixteen. Settings determine the content of the table, so it needs no keyed hash against
    /// collisions.
    @inline(__always)
    private static func place(of beginning: UInt128, _ size: UInt8, among count: Int) -> Int {
        let caseBits: UInt64 = 0x2020_2020_2020_2020
        let first = UInt64(truncatingIfNeeded: beginning) | caseBits
        let second = UInt64(truncatingIfNeeded: beginning &>> 64) | caseBits
        let mixed = (first &+ UInt64(size)) ^ (second &* 0xE703_7ED1_A0B4_28DB)
        return Int(truncatingIfNeeded: mixed.folded) & (count &- 1)
    }

    /// The first bytes, at most sixteen.
    @inline(__always)
    private static func mask(_ size: UInt8) -> UInt128 {
        UInt128.max &>> UInt128(truncatingIfNeeded: 128 &- 8 &* min(Int(size), 16))
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

    /// The slot of the link whose public suffix is above the name of `question` in `message`, which
    /// has an ordinary type, and the suffix's offset in the name; -1 if there is none.
    @inline(__always)
    borrowing func find(
        _ question: PlainQuestion, in message: Span<UInt8>
    ) -> (place: Int, start: UInt8) {
        var counts = labelCounts
        while counts != 0 {
            let count = UInt8(truncatingIfNeeded: counts)
            counts &>>= 8
            guard let start = question.start(ofLast: count) else { continue }
            let place = place(
                ofSuffix: question.nameSize &- start, at: MessageHeader.size &+ Int(start), message)
            if place >= 0 { return (place, start) }
        }
        return (-1, 0)
    }

    /// The slot of the suffix of this size at `start` in `message`, or -1.
    @inline(__always)
    private borrowing func place(
        ofSuffix size: UInt8, at start: Int, _ message: Span<UInt8>
    ) -> Int {
        let suffix = message.doubleWord(at: start) & Self.mask(size)
        var place = Self.place(of: suffix, size, among: rows.count)
        while rows[place].suffixSize > 0 {
            if rows[place].suffixSize == size {
                let isAlike = suffix == rows[place].suffixWord && size <= 16
                if isAlike || isHeld(message, at: start, by: place) { return place }
            }
            place = (place &+ 1) & (rows.count &- 1)
        }
        return -1
    }

    /// Whether the suffix at `start` in `message`, which has the right size, equals that of the row
    /// at `place` when folded.
    @inline(never)
    private borrowing func isHeld(
        _ message: Span<UInt8>, at start: Int, by place: Int
    ) -> Bool {
        let row = rows[place]
        return message.matches(
            at: start, octets.span, at: Int(row.suffixStart), size: Int(row.suffixSize))
    }

    /// The link in a found slot.
    @inline(__always)
    borrowing func row(at place: Int) -> Row { rows[place] }
}

extension FastPathTable {
    /// The links among `links` that fulfil what is said above.
    init(_ links: [PrivateLink], _ zones: LoadedZones) {
        self.init(count: links.count)
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
