// Small values by a precomputed hash, which must be keyed if clients choose the hashed data. The
// standard library's dictionaries hash each key again, at ten times the cost. The caller
// distinguishes values with equal hashes.

internal import BasicContainers

/// An open-addressed hash table: a value is in the first free row from its hash's row on, and no
/// row between is empty.
struct HashIndex<Value: BitwiseCopyable>: ~Copyable {
    /// Not private: the compiler (6.3) fails where other files cannot name what a UniqueArray holds.
    struct Row: BitwiseCopyable {
        var hash: UInt64
        var value: Value?
    }

    /// A power of two, at most three quarters of which are used.
    private var rows = UniqueArray(repeating: Row(hash: 0, value: nil), count: 16)

    /// The number of values.
    private(set) var count = 0

    /// All values, in no order.
    var values: [Value] { rows.indices.compactMap { rows[$0].value } }

    /// The value with this hash that `isMeant` says is the one.
    @inline(__always)
    func find(_ hash: UInt64, _ isMeant: (Value) -> Bool) -> Value? {
        let row = row(hash, isMeant)
        return row < 0 ? nil : rows[row].value
    }

    /// Adds a value, which must not be there.
    mutating func insert(_ hash: UInt64, _ value: Value) {
        if (count + 1) * 4 > rows.count * 3 { grow() }
        place(hash, value)
        count += 1
    }

    /// Removes the value that `find` would find; false if there is none.
    @discardableResult
    @inline(__always)
    mutating func remove(_ hash: UInt64, _ isMeant: (Value) -> Bool) -> Bool {
        let row = row(hash, isMeant)
        guard row >= 0 else { return false }
        close(row)
        count -= 1
        return true
    }

    // MARK: Rows

    private var mask: Int { rows.count - 1 }

    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & mask }

    @inline(__always)
    private func row(_ hash: UInt64, _ isMeant: (Value) -> Bool) -> Int {
        var row = home(hash)
        while let value = rows[row].value {
            if rows[row].hash == hash, isMeant(value) { return row }
            row = (row + 1) & mask
        }
        return -1
    }

    private mutating func place(_ hash: UInt64, _ value: Value) {
        var row = home(hash)
        while rows[row].value != nil { row = (row + 1) & mask }
        rows[row] = Row(hash: hash, value: value)
    }

    /// Empties a row, and moves up the values that were placed after it because it was taken.
    private mutating func close(_ row: Int) {
        var gap = row
        var next = (row + 1) & mask
        while rows[next].value != nil {
            let distance = (next - home(rows[next].hash)) & mask
            if distance >= (next - gap) & mask {
                rows[gap] = rows[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        rows[gap].value = nil
    }

    private mutating func grow() {
        var old = UniqueArray(repeating: Row(hash: 0, value: nil), count: rows.count * 2)
        swap(&old, &rows)
        for index in old.indices {
            if let value = old[index].value { place(old[index].hash, value) }
        }
    }
}

extension UInt64 {
    /// A product of this number with a constant, its halves put together: each bit depends on all others.
    var folded: UInt64 {
        let product = multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }
}
