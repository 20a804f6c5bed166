// A time in UTC, which dates the versions of a zone's history. It is read from the clock only here,
// converted to and from text, and used as the date of a serial number. `unsafe` marks the only
// system call, which writes into a local variable.

internal import Glibc

/// A time in seconds and nanoseconds since 1970, UTC.
public struct WallTime: Hashable, Sendable, Comparable, BitwiseCopyable {
    /// Nanoseconds since 1970.
    public let nanoseconds: Int64

    /// A time.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The time that it is.
    public static var now: WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Whichever is earlier.
    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The date as the number `YYYYMMDD`.
    public var dateNumber: UInt32 {
        let parts = parts
        return UInt32(clamping: (parts[0] * 100 + parts[1]) * 100 + parts[2])
    }
}

extension WallTime: CustomStringConvertible {
    /// `2026-01-31T23:59:58Z`.
    public var description: String {
        let parts = parts
        return
            "\(Self.padded(parts[0], 4))-\(Self.padded(parts[1], 2))-\(Self.padded(parts[2], 2))"
            + "T\(Self.padded(parts[3], 2)):\(Self.padded(parts[4], 2)):\(Self.padded(parts[5], 2))Z"
    }

    /// `2026-01-31T23:59:58.123Z`, rounded down.
    public var preciseDescription: String {
        description.dropLast() + "." + Self.padded(parts[6] / 1_000_000, 3) + "Z"
    }

    /// `20260131T235958.123456789Z`, whose order as text is the order of times.
    public var stamp: String {
        let parts = parts
        return
            Self.padded(parts[0], 4) + Self.padded(parts[1], 2) + Self.padded(parts[2], 2) + "T"
            + Self.padded(parts[3], 2) + Self.padded(parts[4], 2) + Self.padded(parts[5], 2) + "."
            + Self.padded(parts[6], 9) + "Z"
    }

    /// Reads `2026-01-31`, `2026-01-31T23:59`, `2026-01-31T23:59:58` with or without `Z`, the same with a blank
    /// for the `T`, and what `stamp` gives.
    public init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)
        if rest.last == UInt8(ascii: "Z") || rest.last == UInt8(ascii: "z") { rest.removeLast() }
        var fraction: Int64 = 0
        if let dot = rest.firstIndex(of: UInt8(ascii: ".")) {
            let digits = rest[(dot + 1)...]
            guard (1...9).contains(digits.count), let number = Self.number(digits) else {
                return nil
            }
            fraction = Int64(number)
            for _ in digits.count..<9 { fraction *= 10 }
            rest.removeSubrange(dot...)
        }
        let separators = Array("-: Tt".utf8)
        let digits = rest.filter { !separators.contains($0) }
        guard [8, 12, 14].contains(digits.count), rest.count <= 19,
            let date = Self.number(digits[..<8])
        else { return nil }
        let clock = digits[8...] + [UInt8](repeating: 0x30, count: 14 - digits.count)
        guard let time = Self.number(clock) else { return nil }
        let (year, month, day) = (date / 10000, date / 100 % 100, date % 100)
        let (hour, minute, second) = (time / 10000, time / 100 % 100, time % 100)
        guard year >= 1970, (1...12).contains(month), (1...31).contains(day), hour < 24,
            minute < 60, second < 60
        else { return nil }
        let seconds =
            Int64(Self.days(year, month, day)) * 86400 + Int64(hour * 3600 + minute * 60 + second)
        self.init(nanoseconds: seconds * 1_000_000_000 + fraction)
        // A day that its month does not have becomes another date.
        guard Int(dateNumber) == date else { return nil }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard digits.allSatisfy({ $0 &- 0x30 <= 9 }) else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// Year, month, day, hour, minute, second, nanosecond.
    private var parts: [Int] {
        let seconds = Int(nanoseconds / 1_000_000_000)
        let (year, month, day) = Self.date(seconds / 86400)
        let time = seconds % 86400
        return [
            year, month, day, time / 3600, time / 60 % 60, time % 60,
            Int(nanoseconds % 1_000_000_000),
        ]
    }

    /// Days since 1970 of a date; years are counted from March, so that the leap day is the last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let years = month > 2 ? year : year - 1
        let months = (month + 9) % 12
        return years * 365 + years / 4 - years / 100 + years / 400 + (months * 306 + 5) / 10 + day
            - 719_469
    }

    private static func date(_ days: Int) -> (Int, Int, Int) {
        var year = 1970 + days / 366
        while self.days(year + 1, 1, 1) <= days { year += 1 }
        var month = 1
        while month < 12, self.days(year, month + 1, 1) <= days { month += 1 }
        return (year, month, days - self.days(year, month, 1) + 1)
    }
}
