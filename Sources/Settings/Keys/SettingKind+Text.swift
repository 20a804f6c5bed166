// Describes the values of a kind, for messages and for a column of the documentation.

extension SettingKind {
    /// What the value must be, as in "must be ...".
    var expectation: String {
        switch self {
        case .text(let maximum): "text of at most \(maximum) bytes"
        case .path: "a path"
        case .boolean: "true or false"
        case .integer(let range):
            "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .automaticOrInteger(let range):
            "auto or a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .size(let range):
            "a size such as 512KiB, 64MiB or 1GiB, from \(Self.size(range.lowerBound)) to "
                + Self.size(range.upperBound)
        case .duration(let range):
            "a time such as 250ms, 6s or 1m, from \(Self.time(range.lowerBound)) to "
                + Self.time(range.upperBound)
        case .seconds(let range):
            "a time in whole seconds such as 1800, 30m or 1d, from "
                + "\(Self.time(range.lowerBound * 1000)) to \(Self.time(range.upperBound * 1000))"
        case .choice(let words):
            words.dropLast().joined(separator: ", ") + (words.count > 1 ? " or " : "")
                + (words.last ?? "")
        case .name: "a domain name"
        case .address: "an address"
        case .listener, .server: "an address or address:port (IPv6 with a port in brackets)"
        case .prefix: "an address block such as 10.0.0.0/8"
        case .secret(let octets): "\(2 * octets) hexadecimal digits"
        case .list(let element, _): "a list, each entry \(element.expectation)"
        case .records: "a list of maps"
        case .valuesOrRecords(let element, _, _):
            "a list, each entry \(element.expectation), or a map"
        }
    }

    /// The text as a message may show it.
    func shown(_ text: String) -> String {
        if case .secret = self { return "this value" }
        return SettingsText.quote(text)
    }

    /// In the largest unit that divides it.
    private static func size(_ octets: Int) -> String {
        let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")]
        for (shift, unit) in units where octets > 0 && octets % (1 << shift) == 0 {
            return "\(octets >> shift)\(unit)"
        }
        return "\(octets)"
    }

    /// In the largest unit that divides it.
    private static func time(_ milliseconds: Int) -> String {
        let units = [
            (604_800_000, "w"), (86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"),
        ]
        for (length, unit) in units where milliseconds > 0 && milliseconds % length == 0 {
            return "\(milliseconds / length)\(unit)"
        }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }
}
