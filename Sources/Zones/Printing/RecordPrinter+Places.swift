// Printing the kinds of data with a grammar of their own: service parameters (RFC 9460), locations
// (RFC 1876) and address prefixes (RFC 3123). The octets were checked before.

import Addresses
import DNSWire

extension RecordPrinter {
    mutating func appendServiceParameters(_ octets: Span<UInt8>) {
        var cursor = ServiceParameterCursor(position: 0)
        var isFirst = true
        while let (key, range) = cursor.next(in: octets) {
            if !isFirst { append(" ") }
            isFirst = false
            let value = octets.extracting(range)
            let isBare = isPortable && key == .alpn && !Self.isPlainList(value)
            append(isBare ? "key\(key.rawValue)" : name(of: key))
            if range.isEmpty { continue }
            append("=")
            appendValue(value, as: isBare ? .opaque : key.value)
        }
    }

    private mutating func appendValue(_ value: Span<UInt8>, as kind: ServiceValue) {
        switch kind {
        case .none, .opaque: append(quoted: value)
        case .port: append(String(value.bigEndian16(at: 0)))
        case .base64: appendBase64(value)
        case .keys:
            for index in stride(from: 0, to: value.count, by: 2) {
                if index > 0 { append(",") }
                append(name(of: ServiceKey(rawValue: UInt16(value.bigEndian16(at: index)))))
            }
        case .strings: appendList(value)
        case .ipv4List:
            for index in stride(from: 0, to: value.count, by: 4) {
                if index > 0 { append(",") }
                append(IPAddress(ipv4: value.bigEndian32(at: index)).description)
            }
        case .ipv6List:
            for index in stride(from: 0, to: value.count, by: 16) {
                if index > 0 { append(",") }
                append(Self.ipv6(value.extracting(index..<(index + 16))).description)
            }
        }
    }

    private func name(of key: ServiceKey) -> String { isPortable ? key.portableName : key.name }

    /// Whether all readers understand counted strings as a list: Knot 3.2 refuses a string of one byte in front of
    /// another, and readers differ in how many backslashes a comma takes.
    private static func isPlainList(_ value: Span<UInt8>) -> Bool {
        var position = 0
        while position < value.count {
            let end = position + 1 + Int(value[position])
            for index in (position + 1)..<end
            where value[index] == UInt8(ascii: ",") || value[index] == UInt8(ascii: "\\") {
                return false
            }
            if end == position + 2, end < value.count { return false }
            position = end
        }
        return true
    }

    /// Appends counted strings as a list, its commas and backslashes escaped within the quoted string.
    private mutating func appendList(_ value: Span<UInt8>) {
        var list: [UInt8] = []
        var position = 0
        while position < value.count {
            if position > 0 { list.append(UInt8(ascii: ",")) }
            let end = position + 1 + Int(value[position])
            for index in (position + 1)..<end {
                if value[index] == UInt8(ascii: ",") || value[index] == UInt8(ascii: "\\") {
                    list.append(UInt8(ascii: "\\"))
                }
                list.append(value[index])
            }
            position = end
        }
        append(quoted: list.span)
    }

    /// Appends a location; false when a precision is a zero with an exponent, which no text gives.
    mutating func appendLocation(_ octets: Span<UInt8>) -> Bool {
        for index in 1...3 where octets[index] >> 4 == 0 && octets[index] & 15 != 0 { return false }
        appendAngle(octets.bigEndian32(at: 4), positive: "N", negative: "S")
        appendAngle(octets.bigEndian32(at: 8), positive: "E", negative: "W")
        appendMetres(Int(octets.bigEndian32(at: 12)) - 10_000_000)
        for index in 1...3 {
            var value = Int(octets[index] >> 4)
            for _ in 0..<(octets[index] & 15) { value *= 10 }
            append(" ")
            appendMetres(value)
        }
        return true
    }

    private mutating func appendAngle(_ angle: UInt32, positive: String, negative: String) {
        let signed = Int(angle) - 0x8000_0000
        let value = abs(signed)
        append("\(value / 3_600_000) \(value / 60_000 % 60) \(value / 1000 % 60).")
        append(Self.padded(value % 1000, to: 3))
        append(" \(signed < 0 ? negative : positive) ")
    }

    private mutating func appendMetres(_ hundredths: Int) {
        let value = abs(hundredths)
        append("\(hundredths < 0 ? "-" : "")\(value / 100).\(Self.padded(value % 100, to: 2))m")
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: width - digits.utf8.count) + digits
    }

    /// Appends address prefixes; false if one has a family without a text form.
    mutating func appendPrefixes(_ octets: Span<UInt8>) -> Bool {
        var position = 0
        while position < octets.count {
            let family = octets.bigEndian16(at: position)
            guard family == 1 || family == 2 else { return false }
            let count = Int(octets[position + 3] & 0x7F)
            var address = InlineArray<16, UInt8>(repeating: 0)
            for index in 0..<count { address[index] = octets[position + 4 + index] }
            let text =
                family == 1
                ? IPAddress(ipv4: address.span.bigEndian32(at: 0)).description
                : Self.ipv6(address.span).description
            if position > 0 { append(" ") }
            if octets[position + 3] & 0x80 != 0 { append("!") }
            append("\(family):\(text)/\(octets[position + 2])")
            position += 4 + count
        }
        return true
    }
}
