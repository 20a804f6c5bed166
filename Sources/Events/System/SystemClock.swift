// The two times of the system, read here and passed down as numbers: the pure modules have no
// clock of their own.

internal import Glibc

/// The system's clocks.
public enum SystemClock {
    /// Nanoseconds since the system started, including the time it was suspended.
    public static func elapsed() -> UInt64 { read(CLOCK_BOOTTIME) }

    /// Seconds since 1970, as the administrator or the time service set them.
    public static func wallSeconds() -> UInt64 { read(CLOCK_REALTIME) / 1_000_000_000 }

    /// Microseconds of the clock that the service manager compares with, which stops in suspend.
    public static func monotonicMicroseconds() -> UInt64 { read(CLOCK_MONOTONIC) / 1000 }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        // These clocks exist on every Linux since 2.6.39, and so the call cannot fail.
        _ = unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}
