// Changes of a text by range; everything between them stays the same.

/// Ranges of a text and their replacements; the ranges do not overlap.
struct TextPatches {
    private var patches: [(range: Range<Int>, octets: [UInt8])] = []

    /// Whether nothing changes.
    var isEmpty: Bool { patches.isEmpty }

    /// Replaces `range` by `octets`; an empty range inserts, in the order of the calls.
    mutating func replace(_ range: Range<Int>, with octets: [UInt8]) {
        patches.append((range, octets))
    }

    /// The changed text.
    func applied(to text: [UInt8]) -> [UInt8] {
        let ordered = patches.enumerated().sorted { left, right in
            let (a, b) = (left.element.range, right.element.range)
            return (a.lowerBound, a.upperBound, left.offset)
                < (b.lowerBound, b.upperBound, right.offset)
        }
        var result: [UInt8] = []
        var position = 0
        for (_, patch) in ordered {
            result += text[position..<max(position, patch.range.lowerBound)]
            result += patch.octets
            position = max(position, patch.range.upperBound)
        }
        return result + text[position...]
    }
}
