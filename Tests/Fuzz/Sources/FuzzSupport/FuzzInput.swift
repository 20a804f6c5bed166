// What every fuzz target starts with: the octets that libFuzzer made, taken from the front part by part, and a
// check whose failure is a finding.

/// The octets of one run.
public struct FuzzInput {
    private let octets: [UInt8]
    private var position = 0

    /// A copy of what libFuzzer hands over; `start` may be nil when there is nothing.
    public init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
        octets = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    }

    /// The number of octets that were not taken yet.
    public var count: Int { octets.count - position }

    /// The next octet; 0 behind the end.
    public mutating func octet() -> UInt8 {
        guard position < octets.count else { return 0 }
        defer { position += 1 }
        return octets[position]
    }

    /// The next two octets as a number, most significant first.
    public mutating func number() -> Int { Int(octet()) << 8 | Int(octet()) }

    /// At most the next `count` octets.
    public mutating func part(_ count: Int) -> [UInt8] {
        let end = min(position + count, octets.count)
        defer { position = end }
        return Array(octets[position..<end])
    }

    /// All that is left.
    public mutating func rest() -> [UInt8] { part(count) }
}

/// Ends the run as a finding unless `condition` holds.
public func check(_ condition: Bool, _ sentence: @autoclosure () -> String) {
    if !condition { fatalError("finding: \(sentence())") }
}

/// Octets in hexadecimal, for a finding's sentence.
public func hexadecimal(_ octets: some Sequence<UInt8>) -> String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
