// The wire check: do bytes have the shape of their type? One walk over the layout's fields serves the
// check, the printer and the comparison of data.

public import DNSWire

extension RecordDataLayout {
    /// Whether `data`, uncompressed, has the shape of `type`; always true of a type without a layout.
    public static func isWellFormed(_ data: Span<UInt8>, of type: RecordType) -> Bool {
        guard data.count <= 65535 else { return false }
        guard let fields = RecordDataFields.of(type) else { return true }
        var position = 0
        for index in 0..<fields.count {
            guard let end = fields[index].end(in: data, at: position) else { return false }
            position = end
        }
        return position == data.count
    }

    /// Whether two well-formed data of `type` are equal except for the case of names (RFC 4034, section 6.2).
    public static func isSame(
        _ left: Span<UInt8>, _ right: Span<UInt8>, of type: RecordType
    ) -> Bool {
        guard left.count == right.count else { return false }
        guard let fields = RecordDataFields.of(type), fields.holdsNames else {
            return left.equals(right, folded: false)
        }
        var position = 0
        for index in 0..<fields.count {
            let field = fields[index]
            guard let end = field.end(in: left, at: position),
                end == field.end(in: right, at: position)
            else { return false }
            let isName = field == .name || field == .compressibleName
            let range = position..<end
            guard left.extracting(range).equals(right.extracting(range), folded: isName) else {
                return false
            }
            position = end
        }
        return true
    }
}

extension Span<UInt8> {
    /// Whether the bytes are those of `other`.
    func equals(_ other: Span<UInt8>, folded: Bool) -> Bool {
        guard count == other.count else { return false }
        for index in indices {
            if self[index] == other[index] { continue }
            guard folded, self[index].lowercasedASCII == other[index].lowercasedASCII else {
                return false
            }
        }
        return true
    }
}

extension RecordDataField {
    /// Where the field that starts at `start` ends; nil if the bytes there are not one.
    func end(in data: Span<UInt8>, at start: Int) -> Int? {
        let end: Int
        switch self {
        case .uint8, .algorithm, .syncScheme: end = start + 1
        case .uint16, .recordType, .certificateType: end = start + 2
        case .uint32, .duration, .timestamp, .ipv4: end = start + 4
        case .eui48: end = start + 6
        case .eui64, .nodeIdentifier: end = start + 8
        case .ipv6: end = start + 16
        case .location: return Self.locationEnd(in: data, at: start)
        case .compressibleName, .name: return Self.nameEnd(in: data, at: start)
        case .characterString, .hexCounted: return Self.countedEnd(in: data, at: start)
        case .base32Counted:
            guard let end = Self.countedEnd(in: data, at: start), end > start + 1 else {
                return nil
            }
            return end
        case .tag: return Self.tagEnd(in: data, at: start)
        case .characterStrings: return Self.stringsEnd(in: data, at: start)
        case .hexRest, .base64Rest: return start < data.count ? data.count : nil
        case .quotedRest: return data.count
        case .ipsecKey, .hostIdentity, .relay:
            return isWholeGateway(data.extracting(start...)) ? data.count : nil
        case .typeBitmap: return Self.bitmapEnd(in: data, at: start)
        case .addressPrefixes: return Self.prefixesEnd(in: data, at: start)
        case .serviceParameters:
            let isFine: ()? = try? ServiceParameterFault.check(data, from: start)
            return isFine == nil ? nil : data.count
        }
        return end <= data.count ? end : nil
    }

    static func nameEnd(in data: Span<UInt8>, at start: Int) -> Int? {
        var position = start
        while position < data.count {
            let length = Int(data[position])
            guard length <= 63 else { return nil }
            position += length + 1
            if position - start > 255 { return nil }
            if length == 0 { return position }
        }
        return nil
    }

    private static func countedEnd(in data: Span<UInt8>, at start: Int) -> Int? {
        guard start < data.count else { return nil }
        let end = start + 1 + Int(data[start])
        return end <= data.count ? end : nil
    }

    private static func tagEnd(in data: Span<UInt8>, at start: Int) -> Int? {
        guard let end = countedEnd(in: data, at: start), end > start + 1 else { return nil }
        for index in (start + 1)..<end where !data[index].isASCIIAlphanumeric { return nil }
        return end
    }

    private static func stringsEnd(in data: Span<UInt8>, at start: Int) -> Int? {
        guard start < data.count else { return nil }
        var position = start
        while position < data.count {
            guard let end = countedEnd(in: data, at: position) else { return nil }
            position = end
        }
        return position
    }

    /// Windows ascending, each of 1 to 32 bytes of which the last is not zero.
    private static func bitmapEnd(in data: Span<UInt8>, at start: Int) -> Int? {
        var position = start
        var previous = -1
        while position < data.count {
            guard position + 2 < data.count, Int(data[position]) > previous else { return nil }
            let count = Int(data[position + 1])
            let end = position + 2 + count
            guard count >= 1, count <= 32, end <= data.count, data[end - 1] != 0 else {
                return nil
            }
            previous = Int(data[position])
            position = end
        }
        return position
    }

    /// Version 0, one-digit mantissas and exponents, at most 90 and 180 degrees.
    private static func locationEnd(in data: Span<UInt8>, at start: Int) -> Int? {
        guard start + 16 <= data.count, data[start] == 0 else { return nil }
        for index in (start + 1)...(start + 3) {
            guard data[index] >> 4 <= 9, data[index] & 0xF <= 9 else { return nil }
        }
        let latitude = Int(data.bigEndian32(at: start + 4)) - 0x8000_0000
        let longitude = Int(data.bigEndian32(at: start + 8)) - 0x8000_0000
        guard abs(latitude) <= 90 * 3_600_000, abs(longitude) <= 180 * 3_600_000 else {
            return nil
        }
        return start + 16
    }

    /// Items whose address fits its family and does not end with a zero byte.
    private static func prefixesEnd(in data: Span<UInt8>, at start: Int) -> Int? {
        var position = start
        while position < data.count {
            guard position + 4 <= data.count else { return nil }
            let family = data.bigEndian16(at: position)
            let count = Int(data[position + 3] & 0x7F)
            let end = position + 4 + count
            guard end <= data.count, count == 0 || data[end - 1] != 0 else { return nil }
            let octets = family == 1 ? 4 : family == 2 ? 16 : 127
            guard count <= octets, octets == 127 || Int(data[position + 2]) <= octets * 8 else {
                return nil
            }
            position = end
        }
        return position
    }
}
