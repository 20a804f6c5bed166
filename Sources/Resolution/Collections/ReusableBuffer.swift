// A few bytes in a row that is used again: the room for them is made once and for the longest.

internal import BasicContainers
internal import DNSWire

/// Bytes of changing number in room that never changes.
struct ReusableBuffer: ~Copyable {
    private var room: UniqueArray<UInt8>
    private var count = 0

    /// No bytes, and room for `capacity`.
    init(capacity: Int) { room = UniqueArray(repeating: 0, count: capacity) }

    /// The bytes.
    var span: Span<UInt8> {
        @_lifetime(borrow self) get { room.span.extracting(first: count) }
    }

    /// Replaces the bytes; the new ones must fit the capacity.
    mutating func set(_ octets: Span<UInt8>) {
        var target = room.mutableSpan
        target.copy(octets, at: 0)
        count = octets.count
    }
}
