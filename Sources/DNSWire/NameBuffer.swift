// A name taken apart for look-ups: octets as they were spelled, the same folded to lower case, where
// each label starts, and the hash of every suffix. It lives in a fixed place and is filled anew for
// each name, so that nothing is allocated per query. For names that are kept, see Name.

/// One name, checked once: at most 255 octets with the root, labels of at most 63.
public struct NameBuffer: ~Copyable {
    /// The most labels a name can have, the root not counted.
    public static let maximumLabels = 127

    /// Beyond `count` stand whatever octets the last word that was copied had.
    private var spelledOctets = InlineArray<264, UInt8>(repeating: 0)
    private var foldedOctets = InlineArray<264, UInt8>(repeating: 0)
    /// For each label, leftmost first, the offset of its length octet.
    private var labelStarts = InlineArray<136, UInt8>(repeating: 0)
    /// For each label, the hash of the name that starts with it; then the root's.
    private var hashes = InlineArray<128, UInt64>(repeating: 0)

    /// The number of octets, the root's included: 1 to 255.
    public private(set) var count = 1
    /// The number of labels, the root not counted: 0 to 127.
    public private(set) var labelCount = 0
    /// What the suffix hashes are made with.
    public let hasher: NameHasher

    /// The root name.
    public init(hasher: NameHasher) {
        self.hasher = hasher
        hashes[0] = hasher.key
    }

    /// The octets as spelled, uncompressed, the root's included.
    public var spelled: Span<UInt8> {
        @_lifetime(borrow self) get { spelledOctets.span.extracting(first: count) }
    }

    /// The octets with A to Z as a to z (RFC 4343), the root's included.
    public var folded: Span<UInt8> {
        @_lifetime(borrow self) get { foldedOctets.span.extracting(first: count) }
    }

    /// The offset of label `index`'s length octet; of the root's for `labelCount`.
    public func start(ofLabel index: Int) -> Int {
        index == labelCount ? count - 1 : Int(labelStarts[index])
    }

    /// The hash of the name from label `index` on; the root's for `labelCount`.
    public func hash(fromLabel index: Int) -> UInt64 { hashes[index] }

    /// The hash of the whole name.
    public var hash: UInt64 { hashes[0] }

    /// The hash of the name that has label `index` first and then the name that has the hash `parent`.
    @inline(__always)
    public func hash(ofLabel index: Int, under parent: UInt64) -> UInt64 {
        let start = Int(labelStarts[index])
        return hasher.hash(
            label: foldedOctets.span, from: start + 1, count: Int(foldedOctets[start]),
            under: parent)
    }

    /// The folded octets of the name from label `index` on, the root's included.
    @_lifetime(borrow self)
    public func folded(fromLabel index: Int) -> Span<UInt8> {
        foldedOctets.span.extracting(start(ofLabel: index)..<count)
    }

    /// Whether the name from label `index` on is `other`, which is folded and uncompressed.
    public func suffix(fromLabel index: Int, equals other: Span<UInt8>) -> Bool {
        let start = start(ofLabel: index)
        guard count - start == other.count else { return false }
        let own = foldedOctets.span
        var offset = 0
        while offset < other.count {
            let size = min(8, other.count - offset)
            let word = own.word(at: start + offset) & UInt64.mask(octets: size)
            if word != other.word(at: offset, size: size) { return false }
            offset += 8
        }
        return true
    }

    // MARK: Becoming a name

    /// Reads the name at `offset` of `message`, following compression pointers, each of which must
    /// go strictly backwards; returns the offset behind it.
    @discardableResult
    public mutating func read(
        from message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> Int {
        var position = offset
        var limit = offset
        var end = -1
        // Where the labels start that were walked over and not yet copied.
        var run = offset
        count = 0
        labelCount = 0
        while true {
            guard position < message.count else { throw .endsEarly }
            let length = Int(message[position])
            if length == 0 { break }
            if length >= 0xC0 {
                guard position + 1 < message.count else { throw .endsEarly }
                let target = (length & 0x3F) << 8 | Int(message[position + 1])
                guard target < limit else { throw .badPointer }
                if end < 0 { end = position + 2 }
                append(message, from: run, to: position)
                limit = target
                position = target
                run = target
                continue
            }
            guard length <= 63 else { throw .badLabel }
            guard position + length < message.count else { throw .endsEarly }
            let start = count + position - run
            guard start + length + 2 <= 255 else { throw .nameTooLong }
            addLabel(at: start)
            position += length + 1
        }
        append(message, from: run, to: position + 1)
        hashLabels(below: labelCount)
        return end < 0 ? position + 1 : end
    }

    /// Takes the octets of a name known to be well formed and uncompressed.
    public mutating func set(_ name: Name) {
        count = 0
        labelCount = 0
        append(name)
        hashLabels(below: labelCount)
    }

    /// Becomes a copy of `other`.
    public mutating func set(_ other: borrowing NameBuffer) {
        var index = 0
        let source = (spelled: other.spelledOctets.span, folded: other.foldedOctets.span)
        var spelled = spelledOctets.mutableSpan
        while index < other.count {
            spelled.store(source.spelled.word(at: index), at: index)
            index += 8
        }
        var folded = foldedOctets.mutableSpan
        index = 0
        while index < other.count {
            folded.store(source.folded.word(at: index), at: index)
            index += 8
        }
        count = other.count
        labelCount = other.labelCount
        copyStarts(of: other, labels: other.labelCount)
        if other.hasher.key == hasher.key {
            for label in 0...other.labelCount { hashes[label] = other.hashes[label] }
        } else {
            hashLabels(below: labelCount)
        }
    }

    /// Becomes the first `labels` labels of `other` and then `suffix`, as RFC 6672, section 2.2 makes a
    /// name from a DNAME; false, and no valid name, when that is longer than 255 octets.
    public mutating func set(
        first labels: Int, of other: borrowing NameBuffer, then suffix: Name
    ) -> Bool {
        let kept = other.start(ofLabel: labels)
        guard kept + suffix.octets.count <= 255 else { return false }
        count = 0
        labelCount = labels
        copyStarts(of: other, labels: labels)
        append(other.spelledOctets.span, from: 0, to: kept)
        append(suffix)
        hashLabels(below: labelCount)
        return true
    }

    private mutating func copyStarts(of other: borrowing NameBuffer, labels: Int) {
        let source = other.labelStarts.span
        var starts = labelStarts.mutableSpan
        var index = 0
        while index < labels {
            starts.store(source.word(at: index), at: index)
            index += 8
        }
    }

    private mutating func addLabel(at start: Int) {
        labelStarts[labelCount] = UInt8(truncatingIfNeeded: start)
        labelCount += 1
    }

    private mutating func append(_ name: Name) {
        let octets = name.octets.span
        var position = 0
        while octets[position] != 0 {
            addLabel(at: count + position)
            position += Int(octets[position]) + 1
        }
        append(octets, from: 0, to: position + 1)
    }

    /// Appends octets of `source`, as they are and folded, a word at a time.
    private mutating func append(_ source: Span<UInt8>, from start: Int, to end: Int) {
        var spelled = spelledOctets.mutableSpan
        var folded = foldedOctets.mutableSpan
        var from = start
        var to = count
        while from < end {
            let word =
                from + 8 <= source.count
                ? source.word(at: from) : source.word(at: from, size: source.count - from)
            spelled.store(word, at: to)
            folded.store(word.lowercasedASCII, at: to)
            from += 8
            to += 8
        }
        count += end - start
    }

    /// Works out the hashes of the root and of the suffixes that start with the first `labels` labels.
    private mutating func hashLabels(below labels: Int) {
        var hash = hasher.key
        hashes[labels] = hash
        var index = labels - 1
        while index >= 0 {
            hash = self.hash(ofLabel: index, under: hash)
            hashes[index] = hash
            index -= 1
        }
    }
}

extension UInt8 {
    /// `A` to `Z` as `a` to `z`, any other octet as it is (RFC 4343, section 3).
    @inlinable public var lowercasedASCII: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }
}
