// The questions that a worker was asked lately, at most one for each turn of its loop, so that remembering costs next
// to nothing under load. They are read when an administrator wants to know whom a reload would concern.

internal import DNSWire

/// A ring of questions in fixed room.
struct RecentQuestions {
    /// How many questions are kept.
    static let capacity = 1024
    /// Octets for one question: a name of the greatest length and the type.
    private static let size = 258

    private var octets = [UInt8](repeating: 0, count: capacity * size)
    private var next = 0
    private var isNoted = false

    /// Remembers the question of a query, if this turn has none yet and it has one.
    mutating func note(_ query: Span<UInt8>) {
        if isNoted { return }
        isNoted = true
        var position = MessageHeader.size
        guard query.count > position, query[2] & 0x80 == 0 else { return }
        while true {
            guard position < query.count else { return }
            let length = Int(query[position])
            guard length <= 63 else { return }
            position += length + 1
            if length == 0 { break }
        }
        let count = position - MessageHeader.size
        guard count <= 255, position + 2 <= query.count else { return }
        let start = next * Self.size
        octets[start] = UInt8(count)
        for index in 0..<(count + 2) {
            octets[start + 1 + index] = query[MessageHeader.size + index]
        }
        next = (next + 1) % Self.capacity
    }

    /// Begins another turn.
    mutating func endTurn() { isNoted = false }

    /// The questions, each once.
    var questions: Set<AskedQuestion> {
        var questions: Set<AskedQuestion> = []
        for slot in 0..<Self.capacity {
            let start = slot * Self.size
            let count = Int(octets[start])
            guard count > 0,
                let name = try? Name(
                    wire: octets.span.extracting((start + 1)..<(start + 1 + count)))
            else { continue }
            let high = UInt16(octets[start + 1 + count])
            let type = high << 8 | UInt16(octets[start + 2 + count])
            questions.insert(AskedQuestion(name: name, type: RecordType(rawValue: type)))
        }
        return questions
    }
}

/// A question that somebody asked.
struct AskedQuestion: Hashable, Sendable {
    let name: Name
    let type: RecordType
}
