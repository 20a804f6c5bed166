// Bytes that wait until a stream takes them. Its owner bounds it and decides what happens when
// it is full.

/// Bytes to be written, in order.
struct OutputBuffer {
    /// How an attempt to write ended.
    enum Outcome: Equatable {
        /// Everything was written.
        case drained
        /// The rest waits until the stream's descriptor is ready for this.
        case blocked(Readiness)
        case failed(StreamError)
    }

    private var octets: [UInt8]
    /// Bytes at the start of `bytes` that were written.
    private var written = 0

    init(_ octets: consuming [UInt8] = []) { self.octets = octets }

    /// The number of bytes in memory, those that were written among them.
    var heldOctets: Int { octets.count }
    /// The number of bytes that wait.
    var count: Int { octets.count - written }
    var isEmpty: Bool { count == 0 }

    /// Appends one message after its length; it has 65535 bytes at most.
    mutating func appendFrame(_ message: Span<UInt8>) {
        if written > count { dropWritten() }
        let length = UInt16(message.count)
        octets.append(UInt8(truncatingIfNeeded: length >> 8))
        octets.append(UInt8(truncatingIfNeeded: length))
        append(message, from: 0)
    }

    /// Gives up the room of what was written: a stream that is never drained would need ever more.
    private mutating func dropWritten() {
        octets.removeFirst(written)
        written = 0
    }

    /// Appends bytes as they are, without the first `start`.
    mutating func append(_ more: Span<UInt8>, from start: Int) {
        octets.append(more.extracting(start...))
    }

    /// Moves all that waits to the end of `other`.
    mutating func move(to other: inout OutputBuffer) {
        other.append(octets.span, from: written)
        removeAll()
    }

    /// Forgets what waits and keeps the memory.
    mutating func removeAll() {
        octets.removeAll(keepingCapacity: true)
        written = 0
    }

    /// Writes as much as the stream takes. `keepingMemory` is for a buffer that is soon filled again.
    mutating func write(to stream: ByteStream, keepingMemory: Bool = false) -> Outcome {
        while !isEmpty {
            switch stream.write(octets.span.extracting(written...)) {
            case .octets(let count): written += count
            case .wants(let readiness): return .blocked(readiness)
            case .failed(let error): return .failed(error)
            }
        }
        if keepingMemory { removeAll() } else { self = OutputBuffer() }
        return .drained
    }
}

extension [UInt8] {
    /// Appends the bytes of `more`.
    mutating func append(_ more: Span<UInt8>) {
        // An array takes a buffer whole, and a span byte by byte.
        unsafe more.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
