// A name taken apart for look-ups: octets as they were spelled, the same folded to lower case, where
// each label starts, and the hash of every suffix. It lives in a fixed place and is filled anew for
// each name, so that nothing is allocated per query. For names that are kept, see Name.

/// One name, checked once: at most 255 octets with the root, labels of at most 63.
public struct NameBuffer: ~Copyable {
    /// The most labels a name can have, the root not counted.
    public static let maximumLabels = 127

    private var spelledOctets = InlineArray<256, UInt8>(repeating: 0)
    private var foldedOctets = InlineArray<256, UInt8>(repeating: 0)
    /// For each label, leftmost first, the offset of its length octet.
    private var labelStarts = InlineArray<128, UInt8>(repeating: 0)
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

    /// The folded octets of the name from label `index` on, the root's included.
    @_lifetime(borrow self)
    public func folded(fromLabel index: Int) -> Span<UInt8> {
        foldedOctets.span.extracting(start(ofLabel: index)..<count)
    }

    /// Whether the name from label `index` on is `other`, which is folded and uncompressed.
    public func suffix(fromLabel index: Int, equals other: Span<UInt8>) -> Bool {
        let start = start(ofLabel: index)
        guard count - start == other.count else { return false }
        for offset in 0..<other.count where foldedOctets[start + offset] != other[offset] {
            return false
        }
        return true
    }

    /// Reads the name at `offset` of `message`, following compression pointers, each of which must
    /// go strictly backwards; returns the offset behind it.
    @discardableResult
    public mutating func read(
        from message: Span<UInt8>, at offset: Int
    ) throws(WireError) -> Int {
        var position = offset
        var limit = offset
        var end: Int? = nil
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
                if end == nil { end = position + 2 }
                limit = target
                position = target
                continue
            }
            guard length <= 63 else { throw .badLabel }
            guard position + length < message.count else { throw .endsEarly }
            guard count + length + 2 <= 255 else { throw .nameTooLong }
            labelStarts[labelCount] = UInt8(truncatingIfNeeded: count)
            labelCount += 1
            for index in position...(position + length) { appendOctet(message[index]) }
            position += length + 1
        }
        closeName()
        return end ?? position + 1
    }

    /// Takes the octets of a name known to be well formed and uncompressed.
    public mutating func set(_ name: Name) {
        count = 0
        labelCount = 0
        append(labelsOf: name)
        closeName()
    }

    /// Becomes a copy of `other`.
    public mutating func set(_ other: borrowing NameBuffer) {
        _ = set(first: other.labelCount, of: other, then: .root)
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
        for index in 0..<labels { labelStarts[index] = other.labelStarts[index] }
        for index in 0..<kept { appendOctet(other.spelledOctets[index]) }
        append(labelsOf: suffix)
        closeName()
        return true
    }

    private mutating func append(labelsOf name: Name) {
        let octets = name.octets.span
        var next = 0
        for index in 0..<(octets.count - 1) {
            if index == next {
                labelStarts[labelCount] = UInt8(truncatingIfNeeded: count)
                labelCount += 1
                next += Int(octets[index]) + 1
            }
            appendOctet(octets[index])
        }
    }

    private mutating func appendOctet(_ octet: UInt8) {
        spelledOctets[count] = octet
        foldedOctets[count] = octet.lowercasedASCII
        count += 1
    }

    /// Writes the root's octet and works out the suffix hashes, from the root to the left.
    private mutating func closeName() {
        spelledOctets[count] = 0
        foldedOctets[count] = 0
        count += 1
        hashes[labelCount] = hasher.key
        var index = labelCount - 1
        while index >= 0 {
            let start = Int(labelStarts[index])
            hashes[index] = hasher.hash(
                label: foldedOctets.span, from: start + 1, count: Int(foldedOctets[start]),
                under: hashes[index + 1])
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
