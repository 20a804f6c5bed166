// Datagrams that are read, and answered, with one system call for many of them. All memory is
// taken once; pages that no datagram has reached are never touched. It reads and writes no
// socket itself: `UDPListener` does.

public import Addresses
internal import CLinux

/// Received datagrams, each with room for its reply.
public struct DatagramBatch: ~Copyable {
    /// The longest datagram that is received, and the longest reply.
    public static let datagramCapacity = 4096

    /// The number of datagrams that fit.
    public let capacity: Int
    /// The number of datagrams received last; those that cannot be used are among them.
    public private(set) var count = 0

    var received: DatagramSlots
    var replies: DatagramSlots
    /// How many of the datagrams since the last sending were cut off, or cannot be answered.
    var unusable = (truncated: 0, ignored: 0)

    /// A batch of at most `capacity` datagrams.
    public init(capacity: Int = 64) {
        self.capacity = capacity
        received = DatagramSlots(capacity: capacity)
        replies = DatagramSlots(capacity: capacity)
    }

    /// Calls `body` with the buffer of the first datagram and its size, as `answerEach` does,
    /// unless there is none or it cannot be answered.
    @inline(__always)
    public func readFirst(_ body: (Span<UInt8>, Int) -> Void) {
        if count > 0, received.isUsable(0) { body(received.bytes(0), received.length(0)) }
    }

    /// Calls `body` for each datagram with its buffer of `datagramCapacity` bytes (those after the
    /// datagram may have any value), its size, its sender's address, its complete addresses if
    /// needed, and the buffer for its reply; `body` returns the length of the reply, 0 for none or
    /// a later one.
    ///
    /// Replies gather until `UDPListener.send` takes them; those of an earlier call that were not
    /// sent are forgotten when the batch is filled again.
    @inline(__always)
    public mutating func answerEach(
        _ body: (
            Span<UInt8>, Int, IPAddress, () -> DatagramAddresses, consuming MutableSpan<UInt8>
        ) -> Int
    ) {
        for slot in 0..<count {
            if received.isUsable(slot) {
                Self.answer(slot, of: received, into: &replies, body)
            } else {
                passOver(slot)
            }
            received.reset(slot)
        }
        count = 0
    }

    @inline(__always)
    private static func answer(
        _ slot: Int, of received: borrowing DatagramSlots, into replies: inout DatagramSlots,
        _ body: (
            Span<UInt8>, Int, IPAddress, () -> DatagramAddresses, consuming MutableSpan<UInt8>
        ) -> Int
    ) {
        let answer = body(
            received.bytes(slot), received.length(slot), received.senderAddress(slot),
            { received.path(slot) }, replies.mutableBytes(replies.count))
        if answer > 0 { replies.commit(count: answer, to: slot, of: received) }
    }

    /// Counts a datagram that is not empty.
    @inline(never)
    private mutating func passOver(_ slot: Int) {
        if received.wasTruncated(slot) {
            unusable.truncated += 1
        } else if received.length(slot) > 0 {
            unusable.ignored += 1
        }
    }

    /// Reads up to `capacity` datagrams without waiting.
    @inline(__always)
    mutating func fill(from descriptor: CInt) {
        replies.removeAll()
        // The datagrams not processed yet.
        for slot in 0..<count { received.reset(slot) }
        count = received.receive(from: descriptor)
    }
}

/// Datagrams that wait to be sent together, such as late replies.
public struct DatagramQueue: ~Copyable {
    var slots: DatagramSlots

    /// A queue of at most `capacity` datagrams of at most `DatagramBatch.datagramCapacity` bytes.
    public init(capacity: Int = 64) { slots = DatagramSlots(capacity: capacity) }

    /// The number of datagrams that wait.
    public var count: Int { slots.count }
    /// Whether nothing more can be appended before the queue is sent.
    public var isFull: Bool { slots.count == slots.capacity }

    /// Appends the datagram that `body` writes; `body` returns its length, 0 for none.
    ///
    /// The queue must not be full.
    public mutating func append(
        to path: DatagramAddresses, _ body: (consuming MutableSpan<UInt8>) -> Int
    ) {
        precondition(!isFull, "a full queue is sent first")
        let length = body(slots.mutableBytes(slots.count))
        if length > 0 { slots.commit(count: length, path: path) }
    }
}
