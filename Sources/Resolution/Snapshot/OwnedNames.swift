// Our registries: for each private suffix, the leftmost labels of the names below it, in whichever
// local zone. A zone below the private one hides names of its parent and has names of its own, so
// no single zone can tell what is owned. It is used only for names that a lookup did not find.

internal import DNSWire
internal import Zones

/// The leftmost labels of the names below each private suffix.
///
/// The zone that encloses a suffix has an index of its own, which is used as it is; only what the zones below the
/// suffix add is kept here, as hashes in one flat table.
struct OwnedNames: Sendable {
    private struct Row: BitwiseCopyable, Sendable {
        /// The number of the innermost zone that encloses the suffix; -1 where none was loaded.
        var zone: Int32 = -1
        /// Whether zones below the suffix have names.
        var hasMore = false
    }

    private let hasher: NameHasher
    private var rows: [Row] = []
    /// For each link the index of its private suffix in `rows`.
    private var rowOfLink: [Int32] = []
    /// Open-addressed; 0 in an empty slot.
    private var slots = [UInt64](repeating: 0, count: 8)
    private var count = 0

    init(_ links: [PrivateLink], _ zones: LoadedZones, hasher: NameHasher) {
        self.hasher = hasher
        var known: [Name: Int32] = [:]
        for link in links {
            if let row = known[link.privateSuffix] {
                rowOfLink.append(row)
                continue
            }
            let row = Int32(rows.count)
            known[link.privateSuffix] = row
            rowOfLink.append(row)
            rows.append(Row())
            if let enclosing = zones.enclosing(link.privateSuffix) {
                rows[Int(row)].zone = Int32(zones.numbers[enclosing])
            }
            for zone in zones.loaded(below: link.privateSuffix) { add(zone, row) }
        }
    }

    private mutating func add(_ zone: Zone, _ row: Int32) {
        var name = NameBuffer(hasher: hasher)
        var next: ZoneNode? = zone.tables.apex
        while let node = next {
            next = zone.tables.node(after: node)
            let isApex = node == zone.tables.apex
            guard isApex ? zone.tables.apexHasData : zone.tables.firstSet(of: node) != nil else {
                continue
            }
            zone.tables.copyName(of: node, into: &name)
            if let hash = hash(name, row) { insert(hash) }
            rows[Int(row)].hasMore = true
        }
    }

    /// Whether a name below the private suffix of `link` has the leftmost label of `name`, in zones
    /// other than `zone`; -1 for all zones.
    func holds(
        _ name: borrowing NameBuffer, link: Int, beside zone: Int, in tree: ZoneTree
    ) -> Bool {
        let place = rowOfLink.span[link]
        let row = rows.span[Int(place)]
        if row.hasMore, let hash = hash(name, place), contains(hash) { return true }
        guard row.zone >= 0, Int(row.zone) != zone else { return false }
        return tree.use(Int(row.zone)) { $0.hasRecordsWithLeftmostLabel(of: name) }
    }

    /// The hash of a name's leftmost label below a suffix; nil for the root and for a wildcard.
    private func hash(_ name: borrowing NameBuffer, _ row: Int32) -> UInt64? {
        let folded = name.folded
        let size = Int(folded[0])
        if size == 0 || (size == 1 && folded[1] == UInt8(ascii: "*")) { return nil }
        let parent = hasher.key &+ UInt64(UInt32(bitPattern: row))
        return max(hasher.hash(label: folded, from: 1, count: size, under: parent), 1)
    }

    private func contains(_ hash: UInt64) -> Bool {
        let slots = slots.span
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] != 0 {
            if slots[place] == hash { return true }
            place = (place + 1) & (slots.count - 1)
        }
        return false
    }

    private mutating func insert(_ hash: UInt64) {
        if contains(hash) { return }
        count += 1
        if count > slots.count / 4 * 3 {
            let old = slots
            slots = [UInt64](repeating: 0, count: old.count * 2)
            for hash in old where hash != 0 { place(hash) }
        }
        place(hash)
    }

    private mutating func place(_ hash: UInt64) {
        var place = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[place] != 0 { place = (place + 1) & (slots.count - 1) }
        slots[place] = hash
    }
}

extension ZoneTables {
    /// Whether the apex owns records that do not exist for the zone's own sake.
    fileprivate var apexHasData: Bool {
        var next = firstSet(of: apex)
        while let set = next {
            if set.type != .soa, set.type != .ns { return true }
            next = self.set(after: set)
        }
        return false
    }
}

extension Snapshot {
    /// Whether a name below the private suffix of `link` has the leftmost label of `name`, in zones
    /// other than the one with the number `zone`; -1 for all zones.
    func owns(_ name: borrowing NameBuffer, link: Int, beside zone: Int) -> Bool {
        ownedNames.holds(name, link: link, beside: zone, in: tree)
    }
}
