// An address with a port: that of a listener, a client or a server.

/// An address and a port.
public struct Endpoint: Hashable, Sendable, BitwiseCopyable {
    /// The address.
    public var address: IPAddress
    /// The port, 0 to 65535.
    public var port: UInt16
    /// The interface that a link-local IPv6 address belongs to (`sin6_scope_id`), else 0.
    public var scope: UInt32

    /// An address and a port, on no particular interface.
    public init(_ address: IPAddress, port: UInt16, scope: UInt32 = 0) {
        self.address = address
        self.port = port
        self.scope = scope
    }

    /// Reads `10.0.0.4`, `10.0.0.4:53`, `fd00::4` or `[fd00::4]:53`; nil for anything else.
    public init?(_ text: some StringProtocol, defaultPort: UInt16) {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"),
                let address = IPAddress(text[text.index(after: text.startIndex)..<end]),
                address.isIPv6
            else { return nil }
            let rest = text[text.index(after: end)...]
            if rest.isEmpty {
                self.init(address, port: defaultPort)
                return
            }
            guard rest.hasPrefix(":"), let port = Self.readPort(rest.dropFirst()) else {
                return nil
            }
            self.init(address, port: port)
        } else if let address = IPAddress(text) {
            self.init(address, port: defaultPort)
        } else {
            guard let colon = text.firstIndex(of: ":"), let address = IPAddress(text[..<colon]),
                let port = Self.readPort(text[text.index(after: colon)...])
            else { return nil }
            self.init(address, port: port)
        }
    }

    private static func readPort(_ text: some StringProtocol) -> UInt16? {
        guard text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return UInt16(text)
    }
}

extension Endpoint: CustomStringConvertible {
    /// `10.0.0.4:53` or `[fd00::4]:53`.
    public var description: String {
        address.isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
