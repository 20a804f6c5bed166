// Seconds since 1970 as a date of the Gregorian calendar and back, for the times of signatures.
// Without a clock a 32-bit time is taken to be between 1970 and 2106.

/// A time as the fourteen digits of RFC 4034, section 3.2.
struct CalendarTime: BitwiseCopyable {
    /// Seconds since 1970, modulo 2^32.
    let seconds: UInt32

    init(seconds: UInt32) { self.seconds = seconds }

    /// Reads the number `YYYYMMDDHHmmSS`; nil if it is no time from 1970 on.
    init?(decimal: UInt64) {
        var rest = decimal
        func part(_ size: UInt64) -> Int {
            defer { rest /= size }
            return Int(rest % size)
        }
        let second = part(100)
        let minute = part(100)
        let hour = part(100)
        let day = part(100)
        let month = part(100)
        let year = Int(rest)
        guard year >= 1970, (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60,
            day <= Self.days(inMonth: month, of: year)
        else { return nil }
        let days = Self.dayNumber(year: year, month: month, day: day)
        seconds = UInt32(truncatingIfNeeded: days * 86400 + hour * 3600 + minute * 60 + second)
    }

    /// The number `YYYYMMDDHHmmSS`.
    var decimal: UInt64 {
        var days = Int(seconds) / 86400
        let time = Int(seconds) % 86400
        var year = 1970
        while days >= Self.dayCount(of: year) {
            days -= Self.dayCount(of: year)
            year += 1
        }
        var month = 1
        while days >= Self.days(inMonth: month, of: year) {
            days -= Self.days(inMonth: month, of: year)
            month += 1
        }
        let date = (year * 100 + month) * 100 + days + 1
        let clock = (time / 3600 * 100 + time / 60 % 60) * 100 + time % 60
        return UInt64(date) * 1_000_000 + UInt64(clock)
    }

    /// Days since the first of January 1970.
    private static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let before = year - 1
        var days = before * 365 + before / 4 - before / 100 + before / 400 - 719_162
        for earlier in 1..<month { days += Self.days(inMonth: earlier, of: year) }
        return days + day - 1
    }

    private static func dayCount(of year: Int) -> Int { isLeap(year) ? 366 : 365 }

    private static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
