// A name split for lookups: its bytes in original case, the same folded to lower case, the offset
// of each label, and the hash of every suffix. It is refilled for each name, so nothing is
// allocated per query. For stored names, see Name.

/// One name, checked once: at most 255 bytes with the root, labels of at most 63.
public struct NameBuffer: ~Copyable {
    /// The most labels a name can have, the root not counted.
    public static let maximumLabels = 127

    /// All parts of the name in `NameLayout`. This is an array, because a vector stored inline
    /// would be copied completely whenever a part of it is borrowed.
    private var parts = [UInt8](repeating: 0, count: NameLayout.end)

    /// The number of bytes, the root's included: 1 to 255.
    public private(set) var count = 1
    /// The number of labels, the root not counted: 0 to 127.
    public private(set) var labelCount = 0
    /// What the suffix hashes are made with.
    public let hasher: NameHasher

    /// The root name.
    public init(hasher: NameHasher) {
        self.hasher = hasher
        var filling = NameBuilder(into: parts.mutableSpan)
        filling.hashLabels(hasher)
    }

    /// The uncompressed bytes in original case, including the root's.
    public var originalCase: Span<UInt8> {
        @_lifetime(borrow self) get { parts.span.extracting(first: count) }
    }

    /// The octets with A to Z as a to z (RFC 4343), the root's included.
    public var folded: Span<UInt8> {
        @_lifetime(borrow self) get {
            parts.span.extracting(NameLayout.folded..<(NameLayout.folded + count))
        }
    }

    /// The offset of label `index`'s length byte; of the root's for `labelCount`.
    @inline(__always)
    public func start(ofLabel index: Int) -> Int {
        index == labelCount ? count - 1 : Int(parts.span[NameLayout.starts + index])
    }

    /// The hash of the name from label `index` on; the root's for `labelCount`.
    @inline(__always)
    public func hash(fromLabel index: Int) -> UInt64 {
        parts.span.word(at: NameLayout.hashes + 8 * index)
    }

    /// The hash of the whole name.
    public var hash: UInt64 { hash(fromLabel: 0) }

    /// The hash of the name that has label `index` first and then the name that has the hash `parent`.
    @inline(__always)
    public func hash(ofLabel index: Int, under parent: UInt64) -> UInt64 {
        let parts = parts.span
        let start = NameLayout.folded + Int(parts[NameLayout.starts + index])
        return hasher.hash(
            padded: parts, from: start + 1, count: Int(parts[start]), under: parent)
    }

    /// The folded bytes of the name from label `index` on, the root's included.
    @_lifetime(borrow self)
    public func folded(fromLabel index: Int) -> Span<UInt8> {
        folded.extracting(start(ofLabel: index)..<count)
    }

    /// Whether the name from label `index` on is `other`, which is folded and uncompressed.
    @inline(__always)
    public func suffix(fromLabel index: Int, equals other: Span<UInt8>) -> Bool {
        let start = start(ofLabel: index)
        guard count - start == other.count else { return false }
        let parts = parts.span
        var offset = 0
        while offset < other.count {
            let size = min(8, other.count - offset)
            let word = parts.word(at: NameLayout.folded + start + offset)
            if word & UInt64.mask(octets: size) != other.word(at: offset, size: size) {
                return false
            }
            offset += 8
        }
        return true
    }

    /// Whether the name is, or is below, what `other` is from label `index` on.
    public func isAtOrBelow(_ other: borrowing NameBuffer, fromLabel index: Int) -> Bool {
        let ownIndex = labelCount - (other.labelCount - index)
        return ownIndex >= 0
            && suffix(fromLabel: ownIndex, equals: other.folded(fromLabel: index))
    }

    // MARK: Becoming a name

    /// Reads the name at `offset` of `message`, following compression pointers, each of which must
    /// point strictly backwards; returns the offset after it. After an error the buffer has no
    /// name.
    @discardableResult
    public mutating func read(
        from message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> Int {
        try read(message, at: offset, followsPointers: true)
    }

    /// Reads the name at `offset` of `message` as a question has it, where a compression pointer is a fault.
    @discardableResult
    public mutating func read(
        uncompressed message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> Int {
        try read(message, at: offset, followsPointers: false)
    }

    @inline(__always)
    private mutating func read(
        _ message: Span<UInt8>, at offset: Int, followsPointers: Bool
    ) throws(WireError) -> Int {
        let hasher = hasher
        let size: NameSize
        let end: Int
        do {
            var filling = NameBuilder(into: parts.mutableSpan)
            end = try filling.read(message, at: offset, followsPointers: followsPointers)
            filling.hashLabels(hasher)
            size = filling.size
        }
        take(size)
        return end
    }

    /// Takes the bytes of a name known to be well formed and uncompressed.
    public mutating func set(_ name: Name) {
        let hasher = hasher
        let size: NameSize
        do {
            var filling = NameBuilder(into: parts.mutableSpan)
            filling.append(name.octets.span)
            filling.hashLabels(hasher)
            size = filling.size
        }
        take(size)
    }

    /// Becomes a copy of `other`, which has the same hasher.
    public mutating func set(_ other: borrowing NameBuffer) {
        let size: NameSize
        do {
            var filling = NameBuilder(into: parts.mutableSpan)
            filling.copy(other.parts.span, count: other.count, labelCount: other.labelCount)
            size = filling.size
        }
        take(size)
    }

    /// Becomes the first `labels` labels of `other` and then `suffix`, as RFC 6672, section 2.2 makes a
    /// name from a DNAME; false, and no valid name, when that is longer than 255 bytes.
    public mutating func set(
        first labels: Int, of other: borrowing NameBuffer, then suffix: Name
    ) -> Bool {
        let kept = other.start(ofLabel: labels)
        guard kept + suffix.octets.count <= 255 else { return false }
        let hasher = hasher
        let size: NameSize
        do {
            var filling = NameBuilder(into: parts.mutableSpan)
            filling.append(other.parts.span, labels: labels, count: kept)
            filling.append(suffix.octets.span)
            filling.hashLabels(hasher)
            size = filling.size
        }
        take(size)
        return true
    }

    private mutating func take(_ size: NameSize) {
        count = size.count
        labelCount = size.labelCount
    }
}

extension UInt8 {
    /// `A` to `Z` as `a` to `z`, any other octet as it is (RFC 4343, section 3).
    @inlinable public var lowercasedASCII: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }
}
