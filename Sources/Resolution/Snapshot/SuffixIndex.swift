// Finds the local zone, link, special name and forward zone of a name. Each suffix includes what
// its ancestors add, so the innermost suffix of a name is enough. The table is open-addressed and
// immutable; only label counts that occur in it are looked up.

internal import DNSWire

/// The entry of one suffix. Each number is an index into the snapshot's arrays, or -1.
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

/// What holds for the names at and below one suffix: the innermost suffix of each kind, by an index into one
/// of the snapshot's arrays or -1, and by the number of its labels.
struct SuffixRoute: BitwiseCopyable, Sendable {
    var zone: Int32 = -1
    var special: Int32 = -1
    var forward: Int32 = -1
    var privateOf: Int32 = -1
    /// The first link whose public suffix the names below are below.
    var link: Int32 = -1
    /// The first link whose public suffix the suffix itself is below.
    var ownLink: Int32 = -1
    var zoneLabels: UInt8 = 0
    var specialLabels: UInt8 = 0
    var forwardLabels: UInt8 = 0
    var privateOfLabels: UInt8 = 0
    var linkLabels: UInt8 = 0
    var ownLinkLabels: UInt8 = 0
    /// Whether the suffix is at or below a local zone that is the private zone of a link.
    var isInPrivateZone = false

    /// The entry for a suffix of `labels` labels below this one, which has `entry`.
    func below(_ entry: SuffixEntry, labels: UInt8) -> SuffixRoute {
        var route = self
        route.ownLink = link
        route.ownLinkLabels = linkLabels
        if entry.link >= 0 { (route.link, route.linkLabels) = (entry.link, labels) }
        if entry.zone >= 0 { (route.zone, route.zoneLabels) = (entry.zone, labels) }
        if entry.special >= 0 { (route.special, route.specialLabels) = (entry.special, labels) }
        if entry.forward >= 0 { (route.forward, route.forwardLabels) = (entry.forward, labels) }
        if entry.privateOf >= 0 {
            (route.privateOf, route.privateOfLabels) = (entry.privateOf, labels)
        }
        if entry.isPrivateZone { route.isInPrivateZone = true }
        return route
    }
}

/// A flat hash table from suffixes to their entries.
struct SuffixIndex: Sendable {
    private struct Slot: BitwiseCopyable, Sendable {
        /// The lower half of the hash.
        var tag: UInt32 = 0
        /// The index in `rows`; -1 in an empty slot.
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
    /// For each number of labels, whether any suffix has it.
    private var hasLabelCount = [Bool](repeating: false, count: NameBuffer.maximumLabels + 1)

    /// An index of `entries`, whose names are all different, hashed like the names asked later.
    init(_ entries: [(name: Name, entry: SuffixEntry)], hasher: NameHasher) {
        var capacity = 8
        while capacity < entries.count * 2 { capacity *= 2 }
        slots = Array(repeating: Slot(), count: capacity)
        var buffer = NameBuffer(hasher: hasher)
        // Ancestors first.
        for (name, entry) in entries.sorted(by: { $0.name.labelCount < $1.name.labelCount }) {
            buffer.set(name)
            var label = 1
            while label <= buffer.labelCount, row(buffer, fromLabel: label) < 0 { label += 1 }
            let parent = label <= buffer.labelCount ? row(buffer, fromLabel: label) : -1
            let above = parent >= 0 ? rows[parent].route : SuffixRoute()
            let labels = UInt8(truncatingIfNeeded: buffer.labelCount)
            insert(buffer, entry, above.below(entry, labels: labels))
        }
    }

    private mutating func insert(
        _ name: borrowing NameBuffer, _ entry: SuffixEntry, _ route: SuffixRoute
    ) {
        hasLabelCount[name.labelCount] = true
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

    /// The entry of the suffix of `name` that starts with label `label`, if there is one.
    func entry(_ name: borrowing NameBuffer, fromLabel label: Int) -> SuffixEntry? {
        let row = row(name, fromLabel: label)
        return row >= 0 ? rows.span[row].entry : nil
    }

    /// Where `name` falls.
    @inline(__always)
    func route(_ name: borrowing NameBuffer) -> Route {
        var label = 0
        while label <= name.labelCount {
            let row = row(name, fromLabel: label)
            if row >= 0 {
                return Route(rows.span[row].route, label: label, labelCount: name.labelCount)
            }
            label &+= 1
        }
        return Route(SuffixRoute(), label: name.labelCount, labelCount: name.labelCount)
    }

    /// The row of the suffix of `name` that starts with label `label`, or -1.
    @inline(__always)
    private func row(_ name: borrowing NameBuffer, fromLabel label: Int) -> Int {
        guard hasLabelCount.span[name.labelCount &- label] else { return -1 }
        let slots = slots.span
        let tag = UInt32(truncatingIfNeeded: name.hash(fromLabel: label))
        var index = Int(tag) & (slots.count &- 1)
        while true {
            let slot = slots[index]
            if slot.row < 0 { return -1 }
            if slot.tag == tag, matches(Int(slot.row), name, label) { return Int(slot.row) }
            index = (index &+ 1) & (slots.count &- 1)
        }
    }

    @inline(__always)
    private func matches(_ row: Int, _ name: borrowing NameBuffer, _ label: Int) -> Bool {
        let rows = rows.span
        let start = Int(rows[row].nameStart)
        let suffix = octets.span.extracting(start..<(start &+ Int(rows[row].nameCount)))
        return name.suffix(fromLabel: label, equals: suffix)
    }
}
