// A stored domain name: a zone's origin, a link's suffix, a setting, a test. It owns its bytes, so
// the query path uses NameBuffer instead.

/// A domain name in uncompressed wire form; compared case-insensitively (RFC 4343).
public struct Name: Sendable {
    /// Length-prefixed labels in original case, the root's zero byte last: 1 to 255 bytes.
    public let octets: [UInt8]

    /// The root name.
    public static let root = Name(checked: [0])

    private init(checked octets: [UInt8]) { self.octets = octets }

    /// Takes uncompressed wire form; the bytes must be one whole name and nothing else.
    public init(wire octets: Span<UInt8>) throws(WireError) {
        var position = 0
        while true {
            guard position < octets.count else { throw .endsEarly }
            let length = Int(octets[position])
            guard length <= 63 else { throw .badLabel }
            position += length + 1
            if length == 0 { break }
        }
        guard position <= 255 else { throw .nameTooLong }
        guard position == octets.count else { throw .trailingOctets }
        self.init(checked: Array(copying: octets))
    }

    /// Takes labels, leftmost first, without the root.
    public init(labels: some Sequence<[UInt8]>) throws(WireError) {
        var octets: [UInt8] = []
        for label in labels {
            guard label.count <= 63, !label.isEmpty else { throw .badLabel }
            octets.append(UInt8(label.count))
            octets.append(contentsOf: label)
        }
        octets.append(0)
        guard octets.count <= 255 else { throw .nameTooLong }
        self.init(checked: octets)
    }

    /// A copy of a buffer's name in original case.
    public init(_ buffer: borrowing NameBuffer) {
        self.init(checked: Array(copying: buffer.originalCase))
    }

    /// Whether this is the root.
    public var isRoot: Bool { octets.count == 1 }

    /// The labels, leftmost first, without the root.
    public var labels: [[UInt8]] {
        var labels: [[UInt8]] = []
        var position = 0
        while octets[position] != 0 {
            let end = position + 1 + Int(octets[position])
            labels.append(Array(octets[(position + 1)..<end]))
            position = end
        }
        return labels
    }

    /// The number of labels, the root not counted.
    public var labelCount: Int {
        var count = 0
        var position = 0
        while octets[position] != 0 {
            count += 1
            position += 1 + Int(octets[position])
        }
        return count
    }

    /// The name without its first label; nil for the root.
    public var parent: Name? {
        isRoot ? nil : Name(checked: Array(octets[(1 + Int(octets[0]))...]))
    }

    /// The same name in lower case.
    public var folded: Name { Name(checked: octets.map(\.lowercasedASCII)) }

    /// Whether this is `ancestor` or a name below it.
    public func isAtOrBelow(_ ancestor: Name) -> Bool {
        var position = 0
        let length = ancestor.octets.count
        while octets.count - position > length { position += 1 + Int(octets[position]) }
        guard octets.count - position == length else { return false }
        for index in 0..<length
        where octets[position + index].lowercasedASCII != ancestor.octets[index].lowercasedASCII {
            return false
        }
        return true
    }
}

extension Name: Hashable {
    /// Equal except for case (RFC 4343).
    public static func == (left: Name, right: Name) -> Bool {
        left.octets.count == right.octets.count
            && zip(left.octets, right.octets).allSatisfy {
                $0.lowercasedASCII == $1.lowercasedASCII
            }
    }

    /// Feeds the folded bytes.
    public func hash(into hasher: inout Hasher) {
        for octet in octets { hasher.combine(octet.lowercasedASCII) }
    }
}

extension Name: Comparable {
    /// Canonical order (RFC 4034, section 6.1): by label from the right, folded.
    public static func < (left: Name, right: Name) -> Bool {
        let leftLabels = left.folded.labels.reversed()
        let rightLabels = right.folded.labels.reversed()
        for (leftLabel, rightLabel) in zip(leftLabels, rightLabels) where leftLabel != rightLabel {
            return leftLabel.lexicographicallyPrecedes(rightLabel)
        }
        return leftLabels.count < rightLabels.count
    }
}
