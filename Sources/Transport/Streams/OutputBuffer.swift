// Bytes that wait until a stream takes them. Its owner bounds it and decides what happens when
// it is full.

internal import CLinux
internal import Glibc

/// Bytes to be written, in order.
struct OutputBuffer {
    /// How an attempt to write ended.
    enum Outcome: Equatable {
        /// Everything was written.
        case drained
        /// The rest waits until the descriptor is writable.
        case blocked
        /// The stream failed, by `errno`.
        case failed(CInt)
    }

    private var octets: [UInt8]
    /// Bytes at the start of `octets` that were written.
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

    /// Counts the first `count` bytes that wait as written.
    mutating func skip(_ count: Int) { written += min(count, self.count) }

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

    /// Writes without waiting. `keepingMemory` is for a buffer that is soon filled again.
    mutating func write(to descriptor: CInt, keepingMemory: Bool = false) -> Outcome {
        while !isEmpty {
            let count = unsafe octets.withUnsafeBytes { bytes in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[written...])
                return unsafe Glibc.send(
                    descriptor, rest.baseAddress, rest.count,
                    CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                return .blocked
            } else if errno != EINTR {
                return .failed(errno)
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

/// One message written straight from its owner's memory.
enum FramedWrite {
    /// Writes the length and the message with one call; returns how many of their bytes were
    /// taken, or `errno` negated.
    static func write(_ message: Span<UInt8>, to descriptor: CInt) -> Int {
        var length = UInt16(message.count).bigEndian
        return unsafe message.withUnsafeBytes { bytes in
            unsafe withUnsafeMutableBytes(of: &length) { prefix in
                var vectors: [2 of iovec] = unsafe [
                    iovec(iov_base: prefix.baseAddress, iov_len: prefix.count),
                    // sendmsg only reads what a vector points to.
                    iovec(
                        iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress),
                        iov_len: bytes.count),
                ]
                return unsafe send(&vectors, to: descriptor)
            }
        }
    }

    private static func send(_ vectors: inout [2 of iovec], to descriptor: CInt) -> Int {
        var span = unsafe vectors.mutableSpan
        return unsafe span.withUnsafeMutableBufferPointer { vectors in
            var header = unsafe msghdr()
            unsafe header.msg_iov = vectors.baseAddress
            unsafe header.msg_iovlen = vectors.count
            while true {
                let count = unsafe sendmsg(
                    descriptor, &header, CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL))
                if count >= 0 { return count }
                if errno != EINTR { return -Int(errno) }
            }
        }
    }
}
