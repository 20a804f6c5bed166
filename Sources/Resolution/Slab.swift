// A table of slots that are used again, where a stale handle finds nothing: each slot counts how often it
// was filled.

/// A slot and the count of its filling: what is known outside of something in a Slab.
struct SlabHandle: Hashable, BitwiseCopyable, Sendable {
    var slot: UInt32
    var generation: UInt32

    /// Both in one number, the generation in the upper half.
    var rawValue: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// From what `rawValue` gave.
    init(rawValue: UInt64) {
        slot = UInt32(truncatingIfNeeded: rawValue)
        generation = UInt32(truncatingIfNeeded: rawValue >> 32)
    }
}

/// At most `capacity` elements, each known by a handle.
struct Slab<Element>: ~Copyable {
    private struct Slot {
        var element: Element?
        var generation: UInt32 = 0
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []

    /// The number of elements.
    private(set) var count = 0

    /// Adds an element; the caller sees to the bound.
    mutating func insert(_ element: Element) -> SlabHandle {
        count += 1
        if let slot = free.popLast() {
            slots[Int(slot)].generation &+= 1
            slots[Int(slot)].element = element
            return SlabHandle(slot: slot, generation: slots[Int(slot)].generation)
        }
        slots.append(Slot(element: element))
        return SlabHandle(slot: UInt32(slots.count - 1), generation: 0)
    }

    /// Whether the element is still there.
    func contains(_ handle: SlabHandle) -> Bool {
        Int(handle.slot) < slots.count && slots[Int(handle.slot)].generation == handle.generation
            && slots[Int(handle.slot)].element != nil
    }

    /// The element, or nil when it was removed.
    subscript(handle: SlabHandle) -> Element? {
        get { contains(handle) ? slots[Int(handle.slot)].element : nil }
        _modify {
            guard contains(handle) else {
                var absent: Element?
                yield &absent
                return
            }
            yield &slots[Int(handle.slot)].element
        }
    }

    /// Removes and returns the element, if it is still there.
    @discardableResult
    mutating func remove(_ handle: SlabHandle) -> Element? {
        guard contains(handle) else { return nil }
        count -= 1
        free.append(handle.slot)
        let element = slots[Int(handle.slot)].element
        slots[Int(handle.slot)].element = nil
        return element
    }
}
