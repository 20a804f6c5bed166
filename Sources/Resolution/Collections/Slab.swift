// A table of rows that are used again, where a stale handle is known as one: each row counts how often it was
// taken and given back.

internal import BasicContainers

/// A slot and how often it changed hands: what is known outside of something in a Slab.
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

/// Rows that are used again, each known by a handle while it is taken. The elements are values and stay where they
/// are: what is done with one is done in its row, and the room that its arrays have made serves the next one.
struct Slab<Element: ~Copyable>: ~Copyable {
    /// Not private: the compiler (6.3) fails where other files cannot name what a UniqueArray holds.
    struct Row: ~Copyable {
        var element: Element
        /// Odd while the row is taken.
        var generation: UInt32 = 0
    }

    private let blank: @Sendable () -> Element
    private var rows = UniqueArray<Row>()
    private var free = UniqueArray<UInt32>()

    /// The number of rows taken.
    private(set) var count = 0

    /// An empty table; a new row holds `blank`.
    init(blank: @autoclosure @escaping @Sendable () -> Element) { self.blank = blank }

    /// Takes a row, whose element is blank or as it was when the row was given back; the caller sees to the bound.
    mutating func take() -> SlabHandle {
        count += 1
        guard let slot = free.popLast() else {
            rows.append(Row(element: blank(), generation: 1))
            return SlabHandle(slot: UInt32(rows.count - 1), generation: 1)
        }
        rows[Int(slot)].generation &+= 1
        return SlabHandle(slot: slot, generation: rows[Int(slot)].generation)
    }

    /// Whether the handle's row was not given back.
    @inline(__always)
    func contains(_ handle: SlabHandle) -> Bool {
        Int(handle.slot) < rows.count && rows[Int(handle.slot)].generation == handle.generation
    }

    /// The element of a handle that the table contains.
    subscript(handle: SlabHandle) -> Element {
        @inline(__always) _read { yield rows[row(of: handle)].element }
        @inline(__always) _modify { yield &rows[row(of: handle)].element }
    }

    @inline(__always)
    private func row(of handle: SlabHandle) -> Int {
        precondition(contains(handle), "the row was given back")
        return Int(handle.slot)
    }

    /// Gives a row back; nothing changes when that was done before.
    mutating func giveBack(_ handle: SlabHandle) {
        guard contains(handle) else { return }
        count -= 1
        rows[Int(handle.slot)].generation &+= 1
        free.append(handle.slot)
    }
}
