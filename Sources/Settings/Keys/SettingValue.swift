// A value of a key's kind, and its conversion to the type of a property. A conversion gives nil
// only if a row of the table pairs a kind with a property of the wrong type, which a test rules
// out.

import Addresses
import DNSWire

/// A value of some kind.
indirect enum SettingValue: Hashable, Sendable {
    /// A string, a path or a choice.
    case text(String)
    /// `true` or `false`.
    case boolean(Bool)
    /// A number, a size in bytes, or a length of time in whole seconds.
    case integer(Int)
    /// `auto`.
    case automatic
    /// A length of time in milliseconds.
    case milliseconds(Int)
    /// A domain name.
    case name(Name)
    /// An address.
    case address(IPAddress)
    /// An address with a port.
    case endpoint(Endpoint)
    /// An address block.
    case prefix(Prefix)
    /// The bytes of a secret.
    case octets([UInt8])
    /// A list.
    case list([TypedValue])
    /// A map with the keys of a record.
    case record([String: TypedValue])
}

extension SettingValue {
    /// The address with a port that it is, or that is its `address`.
    var endpoint: Endpoint? {
        switch self {
        case .endpoint(let endpoint): endpoint
        case .record(let values): values["address"]?.value.endpoint
        default: nil
        }
    }
}

/// A value and its position.
struct TypedValue: Hashable, Sendable {
    let value: SettingValue
    let mark: SettingsMark
}

/// A property type that values can be converted to.
protocol SettingRepresentable {
    init?(setting value: SettingValue)
}

extension String: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}

extension Bool: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .boolean(let flag) = value else { return nil }
        self = flag
    }
}

extension Int: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .integer(let number) = value else { return nil }
        self = number
    }
}

extension UInt32: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .integer(let number) = value else { return nil }
        self.init(exactly: number)
    }
}

extension Duration: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .milliseconds(let number) = value else { return nil }
        self = .milliseconds(number)
    }
}

extension Name: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .name(let name) = value else { return nil }
        self = name
    }
}

extension IPAddress: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .address(let address) = value else { return nil }
        self = address
    }
}

extension Endpoint: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .endpoint(let endpoint) = value else { return nil }
        self = endpoint
    }
}

extension Prefix: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .prefix(let prefix) = value else { return nil }
        self = prefix
    }
}

extension Settings.Secret: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .octets(let octets) = value else { return nil }
        self.init(octets: octets)
    }
}

extension Array: SettingRepresentable where Element: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard case .list(let members) = value else { return nil }
        self = []
        for member in members {
            guard let element = Element(setting: member.value) else { return nil }
            append(element)
        }
    }
}

extension Optional: SettingRepresentable where Wrapped: SettingRepresentable {
    init?(setting value: SettingValue) {
        guard let wrapped = Wrapped(setting: value) else { return nil }
        self = wrapped
    }
}

extension SettingRepresentable where Self: RawRepresentable<String> {
    init?(setting value: SettingValue) {
        guard case .text(let word) = value else { return nil }
        self.init(rawValue: word)
    }
}

extension Settings.Missing: SettingRepresentable {}
extension Settings.Cloud: SettingRepresentable {}
extension Settings.UpstreamTransport: SettingRepresentable {}
extension Settings.ServerOrder: SettingRepresentable {}
extension Settings.ClientSubnet: SettingRepresentable {}
extension Settings.WithoutRecursion: SettingRepresentable {}
extension Settings.LogLevel: SettingRepresentable {}
extension Settings.AccessAction: SettingRepresentable {}
extension Settings.ListenerProtocol: SettingRepresentable {}

extension Settings.Workers: SettingRepresentable {
    init?(setting value: SettingValue) {
        switch value {
        case .automatic: self = .automatic
        case .integer(let count): self = .count(count)
        default: return nil
        }
    }
}

extension Settings.Link: SettingRepresentable {
    init?(setting value: SettingValue) {
        self.init(blank: ())
        guard SettingKeys.assign(value, to: &self, by: SettingKeys.link) else { return nil }
    }
}

extension Settings.Listener: SettingRepresentable {
    init?(setting value: SettingValue) {
        self.init(blank: ())
        if case .endpoint(let endpoint) = value {
            self.endpoint = endpoint
            return
        }
        guard SettingKeys.assign(value, to: &self, by: SettingKeys.listener) else { return nil }
    }
}

extension Settings.ForwardZone: SettingRepresentable {
    init?(setting value: SettingValue) {
        self.init(blank: ())
        guard SettingKeys.assign(value, to: &self, by: SettingKeys.forwardZone) else { return nil }
    }
}
