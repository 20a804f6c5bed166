// Which local zone, link, special name and forward zone a name falls under, found in one walk over the
// name's suffixes. The table is open-addressed and immutable; only label counts that occur in it are
// looked up.

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
}

/// A flat hash table from suffixes to what stands at them.
struct SuffixIndex: Sendable {
    private struct Slot: BitwiseCopyable, Sendable {
        var hash: UInt64 = 0
        var nameStart: UInt32 = 0
        /// Zero in an empty slot.
        var nameCount: UInt8 = 0
        var entry = SuffixEntry()
    }

    private var slots: [Slot]
    private var octets: [UInt8] = []
    /// For each number of labels, whether any suffix has it.
    private var hasLabelCount = [Bool](repeating: false, count: NameBuffer.maximumLabels + 1)

    /// An index of `entries`, whose names are all different, hashed like the names asked later.
    init(_ entries: [(name: Name, entry: SuffixEntry)], hasher: NameHasher) {
        var capacity = 8
        while capacity < entries.count * 2 { capacity *= 2 }
        slots = Array(repeating: Slot(), count: capacity)
        var buffer = NameBuffer(hasher: hasher)
        for (name, entry) in entries {
            buffer.set(name)
            hasLabelCount[buffer.labelCount] = true
            var index = Int(truncatingIfNeeded: buffer.hash) & (capacity - 1)
            while slots[index].nameCount != 0 { index = (index + 1) & (capacity - 1) }
            slots[index] = Slot(
                hash: buffer.hash, nameStart: UInt32(octets.count),
                nameCount: UInt8(buffer.count), entry: entry)
            for octet in 0..<buffer.count { octets.append(buffer.folded[octet]) }
        }
    }

    /// What stands at the suffix of `name` that starts with label `label`, if anything does.
    func entry(_ name: borrowing NameBuffer, fromLabel label: Int) -> SuffixEntry? {
        guard hasLabelCount[name.labelCount - label] else { return nil }
        let slots = slots.span
        let hash = name.hash(fromLabel: label)
        var index = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[index].nameCount != 0 {
            if slots[index].hash == hash, matches(slots[index], name, label) {
                return slots[index].entry
            }
            index = (index + 1) & (slots.count - 1)
        }
        return nil
    }

    private func matches(_ slot: Slot, _ name: borrowing NameBuffer, _ label: Int) -> Bool {
        let start = Int(slot.nameStart)
        let suffix = octets.span.extracting(start..<(start + Int(slot.nameCount)))
        return name.suffix(fromLabel: label, equals: suffix)
    }
}
