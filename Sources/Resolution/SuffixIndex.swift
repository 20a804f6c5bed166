// Which local zone, link, special name and forward zone a name falls under. Each suffix knows what its
// ancestors would add, so that the innermost suffix of a name tells everything. The table is open-addressed
// and immutable; only label counts that occur in it are looked up.

internal import DNSWire

/// What stands at one suffix. Each number is an index into the snapshot's arrays, or -1.
struct SuffixEntry: BitwiseCopyable, Sendable {
    var zone: Int32 = -1
    var special: Int32 = -1
    /// The first of the links with this public suffix; they follow each other.
    var link: Int32 = -1
    var linkCount: Int32 = 0
    /// A link that has this private suffix.
    var privateOf: Int32 = -1
    var forward: Int32 = -1
    /// Whether `zone` is the private zone of a link.
    var isPrivateZone = false
}

/// The innermost of one kind of suffix: an index into one of the snapshot's arrays, or -1, and the number of
/// the suffix's labels.
struct InnermostSuffix: BitwiseCopyable, Sendable {
    var index: Int32 = -1
    var labelCount: UInt8 = 0
}

/// What holds for the names at and below one suffix.
struct SuffixRoute: BitwiseCopyable, Sendable {
    var zone = InnermostSuffix()
    var special = InnermostSuffix()
    var forward = InnermostSuffix()
    var privateOf = InnermostSuffix()
    /// The public suffix that names below are below, and how many links have it.
    var link = InnermostSuffix()
    var linkCount: Int32 = 0
    /// The public suffix that the suffix itself is below.
    var ownLink = InnermostSuffix()
    var ownLinkCount: Int32 = 0
    /// Whether the suffix is at or below a local zone that is the private zone of a link.
    var isInPrivateZone = false

    /// What holds for a suffix right below this one, where `entry` stands, of `labelCount` labels.
    func below(_ entry: SuffixEntry, labelCount: UInt8) -> SuffixRoute {
        var route = self
        route.ownLink = link
        route.ownLinkCount = linkCount
        if entry.link >= 0 {
            route.link = InnermostSuffix(index: entry.link, labelCount: labelCount)
            route.linkCount = entry.linkCount
        }
        if entry.zone >= 0 {
            route.zone = InnermostSuffix(index: entry.zone, labelCount: labelCount)
            if entry.isPrivateZone { route.isInPrivateZone = true }
        }
        if entry.special >= 0 {
            route.special = InnermostSuffix(index: entry.special, labelCount: labelCount)
        }
        if entry.forward >= 0 {
            route.forward = InnermostSuffix(index: entry.forward, labelCount: labelCount)
        }
        if entry.privateOf >= 0 {
            route.privateOf = InnermostSuffix(index: entry.privateOf, labelCount: labelCount)
        }
        return route
    }
}

/// A flat hash table from suffixes to what stands at them.
struct SuffixIndex: Sendable {
    private struct Slot: BitwiseCopyable, Sendable {
        /// The lower half of the hash.
        var tag: UInt32 = 0
        /// The place in `rows`; -1 in an empty slot.
        var row: Int32 = -1
    }

    private struct Row: BitwiseCopyable, Sendable {
        var nameStart: UInt32
        var nameCount: UInt8
        var entry: SuffixEntry
        var route: SuffixRoute
    }

    private var slots: [Slot]
    private var rows: [Row] = []
    private var octets: [UInt8] = []
    /// A bit for each number of labels that any suffix has.
    private var labelCounts: UInt128 = 0

    /// An index of `entries`, whose names are all different, hashed like the names asked later.
    init(_ entries: [(name: Name, entry: SuffixEntry)], hasher: NameHasher) {
        var capacity = 8
        while capacity < entries.count * 2 { capacity *= 2 }
        slots = Array(repeating: Slot(), count: capacity)
        var buffer = NameBuffer(hasher: hasher)
        // Ancestors first.
        for (name, entry) in entries.sorted(by: { $0.name.labelCount < $1.name.labelCount }) {
            buffer.set(name)
            let parent = enclosingRow(buffer, fromLabel: 1)
            let above = parent.map { rows[$0.row].route } ?? SuffixRoute()
            insert(
                buffer, entry,
                above.below(entry, labelCount: UInt8(truncatingIfNeeded: buffer.labelCount)))
        }
    }

    private mutating func insert(
        _ name: borrowing NameBuffer, _ entry: SuffixEntry, _ route: SuffixRoute
    ) {
        labelCounts |= 1 << UInt128(name.labelCount)
        let tag = UInt32(truncatingIfNeeded: name.hash)
        var index = Int(tag) & (slots.count - 1)
        while slots[index].row >= 0 { index = (index + 1) & (slots.count - 1) }
        slots[index] = Slot(tag: tag, row: Int32(rows.count))
        rows.append(
            Row(
                nameStart: UInt32(octets.count), nameCount: UInt8(name.count), entry: entry,
                route: route))
        for octet in 0..<name.count { octets.append(name.folded[octet]) }
    }

    /// What stands at the suffix of `name` that starts with label `label`, if anything does.
    func entry(_ name: borrowing NameBuffer, fromLabel label: Int) -> SuffixEntry? {
        let row = row(name, fromLabel: label)
        return row >= 0 ? rows.span[row].entry : nil
    }

    /// What holds at the innermost suffix of `name`, and the label that it starts with; nil without any.
    @inline(__always)
    func route(_ name: borrowing NameBuffer) -> (route: SuffixRoute, label: Int)? {
        guard let found = enclosingRow(name, fromLabel: 0) else { return nil }
        return (rows.span[found.row].route, found.label)
    }

    /// The innermost suffix of `name` that starts with label `first` or a later one.
    @inline(__always)
    private func enclosingRow(
        _ name: borrowing NameBuffer, fromLabel first: Int
    ) -> (row: Int, label: Int)? {
        var label = first
        while label <= name.labelCount {
            let row = row(name, fromLabel: label)
            if row >= 0 { return (row, label) }
            label += 1
        }
        return nil
    }

    /// The row of the suffix of `name` that starts with label `label`, or -1.
    @inline(__always)
    private func row(_ name: borrowing NameBuffer, fromLabel label: Int) -> Int {
        let bit = UInt128(truncatingIfNeeded: 1) &<< UInt128(name.labelCount - label)
        guard labelCounts & bit != 0 else { return -1 }
        let slots = slots.span
        let tag = UInt32(truncatingIfNeeded: name.hash(fromLabel: label))
        var index = Int(tag) & (slots.count - 1)
        while true {
            let slot = slots[index]
            if slot.row < 0 { return -1 }
            if slot.tag == tag, matches(Int(slot.row), name, label) { return Int(slot.row) }
            index = (index + 1) & (slots.count - 1)
        }
    }

    @inline(__always)
    private func matches(_ row: Int, _ name: borrowing NameBuffer, _ label: Int) -> Bool {
        let rows = rows.span
        let start = Int(rows[row].nameStart)
        let suffix = octets.span.extracting(start..<(start + Int(rows[row].nameCount)))
        return name.suffix(fromLabel: label, equals: suffix)
    }
}
