// One word of the file as a value of some kind: numbers, sizes, lengths of time, names, addresses.

import Addresses
import DNSWire

/// Why a word is not a value of its kind.
enum ScalarFault: Error, Equatable {
    /// It has the wrong form.
    case form
    /// It has the right form but is invalid; the text completes a sentence that begins with the
    /// word.
    case because(String)

    /// The whole sentence.
    func sentence(subject: String, kind: SettingKind, text: String) -> String {
        switch self {
        case .form:
            "\(subject) must be \(kind.expectation), not \(kind.shown(text))."
        case .because(let reason): "\(subject): \(kind.shown(text)) \(reason)."
        }
    }
}

/// A word and what is needed to read it.
struct ScalarReader {
    let text: String
    /// Whether it is not in quotes; numbers and flags must not be quoted.
    let isPlain: Bool
    /// The directory of relative paths: empty, or ending with a slash.
    let directory: String

    /// The word as `kind`, which must be that of a single word.
    func read(as kind: SettingKind) -> Result<SettingValue, ScalarFault> {
        switch kind {
        case .text(let maximum): readText(maximum: maximum)
        case .path(let maximum): readPath(maximum: maximum)
        case .boolean: readBoolean()
        case .integer(let range): readInteger(in: range)
        case .automaticOrInteger(let range):
            text == "auto" ? .success(.automatic) : readInteger(in: range)
        case .size(let range): readSize(in: range)
        case .duration(let range): readTime(in: range, unit: 1, as: SettingValue.milliseconds)
        case .seconds(let range): readTime(in: range, unit: 1000, as: SettingValue.integer)
        case .choice(let words): words.contains(text) ? .success(.text(text)) : .failure(.form)
        case .name(let allowsRoot): readName(allowsRoot: allowsRoot)
        case .address: readAddress()
        case .listener(let port): readEndpoint(defaultPort: port, isServer: false)
        case .server: readEndpoint(defaultPort: 53, isServer: true)
        case .prefix: readPrefix()
        case .secret(let octets): readSecret(octets: octets)
        case .list, .records, .valuesOrRecords: .failure(.form)
        }
    }

    // MARK: Words

    private func readText(maximum: Int) -> Result<SettingValue, ScalarFault> {
        if text.isEmpty { return .failure(.because("is empty")) }
        if text.utf8.count > maximum {
            return .failure(.because("is longer than \(maximum) bytes"))
        }
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return .failure(.because("contains a control character"))
        }
        return .success(.text(text))
    }

    private func readPath(maximum: Int) -> Result<SettingValue, ScalarFault> {
        var path = text.hasPrefix("/") ? text : directory + text
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return readText(maximum: maximum).flatMap { _ in
            path.utf8.count > maximum
                ? .failure(.because("is longer than \(maximum) bytes with its directory"))
                : .success(.text(path))
        }
    }

    private func readSecret(octets: Int) -> Result<SettingValue, ScalarFault> {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        guard digits.count == 2 * octets, text.utf8.count == digits.count else {
            return .failure(.form)
        }
        return .success(
            .octets((0..<octets).map { UInt8(digits[2 * $0] << 4 | digits[2 * $0 + 1]) }))
    }

    private func readBoolean() -> Result<SettingValue, ScalarFault> {
        switch text {
        case "true" where isPlain: .success(.boolean(true))
        case "false" where isPlain: .success(.boolean(false))
        default: .failure(.form)
        }
    }

    // MARK: Numbers

    private func readInteger(in range: ClosedRange<Int>) -> Result<SettingValue, ScalarFault> {
        guard isPlain, let number = Self.digits(text), range.contains(number) else {
            return .failure(.form)
        }
        return .success(.integer(number))
    }

    private func readSize(in range: ClosedRange<Int>) -> Result<SettingValue, ScalarFault> {
        let (digits, unit) = Self.split(text)
        let shifts = ["": 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40]
        guard let shift = shifts[unit], let number = Self.digits(digits) else {
            return .failure(.form)
        }
        return Self.product(number, 1 << shift, in: range).map { .integer($0) }
    }

    private func readTime(
        in range: ClosedRange<Int>, unit: Int, as value: (Int) -> SettingValue
    ) -> Result<SettingValue, ScalarFault> {
        let (digits, suffix) = Self.split(text)
        let factors = [
            "ms": 1, "": 1000, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
            "w": 604_800_000,
        ]
        guard let factor = factors[suffix], factor >= unit, let number = Self.digits(digits) else {
            return .failure(.form)
        }
        return Self.product(number, factor / unit, in: range).map(value)
    }

    private static func product(
        _ left: Int, _ right: Int, in range: ClosedRange<Int>
    ) -> Result<Int, ScalarFault> {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        return !overflow && range.contains(product) ? .success(product) : .failure(.form)
    }

    /// The leading digits, and the rest.
    private static func split(_ text: String) -> (digits: String, unit: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        return (String(digits), String(text.dropFirst(digits.count)))
    }

    /// A number without a sign and without leading zeros, which some programs read as octal.
    private static func digits(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            text == "0" || !text.hasPrefix("0")
        else { return nil }
        return Int(text)
    }

    // MARK: Names and addresses

    private func readName(allowsRoot: Bool) -> Result<SettingValue, ScalarFault> {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return .failure(
                .because("contains more than visible ASCII; write it as A-labels (xn--)"))
        }
        do throws(NameTextError) {
            let name = try Name(text: text)
            if name.isRoot, !allowsRoot { return .failure(.because("cannot be the root")) }
            if name.labels.contains([UInt8(ascii: "*")]) {
                return .failure(.because("has a wildcard; a suffix covers all names below it"))
            }
            return .success(.name(name))
        } catch {
            return .failure(.because(Self.reason(error)))
        }
    }

    private static func reason(_ error: NameTextError) -> String {
        switch error {
        case .empty: "is empty"
        case .emptyLabel: "has an empty label"
        case .labelTooLong: "has a label of more than 63 octets"
        case .nameTooLong: "is longer than 255 octets"
        case .badEscape: "has a backslash without a character to escape"
        }
    }

    private func readAddress() -> Result<SettingValue, ScalarFault> {
        guard let address = IPAddress(text) else { return .failure(.form) }
        if let reason = Self.fault(in: address, isServer: true) {
            return .failure(.because(reason))
        }
        return .success(.address(address))
    }

    private func readEndpoint(
        defaultPort: UInt16, isServer: Bool
    ) -> Result<SettingValue, ScalarFault> {
        guard let endpoint = Endpoint(text, defaultPort: defaultPort) else {
            return .failure(.form)
        }
        if let reason = Self.fault(in: endpoint.address, isServer: isServer) {
            return .failure(.because(reason))
        }
        if isServer, endpoint.port == 0 { return .failure(.because("has port 0")) }
        return .success(.endpoint(endpoint))
    }

    private func readPrefix() -> Result<SettingValue, ScalarFault> {
        guard let prefix = Prefix(text) else { return .failure(.form) }
        if prefix.first.isIPv6, prefix.length >= 96, prefix.first.unmapped != prefix.first {
            return .failure(.because("is an IPv4-mapped block; write it as IPv4"))
        }
        let address = text.split(separator: "/", maxSplits: 1).first.flatMap { IPAddress($0) }
        if address != prefix.first {
            return .failure(.because("has bits after the prefix; write `\(prefix)`"))
        }
        return .success(.prefix(prefix))
    }

    /// Why a socket cannot use this address; nil if it can.
    private static func fault(in address: IPAddress, isServer: Bool) -> String? {
        if address.unmapped != address {
            return "is an IPv4-mapped address; write `\(address.unmapped)`"
        }
        if isServer, address.isUnspecified { return "is the unspecified address" }
        if let bits = address.ipv4Bits {
            if bits >> 28 == 0xE { return "is a multicast address" }
            if bits == .max { return "is the broadcast address" }
        } else {
            if address.octet(0) == 0xFF { return "is a multicast address" }
            if address.high >> 54 == 0xFE80 >> 6 {
                return "is a link-local address, which means nothing without an interface"
            }
        }
        return nil
    }
}
