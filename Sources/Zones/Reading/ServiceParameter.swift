// The keys of service bindings (RFC 9460, section 14.3.2; RFC 9461; RFC 9540) and the shape of each
// one's value. Text is read in ZoneScanner+ServiceParameters and written in RecordDataPrinter.

/// How the value of a service parameter is written.
enum ServiceValue: BitwiseCopyable {
    /// Keys in ascending order, separated by commas.
    case keys
    /// Strings of 1 to 255 bytes, each after its length; separated by commas.
    case strings
    /// No value.
    case none
    /// Two bytes.
    case port
    /// One or more IPv4 addresses, separated by commas.
    case ipv4List
    /// One or more IPv6 addresses, separated by commas.
    case ipv6List
    /// Bytes in base64.
    case base64
    /// Bytes as they are.
    case opaque
}

/// A key of a service parameter.
struct ServiceKey: Hashable, Comparable, BitwiseCopyable {
    let rawValue: UInt16

    static let mandatory = ServiceKey(rawValue: 0)
    static let alpn = ServiceKey(rawValue: 1)
    static let noDefaultALPN = ServiceKey(rawValue: 2)
    static let dohPath = ServiceKey(rawValue: 7)
    /// The number of bytes of the longest name, `no-default-alpn`.
    static let longestName = 15

    /// The keys that have names, in order of number.
    private static let known: [(name: String, value: ServiceValue)] = [
        ("mandatory", .keys), ("alpn", .strings), ("no-default-alpn", .none), ("port", .port),
        ("ipv4hint", .ipv4List), ("ech", .base64), ("ipv6hint", .ipv6List), ("dohpath", .opaque),
        ("ohttp", .none),
    ]

    init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Reads `alpn` or `key667`; nil for anything else, and for key65535, which is reserved.
    init?(_ text: String) {
        if let index = Self.known.firstIndex(where: { $0.name == text }) {
            self.init(rawValue: UInt16(index))
            return
        }
        guard text.hasPrefix("key") else { return nil }
        let digits = text.dropFirst(3)
        guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt16(digits),
            number < 65535, digits == "0" || !digits.hasPrefix("0")
        else { return nil }
        self.init(rawValue: number)
    }

    /// `alpn` or `key667`.
    var name: String {
        Int(rawValue) < Self.known.count ? Self.known[Int(rawValue)].name : "key\(rawValue)"
    }

    /// The name that BIND 9.18, Knot 3.2 and NSD 4.6 know: none of a key after `ipv6hint`.
    var portableName: String { rawValue > 6 ? "key\(rawValue)" : name }

    /// How the value is written.
    var value: ServiceValue {
        Int(rawValue) < Self.known.count ? Self.known[Int(rawValue)].value : .opaque
    }

    static func < (left: ServiceKey, right: ServiceKey) -> Bool { left.rawValue < right.rawValue }
}

extension ServiceKey {
    /// Whether `value` has the shape of this key's values; what other parameters there are aside.
    func admits(_ value: Span<UInt8>) -> Bool {
        switch self.value {
        case .keys:
            guard value.count >= 2, value.count % 2 == 0 else { return false }
            var previous = 0
            for index in stride(from: 0, to: value.count, by: 2) {
                let key = value.bigEndian16(at: index)
                guard key > previous else { return false }
                previous = key
            }
            return true
        case .strings:
            var index = 0
            while index < value.count {
                guard value[index] > 0 else { return false }
                index += 1 + Int(value[index])
            }
            return index == value.count && index > 0
        case .none: return value.isEmpty
        case .port: return value.count == 2
        case .ipv4List: return value.count > 0 && value.count % 4 == 0
        case .ipv6List: return value.count > 0 && value.count % 16 == 0
        case .base64: return value.count > 0
        case .opaque: return true
        }
    }
}

/// A list of service parameters on the wire, walked from left to right.
struct ServiceParameterCursor: BitwiseCopyable {
    /// Where the next parameter starts.
    var position: Int

    /// The next parameter's key and where its value is; nil at the end or when the bytes are short.
    mutating func next(in data: Span<UInt8>) -> (key: ServiceKey, value: Range<Int>)? {
        guard position + 4 <= data.count else { return nil }
        let start = position + 4
        let end = start + data.bigEndian16(at: position + 2)
        guard end <= data.count else { return nil }
        let key = ServiceKey(rawValue: UInt16(data.bigEndian16(at: position)))
        position = end
        return (key, start..<end)
    }
}

/// What is wrong with a list of service parameters.
enum ServiceParameterFault: Error, Equatable, BitwiseCopyable {
    /// A parameter is cut off, its value is not one of its key's, or the keys are not ascending.
    case shape
    /// There is `no-default-alpn` without `alpn`.
    case noDefaultALPNWithoutALPN
    /// `mandatory` lists a key that is absent.
    case mandatoryParameterMissing

    /// Checks the parameters of `data` from `start` to the end (RFC 9460, sections 2.2, 7.1.1 and 8).
    static func check(_ data: Span<UInt8>, from start: Int) throws(ServiceParameterFault) {
        var cursor = ServiceParameterCursor(position: start)
        var previous = -1
        var hasALPN = false
        var lacksDefault = false
        var mandatory = 0..<0
        while let (key, value) = cursor.next(in: data) {
            guard Int(key.rawValue) > previous, key.rawValue < 65535,
                key.admits(data.extracting(value))
            else { throw .shape }
            previous = Int(key.rawValue)
            if key == .mandatory { mandatory = value }
            if key == .alpn { hasALPN = true }
            if key == .noDefaultALPN { lacksDefault = true }
        }
        if cursor.position != data.count { throw .shape }
        if lacksDefault, !hasALPN { throw .noDefaultALPNWithoutALPN }
        // Both are ascending, so that one walk finds all.
        var search = ServiceParameterCursor(position: start)
        for index in stride(from: mandatory.lowerBound, to: mandatory.upperBound, by: 2) {
            let wanted = ServiceKey(rawValue: UInt16(data.bigEndian16(at: index)))
            var isThere = false
            while !isThere, let (key, _) = search.next(in: data) { isThere = key == wanted }
            if !isThere { throw .mandatoryParameterMissing }
        }
    }
}

extension Span<UInt8> {
    /// The number of the two bytes at `index`.
    func bigEndian16(at index: Int) -> Int { Int(self[index]) << 8 | Int(self[index + 1]) }

    /// The number of the four bytes at `index`.
    func bigEndian32(at index: Int) -> UInt32 {
        UInt32(bigEndian16(at: index)) << 16 | UInt32(bigEndian16(at: index + 2))
    }
}
