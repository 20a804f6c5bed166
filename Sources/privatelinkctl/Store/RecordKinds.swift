// The record types that az knows for private zones, each with az's options for its data.

import Addresses
import ArgumentParser
import DNSWire
import Store

/// A record type and the options that give its data.
protocol RecordKind: ParsableArguments {
    static var type: RecordType { get }
    /// Whether a set of this type has one record, which a new one replaces.
    static var isSingle: Bool { get }
    func data() throws -> [UInt8]
}

extension RecordKind {
    static var isSingle: Bool { false }

    /// An address of one family.
    func address(_ text: String, isIPv6: Bool) throws -> [UInt8] {
        guard let address = IPAddress(text), address.isIPv6 == isIPv6 else {
            throw ValidationError("\(text) is not an IPv\(isIPv6 ? 6 : 4) address.")
        }
        return RecordData.address(address).data
    }
}

struct AddressRecord: RecordKind {
    static let type = RecordType.a

    @Option(
        name: [.customLong("ipv4-address"), .customShort("a")], help: "The address.")
    var address: String

    func data() throws -> [UInt8] { try self.address(address, isIPv6: false) }
}

struct IPv6AddressRecord: RecordKind {
    static let type = RecordType.aaaa

    @Option(
        name: [.customLong("ipv6-address"), .customShort("a")], help: "The address.")
    var address: String

    func data() throws -> [UInt8] { try self.address(address, isIPv6: true) }
}

struct AliasRecord: RecordKind {
    static let type = RecordType.cname
    static let isSingle = true

    @Option(
        name: [.customLong("cname"), .customShort("c")],
        help: "The canonical name, absolute with or without a final dot.")
    var target: String

    func data() throws -> [UInt8] { RecordData.name(try Arguments.name(target)) }
}

struct MailExchangeRecord: RecordKind {
    static let type = RecordType.mx

    @Option(
        name: [.customLong("exchange"), .customShort("e")], help: "The mail server's name.")
    var exchange: String
    @Option(
        name: [.customLong("preference"), .customShort("p")],
        help: "The preference; the lowest is tried first.")
    var preference: UInt16

    func data() throws -> [UInt8] {
        RecordData.mailExchange(preference: preference, try Arguments.name(exchange))
    }
}

struct PointerRecord: RecordKind {
    static let type = RecordType.ptr

    @Option(
        name: [.customLong("ptrdname"), .customShort("d")],
        help: "The name, absolute with or without a final dot.")
    var target: String

    func data() throws -> [UInt8] { RecordData.name(try Arguments.name(target)) }
}

struct ServiceRecord: RecordKind {
    static let type = RecordType.srv

    @Option(name: [.customLong("priority"), .customShort("p")], help: "The priority.")
    var priority: UInt16
    @Option(name: [.customLong("weight"), .customShort("w")], help: "The weight.")
    var weight: UInt16
    @Option(name: [.customLong("port"), .customShort("r")], help: "The port.")
    var port: UInt16
    @Option(name: [.customLong("target"), .customShort("t")], help: "The server's name.")
    var target: String

    func data() throws -> [UInt8] {
        RecordData.service(
            priority: priority, weight: weight, port: port, try Arguments.name(target))
    }
}

struct TextRecord: RecordKind {
    static let type = RecordType.txt

    @Option(
        name: [.customLong("value"), .customShort("v")], parsing: .upToNextOption,
        help: "The text; several values are the strings of one record.")
    var values: [String]

    func data() throws -> [UInt8] {
        let data = RecordData.text(values)
        guard data.count <= 65535 else {
            throw ValidationError("The text is too long for a record.")
        }
        return data
    }
}

struct StartOfAuthorityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "soa", abstract: "The SOA record.",
        subcommands: [ShowStartOfAuthority.self, UpdateStartOfAuthority.self])
}

struct ShowStartOfAuthority: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows the SOA record.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneOption
    @OptionGroup var options: StoreOptions

    func run() throws { try show(try zone.origin()) { $0.type == .soa } }
}

struct UpdateStartOfAuthority: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Changes the SOA record. Every change increases its serial number.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneOption
    @Option(name: [.customLong("email"), .customShort("e")], help: "The mailbox.")
    var email: String?
    @Option(name: .customLong("refresh-time"), help: "The refresh time in seconds.")
    var refresh: UInt32?
    @Option(name: .customLong("retry-time"), help: "The retry time in seconds.")
    var retry: UInt32?
    @Option(name: [.customLong("expire-time"), .customShort("x")], help: "In seconds.")
    var expire: UInt32?
    @Option(
        name: [.customLong("minimum-ttl"), .customShort("m")],
        help: "How long a denial may be cached, in seconds.")
    var minimum: UInt32?
    @OptionGroup var options: StoreOptions

    func run() throws {
        let mailbox = try email.map { email in
            do throws(NameTextError) {
                return try RecordData.mailbox(email)
            } catch {
                throw ValidationError("\(email) is not a mailbox.")
            }
        }
        let times = [refresh, retry, expire, minimum]
        let origin = try zone.origin()
        try change([
            ZoneEdit(origin: origin) { content throws(StoreError) in
                try content.updateStartOfAuthority(mailbox: mailbox, times: times)
            }
        ])
    }
}
