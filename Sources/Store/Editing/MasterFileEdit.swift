// An edit of a hand-written zone file. It changes only the words and lines of the changed records.
// If other lines inherit an owner or a TTL from these, they get their own. The result is read back
// and must have exactly the desired content, so an unforeseen layout leads to a refusal.

internal import DNSWire
internal import Zones

/// A text and the changes to be made in it.
struct MasterFileEdit {
    let text: [UInt8]
    let path: String
    let entries: [ZoneEntry]
    /// The entries of each owner, and those after which a new record may be inserted.
    private let places: EntryPlaces
    let lines: RecordLine
    /// Whether new records go to the end of the file, where nothing follows that they could change.
    let appends: Bool
    var patches = TextPatches()
    /// The removed entries, by their index in `entries`.
    var removed: Set<Int> = []
    /// The entries whose TTL is rewritten.
    var retimed: Set<Int> = []
    private var appended: [UInt8] = []
    /// Whether the last line lacks its line end, which must precede anything appended.
    private var lacksLineEnd: Bool

    init(_ text: [UInt8], path: String, outline: ZoneOutline, appends: Bool) {
        self.text = text
        self.path = path
        entries = outline.entries
        places = EntryPlaces(outline.entries, file: path)
        lines = RecordLine(text: text)
        self.appends = appends
        lacksLineEnd = !text.isEmpty && text.last != 0x0A
    }

    /// The zone's text with `before` replaced by `after`, its content, and the result of reading
    /// it.
    static func text(
        of file: ZoneFile, from before: ZoneContent, to after: ZoneContent, reader: ZoneFileReader
    ) throws(StoreError) -> (text: [UInt8], reading: ZoneReading) {
        let outline = reader.outline(file.octets, as: file.path, origin: file.origin)
        let differences = before.differences(to: after)
        for appends in [false, true] {
            var edit = MasterFileEdit(
                file.octets, path: file.path, outline: outline, appends: appends)
            for difference in differences { try edit.apply(difference) }
            let text = edit.finish()
            let reading = reader.read(text, as: file.path, origin: file.origin)
            if let zone = reading.zone {
                if ZoneContent(zone).differences(to: after).isEmpty { return (text, reading) }
            } else if appends {
                throw .wouldBeWrong(reading.mistakes)
            }
        }
        throw .notEditable(path: file.path)
    }

    // MARK: One record set

    private mutating func apply(_ difference: RecordSetDifference) throws(StoreError) {
        let key = difference.key
        var gone = difference.removed
        var new = difference.added
        let present = places.entries(of: key.owner).filter { index in
            entries[index].records.contains { $0.owner == key.owner && $0.type == key.type }
        }
        let ttl = difference.after?.ttl ?? 0
        for index in present {
            let record = entries[index].records[0]
            let goneAt = gone.firstIndex {
                RecordDataLayout.isSame($0.span, record.data.span, of: key.type)
            }
            let isTouched =
                entries[index].records.contains { made in
                    difference.removed.contains {
                        RecordDataLayout.isSame($0.span, made.data.span, of: key.type)
                    }
                } || (difference.after != nil && difference.after?.ttl != difference.before?.ttl)
            guard isTouched else { continue }
            guard case .record(let words) = entries[index].form, entries[index].file == path else {
                throw .elsewhere(key, place: "\(entries[index].file):\(entries[index].line)")
            }
            if let goneAt {
                guard let replacement = new.first,
                    replaceData(of: words, record, with: replacement)
                else {
                    removed.insert(index)
                    continue
                }
                new.removeFirst()
                gone.remove(at: goneAt)
            } else if difference.removed.contains(where: {
                RecordDataLayout.isSame($0.span, record.data.span, of: key.type)
            }) {
                // The same record a second time: the first one was replaced.
                removed.insert(index)
                continue
            }
            if record.ttl != ttl { retime(index, words, to: ttl) }
        }
        let inserted = new.map {
            ZoneRecord(owner: key.owner, type: key.type, ttl: ttl, data: $0)
        }
        insert(inserted, key)
    }

    /// Replaces a record's data; false if they are on several lines.
    private mutating func replaceData(
        of words: ZoneEntryWords, _ old: ZoneRecord, with data: [UInt8]
    ) -> Bool {
        guard let first = words.data.first, let last = words.data.last else { return false }
        var record = old
        record.data = data
        let printed = lines.data(of: record)
        if old.type == .soa {
            // Seven words without blanks in them, often one a line with its comment.
            let oldFields = lines.data(of: old).split(separator: 0x20)
            let fields = printed.split(separator: 0x20)
            guard fields.count == words.data.count, fields.count == oldFields.count else {
                return false
            }
            for index in fields.indices where fields[index] != oldFields[index] {
                patches.replace(words.data[index], with: Array(fields[index]))
            }
            return true
        }
        let range = first.lowerBound..<last.upperBound
        guard !text[range].contains(0x0A) else { return false }
        patches.replace(range, with: printed)
        return true
    }

    private mutating func retime(_ index: Int, _ words: ZoneEntryWords, to ttl: UInt32) {
        retimed.insert(index)
        if let range = words.ttl {
            patches.replace(range, with: Array("\(ttl)".utf8))
        } else {
            patches.replace(words.header..<words.header, with: Array("\(ttl) ".utf8))
        }
    }

    // MARK: New records

    private mutating func insert(_ records: [ZoneRecord], _ key: RecordSetKey) {
        if records.isEmpty { return }
        guard !appends, let neighbour = places.neighbour(for: key) else {
            appended += records.flatMap { lines.plain($0, origin: nil) }
            return
        }
        let place = entries[endOfGroup(neighbour)].range.upperBound
        var octets: [UInt8] = []
        if place == text.count, lacksLineEnd {
            octets += lines.lineEnd
            lacksLineEnd = false
        }
        for record in records {
            octets +=
                lines.line(record, like: entries[neighbour])
                ?? lines.plain(record, origin: entries[neighbour].origin)
        }
        patches.replace(place..<place, with: octets)
    }

    /// The last of the records that follow `index` and inherit its owner.
    private func endOfGroup(_ index: Int) -> Int {
        var end = index
        for next in entries.indices.dropFirst(index + 1) where entries[next].file == path {
            guard case .record(let words) = entries[next].form else { continue }
            guard words.owner == nil else { break }
            end = next
        }
        return end
    }

    // MARK: The end

    /// Removes what goes away, gives its heirs their own, and puts everything together.
    private mutating func finish() -> [UInt8] {
        var owner: (text: [UInt8], origin: Name, name: Name)? = nil
        var owesTTL = false
        for index in entries.indices {
            let entry = entries[index]
            guard case .record(let words) = entry.form, entry.file == path else { continue }
            if removed.contains(index) {
                patches.replace(entry.range, with: [])
                if let range = words.owner {
                    owner = (Array(text[range]), entry.origin, entry.records[0].owner)
                }
                owesTTL = owesTTL || entry.ttlSource == .own
                continue
            }
            if words.owner == nil {
                if let heir = owner { giveOwner(heir, to: entry) }
            }
            owner = nil
            if owesTTL, entry.ttlSource == .lastRecord, !retimed.contains(index) {
                let ttl = Array("\(entry.records[0].ttl) ".utf8)
                patches.replace(words.header..<words.header, with: ttl)
            }
            owesTTL = retimed.contains(index)
        }
        if !appended.isEmpty {
            patches.replace(
                text.count..<text.count, with: (lacksLineEnd ? lines.lineEnd : []) + appended)
        }
        return patches.applied(to: text)
    }

    /// Writes an owner before an entry that inherited it, replacing as many blanks.
    private mutating func giveOwner(
        _ owner: (text: [UInt8], origin: Name, name: Name), to entry: ZoneEntry
    ) {
        let word = owner.origin == entry.origin ? owner.text : Array("\(owner.name)".utf8)
        let start = entry.range.lowerBound
        let blanks = text[start...].prefix { $0 == 0x20 || $0 == 0x09 }
        if blanks.count > word.count, !blanks.contains(0x09) {
            patches.replace(start..<(start + word.count), with: word)
        } else if blanks.first == 0x09 {
            patches.replace(start..<start, with: word)
        } else {
            patches.replace(start..<(start + blanks.count), with: word + [0x20])
        }
    }
}

extension ZoneContent {
    /// What differs, the serial number counted.
    func differences(to other: ZoneContent) -> [RecordSetDifference] {
        var differences = ZoneDifference(before: self, after: other).sets
        if let old = sets[soaKey], let new = other.sets[soaKey], serial != other.serial,
            !differences.contains(where: { $0.key == soaKey })
        {
            differences.append(RecordSetDifference(key: soaKey, before: old, after: new))
        }
        return differences
    }
}
