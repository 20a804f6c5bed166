// Reads zone files: exports of az, of the portal and of other servers. Zones parses the text; this
// file determines the zone it belongs to.

internal import DNSWire
internal import Zones

extension AzureReading {
    /// How many notices of one file are shown.
    private static let maximumNotices = 10

    /// Reads a zone file; its zone is `zone`, else the one its content names, else the one its file
    /// name says.
    mutating func readMasterFile(
        _ text: [UInt8], _ file: String, _ given: Name?
    ) throws(StoreError) {
        let zone = if let given { given } else { try Self.zone(of: text, file) }
        if zone.isRoot { throw .refused("\(file): the root cannot be a zone of the store") }
        let outline = Self.outline(of: text, file, zone)
        try Self.check(outline, file)
        let source = AzureSource(
            kind: "zone file of", name: String("\(zone)".dropLast()), endpoint: "\(zone)",
            file: file)
        var content = ZoneContent(origin: zone)
        for record in outline.entries.flatMap(\.records) {
            let key = RecordSetKey(owner: record.owner, type: record.type)
            var set = content.sets[key] ?? RecordSetContent(ttl: record.ttl, data: [])
            set.ttl = min(set.ttl, record.ttl)
            if !set.holds(record.data, of: record.type) { set.data.append(record.data) }
            content.sets[key] = set
        }
        var listing = listings[zone] ?? ZoneListing()
        listing.keys.formUnion(content.sets.keys)
        if content.sets[content.soaKey] != nil { listing.isWhole = true }
        listings[zone] = listing
        notes += outline.warnings.prefix(Self.maximumNotices).map { "\($0)" }
        for key in content.sortedKeys {
            guard let set = content.sets[key] else { continue }
            recordSets.append(
                RecordSetStatement(
                    zone: zone, key: key, content: set, source: source,
                    isExported: outline.isExport))
        }
    }

    private static func outline(of text: [UInt8], _ file: String, _ zone: Name) -> ZoneOutline {
        ZoneReader.outline(text.span, file: file, origin: zone) { path, _ in
            .unreadable("an imported file cannot include others", file: path)
        }
    }

    /// Refuses a file with mistakes; a file in which nothing could be read is not a zone file at
    /// all.
    private static func check(_ outline: ZoneOutline, _ file: String) throws(StoreError) {
        let hasRecords = outline.entries.contains { !$0.records.isEmpty }
        guard let first = outline.mistakes.first else {
            if !hasRecords { throw .refused("\(file): it contains no record") }
            return
        }
        if outline.entries.isEmpty {
            throw .refused(
                "\(file): this is neither JSON nor a zone file: run az with -o json; as a zone file, it "
                    + "has its first mistake at \(first.line):\(first.column): \(first.sentence)")
        }
        if outline.mistakes.count > maximumNotices {
            let shown = outline.mistakes.prefix(maximumNotices).map { "\($0)" }
            throw .refused(
                (shown + ["and more mistakes after these"]).joined(separator: "\n"))
        }
        throw .mistakes(outline.mistakes)
    }

    // MARK: Which zone it is

    /// The zone of a zone file: the owner of its SOA record, else its first `$ORIGIN`, if these are
    /// absolute; else the zone in the file's name.
    private static func zone(of text: [UInt8], _ file: String) throws(StoreError) -> Name {
        let outline = outline(of: text, file, .root)
        let named = zone(ofFile: file)
        guard outline.entries.contains(where: { !$0.records.isEmpty }) else {
            try check(outline, file)
            throw .refused("\(file): it contains no record")
        }
        let start = outline.entries.firstIndex { $0.records.contains { $0.type == .soa } }
        if let start {
            let entry = outline.entries[start]
            if !entry.origin.isRoot || hasAbsoluteOwner(start, in: outline, text) {
                return entry.records[0].owner
            }
        } else if let origin = outline.entries.first(where: { !$0.records.isEmpty })?.origin,
            !origin.isRoot
        {
            return origin
        }
        if let named { return named }
        throw .refused(
            "\(file): its zone is unknown: it has neither $ORIGIN nor a SOA record with an absolute "
                + "name; use --zone ORIGIN, or name the file ORIGIN.zone")
    }

    /// Whether the owner of an entry, which it may have from one before it, is written with a final dot.
    private static func hasAbsoluteOwner(
        _ index: Int, in outline: ZoneOutline, _ text: [UInt8]
    ) -> Bool {
        for entry in outline.entries[...index].reversed() {
            guard case .record(let words) = entry.form, let owner = words.owner else { continue }
            return text[owner].last == UInt8(ascii: ".")
        }
        return false
    }

    /// The zone that a file is named after: `ORIGIN.zone`, and as other servers name them, `ORIGIN.dns`, `ORIGIN.db`
    /// and `db.ORIGIN`.
    private static func zone(ofFile file: String) -> Name? {
        let name = Paths.name(of: file)
        if name.hasSuffix(ZoneDirectory.suffix) {
            return try? Name(text: name.dropLast(ZoneDirectory.suffix.count))
        }
        let stem: Substring
        if name.hasSuffix(".dns") {
            stem = name.dropLast(4)
        } else if name.hasSuffix(".db") {
            stem = name.dropLast(3)
        } else if name.hasPrefix("db.") {
            stem = name.dropFirst(3)
        } else {
            return nil
        }
        // A word alone is more likely the name of a file than that of a zone.
        guard let zone = try? Name(text: String(stem)), zone.labelCount >= 2 else { return nil }
        return zone
    }
}
