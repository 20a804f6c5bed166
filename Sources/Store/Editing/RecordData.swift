// The data of the record types that Azure's private zones have, from the values that az and people give.

public import Addresses
public import DNSWire

/// Makes data in wire form.
public enum RecordData {
    /// The type and data of an address's record: A or AAAA.
    public static func address(_ address: IPAddress) -> (type: RecordType, data: [UInt8]) {
        let count = address.isIPv6 ? 16 : 4
        return (address.isIPv6 ? .aaaa : .a, (0..<count).map { address.octet($0) })
    }

    /// The address that a record of type A or AAAA has; nil for any other.
    public static func address(of data: [UInt8], type: RecordType) -> IPAddress? {
        func number(_ octets: ArraySlice<UInt8>) -> UInt64 {
            octets.reduce(0) { $0 << 8 | UInt64($1) }
        }
        if type == .a, data.count == 4 {
            return IPAddress(ipv4: UInt32(truncatingIfNeeded: number(data[...])))
        }
        guard type == .aaaa, data.count == 16 else { return nil }
        return IPAddress(ipv6High: number(data[..<8]), low: number(data[8...]))
    }

    /// The data of a CNAME or PTR record.
    public static func name(_ name: Name) -> [UInt8] { name.octets }

    /// The data of an MX record.
    public static func mailExchange(preference: UInt16, _ exchange: Name) -> [UInt8] {
        number(preference) + exchange.octets
    }

    /// The data of an SRV record.
    public static func service(
        priority: UInt16, weight: UInt16, port: UInt16, _ target: Name
    ) -> [UInt8] {
        number(priority) + number(weight) + number(port) + target.octets
    }

    /// The data of a TXT record; a text of more than 255 bytes becomes several strings, none becomes one.
    public static func text(_ texts: [String]) -> [UInt8] {
        var data: [UInt8] = []
        for text in texts.isEmpty ? [""] : texts {
            var rest = Array(text.utf8)[...]
            repeat {
                let string = rest.prefix(255)
                rest = rest.dropFirst(255)
                data.append(UInt8(string.count))
                data += string
            } while !rest.isEmpty
        }
        return data
    }

    /// The data of a SOA record; `times` are refresh, retry, expire and minimum.
    public static func startOfAuthority(
        host: Name, mailbox: Name, serial: UInt32, times: [UInt32]
    ) -> [UInt8] {
        host.octets + mailbox.octets + ([serial] + times).flatMap { number($0) }
    }

    /// A mailbox as a name: `a.b@example.com`'s is `a\.b.example.com.`; a name is taken as it is.
    public static func mailbox(_ text: String) throws(NameTextError) -> Name {
        guard let at = text.firstIndex(of: "@") else { return try Name(text: text) }
        let local = text[..<at].map { $0 == "." ? "\\." : String($0) }.joined()
        return try Name(text: local + "." + text[text.index(after: at)...])
    }

    private static func number<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        stride(from: Number.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: number >> Number($0))
        }
    }
}
