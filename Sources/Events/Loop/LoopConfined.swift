// A value shared by the closures of one thread. Swift's own exclusivity check looks up an address
// in a table for each property of an object, which costs more than everything else in a short tick.
// Here one flag protects the whole value.

/// A value for the closures of the thread that creates it, accessed by one of them at a time.
@safe public final class LoopConfined<Value: ~Copyable> {
    private let value: UnsafeMutablePointer<Value>
    private let isUsed: UnsafeMutablePointer<Bool>
    private let thread = OwningThread()

    /// Takes a value.
    public init(_ initial: consuming Value) {
        unsafe value = .allocate(capacity: 1)
        unsafe value.initialize(to: initial)
        unsafe isUsed = .allocate(capacity: 1)
        unsafe isUsed.initialize(to: false)
    }

    deinit {
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
        unsafe isUsed.deallocate()
    }

    /// Calls `body` with the value; ends the process when that is done from within another such call, and in a
    /// debug build when it is done on another thread.
    @inline(__always)
    public func use<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        thread.check()
        precondition(unsafe !isUsed.pointee, "the value is in use")
        unsafe isUsed.pointee = true
        defer { unsafe isUsed.pointee = false }
        return try unsafe body(&value.pointee)
    }
}
