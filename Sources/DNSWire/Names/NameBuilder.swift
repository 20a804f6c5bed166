// How a NameBuffer is filled: labels are walked over, bytes copied and folded sixteen at a time, and then every
// suffix hashed from the right to the left.

/// The layout of a name's parts in a buffer. Each part is some bytes larger than a name, so whole
/// words can be read and written at any offset in it.
enum NameLayout {
    /// The bytes in original case.
    static let originalCase = 0
    /// The same in lower case.
    static let folded = 264
    /// For each label, leftmost first, the offset of its length byte.
    static let starts = 528
    /// For each label, eight bytes: the hash of the name that starts with it; then the root's.
    static let hashes = 664
    static let end = hashes + 128 * 8
}

/// How long a name is.
struct NameSize: BitwiseCopyable {
    var count = 0
    var labelCount = 0
}

/// A name under construction, in the bytes of a buffer.
struct NameBuilder: ~Copyable, ~Escapable {
    private var parts: MutableSpan<UInt8>
    private(set) var size = NameSize()

    @_lifetime(copy parts)
    @inline(__always)
    init(into parts: consuming MutableSpan<UInt8>) { self.parts = parts }

    /// Appends the name at `offset` of `message`, including the root; returns the offset after it.
    @inline(__always)
    mutating func read(
        _ message: Span<UInt8>, at offset: Int, followsPointers: Bool
    ) throws(WireError) -> Int {
        var position = offset
        var limit = offset
        var end = -1
        // Where the labels start that were walked over and not yet copied, and what was copied before.
        var run = offset
        var copied = 0
        var labelCount = 0
        while true {
            guard position < message.count else { throw .endsEarly }
            let octet = message[position]
            let length = Int(octet)
            if octet &- 1 >= 63 {
                if length == 0 { break }
                guard length >= 0xC0 else { throw .badLabel }
                guard followsPointers else { throw .badPointer }
                guard position + 1 < message.count else { throw .endsEarly }
                let target = (length & 0x3F) << 8 | Int(message[position + 1])
                guard target < limit else { throw .badPointer }
                if end < 0 { end = position + 2 }
                copy(message, from: run, to: position, at: copied)
                copied += position - run
                limit = target
                position = target
                run = target
                continue
            }
            let start = copied &+ position &- run
            guard start &+ length <= 253 else { throw .nameTooLong }
            parts[NameLayout.starts &+ labelCount] = UInt8(truncatingIfNeeded: start)
            labelCount &+= 1
            position &+= length &+ 1
        }
        copy(message, from: run, to: position &+ 1, at: copied)
        size = NameSize(count: copied &+ position &+ 1 &- run, labelCount: labelCount)
        return end < 0 ? position &+ 1 : end
    }

    /// Appends a whole name, known to be well formed and uncompressed.
    mutating func append(_ name: Span<UInt8>) {
        var position = 0
        while name[position] != 0 {
            let start = size.count + position
            parts[NameLayout.starts + size.labelCount] = UInt8(truncatingIfNeeded: start)
            size.labelCount += 1
            position += Int(name[position]) + 1
        }
        copy(name, from: 0, to: position + 1, at: size.count)
        size.count += position + 1
    }

    /// Takes the first `labels` labels, which are `count` bytes, of the parts of another name.
    mutating func append(_ other: Span<UInt8>, labels: Int, count: Int) {
        copyWords(other, from: NameLayout.starts, count: labels)
        copy(other, from: NameLayout.originalCase, to: NameLayout.originalCase + count, at: 0)
        size = NameSize(count: count, labelCount: labels)
    }

    /// Becomes a copy of the parts of another name.
    mutating func copy(_ other: Span<UInt8>, count: Int, labelCount: Int) {
        copyWords(other, from: NameLayout.originalCase, count: count)
        copyWords(other, from: NameLayout.folded, count: count)
        copyWords(other, from: NameLayout.starts, count: labelCount)
        copyWords(other, from: NameLayout.hashes, count: 8 * (labelCount + 1))
        size = NameSize(count: count, labelCount: labelCount)
    }

    /// Works out the hashes of all suffixes, the root's first.
    @inline(__always)
    mutating func hashLabels(_ hasher: NameHasher) {
        var hash = hasher.key
        var index = size.labelCount
        var end = size.count &- 1
        parts.store(hash, at: NameLayout.hashes &+ 8 &* index)
        while index > 0 {
            index &-= 1
            let start = Int(parts[NameLayout.starts &+ index])
            hash = hasher.hash(
                padded: parts.span, from: NameLayout.folded &+ start &+ 1,
                count: end &- start &- 1, under: hash)
            parts.store(hash, at: NameLayout.hashes &+ 8 &* index)
            end = start
        }
    }

    /// Copies enough words for `count` bytes to the same offset.
    private mutating func copyWords(_ other: Span<UInt8>, from start: Int, count: Int) {
        var place = start
        while place < start + count {
            parts.store(other.word(at: place), at: place)
            place += 8
        }
    }

    /// Copies bytes of `source` to offset `place` of the name, both in original case and folded;
    /// the last ones may be copied twice.
    @inline(__always)
    private mutating func copy(_ source: Span<UInt8>, from start: Int, to end: Int, at place: Int) {
        let count = end &- start
        if count >= 16 {
            var index = 0
            while index < count &- 16 {
                copyDoubleWord(source, from: start &+ index, at: place &+ index)
                index &+= 16
            }
            copyDoubleWord(source, from: end &- 16, at: place &+ count &- 16)
        } else if count >= 8 {
            copyWord(source.word(at: start), at: place)
            copyWord(source.word(at: end &- 8), at: place &+ count &- 8)
        } else {
            copyWord(source.word(at: start, size: count), at: place)
        }
    }

    @inline(__always)
    private mutating func copyWord(_ word: UInt64, at place: Int) {
        parts.store(word, at: NameLayout.originalCase &+ place)
        parts.store(word.lowercasedASCII, at: NameLayout.folded &+ place)
    }

    @inline(__always)
    private mutating func copyDoubleWord(_ source: Span<UInt8>, from start: Int, at place: Int) {
        let octets = source.sixteen(at: start)
        parts.store(octets, at: NameLayout.originalCase &+ place)
        parts.store(octets.lowercasedASCII, at: NameLayout.folded &+ place)
    }
}
