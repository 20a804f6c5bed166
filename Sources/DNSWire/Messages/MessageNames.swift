// The names of one message as numbers. Every suffix of every name has one number, so two names are
// equal if their numbers are, whatever their case and position. However the names are linked by
// compression pointers, reading all of them costs no more than reading each byte of the message
// once. This type does not know what the names are used for.

/// The names of one message; it keeps its memory and is refilled for each message.
public struct MessageNames: ~Copyable {
    /// A name, or the suffix of one.
    public struct Number: Hashable, Sendable, BitwiseCopyable {
        let index: UInt16
        /// The root.
        public static let root = Number(index: 0)
    }

    /// What is known of a name.
    struct Node: BitwiseCopyable {
        /// The offset of its first label: in the message, or from `madeStart` on in `made`.
        var label: UInt32 = 0
        var hash: UInt32 = 0
        /// The name without its first label.
        var parent: UInt16 = 0
        /// The next name in the same bucket; 0 for none.
        var next: UInt16 = 0
        /// The number of bytes, the root's included.
        var size: UInt8 = 1
        var labelCount: UInt8 = 0
        /// What it is among the names of the message that is written; `unlisted` for none of them.
        var listed: UInt8 = unlisted
        /// The last choice of names that it is at or above.
        var choice: UInt8 = 0
        /// Its offset in that message; 0 if that is not known yet, `absent` if it is not there.
        var written: UInt16 = 0
    }

    /// The number of a question's name, unless that is the root.
    private static let questionIndex: UInt16 = 1
    static let unlisted: UInt8 = .max
    static let absent: UInt16 = .max
    /// Greater than any offset in a message.
    static let madeStart: UInt32 = 1 << 16
    private static let pointerRange = 0x4000

    private let hasher: NameHasher
    /// The root first.
    var nodes: [Node] = []
    /// Names that are not in the message, in wire form.
    private(set) var made: [UInt8] = []
    /// Counts the messages; entries of others mean nothing. Never 0.
    private var generation: UInt16 = 0
    /// For each possible pointer target whose name was read: the generation (16 bits), its number
    /// (16), one more than the target of the first pointer in it or 0 (16), and the offset after
    /// that pointer or the root (16).
    private var known: [UInt64] = []
    /// The first name of each bucket, with its generation; a power of two of them.
    private var buckets = [UInt32](repeating: 0, count: 64)
    /// Whether the tables are those of this message.
    private var isBegun = false
    /// The offsets of the labels and pointers of the name being read, or the names being searched.
    var path: [UInt16] = []
    /// The name of the message's question; nil if there is none.
    public private(set) var question: Number?
    /// Whether the question's name was read; usually it is enough to know which names equal it.
    private var isQuestionRead = true
    /// The name that was chosen last, and how many were whose names above were noted.
    private var chosen = Number.root
    private var isChoiceNoted = true
    private var choice: UInt8 = 0
    /// The writer's count of things removed, as of when `written` was set.
    var takenBack: UInt32 = 0

    /// No names.
    public init(hasher: NameHasher) {
        self.hasher = hasher
        nodes.append(Node(listed: 0))
    }

    /// Forgets all names: those of `message` are read next. With a question its name was checked.
    public mutating func begin(_ message: Span<UInt8>, hasQuestion: Bool) {
        nodes.removeAll(keepingCapacity: true)
        nodes.append(Node(listed: 0))
        made.removeAll(keepingCapacity: true)
        (chosen, isChoiceNoted, choice) = (.root, true, 0)
        question = nil
        isQuestionRead = !hasQuestion
        isBegun = false
        guard hasQuestion else { return }
        let isRoot = message[MessageHeader.size] == 0
        question = isRoot ? .root : Number(index: Self.questionIndex)
    }

    /// Makes the tables ready for names, the question's first.
    private mutating func prepare(_ message: Span<UInt8>) throws(WireError) {
        if !isBegun {
            isBegun = true
            beginTables(messageSize: message.count)
        }
        guard !isQuestionRead else { return }
        isQuestionRead = true
        nodes.append(Node())
        _ = try readName(message, at: MessageHeader.size, reserved: Self.questionIndex)
    }

    private mutating func beginTables(messageSize: Int) {
        generation &+= 1
        if generation == 0 {
            known.removeAll()
            buckets = [UInt32](repeating: 0, count: 64)
            generation = 1
        }
        let missing = min(messageSize, Self.pointerRange) - known.count
        if missing > 0 { known.append(contentsOf: repeatElement(0, count: missing)) }
    }

    // MARK: Names of the message

    /// The name at `offset` of `message`, and the offset after it.
    ///
    /// As `MessageReader.endOfName` does, follows compression pointers, each of which must go strictly backwards.
    public mutating func read(
        _ message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> (name: Number, end: Int) {
        try prepare(message)
        return try readName(message, at: offset, reserved: nil)
    }

    /// Reads a name; the number of its longest suffix is `reserved` where it is a new one.
    private mutating func readName(
        _ message: Span<UInt8>, at offset: Int, reserved: UInt16?
    ) throws(WireError) -> (name: Number, end: Int) {
        path.removeAll(keepingCapacity: true)
        var position = offset
        // Where the labels start between two pointers; the next pointer leads before them.
        var start = offset
        var size = 1
        var end: Int?
        var rest = Known(number: 0, bound: 0, end: 0)
        while true {
            if let known = known(at: position) {
                guard known.bound <= start else { throw .badPointer }
                rest = known
                break
            }
            guard position < message.count else { throw .endsEarly }
            let octet = Int(message[position])
            if octet == 0 {
                rest.end = position + 1
                break
            }
            path.append(UInt16(truncatingIfNeeded: position))
            if octet >= 0xC0 {
                guard position + 1 < message.count else { throw .endsEarly }
                let target = message.pointer(at: position)
                guard target < start else { throw .badPointer }
                if end == nil { end = position + 2 }
                start = target
                position = target
                continue
            }
            guard octet <= 63 else { throw .badLabel }
            size += octet + 1
            guard size <= 255 else { throw .nameTooLong }
            position += octet + 1
        }
        let behind = end ?? rest.end
        return (Number(index: try learnPath(message, rest, reserved)), behind)
    }

    /// Records every name on the path, the shortest first; returns the number of the longest.
    private mutating func learnPath(
        _ message: Span<UInt8>, _ rest: Known, _ reserved: UInt16?
    ) throws(WireError) -> UInt16 {
        var rest = rest
        for index in stride(from: path.count - 1, through: 0, by: -1) {
            let position = Int(path[index])
            if message[position] >= 0xC0 {
                rest.bound = message.pointer(at: position) + 1
                rest.end = position + 2
            } else {
                rest.number = try number(
                    message, labelAt: position, UInt32(position), under: rest.number, message,
                    index == 0 ? reserved : nil)
            }
            if position < known.count { known[position] = rest.packed(generation) }
        }
        return rest.number
    }

    /// A name at an offset.
    private struct Known: BitwiseCopyable {
        var number: UInt16
        /// Earlier labels that were not reached by a pointer must start here or later.
        var bound: Int
        /// The offset after the first pointer or the root.
        var end: Int

        func packed(_ generation: UInt16) -> UInt64 {
            UInt64(generation) << 48 | UInt64(number) << 32
                | UInt64(truncatingIfNeeded: bound) << 16 | UInt64(truncatingIfNeeded: end)
        }
    }

    @inline(__always)
    private func known(at position: Int) -> Known? {
        guard position < known.count else { return nil }
        let entry = known[position]
        guard UInt16(truncatingIfNeeded: entry >> 48) == generation else { return nil }
        return Known(
            number: UInt16(truncatingIfNeeded: entry >> 32), bound: Int(entry >> 16 & 0xFFFF),
            end: Int(entry & 0xFFFF))
    }

    // MARK: Other names

    /// The number of a name that is not in the message, such as one made by a DNAME. The name is
    /// uncompressed and well formed.
    public mutating func number(of name: Span<UInt8>, _ message: Span<UInt8>) -> Number {
        // A question that was checked can be read.
        guard (try? prepare(message)) != nil else { return .root }
        let labels = LabelStarts(name, at: 0)
        let base = Self.madeStart + UInt32(made.count)
        var parent: UInt16 = 0
        for index in stride(from: labels.count - 1, through: 0, by: -1) {
            let label = base + UInt32(labels[index])
            let longer = try? number(name, labelAt: labels[index], label, under: parent, message)
            // No well-formed name is too long.
            guard let longer else { return .root }
            parent = longer
        }
        for index in name.indices { made.append(name[index]) }
        return Number(index: parent)
    }

    /// The number of a name that is not in the message.
    public mutating func number(
        of name: borrowing NameBuffer, _ message: Span<UInt8>
    ) -> Number {
        number(of: name.originalCase, message)
    }

    /// The number of the name that has the label at `position` of `source` and then `parent`.
    private mutating func number(
        _ source: Span<UInt8>, labelAt position: Int, _ label: UInt32, under parent: UInt16,
        _ message: Span<UInt8>, _ reserved: UInt16? = nil
    ) throws(WireError) -> UInt16 {
        let length = Int(source[position])
        let hash = UInt32(
            truncatingIfNeeded: hasher.hash(
                label: source, from: position + 1, count: length, of: parent))
        var candidate = firstNode(inBucketOf: hash)
        while candidate != 0 {
            let node = nodes[Int(candidate)]
            if node.hash == hash, node.parent == parent,
                hasLabel(node.label, source, at: position, message)
            {
                return candidate
            }
            candidate = node.next
        }
        let above = nodes[Int(parent)]
        guard Int(above.size) + length + 1 <= 255 else { throw .nameTooLong }
        let node = Node(
            label: label, hash: hash, parent: parent, next: firstNode(inBucketOf: hash),
            size: above.size + UInt8(length + 1), labelCount: above.labelCount + 1)
        let number = reserved ?? UInt16(truncatingIfNeeded: nodes.count)
        if reserved == nil { nodes.append(node) } else { nodes[Int(number)] = node }
        setFirstNode(inBucketOf: hash, number)
        if nodes.count > buckets.count { growBuckets() }
        return number
    }

    private func hasLabel(
        _ label: UInt32, _ source: Span<UInt8>, at position: Int, _ message: Span<UInt8>
    ) -> Bool {
        if label < Self.madeStart {
            return message.isLabel(at: Int(label), equalTo: source, at: position)
        }
        let start = Int(label - Self.madeStart)
        // A label of the very name that is being numbered is not among them yet, and equals none of its own.
        return start < made.count && made.span.isLabel(at: start, equalTo: source, at: position)
    }

    // MARK: Buckets

    private func firstNode(inBucketOf hash: UInt32) -> UInt16 {
        let bucket = buckets[Int(hash) & (buckets.count - 1)]
        return bucket >> 16 == UInt32(generation) ? UInt16(truncatingIfNeeded: bucket) : 0
    }

    private mutating func setFirstNode(inBucketOf hash: UInt32, _ number: UInt16) {
        buckets[Int(hash) & (buckets.count - 1)] = UInt32(generation) << 16 | UInt32(number)
    }

    private mutating func growBuckets() {
        buckets = [UInt32](repeating: 0, count: 2 * buckets.count)
        // One that is reserved has no size yet.
        for index in 1..<nodes.count where nodes[index].size > 1 {
            let hash = nodes[index].hash
            nodes[index].next = firstNode(inBucketOf: hash)
            setFirstNode(inBucketOf: hash, UInt16(truncatingIfNeeded: index))
        }
    }

    // MARK: Their order

    /// The number of labels of a name, the root not counted.
    public func labelCount(_ name: Number) -> Int { Int(nodes[Int(name.index)].labelCount) }

    /// The name without its first label; the root's is the root.
    public func parent(_ name: Number) -> Number {
        Number(index: nodes[Int(name.index)].parent)
    }

    /// Chooses a name: which others are above it is known without looking at labels then. At most 255 are chosen of
    /// one message.
    public mutating func choose(_ name: Number) {
        chosen = name
        isChoiceNoted = false
    }

    /// Whether the chosen name is `name`, or below it; both were read.
    public mutating func isAtOrAboveChosen(_ name: Number) -> Bool {
        if !isChoiceNoted { noteChoice() }
        return nodes[Int(name.index)].choice == choice
    }

    private mutating func noteChoice() {
        isChoiceNoted = true
        choice += 1
        nodes[0].choice = choice
        var index = Int(chosen.index)
        while index != 0 {
            nodes[index].choice = choice
            index = Int(nodes[index].parent)
        }
    }
}
