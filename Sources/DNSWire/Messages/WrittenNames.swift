// The offsets of names in the message being written, as targets for compression pointers. The names
// form a tree: below each name are those with one label more, so the longest known suffix of a name
// is found label by label from the root, without comparing whole names. Names that do not fit are
// not used as targets, and the message becomes longer.

/// Names of a message, and the suffixes of each.
struct WrittenNames: BitwiseCopyable {
    /// One of them: the root is 0, the others are counted from 1.
    typealias Node = Int

    /// The most names.
    static let capacity = 64
    /// Pointers have fourteen bits.
    static let farthestPointer = 0x3FFF

    /// For each name its offset (16 bits), the newest of the names below it (8), and the next older
    /// name with the same parent (8). This is a vector, because a nonescapable type cannot store an
    /// InlineArray yet.
    private var entries = SIMD64<UInt32>(repeating: 0)
    private(set) var count = 0
    /// The newest of the names of one label.
    private var newestOfRoot: UInt8 = 0

    var isFull: Bool { count == Self.capacity }

    /// The offset of a name other than the root.
    func offset(of node: Node) -> Int { Int(entry(node) & 0xFFFF) }

    /// The name that has the label at `position` of `source`, and then `parent`; 0 when it is not here.
    ///
    /// `written` is the message that has the names.
    func child(
        of parent: Node, _ source: Span<UInt8>, at position: Int, in written: Span<UInt8>
    ) -> Node {
        var node = newestChild(of: parent)
        while node != 0 {
            let entry = entry(node)
            if written.isLabel(at: Int(entry & 0xFFFF), equalTo: source, at: position) { break }
            node = Int(entry >> 24)
        }
        return node
    }

    /// Adds the name at `offset`, whose first label is followed by `parent`; 0 when there is no room.
    mutating func add(_ offset: Int, below parent: Node) -> Node {
        guard !isFull, offset <= Self.farthestPointer else { return 0 }
        let older = UInt32(newestChild(of: parent))
        set(count + 1, UInt32(offset) | older << 24)
        count += 1
        setNewestChild(of: parent, count)
        return count
    }

    /// Removes all names at or after `end`.
    ///
    /// Names are added in the order of their offsets, and so are removed in reverse order.
    mutating func forget(from end: Int) {
        guard count > 0 else { return }
        let all = count
        while count > 0, offset(of: count) >= end { count -= 1 }
        guard count < all else { return }
        for parent in 0...count {
            var child = newestChild(of: parent)
            while child > count { child = Int(entry(child) >> 24) }
            setNewestChild(of: parent, child)
        }
    }

    mutating func removeAll() {
        count = 0
        newestOfRoot = 0
    }

    private func newestChild(of parent: Node) -> Node {
        parent == 0 ? Int(newestOfRoot) : Int(entry(parent) >> 16 & 0xFF)
    }

    private mutating func setNewestChild(of parent: Node, _ child: Node) {
        if parent == 0 {
            newestOfRoot = UInt8(truncatingIfNeeded: child)
        } else {
            set(parent, entry(parent) & 0xFF00_FFFF | UInt32(truncatingIfNeeded: child) << 16)
        }
    }

    @inline(__always)
    private func entry(_ node: Node) -> UInt32 { entries[(node &- 1) & (Self.capacity &- 1)] }

    @inline(__always)
    private mutating func set(_ node: Node, _ entry: UInt32) {
        entries[(node &- 1) & (Self.capacity &- 1)] = entry
    }
}

extension Span<UInt8> {
    /// Whether the label at `offset` is the one at `position` of `other`, whatever the case of either.
    @inline(__always)
    func isLabel(at offset: Int, equalTo other: Span<UInt8>, at position: Int) -> Bool {
        let length = Int(self[offset])
        guard length == Int(other[position]) else { return false }
        var index = 1
        while index <= length {
            let size = Swift.min(8, length + 1 - index)
            let own = word(at: offset + index, size: size).lowercasedASCII
            if own != other.word(at: position + index, size: size).lowercasedASCII { return false }
            index += 8
        }
        return true
    }
}
