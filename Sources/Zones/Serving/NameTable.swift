// A set of nodes by hash: open addressing in one array of eight-byte slots. It knows hashes only;
// whether a node with the right hash has the right name is for the caller to compare.

/// Nodes by the lower half of their names' hash.
struct NameTable: Sendable {
    /// No node: what an empty slot holds.
    static let none = UInt32.max

    /// A node, or an empty slot.
    struct Slot: BitwiseCopyable, Sendable {
        /// The node: its number while a zone is built, then its offset in the zone's bytes.
        var node: UInt32
        /// The lower half of the hash; its last bits say where the search for the node begins.
        var tag: UInt32
    }

    /// A power of two of slots; at most three quarters are taken.
    private(set) var slots: [Slot]

    /// An empty table with room for `expected` nodes.
    init(expected: Int) {
        var size = 8
        while size / 4 * 3 < expected { size *= 2 }
        slots = Self.emptySlots(size)
    }

    /// Where the search for `hash` begins.
    func start(of hash: UInt64) -> Int {
        Int(UInt32(truncatingIfNeeded: hash)) & (slots.count - 1)
    }

    /// The slot after `place`.
    func next(after place: Int) -> Int { (place + 1) & (slots.count - 1) }

    /// Adds `node`, which is not in the table; `count` others are.
    mutating func insert(_ node: UInt32, hash: UInt64, count: Int) {
        if count >= slots.count / 4 * 3 { grow() }
        Self.place(Slot(node: node, tag: UInt32(truncatingIfNeeded: hash)), in: &slots)
    }

    /// Replaces each node by `places[node]`.
    mutating func replaceNodes(_ place: (UInt32) -> UInt32) {
        for index in slots.indices where slots[index].node != Self.none {
            slots[index].node = place(slots[index].node)
        }
    }

    private mutating func grow() {
        var larger = Self.emptySlots(slots.count * 2)
        for slot in slots where slot.node != Self.none { Self.place(slot, in: &larger) }
        slots = larger
    }

    private static func place(_ slot: Slot, in slots: inout [Slot]) {
        let mask = slots.count - 1
        var place = Int(slot.tag) & mask
        while slots[place].node != none { place = (place + 1) & mask }
        slots[place] = slot
    }

    private static func emptySlots(_ count: Int) -> [Slot] {
        [Slot](repeating: Slot(node: none, tag: 0), count: count)
    }
}
