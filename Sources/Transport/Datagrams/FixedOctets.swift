// Octets in one place of memory for as long as their owner lives. An array of them has to be looked at before each
// change, whether somebody else has it too; these nobody else can have.

internal import Glibc

/// A fixed number of octets, zeros at first; pages that nobody has written to take no memory.
@safe public struct FixedOctets: ~Copyable {
    /// How many they are.
    public let count: Int
    /// Owned, and of so many octets.
    private let start: UnsafeMutablePointer<UInt8>

    /// Takes room for `count` octets: at least one.
    public init(count: Int) {
        precondition(count > 0, "there is no room for nothing")
        guard let zeros = unsafe calloc(count, 1) else { fatalError("no memory for octets") }
        self.count = count
        unsafe start = zeros.bindMemory(to: UInt8.self, capacity: count)
    }

    deinit { unsafe free(start) }

    /// The octets.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        @inline(__always)
        get {
            let span = unsafe Span(_unsafeStart: start, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The octets, to be changed.
    public var mutableSpan: MutableSpan<UInt8> {
        @_lifetime(&self)
        @inline(__always)
        mutating get {
            let span = unsafe MutableSpan(_unsafeStart: start, count: count)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }
}
