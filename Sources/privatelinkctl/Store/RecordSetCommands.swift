// Records by hand, in the words of `az network private-dns record-set`: a type, then what to do with it.

import Addresses
import ArgumentParser
import Control
import DNSWire
import Glibc
import Store

struct RecordSetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record-set", abstract: "Shows and changes the records of a zone.",
        subcommands: [
            RecordSetList.self, RecordSetType<AddressRecord>.self,
            RecordSetType<IPv6AddressRecord>.self, RecordSetType<AliasRecord>.self,
            RecordSetType<MailExchangeRecord>.self, RecordSetType<PointerRecord>.self,
            RecordSetType<ServiceRecord>.self, RecordSetType<TextRecord>.self,
            StartOfAuthorityCommand.self,
        ])
}

/// The commands of one type.
struct RecordSetType<Kind: RecordKind>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "\(Kind.type)".lowercased(), abstract: "Records of type \(Kind.type).",
            subcommands: [
                AddRecord<Kind>.self, RemoveRecord<Kind>.self, ListRecords<Kind>.self,
                ShowRecords<Kind>.self, DeleteRecords<Kind>.self,
            ])
    }
}

/// The zone that a command is about.
struct ZoneOption: ParsableArguments {
    @Option(
        name: [.customLong("zone"), .customLong("zone-name"), .customShort("z")],
        help: "The zone, such as privatelink.azurecr.io.")
    var zone: String

    func origin() throws -> Name { try Arguments.name(zone) }
}

/// The record set that a command is about.
struct RecordSetOption: ParsableArguments {
    @OptionGroup var zone: ZoneOption

    @Option(
        name: [.customLong("name"), .customLong("record-set-name"), .customShort("n")],
        help: "The name within the zone, such as myregistry.westeurope.data; @ for the zone itself."
    )
    var name: String

    func key(_ type: RecordType) throws -> RecordSetKey {
        let origin = try zone.origin()
        if name == "@" { return RecordSetKey(owner: origin, type: type) }
        do throws(NameTextError) {
            let owner = try Name(text: name, origin: origin)
            return RecordSetKey(owner: owner, type: type)
        } catch {
            throw ValidationError("\(name) is not a name.")
        }
    }
}

struct AddRecord<Kind: RecordKind>: StoreCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "add-record", abstract: "Adds a record.",
            aliases: Kind.isSingle ? ["set-record"] : [])
    }

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var set: RecordSetOption
    @OptionGroup var record: Kind
    @Option(help: "The record set's TTL in seconds; 10 for a new one.") var ttl: UInt32?
    @OptionGroup var options: StoreOptions

    func run() throws {
        let key = try set.key(Kind.type)
        let data = try record.data()
        try change([
            ZoneEdit(origin: try set.zone.origin()) { content throws(StoreError) in
                try content.add(data, to: key, ttl: ttl, replacing: Kind.isSingle)
            }
        ])
    }
}

struct RemoveRecord<Kind: RecordKind>: StoreCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "remove-record",
            abstract: "Removes a record; the set goes with its last one.")
    }

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var set: RecordSetOption
    @OptionGroup var record: Kind
    @OptionGroup var options: StoreOptions

    func run() throws {
        let key = try set.key(Kind.type)
        let data = try record.data()
        try change([
            ZoneEdit(origin: try set.zone.origin()) { content throws(StoreError) in
                try content.remove(data, from: key)
            }
        ])
    }
}

struct DeleteRecords<Kind: RecordKind>: StoreCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "delete", abstract: "Removes a record set.")
    }

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var set: RecordSetOption
    @OptionGroup var confirmation: ConfirmationOptions
    @OptionGroup var options: StoreOptions

    func run() throws {
        let key = try set.key(Kind.type)
        try change(
            [
                ZoneEdit(origin: try set.zone.origin()) { content throws(StoreError) in
                    try content.remove(key)
                }
            ], confirmation)
    }
}

struct ListRecords<Kind: RecordKind>: StoreCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "list", abstract: "Lists the record sets.")
    }

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneOption
    @OptionGroup var options: StoreOptions

    func run() throws { try show(try zone.origin()) { $0.type == Kind.type } }
}

struct ShowRecords<Kind: RecordKind>: StoreCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "show", abstract: "Shows a record set.")
    }

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var set: RecordSetOption
    @OptionGroup var options: StoreOptions

    func run() throws {
        let key = try set.key(Kind.type)
        try show(try set.zone.origin(), requires: key) { $0 == key }
    }
}

struct RecordSetList: StoreCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the record sets of all types.")

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var zone: ZoneOption
    @OptionGroup var options: StoreOptions

    func run() throws { try show(try zone.origin()) { _ in true } }
}
