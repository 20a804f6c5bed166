// Connections and sockets by slot and generation. A key that outlives what it named leads
// nowhere, and never to the slot's next owner.

/// Objects or values by slot, found by a key that is never used twice.
struct SlotTable<Element> {
    private static var slotBits: UInt64 { 20 }

    private struct Slot {
        var key: UInt64 = 0
        var element: Element?
    }

    /// At most `capacity`; freed ones are used again, the last freed first.
    private var slots: [Slot] = []
    private var free: [Int] = []
    /// The last generation given, from 1: 44 bits last 55 years at 10 000 a second.
    private var generation: UInt64 = 0
    private(set) var count = 0
    let capacity: Int

    init(capacity: Int) {
        precondition(capacity > 0 && capacity <= 1 << 20, "a table has 1 to 2^20 slots")
        self.capacity = capacity
    }

    var isFull: Bool { count == capacity }

    /// The slot that a key names, of those that may have been freed since.
    static func slot(of key: UInt64) -> Int { Int(key & (1 << slotBits - 1)) }

    subscript(key: UInt64) -> Element? { holds(key) ? slots[Self.slot(of: key)].element : nil }

    /// Calls `body` with the value of `key` in place; nil if it was removed.
    @inline(__always)
    mutating func use<Result>(
        _ key: UInt64, _ body: (inout Element?) -> Result?
    ) -> Result? {
        holds(key) ? body(&slots[Self.slot(of: key)].element) : nil
    }

    @inline(__always)
    private func holds(_ key: UInt64) -> Bool {
        let slot = Self.slot(of: key)
        return slot < slots.count && slots[slot].key == key
    }

    /// The object in a slot.
    func element(in slot: Int) -> Element? {
        slot < slots.count ? slots[slot].element : nil
    }

    /// Keeps what `make` returns under a new key; nothing changes if it returns nil.
    ///
    /// The table must not be full.
    mutating func insert<Failure: Error>(
        _ make: (_ key: UInt64) throws(Failure) -> Element
    ) throws(Failure) -> Element {
        precondition(!isFull, "room is made before")
        let slot = free.last ?? slots.count
        let key = (generation + 1) << Self.slotBits | UInt64(slot)
        let element = try make(key)
        generation += 1
        if slot == slots.count { slots.append(Slot()) } else { free.removeLast() }
        slots[slot] = Slot(key: key, element: element)
        count += 1
        return element
    }

    /// Forgets what is under `key`.
    mutating func remove(_ key: UInt64) {
        let slot = Self.slot(of: key)
        guard slot < slots.count, slots[slot].key == key, slots[slot].element != nil else { return }
        slots[slot] = Slot()
        free.append(slot)
        count -= 1
    }

    /// All, in the order of their slots.
    var elements: [Element] { slots.compactMap(\.element) }
}
