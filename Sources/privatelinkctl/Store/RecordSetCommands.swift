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
                AddRecord<Kind>.self, RemoveRecord<Kind>.self, CreateRecords<Kind>.self,
                UpdateRecords<Kind>.self, ListRecords<Kind>.self, ShowRecords<Kind>.self,
                DeleteRecords<Kind>.self,
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

    /// The record set, and what was made of its name where that is not what was written.
    func key(
        _ type: RecordType, in access: StoreAccess
    ) throws -> (key: RecordSetKey, notes: [String]) {
        let origin = try zone.origin()
        do throws(NameTextError) {
            let owner = try OwnerInZone(name, in: origin, links: access.links)
            return (RecordSetKey(owner: owner.owner, type: type), [owner.note].compactMap { $0 })
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
        let access = try access()
        let (key, notes) = try set.key(Kind.type, in: access)
        let data = try record.data()
        let origin = try set.zone.origin()
        try change(
            [
                ZoneEdit(origin: origin) { content throws(StoreError) in
                    try content.add(data, to: key, ttl: ttl, replacing: Kind.isSingle)
                }
            ], notes: notes + access.missingLinks([origin]))
    }
}

struct RemoveRecord<Kind: RecordKind>: StoreCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "remove-record",
            abstract: "Removes a record, and the set with its last record.")
    }

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var set: RecordSetOption
    @OptionGroup var record: Kind
    @OptionGroup var options: StoreOptions

    func run() throws {
        let (key, notes) = try set.key(Kind.type, in: try access())
        let data = try record.data()
        try change(
            [
                ZoneEdit(origin: try set.zone.origin()) { content throws(StoreError) in
                    try content.remove(data, from: key)
                }
            ], notes: notes)
    }
}

/// az's first step: an empty record set, which no zone file can hold.
struct CreateRecords<Kind: RecordKind>: StoreCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "create",
            abstract: "Does nothing: a record set exists once it has a record.")
    }

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var set: RecordSetOption
    @Option(help: "The TTL in seconds, to give to the first add-record.") var ttl: UInt32?
    @OptionGroup var ignored: RecordSetMetadata
    @OptionGroup var options: StoreOptions

    func run() throws {
        let (key, notes) = try set.key(Kind.type, in: try access())
        let timed = ttl.map { " --ttl \($0)" } ?? ""
        let next =
            "\(key.owner) \(key.type): a record set exists once it has a record: use add-record\(timed)"
        // An empty change checks whether the zone exists.
        try change(
            [ZoneEdit(origin: try set.zone.origin()) { _ in }],
            notes: notes + [next])
    }
}

struct UpdateRecords<Kind: RecordKind>: StoreCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(commandName: "update", abstract: "Changes the TTL of a record set.")
    }

    @ParentCommand var parent: PrivateLinkControl
    @OptionGroup var set: RecordSetOption
    @Option(help: "The TTL in seconds.") var ttl: UInt32?
    @Option(
        name: .customLong("set"), parsing: .upToNextOption,
        help: "The TTL in az's form: ttl=SECONDS.")
    var properties: [String] = []
    @OptionGroup var ignored: RecordSetMetadata
    @OptionGroup var options: StoreOptions

    func run() throws {
        let (key, notes) = try set.key(Kind.type, in: try access())
        let ttl = try wantedTTL()
        try change(
            [
                ZoneEdit(origin: try set.zone.origin()) { content throws(StoreError) in
                    try content.retime(key, to: ttl ?? content.sets[key]?.ttl ?? 0)
                }
            ], notes: notes)
    }

    private func wantedTTL() throws -> UInt32? {
        var wanted = ttl
        for property in properties {
            let parts = property.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "ttl", let number = UInt32(parts[1])
            else {
                throw ValidationError(
                    "--set \(property): only ttl=SECONDS can be set; use add-record and remove-record for records."
                )
            }
            wanted = number
        }
        return wanted
    }
}

/// What az keeps with a record set and a zone file does not.
struct RecordSetMetadata: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Ignored: a zone file has none.", visibility: .hidden))
    var metadata: [String] = []

    func validate() {
        if metadata.isEmpty { return }
        OutputStream(STDERR_FILENO).write("note: --metadata is ignored: a zone file has none\n")
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
        let (key, notes) = try set.key(Kind.type, in: try access())
        try change(
            [
                ZoneEdit(origin: try set.zone.origin()) { content throws(StoreError) in
                    try content.remove(key)
                }
            ], confirmation, notes: notes)
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
        let (key, notes) = try set.key(Kind.type, in: try access())
        for note in notes { OutputStream(STDERR_FILENO).write("note: \(note)\n") }
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
