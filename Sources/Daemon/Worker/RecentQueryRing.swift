// A worker's recent queries. They are parsed only for a preview of a reload, so recording them
// costs almost nothing.

internal import DNSWire
internal import Transport

/// A ring of questions in fixed room.
struct RecentQueryRing: ~Copyable {
    /// How many questions are kept: a power of two.
    static let capacity = 1024
    /// The size of one entry: a length, and the bytes after a query's header, enough for a name of
    /// the maximum length and its type.
    private static let size = 272
    private static let maximumOctets = size - 2

    /// The part of an entry that is enough for nearly all queries, without the header.
    private static let fewOctets = 64

    private var octets = FixedOctets(count: capacity * size)
    /// The slot that is written next: below `capacity`.
    private var next = 0

    /// Records the bytes after the header of a query, which is the first `size` bytes of `place`.
    @inline(__always)
    mutating func note(_ place: Span<UInt8>, size: Int) {
        guard size > MessageHeader.size, place[2] & 0x80 == 0 else { return }
        let count = min(size &- MessageHeader.size, Self.maximumOctets)
        let start = next &* Self.size
        next = (next &+ 1) & (Self.capacity &- 1)
        var octets = octets.mutableSpan
        var slot = octets.part(start..<(start &+ Self.size))
        slot.store(bigEndian: UInt16(truncatingIfNeeded: count), at: 0)
        guard count <= Self.fewOctets, place.count >= MessageHeader.size + Self.fewOctets else {
            return Self.copy(place, count, to: &slot)
        }
        // This includes bytes after the query, which are not used.
        let question = place.extracting(MessageHeader.size..<(MessageHeader.size + Self.fewOctets))
        for start in stride(from: 0, to: Self.fewOctets, by: 16) {
            slot.store(question.doubleWord(at: start), at: 2 + start)
        }
    }

    @inline(never)
    private static func copy(
        _ place: Span<UInt8>, _ count: Int, to slot: inout MutableSpan<UInt8>
    ) {
        slot.copy(place, from: MessageHeader.size, size: count, at: 2)
    }

    /// The questions, each once; what was none is left out.
    var questions: Set<AskedQuestion> {
        var questions: Set<AskedQuestion> = []
        for slot in 0..<Self.capacity {
            let start = slot * Self.size
            let count = Int(octets.span.uint16(at: start))
            let question = octets.span.extracting((start + 2)..<(start + 2 + count))
            if let question = Self.question(question) { questions.insert(question) }
        }
        return questions
    }

    private static func question(_ octets: Span<UInt8>) -> AskedQuestion? {
        var end = 0
        while true {
            guard end < octets.count, octets[end] <= 63 else { return nil }
            let length = Int(octets[end])
            end += length + 1
            if length == 0 { break }
        }
        guard end + 2 <= octets.count, let name = try? Name(wire: octets.extracting(0..<end)) else {
            return nil
        }
        let type = UInt16(octets[end]) << 8 | UInt16(octets[end + 1])
        return AskedQuestion(name: name, type: RecordType(rawValue: type))
    }
}

/// A recent query.
struct AskedQuestion: Hashable, Sendable {
    let name: Name
    let type: RecordType
}
