// Service parameters in text (RFC 9460, section 2.1 and appendix A): first the escapes of a
// character-string are resolved, then in a list those of its commas.

import Addresses
import DNSWire

extension ZoneScanner {
    /// Appends the parameters that the rest of the entry spells, in order of key.
    mutating func readServiceParameters(into octets: inout [UInt8]) throws(ZoneFault) {
        let place = here
        var parameters: [(key: ServiceKey, value: [UInt8])] = []
        var keys: Set<ServiceKey> = []
        while let word = try nextParameter() {
            let parameter = try readParameter(word)
            guard keys.insert(parameter.key).inserted else {
                throw ZoneFault(.duplicateParameter, at: word)
            }
            parameters.append(parameter)
        }
        parameters.sort { $0.key < $1.key }
        let start = octets.count
        for parameter in parameters {
            octets.append(bigEndian: parameter.key.rawValue)
            guard parameter.value.count <= 65535 else { throw ZoneFault(.dataTooLong, at: place) }
            octets.append(bigEndian: UInt16(parameter.value.count))
            octets.append(contentsOf: parameter.value)
        }
        do throws(ServiceParameterFault) {
            try ServiceParameterFault.check(octets.span, from: start)
        } catch {
            switch error {
            case .shape: throw ZoneFault(.bad(.serviceParameters), at: place)
            case .noDefaultALPNWithoutALPN: throw ZoneFault(.noDefaultALPNWithoutALPN, at: place)
            case .mandatoryParameterMissing: throw ZoneFault(.mandatoryParameterMissing, at: place)
            }
        }
    }

    /// One parameter: `key`, `key=value` or `key="value"`.
    private func readParameter(
        _ word: ZoneWord
    ) throws(ZoneFault) -> (key: ServiceKey, value: [UInt8]) {
        var equals = word.start
        while equals < word.end, text[equals] != UInt8(ascii: "=") { equals += 1 }
        let name = part(of: word, from: word.start, to: equals)
        let nameText = string(name)
        guard let key = ServiceKey(nameText) else { throw ZoneFault(.unknownParameter, at: name) }
        var decoded: [UInt8] = []
        if equals < word.end {
            var start = equals + 1
            var end = word.end
            if start < end, text[start] == UInt8(ascii: "\"") {
                start += 1
                end -= 1
            }
            try append(part(of: word, from: start, to: end), to: &decoded)
        }
        let isGeneric = nameText.hasPrefix("key")
        guard let value = isGeneric ? decoded : Self.wireValue(of: decoded, as: key.value),
            key.admits(value.span)
        else { throw ZoneFault(.badParameterValue, at: word) }
        return (key, value)
    }

    private func part(of word: ZoneWord, from start: Int, to end: Int) -> ZoneWord {
        ZoneWord(
            start: start, end: end, line: word.line, column: word.column + start - word.start,
            isQuoted: false)
    }

    /// The wire form of a value's text; nil if it is not valid.
    private static func wireValue(of text: [UInt8], as value: ServiceValue) -> [UInt8]? {
        switch value {
        case .none, .opaque: return text
        case .port: return port(text)
        case .base64:
            var octets: [UInt8] = []
            var decoder = Base64Decoder()
            for octet in text where !decoder.take(octet, into: &octets) { return nil }
            return decoder.isWhole ? octets : nil
        case .keys, .strings, .ipv4List, .ipv6List:
            guard let items = items(of: text) else { return nil }
            if value == .keys { return keys(items) }
            var octets: [UInt8] = []
            for item in items where !append(item, as: value, to: &octets) { return nil }
            return octets
        }
    }

    private static func port(_ text: [UInt8]) -> [UInt8]? {
        guard text.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let port = UInt16(String(decoding: text, as: UTF8.self))
        else { return nil }
        return [UInt8(port >> 8), UInt8(port & 0xFF)]
    }

    /// The numbers of the keys that `items` name, in ascending order; nil when one names none. Each item is read
    /// once, before the sorting: a long one is not read again for every one that it is compared with.
    private static func keys(_ items: [[UInt8]]) -> [UInt8]? {
        var keys: [ServiceKey] = []
        for item in items {
            guard item.count <= ServiceKey.longestName,
                let key = ServiceKey(String(decoding: item, as: UTF8.self))
            else { return nil }
            keys.append(key)
        }
        var octets: [UInt8] = []
        for key in keys.sorted() { octets.append(bigEndian: key.rawValue) }
        return octets
    }

    private static func append(
        _ item: [UInt8], as value: ServiceValue, to octets: inout [UInt8]
    ) -> Bool {
        switch value {
        case .strings:
            guard item.count <= 255 else { return false }
            octets.append(UInt8(item.count))
            octets.append(contentsOf: item)
        default:
            guard let address = IPAddress(ascii: item.span),
                address.isIPv6 == (value == .ipv6List)
            else { return false }
            if address.isIPv6 {
                octets.append(bigEndian: address.high)
                octets.append(bigEndian: address.low)
            } else {
                octets.append(bigEndian: UInt32(truncatingIfNeeded: address.low))
            }
        }
        return true
    }

    /// The items between commas; `\,` and `\\` are a comma and a backslash within an item. Nil when an
    /// item is empty or a backslash is in front of anything else.
    private static func items(of text: [UInt8]) -> [[UInt8]]? {
        var items: [[UInt8]] = []
        var item: [UInt8] = []
        var index = 0
        while index < text.count {
            let octet = text[index]
            index += 1
            if octet == UInt8(ascii: ",") {
                if item.isEmpty { return nil }
                items.append(item)
                item = []
            } else if octet == UInt8(ascii: "\\") {
                guard index < text.count,
                    text[index] == UInt8(ascii: "\\") || text[index] == UInt8(ascii: ",")
                else { return nil }
                item.append(text[index])
                index += 1
            } else {
                item.append(octet)
            }
        }
        if item.isEmpty { return nil }
        items.append(item)
        return items
    }
}
