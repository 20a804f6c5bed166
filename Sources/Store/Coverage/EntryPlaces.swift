// Where the records of a file are, found once for all changes of an edit.

internal import DNSWire
internal import Zones

/// Entries of a file by what their records are.
struct EntryPlaces {
    private var ofOwner: [Name: [Int]] = [:]
    private var lastOfKey: [RecordSetKey: Int] = [:]
    private var lastOfOwner: [Name: Int] = [:]
    private var lastOfLabel: [LabelKey: Int] = [:]
    private var lastOfType: [RecordType: Int] = [:]
    private var lastOrdinary: Int?
    private var last: Int?

    /// A leftmost label, which is a registry's name, and a type.
    private struct LabelKey: Hashable {
        let label: [UInt8]
        let type: RecordType

        init(_ owner: Name, _ type: RecordType) {
            label = owner.octets.prefix(1 + Int(owner.octets[0])).map(\.lowercasedASCII)
            self.type = type
        }
    }

    /// The places of `entries`; new records are inserted only after those of `file`.
    init(_ entries: [ZoneEntry], file: String) {
        for (index, entry) in entries.enumerated() {
            for record in entry.records where ofOwner[record.owner]?.last != index {
                ofOwner[record.owner, default: []].append(index)
            }
            guard case .record = entry.form, entry.file == file else { continue }
            let record = entry.records[0]
            lastOfKey[RecordSetKey(owner: record.owner, type: record.type)] = index
            lastOfType[record.type] = index
            last = index
            if record.type == .soa { continue }
            lastOfOwner[record.owner] = index
            lastOfLabel[LabelKey(record.owner, record.type)] = index
            lastOrdinary = index
        }
    }

    /// The entries that make records of `owner`, those of other files and of `$GENERATE` among them.
    func entries(of owner: Name) -> [Int] { ofOwner[owner] ?? [] }

    /// The record after which a new one of `key` is inserted: one of the same set, the same owner,
    /// the same registry or the same type, or the last of the file.
    func neighbour(for key: RecordSetKey) -> Int? {
        lastOfKey[key] ?? lastOfOwner[key.owner] ?? lastOfLabel[LabelKey(key.owner, key.type)]
            ?? lastOfType[key.type] ?? lastOrdinary ?? last
    }
}
