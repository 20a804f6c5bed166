// Bytes at a fixed address for the lifetime of their owner. An array needs a uniqueness check
// before each change; this type has only one owner.

internal import Glibc

/// A fixed number of bytes, initially zero; pages that were never written take no memory.
@safe public struct FixedOctets: ~Copyable {
    /// How many they are.
    public let count: Int
    /// The owned memory of `count` bytes.
    private let start: UnsafeMutablePointer<UInt8>

    /// Takes room for `count` bytes: at least one.
    public init(count: Int) {
        precondition(count > 0, "there is no room for nothing")
        guard let zeros = unsafe calloc(count, 1) else { fatalError("no memory for octets") }
        self.count = count
        unsafe start = zeros.bindMemory(to: UInt8.self, capacity: count)
    }

    deinit { unsafe free(start) }

    /// The bytes.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        @inline(__always)
        get {
            let span = unsafe Span(_unsafeStart: start, count: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes, to be changed.
    public var mutableSpan: MutableSpan<UInt8> {
        @_lifetime(&self)
        @inline(__always)
        mutating get {
            let span = unsafe MutableSpan(_unsafeStart: start, count: count)
            return unsafe _overrideLifetime(span, mutating: &self)
        }
    }
}
