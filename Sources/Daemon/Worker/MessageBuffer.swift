// Room for one message, owned by a worker and used again for each: what is written into it is sent before the
// next one is.

internal import DNSWire

/// A fixed number of bytes, of which the first hold a message.
struct MessageBuffer: ~Copyable {
    private var octets: [UInt8]
    private var count = 0

    init(capacity: Int) { octets = [UInt8](repeating: 0, count: capacity) }

    /// Lets `body` write a message that replaces the last one.
    mutating func write<Result>(_ body: (inout MessageWriter) -> Result) -> Result {
        var writer = MessageWriter(into: octets.mutableSpan)
        let result = body(&writer)
        count = writer.count
        return result
    }

    /// Gives the message to `body`.
    func read<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(octets.span.extracting(first: count))
    }
}
