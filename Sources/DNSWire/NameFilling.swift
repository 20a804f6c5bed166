// How a NameBuffer is filled: octets are copied and folded a word at a time, labels noted on the way, and then
// every suffix hashed from the right to the left.

/// Where the parts of a name are in a buffer's octets.
enum NamePlace {
    /// The octets as spelled; beyond the name's end stand whatever octets the last word had that was copied.
    static let spelled = 0
    /// The same in lower case.
    static let folded = 264
    /// For each label, leftmost first, the offset of its length octet.
    static let starts = 528
    /// For each label, eight octets: the hash of the name that starts with it; then the root's.
    static let hashes = 664
    static let end = hashes + 128 * 8
}

/// How long a name is.
struct NameSize: BitwiseCopyable {
    var count = 0
    var labelCount = 0
}

/// A name in the making, in the octets of a buffer.
struct NameFilling: ~Copyable, ~Escapable {
    private var parts: MutableSpan<UInt8>
    private(set) var size = NameSize()

    @_lifetime(copy parts)
    init(into parts: consuming MutableSpan<UInt8>) { self.parts = parts }

    /// Appends the name at `offset` of `message`, the root included; returns the offset behind it.
    mutating func read(_ message: Span<UInt8>, at offset: Int) throws(WireError) -> Int {
        var position = offset
        var limit = offset
        var end = -1
        // Where the labels start that were walked over and not yet copied.
        var run = offset
        while true {
            guard position < message.count else { throw .endsEarly }
            let length = Int(message[position])
            if length == 0 { break }
            if length >= 0xC0 {
                guard position + 1 < message.count else { throw .endsEarly }
                let target = (length & 0x3F) << 8 | Int(message[position + 1])
                guard target < limit else { throw .badPointer }
                if end < 0 { end = position + 2 }
                copy(message, from: run, to: position)
                limit = target
                position = target
                run = target
                continue
            }
            guard length <= 63 else { throw .badLabel }
            guard position + length < message.count else { throw .endsEarly }
            let start = size.count + position - run
            guard start + length + 2 <= 255 else { throw .nameTooLong }
            addLabel(at: start)
            position += length + 1
        }
        copy(message, from: run, to: position + 1)
        return end < 0 ? position + 1 : end
    }

    /// Appends a whole name, known to be well formed and uncompressed.
    mutating func append(_ name: Span<UInt8>) {
        var position = 0
        while name[position] != 0 {
            addLabel(at: size.count + position)
            position += Int(name[position]) + 1
        }
        copy(name, from: 0, to: position + 1)
    }

    /// Takes the first `labels` labels, which are `count` octets, of the parts of another name.
    mutating func append(_ other: Span<UInt8>, labels: Int, count: Int) {
        copyWords(other, from: NamePlace.starts, count: labels)
        size.labelCount = labels
        copy(other, from: NamePlace.spelled, to: NamePlace.spelled + count)
    }

    /// Becomes a copy of the parts of another name.
    mutating func copy(_ other: Span<UInt8>, count: Int, labelCount: Int) {
        copyWords(other, from: NamePlace.spelled, count: count)
        copyWords(other, from: NamePlace.folded, count: count)
        copyWords(other, from: NamePlace.starts, count: labelCount)
        copyWords(other, from: NamePlace.hashes, count: 8 * (labelCount + 1))
        size = NameSize(count: count, labelCount: labelCount)
    }

    /// Works out the hashes of all suffixes, the root's first.
    mutating func hashLabels(_ hasher: NameHasher) {
        var hash = hasher.key
        var index = size.labelCount
        parts.store(hash, at: NamePlace.hashes + 8 * index)
        while index > 0 {
            index -= 1
            let start = NamePlace.folded + Int(parts[NamePlace.starts + index])
            hash = hasher.hash(
                label: parts.span, from: start + 1, count: Int(parts[start]), under: hash)
            parts.store(hash, at: NamePlace.hashes + 8 * index)
        }
    }

    @inline(__always)
    private mutating func addLabel(at start: Int) {
        parts[NamePlace.starts + size.labelCount] = UInt8(truncatingIfNeeded: start)
        size.labelCount += 1
    }

    /// Copies as many words as hold `count` octets to the same place.
    private mutating func copyWords(_ other: Span<UInt8>, from start: Int, count: Int) {
        var place = start
        while place < start + count {
            parts.store(other.word(at: place), at: place)
            place += 8
        }
    }

    /// Appends octets of `source`, as they are and folded.
    private mutating func copy(_ source: Span<UInt8>, from start: Int, to end: Int) {
        var from = start
        var to = size.count
        while from < end {
            let word =
                from + 8 <= source.count
                ? source.word(at: from) : source.word(at: from, size: source.count - from)
            parts.store(word, at: NamePlace.spelled + to)
            parts.store(word.lowercasedASCII, at: NamePlace.folded + to)
            from += 8
            to += 8
        }
        size.count += end - start
    }
}
