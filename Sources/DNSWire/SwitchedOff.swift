// Behaviours that `scripts/mutate` takes out one at a time, to see which scenario notices. Only a build with the flag
// SWITCHES has them: everywhere else the answer is known when the program is compiled, and nothing of it is left. The
// variable is `unsafe` only there: a test sets it once, before anything reads it.

#if SWITCHES
    /// The behaviour that is switched off.
    public nonisolated(unsafe) var switchedOff: String?

    /// Whether `behaviour` is switched off.
    public func isSwitchedOff(_ behaviour: StaticString) -> Bool {
        unsafe switchedOff == behaviour.description
    }
#else
    /// Whether `behaviour` is switched off, which it never is.
    @inlinable @inline(__always)
    public func isSwitchedOff(_ behaviour: StaticString) -> Bool { false }
#endif
