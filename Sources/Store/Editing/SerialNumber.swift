// The serial number that a zone gets when its content changes.

/// The serial numbers of SOA records (RFC 1982).
public enum SerialNumber {
    /// The number after `serial`: today's date and two digits where `serial` is of that form, else one more.
    ///
    /// It is always greater: a date of tomorrow, or a hundred changes in a day, continue counting.
    public static func next(after serial: UInt32, on today: WallTime) -> UInt32 {
        if isDate(serial) {
            let first = today.dateNumber &* 100
            return first > serial ? first : serial + 1
        }
        return serial == UInt32.max ? 1 : serial + 1
    }

    /// Whether `serial` is greater than `other`; of two that are half of all numbers apart, neither is.
    public static func isGreater(_ serial: UInt32, than other: UInt32) -> Bool {
        let distance = serial &- other
        return distance != 0 && distance < 1 << 31
    }

    /// The largest of the existing numbers, each compared with the largest before it.
    public static func greatest(_ serials: [UInt32?]) -> UInt32? {
        serials.reduce(nil) { greatest, serial in
            guard let greatest, let serial else { return greatest ?? serial }
            return isGreater(serial, than: greatest) ? serial : greatest
        }
    }

    /// Whether a number is of the form `YYYYMMDDnn`.
    static func isDate(_ serial: UInt32) -> Bool {
        let date = String(serial / 100)
        return serial >= 1_970_010_100 && serial < 2_100_010_100 && WallTime(date) != nil
    }
}
