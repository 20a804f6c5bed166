// A queue of deadlines: a heap of slots by instant that knows the position of each slot, so a slot
// can be removed before its deadline.

internal import BasicContainers

/// A priority queue with at most one instant per slot.
struct DeadlineQueue: ~Copyable {
    /// Not private: the compiler (6.3) fails where other files cannot name what a UniqueArray holds.
    struct Entry: BitwiseCopyable {
        var instant: Instant
        var handle: SlabHandle
    }

    private var heap = UniqueArray<Entry>()
    /// For each slot its position in the heap, or -1.
    private var places = UniqueArray<Int32>()

    /// The earliest entry.
    var first: (instant: Instant, handle: SlabHandle)? {
        heap.isEmpty ? nil : (heap[0].instant, heap[0].handle)
    }

    /// Sets the deadline of `handle` to `instant`, replacing an earlier one of its slot.
    mutating func set(_ handle: SlabHandle, at instant: Instant) {
        let slot = Int(handle.slot)
        while places.count <= slot { places.append(-1) }
        var place = Int(places[slot])
        if place < 0 {
            place = heap.count
            heap.append(Entry(instant: instant, handle: handle))
            places[slot] = Int32(place)
        } else {
            heap[place] = Entry(instant: instant, handle: handle)
        }
        settle(place)
    }

    /// Takes out the entry of `handle`, if it has one.
    mutating func remove(_ handle: SlabHandle) {
        let slot = Int(handle.slot)
        guard slot < places.count, places[slot] >= 0 else { return }
        let place = Int(places[slot])
        guard heap[place].handle == handle else { return }
        places[slot] = -1
        let last = heap.removeLast()
        guard place < heap.count else { return }
        heap[place] = last
        places[Int(last.handle.slot)] = Int32(place)
        settle(place)
    }

    private mutating func settle(_ start: Int) {
        var place = start
        while place > 0, heap[place].instant < heap[(place - 1) / 2].instant {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        while true {
            var earliest = place
            for child in (place * 2 + 1)...(place * 2 + 2)
            where child < heap.count && heap[child].instant < heap[earliest].instant {
                earliest = child
            }
            if earliest == place { return }
            exchange(place, earliest)
            place = earliest
        }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        places[Int(heap[left].handle.slot)] = Int32(left)
        places[Int(heap[right].handle.slot)] = Int32(right)
    }
}
