// The label offsets of one name, for code that needs the last label first.

/// The offsets of a name's labels, leftmost first, the root not among them.
struct LabelStarts {
    private var offsets = InlineArray<128, UInt16>(repeating: 0)
    private(set) var count = 0

    /// The labels of the name at `offset` of `message`, which was checked; its pointers are followed.
    init(_ message: Span<UInt8>, at offset: Int) {
        var position = offset
        while count < NameBuffer.maximumLabels {
            let octet = message[position]
            if octet == 0 { break }
            if octet >= 0xC0 {
                position = message.pointer(at: position)
                continue
            }
            offsets[count] = UInt16(truncatingIfNeeded: position)
            count += 1
            position += Int(octet) + 1
        }
    }

    /// The offset of label `index`.
    subscript(index: Int) -> Int { Int(offsets[index]) }
}

extension Span<UInt8> {
    /// Where the compression pointer at `offset` points to (RFC 1035, section 4.1.4).
    @inline(__always)
    func pointer(at offset: Int) -> Int { Int(uint16(at: offset) & 0x3FFF) }
}
